// A stream socket of Node as a transport: TCP, Unix socket or TLS. Watches for nothing but bytes, drain and close.
import { Socket } from 'node:net';
import type { Transport, TransportEvents } from './transport.ts';

/** Bytes that one read takes at most. */
const READ_SIZE = 64 * 1024;

/** What `onread` of a socket needs; one for all connections of a server, since bytes are used up within the call. */
export type ReadBuffer = Buffer;

/** Memory for {@link socketTransport} to read into. */
export const readBuffer = (): ReadBuffer => Buffer.allocUnsafeSlow(READ_SIZE);

/**
 * Takes over an accepted socket. With `shared`, reads go into that memory instead of a fresh buffer each time; it needs
 * the socket's handle, and is left alone where Node does not show one.
 */
export function socketTransport(accepted: Socket, shared?: ReadBuffer): Transport {
  return new SocketTransport(accepted, shared);
}

class SocketTransport implements Transport {
  readonly peerName: string;
  readonly #accepted: Socket;
  readonly #shared: ReadBuffer | undefined;
  #socket: Socket;
  #events: TransportEvents | undefined;
  /** Calls of `write` that have not called back. */
  #pending = 0;
  #isWaiting = false;
  #error: Error | undefined;
  readonly #onWritten: (error?: Error | null) => void;

  constructor(accepted: Socket, shared: ReadBuffer | undefined) {
    this.#accepted = accepted;
    this.#socket = accepted;
    this.#shared = shared;
    const { remoteAddress, remotePort } = accepted;
    this.peerName = remoteAddress === undefined ? 'unix' : `${remoteAddress}:${remotePort}`;
    this.#onWritten = (error) => this.#written(error);
  }

  get unsent(): number {
    const handle = handleOf(this.#socket);
    // What libuv has not written yet, for TLS that of the socket below: a stream counts a write as a whole until it is done.
    const size = (handle?._parent ?? handle)?.writeQueueSize;
    return typeof size === 'number' ? size : this.#socket.writableLength;
  }

  start(events: TransportEvents): void {
    this.#events = events;
    this.#socket =
      this.#shared === undefined ? this.#accepted : withReadBuffer(this.#accepted, this.#shared, events);
    const socket = this.#socket;
    if (socket === this.#accepted) socket.on('data', (bytes: Buffer) => events.onRead(bytes, bytes.length));
    socket.on('end', () => events.onEnd());
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('close', () => {
      this.#isWaiting = false;
      events.onClose(this.#error);
    });
    socket.setNoDelay(true);
    socket.resume();
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    const count = chunks.length;
    if (count === 1) {
      this.#pending += 1;
      socket.write(chunks[0] as Uint8Array, this.#onWritten);
    } else {
      // One writev; the callback of the last part is that of all.
      socket.cork();
      for (let i = 0; i < count - 1; i++) socket.write(chunks[i] as Uint8Array);
      this.#pending += 1;
      socket.write(chunks[count - 1] as Uint8Array, this.#onWritten);
      socket.uncork();
    }
    if (socket.writableLength === 0 && !socket.destroyed) return true;
    this.#isWaiting = true;
    return false;
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
    this.#socket.destroy();
  }

  #written(error: Error | null | undefined): void {
    this.#pending -= 1;
    // A write that failed tells here first; the end of the connection follows.
    if (error) return;
    if (!this.#isWaiting || this.#pending > 0 || this.#socket.destroyed) return;
    this.#isWaiting = false;
    this.#events?.onWritten();
  }
}

interface Handle {
  readonly writeQueueSize?: unknown;
  readonly _parent?: { readonly writeQueueSize?: unknown } | null;
}

interface SocketWithHandle {
  _handle?: Handle | null | undefined;
}

function handleOf(socket: Socket): Handle | undefined {
  const handle = (socket as unknown as SocketWithHandle)._handle;
  return typeof handle === 'object' && handle !== null ? handle : undefined;
}

/** The same connection as another socket that reads into `shared`: Node offers that to sockets that connect, not to accepted ones. */
function withReadBuffer(accepted: Socket, shared: ReadBuffer, events: TransportEvents): Socket {
  const handle = handleOf(accepted);
  if (handle === undefined || 'encrypted' in accepted) return accepted;
  const options = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer: shared,
      callback: (length: number): boolean => {
        events.onRead(shared, length);
        return true;
      },
    },
  };
  const socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
  // The accepted socket has nothing left to close, and its server counts one connection less.
  (accepted as unknown as SocketWithHandle)._handle = undefined;
  return socket;
}
