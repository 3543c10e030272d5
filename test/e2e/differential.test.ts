// This server and the machine's memcached get the same requests: the responses are the same, or the reason is written down.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Opcode } from '../../reference/protocol/opcode.ts';
import { encodePacket } from '../../reference/protocol/packet.ts';
import { createServer, type Server } from '../../reference/server.ts';
import { type Comparison, compareAlone, compareServers } from '../support/differential.ts';
import { type SeededCommand, seededCommands, seededCounters } from '../support/differential-commands.ts';
import { explainedDifferences } from '../support/explained-differences.ts';
import { memcachedProgram, type RunningMemcached, startMemcached } from '../support/memcached-program.ts';
import { oddPackets } from '../support/odd-packets.ts';
import { connectClient, type TestClient } from '../support/test-client.ts';

const SEED = 1;
const program = memcachedProgram();

/** Counters that clients look at; memcached counts some more. */
const COUNTERS =
  /^(cmd_(get|set|flush|touch)|(get|delete|incr|decr|touch)_(hits|misses)|cas_(hits|misses|badval)|auth_(cmds|errors)|bytes_read|evictions|pointer_size|threads)$/;

async function countersOf(client: TestClient): Promise<Readonly<Record<string, string>>> {
  const counters: Record<string, string> = {};
  client.send({ opcode: Opcode.Stat });
  for (;;) {
    const { key, value } = await client.next();
    if (key.length === 0) break;
    if (COUNTERS.test(key.toString())) counters[key.toString()] = value.toString();
  }
  await client.close();
  return counters;
}

describe.skipIf(program === undefined)('beside the memcached of this machine', () => {
  let server: Server;
  let memcached: RunningMemcached;
  const met = new Set<string>();

  beforeAll(async () => {
    // What memcached answers may depend on what lies in its memory, so counters come first.
    memcached = await startMemcached(program ?? '');
    server = await createServer({ config: 'cache_size=1g' });
  });
  afterAll(async () => {
    await server.stop();
    await memcached.stop();
  });

  async function clients(): Promise<readonly [TestClient, TestClient]> {
    return [await connectClient(server), await memcached.connect()];
  }

  async function compare(commands: Iterable<SeededCommand>, count: number): Promise<Comparison> {
    const [ours, theirs] = await clients();
    const comparison = await compareServers(ours, theirs, commands, count, explainedDifferences);
    await Promise.all([ours.close(), theirs.close()]);
    return comparison;
  }

  /** The ids that were needed; @throws where something is not explained. */
  function explanations({ explained, unexplained }: Comparison): readonly string[] {
    expect(unexplained.join('\n\n')).toBe('');
    for (const id of explained.keys()) met.add(id);
    return [...explained.keys()].sort();
  }

  test('counts up to 2^64 and around', async () => {
    const comparison = await compare(seededCounters(SEED), 10_000);
    expect(explanations(comparison)).toEqual([]);
    expect(comparison.commands).toBe(10_000);
  });

  test('answers 100,000 commands of every kind', async () => {
    const comparison = await compare(seededCommands(SEED), 100_000);
    expect(explanations(comparison)).toEqual(['version-text']);
    expect(comparison.commands).toBe(100_000);
  });

  test('has counted the same', async () => {
    const counted = await Promise.all((await clients()).map(countersOf));
    expect(Object.keys(counted[0] ?? {}).length).toBeGreaterThan(20);
    expect(Number(counted[0]?.['cas_badval'])).toBeGreaterThan(100);
    expect(counted[0]).toEqual(counted[1]);
  });

  test('differs in sizes, flushes and statistics as explained', async () => {
    const key = Buffer.from('runway');
    const nothing = Buffer.alloc(0);
    const command = (opcode: number, value = nothing, extras = nothing): SeededCommand => {
      const isAboutKey = opcode !== Opcode.Flush && opcode !== Opcode.Flushq && opcode !== Opcode.Stat;
      return { opcode, key: isAboutKey ? key : nothing, extras, value, cas: 'none' };
    };
    const stat = (group: string): SeededCommand => ({ ...command(Opcode.Stat), key: Buffer.from(group) });
    const set = (length: number): SeededCommand =>
      command(Opcode.Set, Buffer.alloc(length, 'x'), Buffer.alloc(8));
    const later = Buffer.from([0, 0, 0x0e, 0x10]);
    const commands = [
      set(1024 * 1024),
      set(600_000),
      command(Opcode.Append, Buffer.alloc(600_000, 'y')),
      command(Opcode.Prepend, Buffer.alloc(600_000, 'y')),
      command(Opcode.Append, Buffer.alloc(1024 * 1024 + 1, 'y')),
      command(Opcode.Get),
      command(Opcode.Flush, nothing, later),
      command(Opcode.Flushq, nothing, later),
      command(Opcode.Flush),
      stat('detail on'),
      stat('detail dump'),
      stat('detail off'),
      stat('detail'),
      stat(''),
      stat('reset'),
    ];
    expect(explanations(await compare(commands, commands.length))).toEqual([
      'expiry-of-a-flush',
      'item-size',
      'result-too-large',
      'statistics',
    ]);
  });

  test('answers 3,000 packets that are odd', async () => {
    const connect = { ours: () => connectClient(server), theirs: () => memcached.connect() };
    const set = encodePacket({ opcode: Opcode.Set, key: 'gate', extras: Buffer.alloc(8), value: 'B12' });
    const packets = [Buffer.concat([set, Buffer.from('GET / HTTP/1.1\r\n\r\n')]), ...oddPackets(SEED, 2999)];
    const comparison = await compareAlone(connect, packets, explainedDifferences);
    expect(explanations(comparison)).toEqual([
      'bodies-of-unknown-commands',
      'cas-that-is-not-compared',
      'contradictory-lengths',
      'kv-engine-commands',
      'long-bodies',
      'responses-before-nonsense',
      'statistics',
      'value-where-none-belongs',
      'vbuckets',
      'version-text',
    ]);
    expect(comparison.commands).toBe(3000);
  });

  test('has met every explained difference', () => {
    expect([...met].sort()).toEqual(explainedDifferences.map(({ id }) => id));
  });
});
