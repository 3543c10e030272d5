// Fifty clients that do what clients do, and now and then what they should not: nothing adds up in the server.
// `FUZZ_SEED=<seed>` repeats a run, `FUZZ_FACTOR=200` goes on for some minutes.
import { describe, expect, it } from 'vitest';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { PacketFields } from '../../../reference/protocol/packet.ts';
import { Random } from '../../../reference/random.ts';
import type { ServerOptions } from '../../../reference/server-options.ts';
import { aliveBuffers } from '../../support/collect-garbage.ts';
import { documentCommands } from '../../support/command-families.ts';
import { get, noop, set } from '../../support/document-requests.ts';
import { faultAtRandom } from '../../support/fault-requests.ts';
import { watchProcess } from '../../support/process-faults.ts';
import { fuzzFactor, fuzzSeed } from '../../support/random-frames.ts';
import { sendWays } from '../../support/send-ways.ts';
import { serveOver, type TestBed, type TransportName } from '../../support/serve-over.ts';
import { textured } from '../../support/textured.ts';
import { turn, until } from '../../support/until.ts';
import type { WireClient } from '../../support/wire-client.ts';

const CLIENTS = 50;
const MIB = 1024 * 1024;
const { FLUSH: _, FLUSHQ: __, ...rest } = documentCommands;
const commands = Object.values(rest);
const values: readonly [string | Buffer, ...(string | Buffer)[]] = [
  '7',
  '{"seals":3}',
  textured(3000),
  textured(20_000),
  textured(150_000),
];

function someRequest(random: Random, opaque: number): PacketFields {
  const key = `document ${random.below(40)}`;
  if (random.chance(0.4)) return get(key, opaque);
  if (random.chance(0.3)) return set(key, random.pick(values), opaque);
  const command = commands[random.below(commands.length)] as PacketFields;
  return command.key === undefined ? { ...command, opaque } : { ...command, key, opaque };
}

/** One client: asks, reads, and in one of a hundred cases does something else. Answers how it ended. */
async function behave(bed: TestBed, random: Random, batches: number): Promise<'read' | 'reset' | 'unread'> {
  const client = await bed.connect({ capacity: random.pick([3000, 65_536]) });
  // Every tenth finds an engine that often waits.
  if (random.chance(0.1)) await client.request(faultAtRandom(30));
  for (let batch = 0; batch < batches; batch++) {
    client.send(
      ...Array.from({ length: 1 + random.below(12) }, (_each, i) => someRequest(random, i)),
      noop(0xffff),
    );
    const fault = random.below(100);
    if (fault === 0) {
      client.wire.destroy();
      return 'reset';
    }
    if (fault === 1) {
      client.wire.end();
      expect((await client.rest()).at(-1)?.opaque).toBe(0xffff);
      return 'read';
    }
    if (fault === 2) {
      client.wire.pause();
      await turn(1 + random.below(20));
      client.wire.resume();
    }
    await upTo(client, 0xffff);
  }
  if (random.chance(0.3)) {
    client.wire.pause();
    client.send(...Array.from({ length: 20 }, (_each, i) => get('whale', i)));
    await turn(2);
    client.wire.destroy();
    return 'unread';
  }
  client.send({ opcode: Opcode.Quit });
  await client.rest();
  client.wire.end();
  return 'read';
}

async function upTo(client: WireClient, opaque: number): Promise<void> {
  let last = -1;
  for (;;) {
    const packet = await client.next();
    expect(packet.opaque).toBeGreaterThanOrEqual(last);
    last = packet.opaque;
    if (last === opaque) return;
  }
}

async function statistics(client: WireClient): Promise<Map<string, number>> {
  client.send({ opcode: Opcode.Stat });
  return new Map((await client.sync()).map((each) => [each.key.toString(), Number(each.value.toString())]));
}

const cases: readonly (readonly [TransportName, string, ServerOptions])[] = [
  ...Object.entries(sendWays).map(([way, options]) => ['tcp4', way, options] as const),
  ['pair', 'sent by their size', { send: 'auto' }],
];

describe(`fifty clients, seed ${fuzzSeed}`, () => {
  it.each(cases)('over %s leave nothing behind, responses %s', async (transport, _way, options) => {
    using faults = watchProcess();
    await using bed = await serveOver(transport, {
      ...options,
      engine: 'ewouldblock',
      config: 'cache_size=8m',
    });
    const { stats } = bed.server;
    const watcher = await bed.connect();
    await watcher.request(set('whale', textured(500_000)));
    const seeds = new Random(fuzzSeed, transport.length);
    const waves = 2 * fuzzFactor;
    let alive = 0;
    for (let wave = 0; wave < waves; wave++) {
      const clients = Array.from({ length: CLIENTS }, () => behave(bed, new Random(seeds.u32()), 5));
      expect((await watcher.request(noop(wave))).opaque).toBe(wave);
      const endings = await Promise.all(clients);
      expect(endings.filter((each) => each === 'read').length).toBeGreaterThan(CLIENTS / 4);
      await until('they are gone', () => bed.server.connections().length === 1);
      const now = await aliveBuffers();
      // The first wave fills the cache and the pool; what comes on top of them would come each time.
      if (wave > 0) expect(now - alive, `wave ${wave}`).toBeLessThan(14 * MIB);
      else alive = now;
    }
    const told = await statistics(watcher);
    expect(told.get('items_outstanding')).toBe(0);
    expect(told.get('curr_connections')).toBe(1);
    expect(told.get('total_connections')).toBe(1 + CLIENTS * waves);
    expect(told.get('engine_faults')).toBe(0);
    expect(told.get('invalid_requests')).toBe(0);
    expect(stats.currConnections).toBe(1);
    expect(stats.bytesWritten).toBeLessThanOrEqual(stats.bytesQueued);
    expect(stats.responses * 24).toBeLessThanOrEqual(stats.bytesQueued);
    expect(stats.getHits + stats.getMisses).toBe(stats.cmdGet);
    expect(stats.chained > 0).toBe(options.send === 'ref' || options.send === 'auto');
    expect(stats.sendQueueFull).toBeGreaterThan(0);
    expect(watcher.received).toBeLessThanOrEqual(stats.bytesWritten);
    expect(bed.server.connections()[0]?.queued).toBe(0);
    expect(await bed.server.stop({ graceMs: 1000 })).toEqual({ dropped: 0 });
    expect(faults.seen).toEqual([]);
  });
});
