// Listens on a port or a Unix socket, plain or with TLS, and hands over accepted sockets as transports.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { readBuffer, socketTransport } from './bufferevent/socket.ts';
import type { Transport } from './bufferevent/transport.ts';

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string | undefined;
  readonly tls: TlsOptions | undefined;
  readonly keepAlive: boolean;
}

/** A socket that listens. */
export interface Listener {
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Stops listening: the port is free when the promise resolves. Accepted connections stay. */
  close(): Promise<void>;
  /** Destroys the sockets that have not finished their TLS handshake; all others must be gone. */
  abort(): void;
}

/** Begins to listen; resolves when connections are accepted. Rejects with Node's error (EADDRINUSE, EACCES). */
export async function listen(
  options: ListenOptions,
  onTransport: (transport: Transport) => void,
): Promise<Listener> {
  const shared = options.tls === undefined ? readBuffer() : undefined;
  const sockets = { allowHalfOpen: true, noDelay: true };
  const accept = (socket: Socket): void => {
    if (!options.keepAlive) socket.unref();
    onTransport(socketTransport(socket, shared));
  };
  const server: Server =
    options.tls === undefined
      ? createServer({ ...sockets, pauseOnConnect: true }, accept)
      : createTlsServer({ ...sockets, ...options.tls }, accept);
  // A client that fails its handshake is no matter of the server's.
  server.on('tlsClientError', () => {});
  const raw = new Set<Socket>();
  if (options.tls !== undefined) {
    server.on('connection', (socket: Socket) => {
      if (!options.keepAlive) socket.unref();
      raw.add(socket);
      socket.once('close', () => raw.delete(socket));
    });
  }
  const where =
    options.path === undefined ? { host: options.host, port: options.port } : { path: options.path };
  server.listen(where);
  await once(server, 'listening');
  // From here on an error is a client that could not be accepted (EMFILE), which the server survives.
  server.on('error', () => {});
  if (!options.keepAlive) server.unref();
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? (address as AddressInfo).port : 0,
    close: async () => {
      // "close" would wait for sockets that were handed over; the handle itself is gone at once.
      server.close();
      await new Promise((resolve) => setImmediate(resolve));
    },
    abort: () => {
      for (const socket of raw) socket.destroy();
    },
  };
}
