// The client's end of a connection over any transport, with one face: that of an in-memory pair's end.
import { readFileSync } from 'node:fs';
import { connect as connectSocket, type Socket } from 'node:net';
import { connect as connectTls, type TlsOptions } from 'node:tls';
import type { PairEnd } from '../../reference/bufferevent/pair.ts';

/** A client's end. `destroy` resets the connection where the carrier knows resets. */
export type Wire = Omit<PairEnd, 'unsent'>;

const certificates: URL = new URL('./certificates/', import.meta.url);

/** A key and a self-signed certificate for 127.0.0.1, ::1 and localhost. Everybody has them: for tests only. */
export const testTls: TlsOptions = {
  key: readFileSync(new URL('test-only.key.pem', certificates)),
  cert: readFileSync(new URL('test-only.certificate.pem', certificates)),
};

/** Where to connect to. */
export interface Address {
  readonly host?: string;
  readonly port?: number;
  /** Of a Unix socket; instead of a port. */
  readonly path?: string;
  readonly tls?: boolean;
}

/** Connects; resolves when bytes can be sent. */
export async function connectWire(address: Address): Promise<Wire> {
  const { host = '127.0.0.1', port = 0, path, tls = false } = address;
  const carrier = connectSocket({
    ...(path === undefined ? { host, port } : { path }),
    allowHalfOpen: true,
    noDelay: true,
  });
  const options = { socket: carrier, ca: testTls.cert as Buffer, allowHalfOpen: true };
  const socket = tls ? connectTls(options) : carrier;
  const wire = new SocketWire(socket, carrier, path === undefined);
  await new Promise<void>((resolve, reject) => {
    socket.once(tls ? 'secureConnect' : 'connect', resolve);
    carrier.once('error', reject);
    socket.once('error', reject);
  });
  return wire;
}

class SocketWire implements Wire {
  onData: ((bytes: Buffer) => void) | undefined = undefined;
  onEnded: (() => void) | undefined = undefined;
  onClosed: ((error: Error | undefined) => void) | undefined = undefined;
  isClosed = false;
  readonly closed: Promise<Error | undefined>;
  readonly #socket: Socket;
  readonly #carrier: Socket;
  readonly #canReset: boolean;

  constructor(socket: Socket, carrier: Socket, canReset: boolean) {
    this.#socket = socket;
    this.#carrier = carrier;
    this.#canReset = canReset;
    let failure: Error | undefined;
    for (const each of new Set([socket, carrier]))
      each.on('error', (error) => {
        failure ??= error;
      });
    socket.on('data', (bytes: Buffer) => this.onData?.(bytes));
    socket.on('end', () => this.onEnded?.());
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.isClosed = true;
        this.onClosed?.(failure);
        resolve(failure);
      });
    });
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    // Node 20 crashes where a connection is reset under a TLS session that writes: the session goes first.
    if (this.#socket !== this.#carrier) this.#socket.destroy();
    if (this.#canReset) this.#carrier.resetAndDestroy();
    this.#socket.destroy();
  }
}
