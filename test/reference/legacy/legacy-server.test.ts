// The old send path behind the server: the same conversations as over today's, byte for byte.
import { expect, test } from 'vitest';
import { loadEngine } from '../../../reference/engine/load.ts';
import { compare } from '../../../reference/verify/compare.ts';
import { makeConversation } from '../../../reference/verify/make-conversation.ts';
import { play } from '../../../reference/verify/side.ts';
import { serveOver, type TransportName } from '../../support/serve-over.ts';

const [GET, SET, QUIT, STAT] = [0x00, 0x01, 0x07, 0x10];

test('conversations of all kinds are the same on both paths', async () => {
  const module = await loadEngine('default');
  let bytes = 0;
  for (let run = 1; run <= 12; run++) {
    const conversation = makeConversation(2017, run);
    const old = await play(conversation, { module, config: '', contract: 'v1' });
    const today = await play(conversation, { module, config: '', contract: 'current' });
    expect(compare(old, today, { isNormalised: true })).toEqual([]);
    bytes += old.counts.bytes;
  }
  expect(bytes).toBeGreaterThan(50_000);
});

test.each<TransportName>(['tcp4', 'pair'])(
  'each response is one write over %s, whatever its size',
  async (transport) => {
    await using bed = await serveOver(transport, { contract: 'v1' });
    const client = await bed.connect();
    const sizes = [0, 1, 100, 4096, 70_000, 1_000_000];
    const extras = new Uint8Array(8);
    for (const size of sizes) {
      const stored = await client.request({ opcode: SET, key: `k${size}`, extras, value: 'v'.repeat(size) });
      expect(stored.vbucketOrStatus).toBe(0);
    }
    const { stats } = bed.server;
    const before = stats.writes;
    client.send(...sizes.map((size) => ({ opcode: GET, key: `k${size}` })));
    const responses = await client.take(sizes.length);
    expect(responses.map(({ value }) => value.length)).toEqual(sizes);
    expect(stats.writes - before).toBe(sizes.length);
    expect(stats.bytesWritten).toBe(client.received);
    expect(stats.bytesQueued).toBe(client.received);
    expect(stats.sendQueueHighWater).toBeGreaterThan(1_000_000);
  },
);

test('a command with many responses is one message', async () => {
  await using bed = await serveOver('pair', { contract: 'v1' });
  const client = await bed.connect();
  client.send({ opcode: STAT });
  const all = await client.sync();
  expect(all.length).toBeGreaterThan(20);
  expect(all.at(-1)?.key.length).toBe(0);
  expect(bed.server.stats.writes).toBe(2);
});

test('the next request waits until the last response is with the kernel', async () => {
  await using bed = await serveOver('pair', { contract: 'v1' });
  const client = await bed.connect({ capacity: 64 });
  const extras = new Uint8Array(8);
  await client.request({ opcode: SET, key: 'k', extras, value: 'v'.repeat(500) });
  client.wire.pause();
  client.send(...Array.from({ length: 5 }, () => ({ opcode: GET, key: 'k' })));
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const { stats } = bed.server;
  expect(stats.cmdGet).toBe(1);
  expect(bed.server.connections()[0]?.queued).toBe(24 + 4 + 500);
  client.wire.resume();
  expect(await client.take(5)).toHaveLength(5);
  expect(stats.cmdGet).toBe(5);
});

test('a client that says goodbye gets what it asked for before', async () => {
  await using bed = await serveOver('pair', { contract: 'v1' });
  const client = await bed.connect({ capacity: 100 });
  await client.request({ opcode: SET, key: 'k', extras: new Uint8Array(8), value: 'v'.repeat(5000) });
  client.send({ opcode: GET, key: 'k' }, { opcode: GET, key: 'k' }, { opcode: QUIT });
  const rest = await client.rest();
  expect(rest.map(({ value }) => value.length)).toEqual([5000, 5000, 0]);
});
