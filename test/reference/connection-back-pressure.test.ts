// Clients that ask for more than they read, and clients that ask without end: memory and the others' time are bounded.
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import type { SendMode } from '../../reference/output-stream.ts';
import { Opcode } from '../../reference/protocol/opcode.ts';
import { TransportCounts } from '../support/counting-transport.ts';
import { get, noop, remove, set } from '../support/document-requests.ts';
import { overEveryTransport, serveOver } from '../support/serve-over.ts';
import { SteeredEngine } from '../support/steered-engine.ts';
import { textured } from '../support/textured.ts';
import { turn, until } from '../support/until.ts';
import type { WireClient } from '../support/wire-client.ts';

const MB = 1_000_000;
const LIMIT = 1_048_576;
const sendModes: readonly SendMode[] = ['copy', 'ref'];

/** Numbers that a STAT tells. */
async function numbers(client: WireClient): Promise<Map<string, number>> {
  client.send({ opcode: Opcode.Stat });
  const packets = await client.sync();
  return new Map(packets.map((each) => [each.key.toString(), Number(each.value.toString())]));
}

overEveryTransport('a client that asks for 600 MB and reads nothing', (transport) => {
  it.each(sendModes)('costs the limit and one response, and nobody else waits: %s', async (send) => {
    const counts = new TransportCounts();
    const { wrapTransport } = counts;
    await using bed = await serveOver(transport, { send, wrapTransport });
    const client = await bed.connect();
    await client.request(set('whale', textured(MB)));
    const other = await bed.connect();
    await other.request(noop());
    const before = process.memoryUsage().arrayBuffers;
    counts.pauses = 0;
    client.wire.pause();
    client.send(...Array.from({ length: 600 }, (_, i) => get('whale', i)));
    await until('the queue is full', () => bed.server.stats.sendQueueFull > 0);
    const waits: number[] = [];
    for (let i = 0; i < 20; i++) {
      const start = performance.now();
      await other.request(noop(i));
      waits.push(performance.now() - start);
    }
    // The median: this process may be held up by others, the server may not.
    expect(waits.sort((a, b) => a - b)[10]).toBeLessThan(50);
    const [slow] = bed.server.connections();
    expect(slow?.queued).toBeGreaterThan(LIMIT);
    expect(bed.server.stats.sendQueueHighWater).toBeLessThanOrEqual(LIMIT + MB + 100);
    expect(counts.pauses).toBeGreaterThan(0);
    // What is in the kernel's hands is not the server's: only the pair keeps that in this process, 64 KiB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MB);
    const { bytesRead } = bed.server.stats;
    await turn(20);
    // Not even what the client sent is taken in any more.
    client.send(noop(1));
    await turn(20);
    expect(bed.server.stats.bytesRead).toBe(bytesRead);
  });
});

overEveryTransport('a client that reads late', (transport) => {
  it.each(sendModes)('gets everything, in order, as it was: %s', async (send) => {
    await using bed = await serveOver(transport, { send });
    const client = await bed.connect();
    const values = ['whale', 'walrus', 'seal'].map((_, i) => textured(MB - 77 * i, i));
    for (const [i, value] of values.entries()) await client.request(set(`document${i}`, value));
    client.wire.pause();
    client.send(...Array.from({ length: 40 }, (_, i) => get(`document${i % 3}`, i)), noop(40));
    await until('the queue is full', () => bed.server.stats.sendQueueFull > 0);
    client.wire.resume();
    const packets = await client.take(41);
    expect(packets.map((each) => each.opaque)).toEqual(Array.from({ length: 41 }, (_, i) => i));
    for (const [i, packet] of packets.slice(0, 40).entries())
      expect(packet.value.equals(values[i % 3] as Buffer), `response ${i}`).toBe(true);
    const { stats } = bed.server;
    expect(stats.sendQueueFull).toBeGreaterThan(0);
    expect(stats.bytesWritten).toBe(client.received);
    expect(stats.bytesQueued).toBe(client.received);
    expect(bed.server.connections()[0]?.queued).toBe(0);
  });
});

describe.each(sendModes)('a document whose response is queued, values sent by %s', (send) => {
  const change = async (how: (other: WireClient) => void): Promise<void> => {
    const engine = new SteeredEngine();
    await using bed = await serveOver('pair', { send, engine });
    const client = await bed.connect();
    const old = textured(300_000, 1);
    await client.request(set('whale', old));
    client.wire.pause();
    client.send(get('whale', 1));
    await until('it is queued', () => (bed.server.connections()[0]?.queued ?? 0) > 200_000);
    const other = await bed.connect();
    how(other);
    await other.sync();
    client.wire.resume();
    expect((await client.next()).value.equals(old)).toBe(true);
    await until('it is given back', () => engine.held === 0);
    expect(engine.excess).toBe(0);
  };
  it('may be overwritten', () => change((other) => other.send(set('whale', textured(300_000, 2)))));

  it('may be deleted, and its memory asked for again', () =>
    change((other) => other.send(remove('whale'), set('walrus', textured(300_000, 3)))));

  it('may be flushed', () => change((other) => other.send({ opcode: Opcode.Flush })));

  it('may be appended to', () =>
    change((other) => other.send({ opcode: Opcode.Append, key: 'whale', value: 'tail' })));
});

describe.each(sendModes)('1000 requests for 20 MB each, values sent by %s', (send) => {
  it('stop after the first', async () => {
    const config = 'item_size_max=32m;cache_size=64m';
    await using bed = await serveOver('pair', { send, config });
    const client = await bed.connect();
    await client.request(set('whale', textured(20 * MB)));
    const before = process.memoryUsage().arrayBuffers;
    client.wire.pause();
    client.send(...Array.from({ length: 1000 }, (_, i) => get('whale', i)));
    await until('the queue is full', () => bed.server.stats.sendQueueFull > 0);
    await turn(10);
    expect(bed.server.connections()[0]?.queued).toBeLessThan(LIMIT + 20 * MB);
    const copies = send === 'copy' ? 1 : 0;
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan((copies * 20 + 8) * MB);
  });
});

describe('the limit of the send queue', () => {
  it('is what the server is told', async () => {
    await using bed = await serveOver('pair', { maxSendQueueSize: 10_000 });
    const client = await bed.connect({ capacity: 1000 });
    await client.request(set('seal', textured(900)));
    client.wire.pause();
    client.send(...Array.from({ length: 100 }, (_, i) => get('seal', i)));
    await until('the queue is full', () => bed.server.stats.sendQueueFull > 0);
    expect(bed.server.stats.sendQueueHighWater).toBeLessThanOrEqual(10_000 + 928);
    expect(bed.server.stats.sendQueueFull).toBe(1);
    client.wire.resume();
    expect(await client.take(100)).toHaveLength(100);
    expect(bed.server.stats.sendQueueHighWater).toBeLessThanOrEqual(10_000 + 928);
  });

  it('does not hold up a client that reads', async () => {
    await using bed = await serveOver('pair', { maxSendQueueSize: 1 });
    const client = await bed.connect();
    client.send(...Array.from({ length: 100 }, (_, i) => noop(i)));
    expect(await client.take(100)).toHaveLength(100);
    expect(bed.server.stats.sendQueueFull).toBe(0);
  });
});

overEveryTransport('a client that asks without end', (transport) => {
  it('does not starve another one', async () => {
    await using bed = await serveOver(transport, { maxRequestsPerEvent: 100 });
    const greedy = await bed.connect();
    const other = await bed.connect();
    await other.request(noop());
    greedy.send(...Array.from({ length: 30_000 }, (_, i) => noop(i)));
    await until('it is served', () => bed.server.stats.responses > 100);
    for (let i = 0; i < 20; i++) await other.request(noop(i));
    expect(greedy.pending).toBeLessThan(30_000);
    expect((await greedy.take(30_000)).every((each, i) => each.opaque === i)).toBe(true);
    expect(bed.server.stats.connYields).toBeGreaterThan(100);
  });
});

overEveryTransport('the statistics', (transport) => {
  it('tell bytes that were read and written, and more of them each time', async () => {
    await using bed = await serveOver(transport);
    const client = await bed.connect();
    await client.request(noop());
    const first = await numbers(client);
    await client.request(set('whale', textured(50_000)));
    await client.request(get('whale'));
    const second = await numbers(client);
    for (const name of ['bytes_read', 'bytes_written', 'total_send', 'total_queued_send']) {
      expect(first.get(name), name).toBeGreaterThan(0);
      expect((second.get(name) ?? 0) - (first.get(name) ?? 0), name).toBeGreaterThan(50_000);
    }
  });
});
