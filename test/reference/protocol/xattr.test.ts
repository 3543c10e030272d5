import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isValidXattrBlob, systemXattrSize, xattrLength } from '../../../reference/protocol/xattr.ts';

/** A blob of pairs as they should be; `lies` is added to the length of every pair. */
function blobOf(pairs: readonly (readonly [key: string | Uint8Array, value: string])[], lies = 0): Buffer {
  const encoded = pairs.map(([key, value]) => {
    const pair = Buffer.concat([Buffer.from(key as string), Buffer.of(0), Buffer.from(value), Buffer.of(0)]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(pair.length + lies);
    return Buffer.concat([length, pair]);
  });
  const body = Buffer.concat(encoded);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

const isValid = (blob: Buffer): boolean => isValidXattrBlob(blob, 0, blob.length);
const withKey = (key: string | Uint8Array): boolean => isValid(blobOf([[key, '1']]));
const withValue = (value: string): boolean => isValid(blobOf([['_sync', value]]));

describe('xattrs', () => {
  const pairs = [
    ['_sync', '{"cas":"0x0000"}'],
    ['meta', '[1,2,3]'],
    ['größe', '"größer"'],
  ] as const;

  test('are pairs of a key and JSON, before a document or alone', () => {
    expect(isValid(blobOf(pairs))).toBe(true);
    expect(isValid(Buffer.concat([blobOf(pairs), Buffer.from('{"age":7}')]))).toBe(true);
    expect(isValid(blobOf([]))).toBe(true);
  });

  test('may lie in the middle of other bytes, which count for nothing', () => {
    const blob = blobOf(pairs);
    const memory = Buffer.concat([Buffer.alloc(11, 0xff), blob, Buffer.alloc(11)]);
    expect(isValidXattrBlob(memory, 11, 11 + blob.length)).toBe(true);
    for (let length = 0; length < blob.length; length++) {
      expect(isValidXattrBlob(memory, 11, 11 + length), `cut to ${length}`).toBe(false);
    }
  });

  test('have lengths that add up', () => {
    expect(isValid(blobOf(pairs, 1))).toBe(false);
    expect(isValid(blobOf(pairs, -1))).toBe(false);
    expect(isValid(blobOf([pairs[0]], 0xffff_0000))).toBe(false);
    for (const total of [1, 6, 7, 0xffff_ffff]) {
      const blob = blobOf([pairs[0]]);
      blob.writeUInt32BE(total, 0);
      expect(isValid(blob), `total ${total}`).toBe(false);
    }
  });

  test('have keys of 1 to 15 bytes, up to a dot or a bracket', () => {
    expect(withKey('')).toBe(false);
    expect(withKey('k')).toBe(true);
    expect(withKey('k'.repeat(15))).toBe(true);
    expect(withKey('k'.repeat(16))).toBe(false);
    expect(withKey(`${'k'.repeat(15)}.path`)).toBe(true);
    expect(withKey(`${'k'.repeat(16)}[0]`)).toBe(false);
  });

  test('have keys that start with a letter, a digit, an underscore or a dollar', () => {
    for (let code = 1; code < 128; code++) {
      const first = String.fromCharCode(code);
      expect(withKey(`${first}key`), `key starting with 0x${code.toString(16)}`).toBe(/[\w$ ]/.test(first));
    }
    expect(withKey('_')).toBe(false);
    expect(withKey('$')).toBe(false);
    expect(withKey('_.x')).toBe(false);
  });

  test('have keys in UTF-8', () => {
    expect(withKey(Buffer.from('größe'))).toBe(true);
    expect(withKey(Buffer.from('größe', 'latin1'))).toBe(false);
  });

  test('have each key once', () => {
    expect(isValid(blobOf([pairs[0], pairs[1], pairs[0]]))).toBe(false);
  });

  test('have values that are JSON', () => {
    for (const value of ['null', '1', '"text"', '[]', '{"a":[true]}'])
      expect(withValue(value), value).toBe(true);
    for (const value of ['', 'text', '{', "{'a':1}", 'nul']) expect(withValue(value), value).toBe(false);
  });

  test('have values in UTF-8', () => {
    const blob = blobOf([['_sync', '"größe"']]);
    const latin1 = Buffer.from(blob.toString(), 'latin1');
    latin1.writeUInt32BE(latin1.length - 4, 0);
    latin1.writeUInt32BE(latin1.length - 8, 4);
    expect(isValid(blob)).toBe(true);
    expect(isValid(latin1)).toBe(false);
  });

  test('have no zero inside a value', () => {
    expect(withValue('1\0 2')).toBe(false);
  });

  test('are told from any other bytes without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(60), (bytes, length) => {
        // A length that fits, so that the pairs are looked at.
        const blob = Buffer.concat([Buffer.of(0, 0, 0, Math.min(length, bytes.length)), bytes]);
        expect(typeof isValid(blob)).toBe('boolean');
        expect(systemXattrSize(blob)).toBeLessThanOrEqual(blob.length);
      }),
      { seed: 4, numRuns: 1000 },
    );
  });

  test('changed by one byte in their lengths or their zeros, are xattrs no more', () => {
    const blob = blobOf([['_sync', '{}']]);
    const keyEnd = 4 + 4 + '_sync'.length;
    for (const at of [0, 1, 2, 3, 4, 5, 6, 7, keyEnd, blob.length - 1]) {
      const changed = Buffer.from(blob);
      changed[at] = blob[at]! ^ 0x41;
      expect(isValid(changed), `byte ${at}`).toBe(false);
    }
  });
});

describe('the size of the system xattrs', () => {
  test('is theirs and the length in front of all', () => {
    const system = blobOf([['_sync', '{}']]);
    const user = blobOf([['meta', '[1]']]);
    const both = blobOf([
      ['meta', '[1]'],
      ['_sync', '{}'],
      ['_txn', '1'],
    ]);
    expect(systemXattrSize(system)).toBe(system.length);
    expect(systemXattrSize(user)).toBe(4);
    expect(systemXattrSize(both)).toBe(4 + (4 + '_sync{}'.length + 2) + (4 + '_txn1'.length + 2));
  });

  test('does not count the document behind them', () => {
    const value = Buffer.concat([blobOf([['_sync', '{}']]), Buffer.from('____________')]);
    expect(systemXattrSize(value)).toBe(value.length - 12);
  });

  test('is 0 where there is no room for any', () => {
    expect(systemXattrSize(Buffer.alloc(0))).toBe(0);
    expect(systemXattrSize(Buffer.alloc(3))).toBe(0);
  });
});

describe('the length of all xattrs', () => {
  test('is where the document starts', () => {
    const blob = blobOf([['_sync', '{}']]);
    expect(xattrLength(Buffer.concat([blob, Buffer.from('{"age":7}')]))).toBe(blob.length);
    expect(xattrLength(blob)).toBe(blob.length);
    expect(xattrLength(blobOf([]))).toBe(4);
  });

  test('is 0 where the value is shorter than it says', () => {
    const blob = blobOf([['_sync', '{}']]);
    expect(xattrLength(blob.subarray(0, -1))).toBe(0);
    expect(xattrLength(Buffer.alloc(3))).toBe(0);
  });
});
