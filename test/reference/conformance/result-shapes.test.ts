// The shapes of results: what is right passes, and each thing that can be wrong is named.
import { describe, expect, test } from 'vitest';
import * as shapes from '../../../reference/conformance/result-shapes.ts';

const MAX_U64 = 0xffff_ffff_ffff_ffffn;
const key = { data: new Uint8Array(3), text: 'bow', docNamespace: 0 };
const info = {
  ...{ cas: MAX_U64, vbucketUuid: 0n, seqno: 0n, exptime: 0, nbytes: 2, flags: 0xffff_ffff, datatype: 0 },
  ...{ documentState: 0xf0, key, value: new Uint8Array(2), casIsHlc: false },
};

describe('an item info', () => {
  test('passes', () => {
    expect(shapes.itemInfoShape(info)).toBeUndefined();
    expect(shapes.metadataPairShape({ status: 0, info })).toBeUndefined();
    expect(shapes.itemInfoPairShape({ status: 0, item: {}, info })).toBeUndefined();
  });

  const wrong: [change: object, says: string][] = [
    [{ cas: 1 }, 'its cas 1 is no u64'],
    [{ cas: MAX_U64 + 1n }, 'its cas 18446744073709551616n is no u64'],
    [{ seqno: -1n }, 'its seqno -1n is no u64'],
    [{ flags: -1 }, 'its flags -1 is no u32'],
    [{ exptime: 1.5 }, 'its exptime 1.5 is no u32'],
    [{ documentState: 0xff }, 'its documentState is 255'],
    [{ value: [1, 2] }, 'its value is [1, 2], no Uint8Array'],
    [{ nbytes: 3 }, 'its value has 2 bytes, its nbytes is 3'],
    [{ casIsHlc: undefined }, 'its casIsHlc is undefined'],
    [{ key: 'bow' }, 'its key is no DocKey'],
  ];
  test.each(wrong)('with %o is refused', (change, says) => {
    expect(shapes.itemInfoShape({ ...info, ...change })).toBe(says);
    expect(shapes.itemInfoPairShape({ status: 0, item: {}, info: { ...info, ...change } })).toBe(says);
  });

  test('is an object', () => {
    expect(shapes.itemInfoShape(undefined)).toBe('an item info is expected');
  });
});

describe('a result with a status', () => {
  test('needs nothing else where it failed', () => {
    for (const shape of [shapes.itemPairShape, shapes.casPairShape, shapes.removeShape]) {
      expect(shape({ status: 1 })).toBeUndefined();
      expect(shape({ status: 7 })).toBeUndefined();
      expect(shape(1)).toBe('an object with a status is expected');
      expect(shape({ status: 0x18 })).toBe('its status 24 is no engine code');
    }
  });

  test('needs what success brings', () => {
    expect(shapes.itemPairShape({ status: 0, item: 5 })).toBe('ENGINE_SUCCESS without an item');
    expect(shapes.casPairShape({ status: 0, cas: 0n })).toBe('its cas is no u64 above 0');
    expect(shapes.casPairShape({ status: 0, cas: 5n })).toBeUndefined();
    const mutation = { vbucketUuid: 1n, seqno: 2n };
    expect(shapes.removeShape({ status: 0, cas: 5n, mutation })).toBeUndefined();
    expect(shapes.removeShape({ status: 0, cas: 5n })).toMatch(/its mutation has no u64/);
    expect(shapes.streamReqShape({ status: 0x0f })).toBe('ENGINE_ROLLBACK without a u64 rollbackSeqno');
    expect(shapes.streamReqShape({ status: 0x0f, rollbackSeqno: 3n })).toBeUndefined();
    expect(shapes.streamReqShape({ status: 0 })).toBeUndefined();
  });
});

test('codes, booleans, nothing and engine infos', () => {
  expect(shapes.codeShape(0xff)).toBeUndefined();
  expect(shapes.codeShape({ status: 0 })).toBe('it is no engine code');
  expect(shapes.booleanShape(1)).toBe('true or false is expected');
  expect(shapes.nothingShape(null)).toBe('nothing is expected of this slot');
  expect(shapes.engineInfoShape({ description: 'An engine', features: [] })).toBeUndefined();
  expect(shapes.engineInfoShape({ description: 'An engine' })).toBe('its features are no array');
  expect(shapes.engineInfoShape({ features: [] })).toBe('its description is no string');
});
