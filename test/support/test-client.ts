// Connects to a server: over TCP to its port, in memory where it has none. Other ways are serve-over.ts.
import { transportPair } from '../../reference/bufferevent/pair.ts';
import type { Server } from '../../reference/server.ts';
import { connectWire, type Wire } from './wire.ts';
import { WireClient } from './wire-client.ts';

/** One connection. */
export type TestClient = WireClient;

/** Connects. The client closes its side when the server has closed. */
export async function connectClient(server: Pick<Server, 'port' | 'attach'>): Promise<TestClient> {
  const client = new WireClient(server.port === 0 ? attached(server) : await connectWire(server));
  void client.ended.then(() => client.wire.end());
  return client;
}

function attached(server: Pick<Server, 'attach'>): Wire {
  const pair = transportPair();
  server.attach(pair.server);
  return pair.client;
}
