import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RequestFrame } from '../../../reference/protocol/request-frame.ts';
import { bytesOf, goldenPackets, meaningOf } from './golden-packets.ts';

const golden = Object.entries(goldenPackets);

/** A frame over a packet that lies somewhere inside a larger buffer. */
function frameOf(bytes: Buffer, before = 13, after = 9): RequestFrame {
  const frame = new RequestFrame();
  frame.read(Buffer.concat([Buffer.alloc(before, 0xa5), bytes, Buffer.alloc(after, 0x5a)]), before);
  return frame;
}

describe('a frame', () => {
  test.each(golden)('reads %s where it lies', (_, packet) => {
    const bytes = bytesOf(packet.bytes);
    const meaning = meaningOf(packet);
    const frame = frameOf(bytes);
    expect(frame.magic).toBe(meaning.magic);
    expect(frame.opcode).toBe(meaning.opcode);
    expect(frame.datatype).toBe(meaning.datatype);
    expect(frame.vbucket).toBe(meaning.vbucketOrStatus);
    expect(frame.status).toBe(meaning.vbucketOrStatus);
    expect(frame.opaque).toBe(meaning.opaque);
    expect(frame.cas).toBe(meaning.cas);
    expect(frame.hasCas).toBe(meaning.cas !== 0n);
    expect(frame.extras()).toEqual(meaning.extras);
    expect(frame.key()).toEqual(meaning.key);
    expect(frame.keyText()).toBe(meaning.key.toString('latin1'));
    expect(frame.value()).toEqual(meaning.value);
    expect(frame.valueLength).toBe(meaning.value.length);
    expect(frame.end).toBe(13 + bytes.length);
  });

  test.each(golden)('has no part of %s once it was told to forget it', (_, packet) => {
    const bytes = bytesOf(packet.bytes);
    const frame = frameOf(bytes);
    const { bytes: memory, opaque, opcode } = frame;
    frame.forget();
    expect(frame.bytes).not.toBe(memory);
    expect([frame.keyText(), frame.extras().length, frame.key().length, frame.value().length]).toEqual([
      '',
      0,
      0,
      0,
    ]);
    expect([frame.opcode, frame.opaque]).toEqual([opcode, opaque]);
    frame.read(memory, 13);
    expect(frame.end).toBe(13 + bytes.length);
  });

  test('reads any 24 bytes as a DataView does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 24 }), (header) => {
        const view = new DataView(header.buffer, header.byteOffset);
        const frame = frameOf(Buffer.from(header));
        expect(frame.magic).toBe(view.getUint8(0));
        expect(frame.opcode).toBe(view.getUint8(1));
        expect(frame.keylen).toBe(view.getUint16(2));
        expect(frame.extlen).toBe(view.getUint8(4));
        expect(frame.datatype).toBe(view.getUint8(5));
        expect(frame.vbucket).toBe(view.getUint16(6));
        expect(frame.bodylen).toBe(view.getUint32(8));
        expect(frame.opaque).toBe(view.getUint32(12));
        expect(frame.cas).toBe(view.getBigUint64(16));
        expect(frame.casHigh).toBe(view.getUint32(16));
        expect(frame.casLow).toBe(view.getUint32(20));
        expect(frame.end).toBe(13 + 24 + view.getUint32(8));
      }),
      { seed: 80, numRuns: 300 },
    );
  });

  test('hands out the memory of the packet, not a copy of it', () => {
    const frame = frameOf(bytesOf(goldenPackets['SET']!.bytes));
    frame.bytes[frame.extrasAt] = 0x11;
    frame.bytes[frame.keyAt] = 0x55;
    frame.bytes[frame.valueAt] = 0x5b;
    expect(frame.extras()[0]).toBe(0x11);
    expect(frame.keyText()).toBe('User::1');
    expect(frame.value().toString()).toBe('["age":7}');
  });

  test('reads numbers of every width out of the extras', () => {
    const frame = frameOf(
      bytesOf(
        "80 57 0001 10 00 0000 00000011 00000000 0000000000000000 ff02ff04ff06ff08 090a0b0c0d0e0f10 'k'",
      ),
    );
    expect(frame.u8(0)).toBe(0xff);
    expect(frame.u8(15)).toBe(0x10);
    expect(frame.u16(2)).toBe(0xff04);
    expect(frame.u32(4)).toBe(0xff06ff08);
    expect(frame.u64(0)).toBe(0xff02ff04ff06ff08n);
    expect(frame.u64(8)).toBe(0x090a0b0c0d0e0f10n);
  });

  test('keeps every byte of a key as one character', () => {
    const key = Buffer.from(Array.from({ length: 250 }, (_, i) => (i * 7) % 256));
    const header = bytesOf('80 00 00fa 00 00 0000 000000fa 00000000 0000000000000000');
    const frame = frameOf(Buffer.concat([header, key]));
    expect(frame.keyText()).toHaveLength(250);
    expect(Buffer.from(frame.keyText(), 'latin1')).toEqual(key);
  });

  test('forgets the packet before when it is pointed at the next', () => {
    const first = bytesOf(goldenPackets['SET']!.bytes);
    const second = bytesOf(goldenPackets['NOOP']!.bytes);
    const frame = new RequestFrame();
    const bytes = Buffer.concat([first, second]);
    frame.read(bytes, 0);
    frame.read(bytes, frame.end);
    expect(frame).toEqual(frameAt(bytes, first.length));
    expect([frame.opcode, frame.keylen, frame.extlen, frame.bodylen, frame.opaque]).toEqual([
      0x0a, 0, 0, 0, 0x0badcafe,
    ]);
    expect(frame.end).toBe(bytes.length);
  });

  test('says so by a negative length where the header contradicts itself', () => {
    expect(frameOf(bytesOf('80 00 0005 04 00 0000 00000008 00000000 0000000000000000')).valueLength).toBe(-1);
  });

  test('needs the header only, however long the body is said to be', () => {
    const frame = frameOf(bytesOf('80 01 0005 08 00 0000 ffffffff 00000000 0000000000000000'), 0, 0);
    expect(frame.bodylen).toBe(0xffff_ffff);
    expect(frame.end).toBe(24 + 0xffff_ffff);
  });
});

function frameAt(bytes: Buffer, at: number): RequestFrame {
  const frame = new RequestFrame();
  frame.read(bytes, at);
  return frame;
}
