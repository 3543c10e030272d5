// A server over an engine that a test has spoiled, and what it makes of that: log, faults, items that did not come back.
import { Opcode } from '../../reference/protocol/opcode.ts';
import type { PacketFields } from '../../reference/protocol/packet.ts';
import { createServer, type Server } from '../../reference/server.ts';
import type { LogRecord, ServerOptions } from '../../reference/server-options.ts';
import { noop } from './document-requests.ts';
import { type ProcessFaults, watchProcess } from './process-faults.ts';
import { type Spoil, spoiledEngine } from './spoiled-engine.ts';
import { connectClient, type TestClient } from './test-client.ts';
import { turn } from './until.ts';

/** A running server; `await using` stops it and makes sure that nothing would have ended the process. */
export interface SpoiledServer extends AsyncDisposable {
  readonly server: Server;
  /** Every line of the log at level `error`, as text. */
  readonly errors: readonly string[];
  connect(): Promise<TestClient>;
  /** Sends a request and a NOOP after it: the statuses of what is said before the NOOP's answer. */
  statuses(client: TestClient, request: PacketFields): Promise<readonly number[]>;
  /** Items that the engine has given out and not got back. */
  outstanding(): Promise<number>;
}

/** Starts it, over in-memory connections. */
export async function serveSpoiled(spoil: Spoil, options: ServerOptions = {}): Promise<SpoiledServer> {
  const faults: ProcessFaults = watchProcess();
  const errors: string[] = [];
  const log = (record: LogRecord): void => {
    if (record.level === 'error') errors.push(`${record.message}: ${String(record['error'])}`);
  };
  const server = await createServer({ engine: spoiledEngine(spoil), port: false, log, ...options });
  return {
    server,
    errors,
    connect: () => connectClient(server),
    statuses: async (client, request) => {
      client.send({ opaque: 1, ...request });
      return (await client.sync()).map((each) => each.vbucketOrStatus);
    },
    outstanding: async () => {
      const client = await connectClient(server);
      client.send({ opcode: Opcode.Stat }, noop(0xe4d));
      let count = Number.NaN;
      for (let packet = await client.next(); packet.opaque !== 0xe4d; packet = await client.next())
        if (packet.key.toString() === 'items_outstanding') count = Number(packet.value.toString());
      await client.close();
      return count;
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop({ graceMs: 0 });
      await turn(3);
      faults[Symbol.dispose]();
      if (faults.seen.length > 0) throw new Error('The process would have ended.', { cause: faults.seen[0] });
    },
  };
}
