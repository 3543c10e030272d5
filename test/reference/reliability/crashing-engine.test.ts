// An engine that fails in every slot costs the command that called it, and nobody else anything.
import { afterEach, describe, expect, it } from 'vitest';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { Packet, PacketFields } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { createServer, type Server } from '../../../reference/server.ts';
import type { LogRecord, ServerOptions } from '../../../reference/server-options.ts';
import { dcpCommands, documentCommands } from '../../support/command-families.ts';
import { noop } from '../../support/document-requests.ts';
import { watchProcess } from '../../support/process-faults.ts';
import { waysAndProfiles } from '../../support/send-ways.ts';
import { connectClient, type TestClient } from '../../support/test-client.ts';
import { turn, until } from '../../support/until.ts';

const servers: Server[] = [];
const log: LogRecord[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop({ graceMs: 0 })));
  log.length = 0;
});

async function serve(mode: string, options: ServerOptions): Promise<Server> {
  const server = await createServer({
    ...options,
    engine: 'crash',
    config: `mode=${mode}`,
    port: false,
    log: (record) => log.push(record),
  });
  servers.push(server);
  return server;
}

const commands: readonly (readonly [string, PacketFields])[] = [
  ...Object.entries(documentCommands),
  ...Object.entries(dcpCommands),
];

/** What became of one request: the status of its response, or the connection is closed. */
async function outcome(client: TestClient, request: PacketFields): Promise<number | 'closed'> {
  client.send({ ...request, opaque: 0xbad }, noop(0x900d));
  const packets: Packet[] = [];
  while (packets.at(-1)?.opaque !== 0x900d) {
    try {
      packets.push(await client.next());
    } catch {
      return 'closed';
    }
  }
  expect(packets.map((each) => each.opaque)).toEqual([0xbad, 0x900d]);
  expect(packets[0]?.opcode).toBe(request.opcode);
  return packets[0]?.vbucketOrStatus ?? Number.NaN;
}

const errors = (): LogRecord[] => log.filter(({ level }) => level === 'error');

describe.each(waysAndProfiles)('responses that are %s', (_, options) => {
  it('an engine that throws: the command fails, the connection goes on', async () => {
    using faults = watchProcess();
    const server = await serve('throw', options);
    const client = await connectClient(server);
    for (const [name, request] of commands) {
      expect(await outcome(client, request), name).toBe(Status.Einternal);
      expect(errors(), name).toHaveLength(1);
      expect(errors()[0]).toMatchObject({ bucket: 'default', opcode: request.opcode });
      expect(errors()[0]?.['error'], name).toContain('The engine "crash" crashed.');
      log.length = 0;
    }
    expect(server.stats.engineFaults).toBe(commands.length);
    expect(faults.seen).toEqual([]);
  });

  it('an engine that answers promises that fail: the command fails, the connection goes on', async () => {
    using faults = watchProcess();
    const server = await serve('reject', options);
    for (const [name, request] of commands) {
      const client = await connectClient(server);
      expect(await outcome(client, request), name).toBe(Status.Einternal);
      // The answer that is none, and, later, its failure.
      await until(`${name} is blamed twice`, () => errors().length === 2);
      expect(errors()[0]?.['error'], name).toContain('answered [object Promise]');
      expect(errors()[1]?.['error'], name).toContain('The engine "crash" crashed later.');
      expect(errors()[0], name).toMatchObject({ bucket: 'default', opcode: request.opcode });
      log.length = 0;
    }
    expect(server.stats.engineFaults).toBe(2 * commands.length);
    await turn(3);
    expect(faults.seen).toEqual([]);
  });

  it('an engine that answers nonsense: the command fails, the connection goes on', async () => {
    const server = await serve('nonsense', options);
    for (const [name, request] of commands) {
      // Nothing, a number that is no code, and a result without a code.
      for (let kind = 0; kind < 3; kind++) {
        const client = await connectClient(server);
        expect(await outcome(client, request), `${name}, ${kind}`).toBe(Status.Einternal);
        expect(errors(), `${name}, ${kind}`).toHaveLength(1);
        expect(errors()[0]).toMatchObject({ bucket: 'default', opcode: request.opcode });
        log.length = 0;
      }
    }
    expect(server.stats.engineFaults).toBe(3 * commands.length);
  });

  it('an engine that notifies twice and then fails: the command fails once', async () => {
    const server = await serve('twice', options);
    const client = await connectClient(server);
    for (const [name, request] of commands) {
      // A change of state that the engine refuses closes, as in kv_engine.
      if (name === 'DCP_SET_VBUCKET_STATE') continue;
      expect(await outcome(client, request), name).toBe(Status.Einternal);
    }
    // The answer is a code of the contract's: the engine broke no promise that the server could see.
    expect(server.stats.engineFaults).toBe(0);
    expect(await client.sync()).toEqual([]);
  });

  it('an engine that never notifies: what waits is cleaned up with its client', async () => {
    const server = await serve('never', options);
    const other = await connectClient(server);
    const clients: TestClient[] = [];
    for (const [, request] of commands) {
      const client = await connectClient(server);
      client.send({ ...request, opaque: 0xbad }, noop(0x900d));
      clients.push(client);
    }
    expect(await other.sync()).toEqual([]);
    for (const client of clients) {
      expect(client.received).toBe(0);
      client.wire.destroy();
    }
    await until('they are gone', () => server.connections().length === 1);
    expect(await other.sync()).toEqual([]);
    expect(server.stats.currConnections).toBe(1);
    expect(server.stats.engineFaults).toBe(0);
  });

  it('keeps its other connection alive all the while', async () => {
    for (const mode of ['throw', 'reject', 'nonsense', 'twice', 'never']) {
      const server = await serve(mode, options);
      const heart = await connectClient(server);
      const clients = await Promise.all(commands.map(() => connectClient(server)));
      clients.forEach((client, at) => {
        client.send(commands[at]?.[1] as PacketFields);
      });
      for (let beat = 0; beat < 5; beat++) expect((await heart.request(noop(beat))).opaque).toBe(beat);
      expect((await heart.request({ opcode: Opcode.Version })).vbucketOrStatus).toBe(0);
      expect(await server.stop({ graceMs: 0 })).toEqual({ dropped: expect.any(Number) });
    }
  });
});
