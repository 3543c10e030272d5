// Random packets, seeded: whatever comes, the server answers or closes, others are served, and nothing stays behind.
// A failure names its seed; `FUZZ_SEED=<seed>` repeats it, `FUZZ_FACTOR=1000` goes on for a night.
import { describe, expect, it } from 'vitest';
import type { PairOptions } from '../../../reference/bufferevent/pair.ts';
import { Magic } from '../../../reference/protocol/magic.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { Packet } from '../../../reference/protocol/packet.ts';
import { Random } from '../../../reference/random.ts';
import type { ServerOptions } from '../../../reference/server-options.ts';
import { aliveBuffers } from '../../support/collect-garbage.ts';
import { noop } from '../../support/document-requests.ts';
import { watchProcess } from '../../support/process-faults.ts';
import { flippedFrame, fuzzFactor, fuzzSeed, honestFrame } from '../../support/random-frames.ts';
import { sendWays, waysAndProfiles } from '../../support/send-ways.ts';
import { serveOver, type TestBed, type TransportName } from '../../support/serve-over.ts';
import { turn, until } from '../../support/until.ts';
import type { WireClient } from '../../support/wire-client.ts';

const MIB = 1024 * 1024;

/** Counts a connection's requests, and what is said to them. */
interface Attack {
  readonly client: WireClient;
  sent: number;
}

/** Options of an in-memory connection that cuts what it carries at random. */
const cutting = (random: Random): PairOptions => {
  const most = random.pick([50, 500, 5000, 65_536]);
  return {
    chunk: (available) => Math.min(available, 1 + random.below(most)),
    capacity: random.pick([2000, 20_000, 65_536]),
  };
};

type Frame = (random: Random, opaque: number) => Uint8Array;

/** Sends some packets over each connection, cut anywhere; a few of them end in the middle. */
function attack(random: Random, attacks: readonly Attack[], frame: Frame): void {
  for (const each of attacks) {
    if (each.client.isClosed || each.client.hasEnded) continue;
    const bytes = Buffer.concat(
      Array.from({ length: 1 + random.below(30) }, () => frame(random, each.sent++)),
    );
    let at = 0;
    while (at < bytes.length) {
      const part = random.chance(0.3) ? bytes.length : 1 + random.below(2000);
      each.client.send(bytes.subarray(at, at + part));
      at += part;
    }
    if (random.chance(0.05)) each.client.wire.destroy();
  }
}

/** The longest time that a NOOP of somebody else took, in milliseconds. */
async function heartbeat(heart: WireClient, beat: number): Promise<number> {
  const start = performance.now();
  expect((await heart.request(noop(beat))).opaque).toBe(beat);
  return performance.now() - start;
}

/** What was said to a connection must be packets, and responses to what it asked, in that order. */
function checkOrder(packets: readonly Packet[], each: Attack): void {
  let last = -1;
  for (const { magic, opaque } of packets) {
    if (magic !== Magic.ClientResponse) continue;
    expect(opaque).toBeGreaterThanOrEqual(last);
    expect(opaque).toBeLessThan(each.sent);
    last = opaque;
  }
}

async function outstanding(client: WireClient): Promise<number> {
  client.send({ opcode: Opcode.Stat });
  const found = (await client.sync()).find((each) => each.key.toString() === 'items_outstanding');
  return Number(found?.value.toString());
}

async function fuzz(
  random: Random,
  transport: TransportName,
  options: ServerOptions,
  frame: Frame,
  rounds: number,
): Promise<void> {
  using faults = watchProcess();
  await using bed = await serveOver(transport, { ...options, config: 'cache_size=4m', log: () => {} });
  const heart = await bed.connect();
  await heart.request(noop());
  const before = await aliveBuffers();
  const beats: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const attacks: Attack[] = [];
    for (let burst = 0; burst < 6; burst++) {
      // Those that were closed are followed by others.
      for (let open = attacks.filter(({ client }) => !client.hasEnded).length; open < 6; open++)
        attacks.push({ client: await bed.connect(cutting(random)), sent: 0 });
      attack(random, attacks, frame);
      beats.push(await heartbeat(heart, beats.length));
      await idle(bed);
    }
    for (const { client } of attacks) if (!client.isClosed && !client.hasEnded) client.wire.end();
    await idle(bed);
    if (frame === honestFrame) for (const each of attacks) checkOrder(await said(each.client), each);
    for (const { client } of attacks) client.wire.destroy();
  }
  await until('all of them are gone', () => bed.server.connections().length === 1);
  beats.sort((a, b) => a - b);
  // Generous, for machines that are busy with something else.
  expect(beats[beats.length >> 1]).toBeLessThan(50);
  expect(beats.at(-1)).toBeLessThan(1000);
  expect(bed.server.stats.engineFaults).toBe(0);
  expect(bed.server.stats.currConnections).toBe(1);
  expect(await outstanding(heart)).toBe(0);
  // What the engine keeps, and some of the pool.
  expect((await aliveBuffers()) - before).toBeLessThan(12 * MIB);
  expect(await bed.server.stop({ graceMs: 1000 })).toEqual({ dropped: 0 });
  await turn(3);
  expect(faults.seen).toEqual([]);
}

/** Nothing goes in or out any more. A connection that replicates does not end by itself. */
async function idle(bed: TestBed): Promise<void> {
  let moved = -1;
  for (let quiet = 0; quiet < 4; ) {
    await turn();
    const { bytesRead, bytesWritten } = bed.server.stats;
    quiet = bytesRead + bytesWritten === moved ? quiet + 1 : 0;
    moved = bytesRead + bytesWritten;
  }
}

/** What has arrived. Rejects where it is no packet. */
async function said(client: WireClient): Promise<readonly Packet[]> {
  return client.pending === 0 ? [] : await client.take(client.pending);
}

async function named(name: string, run: (random: Random) => Promise<void>): Promise<void> {
  try {
    await run(new Random(fuzzSeed, name.length));
  } catch (error) {
    throw new Error(`FUZZ_SEED=${fuzzSeed} repeats this.`, { cause: error });
  }
}

describe(`random packets, seed ${fuzzSeed}`, () => {
  it.each(waysAndProfiles)('with headers that are true: responses %s', async (name, options) => {
    await named(name, (random) => fuzz(random, 'pair', options, honestFrame, 10 * fuzzFactor));
  });

  it.each(Object.entries(sendWays))('with wrong bits in their headers: responses %s', async (name, way) => {
    const options = { ...way, profile: 'couchbase' } as const;
    await named(name, (random) => fuzz(random, 'pair', options, flippedFrame, 12 * fuzzFactor));
  });

  it.each(['tcp4', 'tls'] as const)('over sockets (%s)', async (transport) => {
    await named(transport, (random) =>
      fuzz(random, transport, { profile: 'couchbase' }, honestFrame, 2 * fuzzFactor),
    );
    await named(transport, (random) => fuzz(random, transport, {}, flippedFrame, 2 * fuzzFactor));
  });
});
