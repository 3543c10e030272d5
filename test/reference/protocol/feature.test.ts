import { expect, test } from 'vitest';
import { Feature, featureName } from '../../../reference/protocol/feature.ts';

test('features are numbered 1 to 14', () => {
  expect(Object.values(Feature)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  expect(featureName(Feature.MutationSeqno)).toBe('MUTATION_SEQNO');
  expect(featureName(0x10)).toBe('0x10');
});
