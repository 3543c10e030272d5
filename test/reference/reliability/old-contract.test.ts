// An engine of the old contract on the old send path: the scenarios that matter hold there, too.
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineModule } from '../../../reference/engine/v1.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import { encodePacket, type Packet } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { Random } from '../../../reference/random.ts';
import type { ServerOptions } from '../../../reference/server-options.ts';
import { type BuiltEngines, buildEngines } from '../../support/built-engines.ts';
import { aliveBuffers } from '../../support/collect-garbage.ts';
import { get, noop, set } from '../../support/document-requests.ts';
import { watchProcess } from '../../support/process-faults.ts';
import { honestFrame } from '../../support/random-frames.ts';
import { RawClient } from '../../support/raw-client.ts';
import { bufferAck, Op, response, streamReq } from '../../support/raw-dcp.ts';
import { serveOver, type TestBed, type TransportName } from '../../support/serve-over.ts';
import { textured } from '../../support/textured.ts';
import { turn, until } from '../../support/until.ts';

const MB = 1_000_000;
let built: BuiltEngines;
let engine: EngineModule;

beforeAll(async () => {
  built = await buildEngines(['memory-engine']);
  engine = (await import(/* @vite-ignore */ built.url('memory-engine'))) as EngineModule;
});

afterAll(() => {
  built.remove();
});

describe('memory-engine, whose responses go out by msghdr and iovec', () => {
  const serve = (transport: TransportName = 'pair', more: ServerOptions = {}): Promise<TestBed> =>
    serveOver(transport, { ...more, contract: 'v1', engine });

  it('answers the same however the requests are cut', async () => {
    await using bed = await serve();
    const client = await bed.connect();
    await client.request(set('seal', 'flippers'));
    const requests = Buffer.concat(
      [
        get('seal', 1, Opcode.Getk),
        get('otter', 2, Opcode.Getq),
        set('walrus', textured(5000), 3),
        noop(4),
      ].map(encodePacket),
    );
    const said = (packets: readonly Packet[]): unknown[] =>
      packets.map(({ opaque, value, vbucketOrStatus }) => [opaque, vbucketOrStatus, value.toString()]);
    client.send(requests);
    const expected = said(await client.take(3));
    for (let cut = 1; cut < requests.length; cut += cut < 100 ? 1 : 501) {
      client.send(requests.subarray(0, cut));
      await turn();
      client.send(requests.subarray(cut));
      expect(said(await client.take(3)), `cut at ${cut}`).toEqual(expected);
    }
  });

  it('says nothing where all requests are quiet and succeed', async () => {
    await using bed = await serve();
    const client = await bed.connect();
    for (let i = 0; i < 100; i++)
      client.send(get(`seal${i}`, i, Opcode.Getq), set(`seal${i}`, 'flippers', i, Opcode.Setq));
    await turn(10);
    expect(client.received).toBe(0);
    expect(await client.sync()).toEqual([]);
  });

  it.each(['tcp4', 'pair'] as const)(
    'answers everything, in order, a client that has closed its side, over %s',
    async (transport) => {
      await using bed = await serve(transport);
      const client = await bed.connect();
      await client.request(set('seal', textured(3000)));
      client.send(...Array.from({ length: 1000 }, (_each, i) => get('seal', i)));
      client.wire.end();
      const packets = await client.rest();
      expect(packets.map((each) => each.opaque)).toEqual(Array.from({ length: 1000 }, (_each, i) => i));
      await until('it is gone', () => bed.server.connections().length === 0);
    },
  );

  it.each(['tcp4', 'pair'] as const)(
    'keeps little for a client that asks for 600 MB and reads nothing, over %s',
    async (transport) => {
      await using bed = await serve(transport);
      const [client, other] = [await bed.connect(), await bed.connect()];
      await client.request(set('whale', textured(MB)));
      const before = await aliveBuffers();
      client.wire.pause();
      client.send(...Array.from({ length: 600 }, (_each, i) => get('whale', i)));
      await until('it is full', () => bed.server.stats.sendQueueFull > 0);
      const waits: number[] = [];
      for (let i = 0; i < 20; i++) {
        const start = performance.now();
        await other.request(noop(i));
        waits.push(performance.now() - start);
      }
      expect(waits.sort((a, b) => a - b)[10]).toBeLessThan(50);
      expect(bed.server.stats.sendQueueHighWater).toBeLessThanOrEqual(1_048_576 + MB + 100);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MB);
      client.wire.destroy();
      await until('it is gone', () => bed.server.connections().length === 1);
      expect((await aliveBuffers()) - before).toBeLessThan(5 * MB);
      expect((await other.request(noop(99))).opaque).toBe(99);
    },
  );

  it('sends everything to a client that reads late, though documents change meanwhile', async () => {
    await using bed = await serve();
    const [client, other] = [await bed.connect({ capacity: 5000 }), await bed.connect()];
    await other.request(set('whale', textured(300_000, 1)));
    client.wire.pause();
    client.send(...Array.from({ length: 20 }, (_each, i) => get('whale', i)), noop(20));
    await until('it is queued', () => bed.server.connections().some(({ queued }) => queued > 100_000));
    await other.request(set('whale', textured(300_000, 2)));
    other.send({ opcode: Opcode.Flush }, set('whale', textured(300_000, 3)));
    await other.take(2);
    client.wire.resume();
    const packets = await client.take(21);
    expect(packets.map((each) => each.opaque)).toEqual(Array.from({ length: 21 }, (_each, i) => i));
    const versions = [1, 3].map((seed) => textured(300_000, seed));
    for (const { value } of packets.slice(0, 20))
      expect(versions.some((each) => each.equals(value))).toBe(true);
    expect(packets[0]?.value.equals(versions[0] as Buffer)).toBe(true);
  });

  it('streams to a consumer that reads slowly, answers, and then goes away', async () => {
    await using bed = await serve('pair', { profile: 'couchbase' });
    const writer = await bed.connect();
    for (let i = 0; i < 20; i++) await writer.request(set(`whale ${i}`, textured(200_000, i)));
    const consumer = new RawClient(bed.server, { capacity: 5000 });
    await consumer.open(1);
    consumer.send(streamReq(0, { opaque: 7 }));
    consumer.wire.pause();
    await until('it is full', () => bed.server.connections().some(({ queued }) => queued > 100_000));
    expect((await writer.request(noop(1))).opaque).toBe(1);
    consumer.wire.resume();
    const keys: string[] = [];
    while (keys.length < 20) {
      const message = await consumer.next();
      if (message.opcode === Op.mutation) {
        expect(message.value.equals(textured(200_000, keys.length))).toBe(true);
        keys.push(message.key);
      }
      if (message.opcode === Op.snapshotMarker)
        consumer.send(response(Op.snapshotMarker, { opaque: message.opaque }));
    }
    expect(keys).toEqual(Array.from({ length: 20 }, (_each, i) => `whale ${i}`));
    consumer.send(bufferAck(1000));
    consumer.wire.destroy();
    await until('it is gone', () => bed.server.connections().length === 1);
    await writer.request(set('whale 21', 'late'));
    expect(bed.server.stats.engineFaults).toBe(0);
  });

  it('stops and restarts with responses queued', async () => {
    await using bed = await serve('tcp4');
    for (let round = 0; round < 3; round++) {
      const clients = await Promise.all(Array.from({ length: 10 }, () => bed.connect()));
      await clients[0]?.request(set('whale', textured(MB)));
      for (const client of clients) {
        client.wire.pause();
        client.send(...Array.from({ length: 20 }, (_each, i) => get('whale', i)));
      }
      await until('they are full', () => bed.server.stats.sendQueueFull >= 10);
      await bed.server.restart({ graceMs: 10 });
      expect(bed.server.connections()).toEqual([]);
      const client = await bed.connect();
      expect((await client.request(get('whale'))).vbucketOrStatus).toBe(Status.KeyEnoent);
      await client.close();
    }
  });

  it('survives random packets', async () => {
    using faults = watchProcess();
    await using bed = await serve();
    const heart = await bed.connect();
    const random = new Random(1704);
    for (let round = 0; round < 60; round++) {
      const client = await bed.connect();
      client.send(...Array.from({ length: 20 }, (_each, i) => honestFrame(random, i)));
      expect((await heart.request(noop(round))).opaque).toBe(round);
      await turn(3);
      client.wire.destroy();
    }
    await until('they are gone', () => bed.server.connections().length === 1);
    expect(await heart.sync()).toEqual([]);
    expect(faults.seen).toEqual([]);
  });
});
