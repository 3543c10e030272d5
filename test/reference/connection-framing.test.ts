// Requests in, responses out: however the bytes are cut, whatever carries them, whichever way they are sent.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Opcode } from '../../reference/protocol/opcode.ts';
import { encodePacket, type Packet, type PacketFields } from '../../reference/protocol/packet.ts';
import type { ServerOptions } from '../../reference/server-options.ts';
import { TransportCounts } from '../support/counting-transport.ts';
import { get, noop, set } from '../support/document-requests.ts';
import { overEveryTransport, serveOver } from '../support/serve-over.ts';
import { textured } from '../support/textured.ts';
import { turn } from '../support/until.ts';
import type { WireClient } from '../support/wire-client.ts';

/** The ways in which responses are sent. */
const ways: Readonly<Record<string, ServerOptions>> = {
  'copied into the send buffer': { send: 'copy' },
  'chained to the send buffer': { send: 'ref' },
  'sent by msghdr and iovec': { contract: 'v1' },
};

const HIT = 'walrus';
const BIG = 'elephant';

/** Stores the documents that the requests below ask for. */
async function prepare(client: WireClient): Promise<void> {
  client.send(set(HIT, 'tusks'), set(BIG, textured(20_000)), noop());
  await client.take(3);
}

/** Requests that leave everything as it is, quiet and loud, hits and misses; each has its own opaque. */
function mixed(count: number): PacketFields[] {
  const kinds: readonly ((opaque: number) => PacketFields)[] = [
    (opaque) => get(HIT, opaque),
    (opaque) => get('unicorn', opaque),
    (opaque) => get(HIT, opaque, Opcode.Getq),
    (opaque) => get('unicorn', opaque, Opcode.Getq),
    (opaque) => get(HIT, opaque, Opcode.Getk),
    (opaque) => get('unicorn', opaque, Opcode.Getkq),
    noop,
    (opaque) => set(HIT, 'tusks', opaque, Opcode.Setq),
    (opaque) => set('unicorn', 'horn', opaque, Opcode.Replaceq),
  ];
  return Array.from({ length: count }, (_, i) => (kinds[(i * i + i) % kinds.length] ?? noop)(i));
}

type Said = Omit<Packet, 'cas' | 'extras' | 'key' | 'value'> & Record<'extras' | 'key' | 'value', string>;

/** What a response says, but for the cas, which is another one after each SETQ. */
const said = (packets: readonly Packet[]): Said[] =>
  packets.map(({ cas, extras, key, value, ...rest }) => ({
    ...rest,
    hasCas: cas !== 0n,
    extras: extras.toString('hex'),
    key: key.toString('latin1'),
    value: value.toString('latin1'),
  }));

/** Responses to requests of which each is sent when the one before it is done. */
async function oneByOne(client: WireClient, requests: readonly PacketFields[]): Promise<Said[]> {
  const packets: Packet[] = [];
  for (const request of requests) {
    client.send(request);
    packets.push(...(await client.sync()));
  }
  return said(packets);
}

const three: readonly PacketFields[] = [get(HIT, 1, Opcode.Getk), set('otter', 'paws', 2), noop(3)];
const stream: Buffer = Buffer.concat(three.map(encodePacket));

overEveryTransport('a stream of requests', (transport) => {
  it('is answered in order', async () => {
    await using bed = await serveOver(transport);
    const client = await bed.connect();
    await prepare(client);
    client.send(...Array.from({ length: 500 }, (_, i) => (i % 3 === 0 ? get(HIT, i) : noop(i))));
    const opaques = (await client.take(500)).map((each) => each.opaque);
    expect(opaques).toEqual(Array.from({ length: 500 }, (_, i) => i));
  });

  it('may come one byte at a time', async () => {
    await using bed = await serveOver(transport);
    const client = await bed.connect(transport === 'pair' ? { chunk: () => 1 } : undefined);
    await prepare(client);
    for (const byte of encodePacket(noop(0xfeed))) {
      client.send(Buffer.from([byte]));
      await turn(2);
    }
    expect((await client.next()).opaque).toBe(0xfeed);
  });

  it('may be cut anywhere', async () => {
    await using bed = await serveOver(transport);
    const client = await bed.connect();
    await prepare(client);
    const expected = await oneByOne(client, three);
    for (let cut = 1; cut < stream.length; cut++) {
      client.send(stream.subarray(0, cut));
      await turn();
      client.send(stream.subarray(cut));
      expect(said(await client.take(3)), `cut at ${cut}`).toEqual(expected);
    }
  });

  it.each(Object.entries(ways))(
    'is answered in one write for each chunk that came, 10,000 requests in one: %s',
    async (_way, options) => {
      const counts = new TransportCounts();
      const { wrapTransport } = counts;
      await using bed = await serveOver(transport, {
        ...options,
        wrapTransport,
        maxRequestsPerEvent: 1_000_000,
      });
      const client = await bed.connect();
      await prepare(client);
      const requests = mixed(10_000);
      const expected = await oneByOne(client, requests.slice(0, 18));
      const before = { ...bed.server.stats };
      counts.reads = 0;
      client.send(...requests, noop(0xffff));
      const packets: Packet[] = [];
      while (packets.at(-1)?.opaque !== 0xffff) packets.push(await client.next());
      // The requests repeat: whatever the first eighteen of them say, all say.
      const wanted = requests.flatMap((_, i) =>
        expected.filter((each) => each.opaque === i % 18).map((each) => ({ ...each, opaque: i })),
      );
      expect(said(packets.slice(0, -1))).toEqual(wanted);
      const writes = bed.server.stats.writes - before.writes;
      expect(bed.server.stats.responses - before.responses).toBe(packets.length);
      if (options.contract !== 'v1') expect(writes).toBeLessThanOrEqual(counts.reads + 1);
    },
  );

  it('says nothing where all requests are quiet and succeed', async () => {
    await using bed = await serveOver(transport);
    const client = await bed.connect();
    await prepare(client);
    const received = client.received;
    for (let i = 0; i < 100; i++)
      client.send(get('unicorn', i, Opcode.Getq), set(`otter${i}`, 'paws', i, Opcode.Setq));
    client.send(set('unicorn', 'horn', 101, Opcode.Addq));
    await turn(20);
    expect(client.received).toBe(received);
    expect(await client.sync()).toEqual([]);
    // It is there by now.
    client.send(set('unicorn', 'horn', 102, Opcode.Addq));
    expect((await client.sync()).map((each) => each.opaque)).toEqual([102]);
  });
});

describe('a stream of requests that is cut at random', () => {
  it.each(Object.entries(ways))('is answered as one by one: %s', async (_way, options) => {
    await using bed = await serveOver('pair', options);
    const first = await bed.connect();
    await prepare(first);
    const pool = [...mixed(18), get(BIG, 18), get(BIG, 19, Opcode.Getkq), set('seal', textured(5000), 20)];
    const expected = new Map<PacketFields, Said[]>();
    for (const request of pool) expected.set(request, await oneByOne(first, [request]));
    const requests = fc.array(fc.constantFrom(...pool), { minLength: 1, maxLength: 40 });
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 4000 })), {
      minLength: 1,
      maxLength: 10,
    });
    await fc.assert(
      fc.asyncProperty(
        requests,
        sizes,
        fc.integer({ min: 1, max: 100_000 }),
        async (list, cuts, capacity) => {
          let turns = 0;
          const chunk = (available: number): number =>
            Math.min(available, cuts[turns++ % cuts.length] as number);
          const client = await bed.connect({ chunk, capacity });
          client.send(...list, noop(0xffff));
          client.wire.end();
          const packets = await client.rest();
          const wanted = [...list.flatMap((each) => expected.get(each)), ...said([packets.at(-1) as Packet])];
          expect(said(packets)).toEqual(wanted);
          expect(packets.at(-1)?.opaque).toBe(0xffff);
        },
      ),
      { seed: 211, numRuns: 60 },
    );
  });
});
