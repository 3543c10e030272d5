import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  HEADER_LENGTH,
  joinU64,
  MAX_KEY_LENGTH,
  readU16,
  readU32,
  readU64,
  writeRequestHeader,
  writeResponseHeader,
  writeU16,
  writeU32,
  writeU64,
} from '../../../reference/protocol/header.ts';
import { Magic } from '../../../reference/protocol/magic.ts';
import { bytesOf } from './golden-packets.ts';

const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u8 = fc.integer({ min: 0, max: 0xff });

/** Memory that held something else before. */
const dirty = (length: number): Buffer => Buffer.alloc(length, 0xaa);

describe('a header', () => {
  test('is 24 bytes, and a key has at most 250', () => {
    expect(HEADER_LENGTH).toBe(24);
    expect(MAX_KEY_LENGTH).toBe(250);
  });

  test('of a response stands where it is told to, and nowhere else', () => {
    const memory = dirty(30);
    writeResponseHeader(memory, 3, 0x0c, 0x0102, 4, 5, 0x0086, 0x01020304, 0xdeadbeef, 0x15d0a1b2c3d4e5f6n);
    expect(memory).toEqual(bytesOf('aaaaaa 81 0c 0102 04 05 0086 01020304 deadbeef 15d0a1b2c3d4e5f6 aaaaaa'));
  });

  test('of a request has the other magic', () => {
    const memory = dirty(24);
    writeRequestHeader(memory, 0, 0x57, 7, 31, 1, 1023, 45, 0x80000000, 1n);
    expect(memory).toEqual(bytesOf('80 57 0007 1f 01 03ff 0000002d 80000000 0000000000000001'));
  });

  test('writes a cas of 0 over what was there', () => {
    const memory = dirty(24);
    writeResponseHeader(memory, 0, 0x0a, 0, 0, 0, 0, 0, 0, 0n);
    expect(memory).toEqual(bytesOf('81 0a 0000 00 00 0000 00000000 00000000 0000000000000000'));
  });

  test('may be a server request or a response to one', () => {
    const memory = dirty(48);
    writeRequestHeader(memory, 0, 1, 0, 0, 0, 0, 0, 0, 0n, Magic.ServerRequest);
    writeResponseHeader(memory, 24, 1, 0, 0, 0, 0, 0, 0, 0n, Magic.ServerResponse);
    expect([memory[0], memory[24]]).toEqual([0x82, 0x83]);
  });

  test('has the fields that a DataView finds in it', () => {
    fc.assert(
      fc.property(
        u8,
        u16,
        u8,
        u8,
        u16,
        u32,
        u32,
        u64,
        (opcode, keylen, extlen, datatype, status, bodylen, opaque, cas) => {
          const memory = dirty(24);
          writeResponseHeader(memory, 0, opcode, keylen, extlen, datatype, status, bodylen, opaque, cas);
          const view = new DataView(memory.buffer, memory.byteOffset);
          expect([
            view.getUint8(1),
            view.getUint16(2),
            view.getUint8(4),
            view.getUint8(5),
            view.getUint16(6),
            view.getUint32(8),
            view.getUint32(12),
            view.getBigUint64(16),
          ]).toEqual([opcode, keylen, extlen, datatype, status, bodylen, opaque, cas]);
        },
      ),
      { seed: 81, numRuns: 300 },
    );
  });
});

describe('big endian numbers', () => {
  test('are read back as they were written', () => {
    fc.assert(
      fc.property(u16, u32, u64, (short, word, long) => {
        const memory = dirty(14);
        writeU16(memory, 0, short);
        writeU32(memory, 2, word);
        writeU64(memory, 6, long);
        expect([readU16(memory, 0), readU32(memory, 2), readU64(memory, 6)]).toEqual([short, word, long]);
        expect(memory.readBigUInt64BE(6)).toBe(long);
        expect(joinU64(Number(long >> 32n), Number(long & 0xffff_ffffn))).toBe(long);
      }),
      { seed: 64, numRuns: 300 },
    );
  });

  test('may have a half that is all zeros', () => {
    for (const long of [0n, 1n, 0xffff_ffffn, 1n << 32n, 0xffff_ffffn << 32n]) {
      const memory = dirty(8);
      writeU64(memory, 0, long);
      expect(memory.readBigUInt64BE()).toBe(long);
      expect(readU64(memory, 0)).toBe(long);
    }
  });
});
