// A server over a scripted engine and one client of it, in memory, on time that stands still.
import { type VirtualTime, virtualTime } from '../../reference/clock.ts';
import { createServer, type Server } from '../../reference/server.ts';
import type { LogRecord, ServerOptions } from '../../reference/server-options.ts';
import { ScriptedEngine } from './scripted-engine.ts';
import { connectClient, type TestClient } from './test-client.ts';

/** Stops with `await using`. */
export interface ScriptedServer extends AsyncDisposable {
  readonly server: Server;
  readonly engine: ScriptedEngine;
  readonly client: TestClient;
  readonly time: VirtualTime;
  readonly log: readonly LogRecord[];
}

/** Starts a server and connects; `time` begins in November 2023. */
export async function scriptedServer(options: ServerOptions = {}): Promise<ScriptedServer> {
  const engine = new ScriptedEngine();
  const time = virtualTime();
  const log: LogRecord[] = [];
  const server = await createServer({
    engine,
    port: false,
    time,
    log: (record) => log.push(record),
    ...options,
  });
  const client = await connectClient(server);
  return {
    server,
    engine,
    client,
    time,
    log,
    [Symbol.asyncDispose]: async () => {
      await server.stop({ graceMs: 0 });
    },
  };
}
