// Numbers for injected faults: the same for the same seed, and about as often as asked.
import { expect, test } from 'vitest';
import { Random } from '../../reference/random.ts';

const draw = (seed: number): number[] => {
  const source = new Random(seed);
  return Array.from({ length: 20 }, () => source.below(1000));
};

test('the same seed gives the same numbers, another seed gives others', () => {
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(new Random(7).bytes(16)).toEqual(new Random(7).bytes(16));
});

test('stays below its limit, and uses the whole range', () => {
  const source = new Random(1);
  const seen = new Set(Array.from({ length: 500 }, () => source.below(10)));
  expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('is true about as often as asked', () => {
  const source = new Random(3);
  const hits = Array.from({ length: 10_000 }, () => source.chance(0.3)).filter(Boolean).length;
  expect(Math.abs(hits - 3000)).toBeLessThan(200);
  expect([source.chance(0), source.chance(1)]).toEqual([false, true]);
});
