// How connections end: by the client's half close, its reset, its silence, its quit; or because there are too many.
import { describe, expect, it } from 'vitest';
import { virtualTime } from '../../reference/clock.ts';
import type { SendMode } from '../../reference/output-stream.ts';
import { Opcode } from '../../reference/protocol/opcode.ts';
import { get, noop, set } from '../support/document-requests.ts';
import { overEveryTransport, serveOver } from '../support/serve-over.ts';
import { SteeredEngine } from '../support/steered-engine.ts';
import { textured } from '../support/textured.ts';
import { turn, until } from '../support/until.ts';

const MB = 1_000_000;

overEveryTransport('a connection', (transport) => {
  it('answers everything before it ends, when its client has closed its side', async () => {
    await using bed = await serveOver(transport);
    const client = await bed.connect();
    await client.request(set('walrus', textured(2000)));
    client.send(...Array.from({ length: 1000 }, (_, i) => get('walrus', i)));
    client.wire.end();
    const packets = await client.rest();
    expect(packets.map((each) => each.opaque)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(await client.closed).toBeUndefined();
    await until('it is forgotten', () => bed.server.connections().length === 0);
    expect(bed.server.stats.currConnections).toBe(0);
  });

  it('leaves the front of a request that never came to itself', async () => {
    await using bed = await serveOver(transport);
    const client = await bed.connect();
    client.send(noop(1), Buffer.from([0x80, Opcode.Set, 0, 6, 8, 0, 0, 0, 0, 0]));
    client.wire.end();
    expect((await client.rest()).map((each) => each.opaque)).toEqual([1]);
  });

  it('answers QUIT, and nothing behind it', async () => {
    await using bed = await serveOver(transport);
    const client = await bed.connect();
    client.send(noop(1), { opcode: Opcode.Quit, opaque: 2 }, noop(3));
    expect((await client.rest()).map((each) => each.opaque)).toEqual([1, 2]);
    const quiet = await bed.connect();
    quiet.send(noop(1), { opcode: Opcode.Quitq, opaque: 2 }, noop(3));
    expect((await quiet.rest()).map((each) => each.opaque)).toEqual([1]);
  });

  it.each<SendMode>(['copy', 'ref'])(
    'drops what is queued when its client is gone, and gives every item back once: %s',
    async (send) => {
      const engine = new SteeredEngine();
      await using bed = await serveOver(transport, { engine, send, config: 'item_size_max=2m' });
      const client = await bed.connect();
      await client.request(set('whale', textured(MB)));
      await client.request(set('walrus', textured(50_000)));
      client.wire.pause();
      client.send(...Array.from({ length: 50 }, (_, i) => get(i % 2 === 0 ? 'whale' : 'walrus', i)));
      await until('the queue is full', () => bed.server.stats.sendQueueFull > 0);
      expect(bed.server.connections()[0]?.queued).toBeGreaterThan(MB);
      if (send === 'ref') expect(engine.held).toBeGreaterThan(0);
      client.wire.destroy();
      await until('it is forgotten', () => bed.server.connections().length === 0);
      expect([engine.held, engine.excess, engine.disconnects]).toEqual([0, 0, 1]);
      expect(bed.server.stats.bytesWritten).toBeLessThan(bed.server.stats.bytesQueued);
    },
  );

  it('is gone when its client goes after 1000 NOOPs without reading an answer', async () => {
    await using bed = await serveOver(transport);
    const client = await bed.connect();
    client.wire.pause();
    client.send(...Array.from({ length: 1000 }, (_, i) => noop(i)));
    await until('they are answered', () => bed.server.stats.responses === 1000);
    client.wire.destroy();
    await until('it is forgotten', () => bed.server.connections().length === 0);
  });

  it('too many is closed at once, and its place is free when another one goes', async () => {
    await using bed = await serveOver(transport, { maxConnections: 2 });
    const first = await bed.connect();
    const second = await bed.connect();
    expect((await first.request(noop(1))).opaque).toBe(1);
    expect((await second.request(noop(2))).opaque).toBe(2);
    const third = await bed.connect();
    expect(await third.rest()).toEqual([]);
    expect(bed.server.stats.rejectedConnections).toBe(1);
    expect(bed.server.stats.currConnections).toBe(2);
    await first.close();
    first.wire.destroy();
    await until('its place is free', () => bed.server.connections().length === 1);
    expect((await (await bed.connect()).request(noop(4))).opaque).toBe(4);
    expect((await second.request(noop(5))).opaque).toBe(5);
  });
});

overEveryTransport('a client that says nothing', (transport) => {
  it('is closed after the idle timeout, others are not', async () => {
    const time = virtualTime();
    await using bed = await serveOver(transport, { time, idleTimeout: 3 });
    const silent = await bed.connect();
    const talking = await bed.connect();
    // Slowloris: the front of a request, and never the rest.
    silent.send(Buffer.from([0x80, Opcode.Noop]));
    for (let second = 1; second <= 3; second++) {
      expect((await talking.request(noop(second))).opaque).toBe(second);
      expect(bed.server.connections()).toHaveLength(2);
      time.advance(1);
    }
    expect(await silent.rest()).toEqual([]);
    expect((await talking.request(noop(4))).opaque).toBe(4);
    expect(bed.server.connections()).toHaveLength(1);
  });

  it('is not closed while it reads, however long one response takes', async () => {
    const time = virtualTime();
    const config = 'item_size_max=32m;cache_size=128m';
    await using bed = await serveOver(transport, { time, idleTimeout: 4, config });
    const client = await bed.connect();
    const value = textured(24 * MB);
    await client.request(set('whale', value));
    client.wire.pause();
    client.send(get('whale', 1));
    await until('the response is queued', () => (bed.server.connections()[0]?.queued ?? 0) > MB);
    for (let second = 0; second < 12; second++) {
      const wanted = Math.min(client.received + 2 * MB, 24 * MB);
      client.wire.resume();
      await until('two megabytes more', () => client.received >= wanted);
      client.wire.pause();
      await turn(5);
      time.advance(1);
    }
    client.wire.resume();
    expect((await client.next()).value.equals(value)).toBe(true);
  });
});

describe('a client that reads nothing', () => {
  it('is closed after the idle timeout, with its queue', async () => {
    const time = virtualTime();
    const engine = new SteeredEngine();
    await using bed = await serveOver('pair', { time, idleTimeout: 3, engine, send: 'ref' });
    const client = await bed.connect();
    await client.request(set('walrus', textured(500_000)));
    client.wire.pause();
    client.send(...Array.from({ length: 10 }, (_, i) => get('walrus', i)));
    await until('the queue is full', () => bed.server.stats.sendQueueFull > 0);
    for (let second = 0; second < 5; second++) {
      time.advance(1);
      await turn(2);
    }
    expect(bed.server.connections()).toHaveLength(0);
    expect([engine.held, engine.excess]).toEqual([0, 0]);
  });
});

describe('a client that reads as much as is added', () => {
  it('is not taken for one that is stuck', async () => {
    const time = virtualTime();
    const VALUE = 100_000 - 24 - 4;
    const options = { time, idleTimeout: 3, maxSendQueueSize: 1, maxRequestsPerEvent: 1 };
    await using bed = await serveOver('pair', options);
    const client = await bed.connect({ capacity: 1000, chunk: (available) => Math.min(available, 1000) });
    await client.request(set('walrus', textured(VALUE)));
    client.wire.pause();
    client.send(...Array.from({ length: 30 }, (_, i) => get('walrus', i)));
    await until('the queue is full', () => bed.server.stats.sendQueueFull > 0);
    const lengths = new Set<number | undefined>();
    for (let second = 0; second < 20; second++) {
      const wanted = client.received + 100_000;
      client.wire.resume();
      await until('one response was read', () => client.received === wanted);
      client.wire.pause();
      await turn(5);
      lengths.add(bed.server.connections()[0]?.queued);
      time.advance(1);
    }
    expect([...lengths]).toEqual([100_000]);
    client.wire.resume();
    expect(await client.take(30)).toHaveLength(30);
  });
});
