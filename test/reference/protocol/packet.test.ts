import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Magic } from '../../../reference/protocol/magic.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import { encodePacket, type Packet, PacketParser, rawHeader } from '../../../reference/protocol/packet.ts';
import { ProtocolError } from '../../../reference/protocol/protocol-error.ts';
import { bytesOf, goldenPackets, meaningOf } from './golden-packets.ts';

const golden = Object.entries(goldenPackets);

/** What a call throws. */
function thrownBy(call: () => unknown): ProtocolError {
  try {
    call();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
  }
  throw new Error('No ProtocolError was thrown.');
}

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1))), bytes.length];
  ends.sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

const octets = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes));

const anyPacket: fc.Arbitrary<Packet> = fc.record({
  magic: fc.constantFrom(...Object.values(Magic)),
  opcode: fc.integer({ min: 0, max: 0xff }),
  datatype: fc.integer({ min: 0, max: 0xff }),
  vbucketOrStatus: fc.integer({ min: 0, max: 0xffff }),
  opaque: fc.integer({ min: 0, max: 0xffff_ffff }),
  cas: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
  extras: octets(255),
  key: octets(300),
  value: octets(500),
});

describe('the bytes of a packet', () => {
  test.each(golden)('encodes %s as the protocol describes it', (_, packet) => {
    expect(encodePacket(meaningOf(packet)).toString('hex')).toBe(bytesOf(packet.bytes).toString('hex'));
  });

  test.each(golden)('parses %s into what it means', (_, packet) => {
    expect(new PacketParser().push(bytesOf(packet.bytes))).toEqual([meaningOf(packet)]);
  });

  test('a request with nothing said is a GET of the empty key', () => {
    expect(encodePacket({})).toEqual(Buffer.from(`80${'00'.repeat(23)}`, 'hex'));
  });

  test('sends texts as UTF-8 and counts their bytes', () => {
    const packet = encodePacket({ opcode: Opcode.Append, key: 'café', value: '€' });
    expect(packet.readUInt16BE(2)).toBe(5);
    expect(packet.readUInt32BE(8)).toBe(8);
    expect(packet.subarray(24).toString()).toBe('café€');
  });

  test('takes bytes as they are', () => {
    const packet = encodePacket({ key: Uint8Array.of(0xff, 0x00), value: Uint8Array.of(0x80) });
    expect(packet.subarray(24)).toEqual(Buffer.from('ff0080', 'hex'));
  });

  test('a raw header says lengths that no body has', () => {
    const header = rawHeader({ opcode: Opcode.Set, keylen: 0xffff, extlen: 0xff, bodylen: 0xffff_ffff });
    expect(header.toString('hex')).toBe(`8001ffffff000000ffffffff${'00'.repeat(12)}`);
  });
});

describe('a stream of packets', () => {
  test('comes out as it went in, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyPacket, { maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (packets, places) => {
          const parser = new PacketParser();
          const received = cut(Buffer.concat(packets.map(encodePacket)), places).flatMap((chunk) =>
            parser.push(chunk),
          );
          expect(received).toEqual(packets);
          expect(parser.pending).toBe(0);
        },
      ),
      { seed: 24, numRuns: 300 },
    );
  });

  test('comes out the same at every one of its split points, and byte by byte', () => {
    const packets = ['GET', 'SET', 'a hit of GETK'].map((name) => meaningOf(goldenPackets[name]!));
    const stream = Buffer.concat(packets.map(encodePacket));
    for (let place = 0; place <= stream.length; place++) {
      const parser = new PacketParser();
      const received = [...parser.push(stream.subarray(0, place)), ...parser.push(stream.subarray(place))];
      expect(received).toEqual(packets);
    }
    const parser = new PacketParser();
    expect([...stream].flatMap((byte) => parser.push(Uint8Array.of(byte)))).toEqual(packets);
  });

  test('does not look at a chunk again after push returned', () => {
    const bytes = bytesOf(goldenPackets['SET']!.bytes);
    const parser = new PacketParser();
    const received: Packet[] = [];
    for (const chunk of cut(bytes, [10, 30])) {
      const memory = Buffer.from(chunk);
      received.push(...parser.push(memory));
      memory.fill(0xee);
    }
    expect(received).toEqual([meaningOf(goldenPackets['SET']!)]);
  });

  test('knows how many bytes of an unfinished packet it holds', () => {
    const parser = new PacketParser();
    const get = encodePacket({ key: 'user::1' });
    expect(parser.push(Buffer.concat([get, get.subarray(0, 30)]))).toHaveLength(1);
    expect(parser.pending).toBe(30);
    parser.push(get.subarray(30));
    expect(parser.pending).toBe(0);
  });
});

describe('a stream that is none', () => {
  test.each([0x00, 0x08, 0x47, 0x7f, 0x84, 0xff])('refuses the first byte %i', (magic) => {
    const error = thrownBy(() => new PacketParser().push(rawHeader({ magic })));
    expect(error.code).toBe('bad-magic');
  });

  test('refuses extras and a key that are longer than the body, before the body is there', () => {
    const header = rawHeader({ keylen: 3, extlen: 4, bodylen: 6 });
    expect(thrownBy(() => new PacketParser().push(header)).code).toBe('bad-lengths');
    expect(new PacketParser().push(rawHeader({ keylen: 3, extlen: 4, bodylen: 7 }))).toEqual([]);
  });

  test('refuses a body beyond the limit, before the body is there', () => {
    expect(thrownBy(() => new PacketParser(1000).push(rawHeader({ bodylen: 1001 }))).code).toBe('too-large');
    expect(new PacketParser(1000).push(rawHeader({ bodylen: 1000 }))).toEqual([]);
  });

  test('tells where the bad packet starts, what its header is, and what came before it', () => {
    const good = encodePacket({ key: 'user::1', opaque: 1 });
    const bad = rawHeader({ magic: 0x48 });
    const parser = new PacketParser();
    expect(parser.push(good)).toHaveLength(1);
    const error = thrownBy(() => parser.push(Buffer.concat([good, bad, good])));
    expect(error.offset).toBe(62);
    expect(error.header).toEqual(bad);
    expect(error.packets.map((packet) => packet.opaque)).toEqual([1]);
    expect(error.message).toBe(
      `The packet at byte 62 starts with no magic of the protocol: 48${'00'.repeat(23)}`,
    );
  });

  test('stays refused', () => {
    const parser = new PacketParser();
    const first = thrownBy(() => parser.push(rawHeader({ magic: 0x48 })));
    expect(thrownBy(() => parser.push(encodePacket({ key: 'user::1' })))).toBe(first);
  });
});
