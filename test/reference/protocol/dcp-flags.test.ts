import { expect, test } from 'vitest';
import {
  allFlags,
  DcpAddStreamFlag,
  DcpMarkerFlag,
  DcpOpenFlag,
} from '../../../reference/protocol/dcp-flags.ts';

test('flags come together in one mask', () => {
  expect(allFlags(DcpOpenFlag)).toBe(31);
  expect(allFlags(DcpAddStreamFlag)).toBe(31);
  expect(allFlags(DcpMarkerFlag)).toBe(15);
  expect(allFlags({})).toBe(0);
});
