// What went wrong when kv_engine's send path left sendmsg, as far as no other test has it: each commit that mended it is named.
import { describe, expect, it } from 'vitest';
import { EngineErrorCode } from '../../../reference/engine/contract.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { LogRecord, ServerOptions } from '../../../reference/server-options.ts';
import { get, noop, set } from '../../support/document-requests.ts';
import { RawClient } from '../../support/raw-client.ts';
import { streamReq } from '../../support/raw-dcp.ts';
import { sendWays } from '../../support/send-ways.ts';
import { overEveryTransport, serveOver, type TransportName } from '../../support/serve-over.ts';
import { SteeredEngine } from '../../support/steered-engine.ts';
import { textured } from '../../support/textured.ts';
import { turn, until } from '../../support/until.ts';

const ways = Object.entries(sendWays);
const sockets: readonly TransportName[] = ['tcp4', 'tls', 'unix', 'pair'];

/** Turns that are enough for anything to happen that is about to. */
const SOON = 30;

overEveryTransport(
  'a connection',
  (transport) => {
    // f195a8e19, dc220b9e0 (MB-45206): the end of a connection was logged as an error, with whatever was being written.
    it.each(ways)('that ends well, or badly, is no error in the log, responses %s', async (_, options) => {
      const log: LogRecord[] = [];
      await using bed = await serveOver(transport, { ...options, log: (record) => log.push(record) });
      const [first, reader, rude] = [await bed.connect(), await bed.connect(), await bed.connect()];
      await first.request(set('whale', textured(900_000)));
      first.send({ opcode: Opcode.Quit });
      reader.wire.end();
      await Promise.all([first.rest(), reader.rest()]);
      rude.wire.pause();
      rude.send(...Array.from({ length: 50 }, (_each, i) => get('whale', i)));
      await until('it is full', () => bed.server.stats.sendQueueHighWater > 100_000);
      rude.wire.destroy();
      first.wire.end();
      await until('all are gone', () => bed.server.connections().length === 0);
      expect(log.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
    });
  },
  sockets,
);

/** Counts what the server schedules. */
function counted(): { readonly options: ServerOptions; readonly tasks: () => number } {
  let tasks = 0;
  const schedule = (task: () => void): void => {
    tasks += 1;
    setImmediate(task);
  };
  return { options: { schedule }, tasks: () => tasks };
}

describe.each(ways)('responses %s', (_, way) => {
  // d14cc9b95 (MB-62722): a connection with a full queue woke itself again and again, and starved the others.
  it('a connection that waits for its client to read does nothing until it does', async () => {
    const { options, tasks } = counted();
    await using bed = await serveOver('pair', { ...way, ...options });
    const client = await bed.connect();
    await client.request(set('whale', textured(900_000)));
    client.wire.pause();
    client.send(...Array.from({ length: 50 }, (_each, i) => get('whale', i)));
    await until('it is full', () => bed.server.stats.sendQueueFull > 0);
    await turn(SOON);
    const [before, responses] = [tasks(), bed.server.stats.responses];
    await turn(SOON);
    expect(tasks()).toBe(before);
    expect(bed.server.stats.responses).toBe(responses);
    client.wire.resume();
    expect(await client.take(50)).toHaveLength(50);
  });

  it('a producer that waits for its consumer to read does nothing until it does', async () => {
    const { options, tasks } = counted();
    await using bed = await serveOver('pair', { ...way, ...options, profile: 'couchbase' });
    const writer = await bed.connect();
    for (let i = 0; i < 10; i++) await writer.request(set(`whale ${i}`, textured(400_000, i)));
    const consumer = new RawClient(bed.server, { capacity: 1000 });
    await consumer.open(1);
    consumer.wire.pause();
    consumer.send(streamReq(0));
    await until('it is full', () => bed.server.connections().some(({ queued }) => queued > 100_000));
    await turn(SOON);
    const [before, { bytesQueued }] = [tasks(), { ...bed.server.stats }];
    await turn(SOON);
    expect(tasks()).toBe(before);
    expect(bed.server.stats.bytesQueued).toBe(bytesQueued);
    consumer.wire.resume();
    await until('all documents are there', () => consumer.received > 4_000_000);
  });

  // 4393e4732 (MB-67796): a notification that came while data was queued was lost, and the connection hung.
  it('a command that is woken while responses are queued goes on, and so does what is behind it', async () => {
    const engine = new SteeredEngine();
    engine.parks = (key) => key.startsWith('slow');
    await using bed = await serveOver('pair', { ...way, engine });
    const client = await bed.connect({ capacity: 1000 });
    await client.request(set('whale', textured(300_000)));
    client.wire.pause();
    client.send(get('whale', 1), get('slow', 2), get('whale', 3), { opcode: Opcode.Quit, opaque: 4 });
    // The old path goes on when everything is with the kernel.
    const isLockStep = 'contract' in way;
    if (!isLockStep) {
      await until('it waits', () => engine.parked.length === 1);
      expect(bed.server.connections()[0]?.queued).toBeGreaterThan(100_000);
      engine.parked[0]?.notify();
      await turn(SOON);
    }
    client.wire.resume();
    if (isLockStep) {
      await until('it waits', () => engine.parked.length === 1);
      engine.parked[0]?.notify();
    }
    const packets = await client.rest();
    expect(packets.map((each) => each.opaque)).toEqual([1, 2, 3, 4]);
    expect(packets[2]?.value.equals(textured(300_000))).toBe(true);
    await until('all is given back', () => engine.held === 0);
  });

  // 4393e4732 again, and bbbe8c970 (MB-44460): the client goes while a command of it waits behind queued responses.
  it('a command that is woken when its client is gone finds nobody, and everything is given back once', async () => {
    const engine = new SteeredEngine();
    engine.parks = (key) => key.startsWith('slow');
    await using bed = await serveOver('pair', { ...way, engine });
    const client = await bed.connect({ capacity: 1000 });
    await client.request(set('whale', textured(300_000)));
    client.wire.pause();
    const slow = 'contract' in way ? [get('slow', 2)] : [get('whale', 1), get('slow', 2)];
    client.send(...slow, get('whale', 3));
    await until('it waits', () => engine.parked.length === 1);
    client.wire.destroy();
    engine.parked[0]?.notify();
    engine.parked[0]?.notify(EngineErrorCode.ENGINE_TMPFAIL);
    await until('it is gone', () => bed.server.connections().length === 0);
    engine.parked[0]?.notify();
    await turn(SOON);
    expect([engine.held, engine.excess, engine.disconnects]).toEqual([0, 0, 1]);
  });

  // 66cd6dfc3 (MB-36709), bce95ee91: input that comes while a command waits may move the bytes of its request.
  it('a command that waits reads its request where it is by then', async () => {
    const engine = new SteeredEngine();
    engine.parks = (key) => key.startsWith('slow');
    await using bed = await serveOver('pair', { ...way, engine });
    const client = await bed.connect();
    const long = `slow ${'x'.repeat(240)}`;
    await client.request(set(long, 'found'));
    client.send(get(long, 1, Opcode.Getk));
    await until('it waits', () => engine.parked.length === 1);
    // More than the memory of the input holds, in pieces, so that it grows and moves.
    const more = textured(200_000);
    client.send(set('whale', more, 2));
    for (let i = 0; i < 20; i++) {
      client.send(noop(3));
      await turn();
    }
    engine.parked[0]?.notify();
    const [found, stored] = await client.take(22);
    expect([found?.key.toString(), found?.value.toString()]).toEqual([long, 'found']);
    expect(stored?.vbucketOrStatus).toBe(0);
    expect((await client.request(get('whale', 4))).value.equals(more)).toBe(true);
  });

  // 30ab1db2d (MB-39722), 37b2bd708, e9006f984: counters that nobody counted any more, or that meant something else.
  it('counters tell what was read, queued and taken by the kernel, to the byte', async () => {
    await using bed = await serveOver('pair', way);
    const client = await bed.connect({ capacity: 1000 });
    const { stats } = bed.server;
    client.send(set('whale', textured(100_000), 1), noop(2));
    await client.take(2);
    expect(stats).toMatchObject({ bytesRead: 24 + 8 + 5 + 100_000 + 24, bytesQueued: 48, bytesWritten: 48 });
    client.wire.pause();
    client.send(get('whale', 3));
    await until('it is queued', () => stats.bytesQueued > 48);
    const response = 24 + 4 + 100_000;
    expect(stats.bytesQueued).toBe(48 + response);
    expect(stats.bytesWritten).toBeLessThan(48 + response);
    expect(stats.sendQueueHighWater).toBe(response);
    // More is queued while the kernel has not taken what was queued before; the old path waits for that.
    client.send(noop(4), noop(5));
    await turn(SOON);
    expect(stats.bytesQueued).toBe(48 + response + ('contract' in way ? 0 : 48));
    client.wire.resume();
    await client.take(3);
    await until('all is written', () => stats.bytesWritten === 96 + response);
    expect([stats.bytesQueued, stats.responses]).toEqual([96 + response, 5]);
    // What is dropped was queued, and never written.
    client.wire.pause();
    client.send(get('whale', 4));
    await until('it is queued', () => stats.bytesQueued > 96 + response);
    client.wire.destroy();
    await until('it is gone', () => bed.server.connections().length === 0);
    expect(stats.bytesQueued).toBe(96 + 2 * response);
    expect(stats.bytesWritten).toBe(96 + response);
  });
});
