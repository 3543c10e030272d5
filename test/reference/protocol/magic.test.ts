import { expect, test } from 'vitest';
import { isRequestMagic, Magic } from '../../../reference/protocol/magic.ts';

test('a magic says whether it is a request', () => {
  expect(Object.values(Magic).filter(isRequestMagic)).toEqual([0x80, 0x82]);
});
