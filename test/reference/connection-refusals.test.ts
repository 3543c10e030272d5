// Bytes that are no request: what was asked before them is answered, and the connection is closed.
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { virtualTime } from '../../reference/clock.ts';
import type { Profile } from '../../reference/profile.ts';
import { Magic } from '../../reference/protocol/magic.ts';
import { Opcode } from '../../reference/protocol/opcode.ts';
import { encodePacket, type HeaderFields, rawHeader } from '../../reference/protocol/packet.ts';
import { get, noop, set } from '../support/document-requests.ts';
import { overEveryTransport, serveOver } from '../support/serve-over.ts';
import { turn, until } from '../support/until.ts';

const MIB = 1024 * 1024;

/** Headers that cannot be true. */
const lies: Readonly<Record<string, HeaderFields>> = {
  'a magic that nobody knows': { magic: 0x47 },
  'the magic of a response that nobody asked for': { magic: Magic.ClientResponse },
  'the magic of a server': { magic: Magic.ServerRequest },
  'a key and extras that are longer than the body': {
    opcode: Opcode.Set,
    keylen: 10,
    extlen: 8,
    bodylen: 17,
  },
  'a key that is longer than the body': { opcode: Opcode.Get, keylen: 1 },
  'a body of 4 GiB': { opcode: Opcode.Setq, keylen: 1, extlen: 8, bodylen: 0xffff_ffff },
  'a body of 2 GiB': { opcode: Opcode.Set, keylen: 1, extlen: 8, bodylen: 0x8000_0000 },
  'a body of 31 MiB': { opcode: Opcode.Set, keylen: 1, extlen: 8, bodylen: 31 * MIB },
};

overEveryTransport('a connection', (transport) => {
  it.each(Object.entries(lies))('closes at %s, and says nothing', async (_lie, fields) => {
    await using bed = await serveOver(transport);
    const client = await bed.connect();
    client.send(rawHeader({ opaque: 1, ...fields }), noop(2));
    expect(await client.rest()).toEqual([]);
    expect(bed.server.stats.invalidRequests).toBe(1);
    expect(bed.server.stats.responses).toBe(0);
    client.wire.end();
    await client.closed;
    await until('it is forgotten', () => bed.server.connections().length === 0);
  });

  it.each(Object.entries(lies))('answers what came before %s', async (_lie, fields) => {
    await using bed = await serveOver(transport);
    const client = await bed.connect();
    client.send(set('walrus', 'tusks', 1), get('walrus', 2), rawHeader(fields), get('walrus', 3));
    const packets = await client.rest();
    expect(packets.map((each) => each.opaque)).toEqual([1, 2]);
    expect(packets[1]?.value.toString()).toBe('tusks');
  });

  it('needs no more than the first byte to see that it is no request', async () => {
    await using bed = await serveOver(transport);
    const client = await bed.connect();
    client.send(noop(1), Buffer.from('GET / HTTP/1.1\r\n'));
    expect((await client.rest()).map((each) => each.opaque)).toEqual([1]);
    expect(bed.server.stats.invalidRequests).toBe(1);
  });

  it('does not wait for ever for the client to close, though it goes on sending', async () => {
    const time = virtualTime();
    await using bed = await serveOver(transport, { time });
    const client = await bed.connect();
    client.send(rawHeader({ magic: 0x47 }));
    expect(await client.rest()).toEqual([]);
    for (let second = 0; second < 3; second++) {
      client.send(Buffer.alloc(100));
      await turn(5);
      time.advance(1);
    }
    await until('it is gone', () => bed.server.connections().length === 0);
  });
});

describe('a body that is announced', () => {
  it('takes no memory before it comes', async () => {
    await using bed = await serveOver('pair');
    const before = process.memoryUsage().arrayBuffers;
    const clients = await Promise.all(Array.from({ length: 20 }, () => bed.connect()));
    for (const client of clients)
      client.send(rawHeader({ opcode: Opcode.Set, keylen: 1, extlen: 8, bodylen: 29 * MIB }));
    await until('the headers are there', () => bed.server.stats.bytesRead === 20 * 24);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5 * MIB);
    expect(bed.server.connections()).toHaveLength(20);
  });

  it('may be as long as the server says', async () => {
    await using bed = await serveOver('pair', { maxPacketSize: 1000 });
    const client = await bed.connect();
    client.send(set('seal', Buffer.alloc(1000 - 8 - 4), 1), noop(2));
    expect((await client.take(2)).map((each) => each.opaque)).toEqual([1, 2]);
    client.send(set('seal', Buffer.alloc(1000 - 8 - 3), 3));
    expect(await client.rest()).toEqual([]);
  });
});

describe('every opcode', () => {
  const bodies: Readonly<Record<string, Buffer[]>> = {
    nothing: [],
    'a key': [Buffer.alloc(0), Buffer.from('walrus')],
    'extras and a key': [Buffer.alloc(8), Buffer.from('walrus')],
    '300 bytes': [Buffer.alloc(20), Buffer.from('walrus'), Buffer.alloc(274)],
  };
  const profiles: Profile['name'][] = ['memcached', 'couchbase'];
  const cases = profiles.flatMap((profile) => Object.keys(bodies).map((body) => [body, profile] as const));

  it.each(cases)('with %s is answered, or ends the connection, as %s', async (body, profile) => {
    await using bed = await serveOver('pair', { profile });
    const [extras = Buffer.alloc(0), key = Buffer.alloc(0), value = Buffer.alloc(0)] = bodies[body] ?? [];
    for (let opcode = 0; opcode <= 0xff; opcode++) {
      const client = await bed.connect();
      client.send({ opcode, extras, key, value, opaque: 0xcafe }, noop(0xbeef));
      client.wire.end();
      // A connection that was opened for DCP is asked things, too.
      const packets = (await client.rest()).filter((each) => each.magic === Magic.ClientResponse);
      const answered = packets.map((each) => each.opaque);
      if (answered.at(-1) === 0xbeef) answered.pop();
      expect(new Set(answered).size, `opcode ${opcode}`).toBeLessThanOrEqual(1);
      expect(answered[0] ?? 0xcafe, `opcode ${opcode}`).toBe(0xcafe);
    }
    expect(bed.server.stats.engineFaults).toBe(0);
    expect((await (await bed.connect()).request(noop(1))).opaque).toBe(1);
  });

  it('is answered with an unknown command where there is none, and the next request is understood', async () => {
    await using bed = await serveOver('pair');
    const client = await bed.connect();
    for (const [extras, key, value] of Object.values(bodies)) {
      const body = { extras: extras ?? Buffer.alloc(0), key: key ?? '', value: value ?? '' };
      client.send({ opcode: 0xff, opaque: 1, ...body }, noop(2));
      const [refused, next] = await client.take(2);
      expect([refused?.vbucketOrStatus, refused?.opaque, next?.opaque]).toEqual([0x81, 1, 2]);
    }
  });

  it('as a response to nothing ends the connection', async () => {
    await using bed = await serveOver('pair');
    for (let opcode = 0; opcode <= 0xff; opcode++) {
      const client = await bed.connect();
      client.send(encodePacket({ magic: Magic.ClientResponse, opcode }), noop());
      expect(await client.rest(), `opcode ${opcode}`).toEqual([]);
    }
  });
});
