import { expect, test } from 'vitest';
import { ALL_DATATYPES, Datatype, datatypeName } from '../../../reference/protocol/datatype.ts';

test('datatypes are bits', () => {
  expect(ALL_DATATYPES).toBe(7);
  expect(datatypeName(Datatype.Raw)).toBe('RAW');
  expect(datatypeName(7)).toBe('JSON|SNAPPY|XATTR');
  expect(datatypeName(0x81)).toBe('JSON|0x80');
});
