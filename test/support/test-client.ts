// Connects to a server: over TCP to its port, in memory where it has none. Other ways are serve-over.ts.
import type { Socket } from 'node:net';
import { transportPair } from '../../reference/bufferevent/pair.ts';
import type { Server } from '../../reference/server.ts';
import { connectWire, openWire, type Wire } from './wire.ts';
import { WireClient } from './wire-client.ts';

/** One connection. */
export type TestClient = WireClient;

/** Connects. The client closes its side when the server has closed. */
export async function connectClient(server: Pick<Server, 'port' | 'attach'>): Promise<TestClient> {
  return clientOn(server.port === 0 ? attached(server) : await connectWire(server));
}

/** The same over a socket that is about to connect, to whatever. */
export async function connectSocket(socket: Socket): Promise<TestClient> {
  return clientOn(await openWire(socket));
}

function clientOn(wire: Wire): TestClient {
  const client = new WireClient(wire);
  void client.ended.then(() => wire.end());
  return client;
}

function attached(server: Pick<Server, 'attach'>): Wire {
  const pair = transportPair();
  server.attach(pair.server);
  return pair.client;
}
