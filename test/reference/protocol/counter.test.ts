import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addToCounter, readCounter, takeFromCounter } from '../../../reference/protocol/counter.ts';

const TOP = (1n << 64n) - 1n;
const read = (text: string): bigint | undefined => readCounter(Buffer.from(text, 'latin1'));
const u64 = fc.bigInt({ min: 0n, max: TOP });

describe('readCounter', () => {
  it.each([
    ['0', 0n],
    ['12', 12n],
    ['007', 7n],
    ['+5', 5n],
    ['-0', 0n],
    [' \t\n\v\f\r12', 12n],
    ['12 ', 12n],
    ['12\r\n', 12n],
    ['12 apples', 12n],
    ['12\0apples', 12n],
    ['18446744073709551615', TOP],
    ['00000000000000000000000000000018446744073709551615', TOP],
    ['-18446744073709551615', 1n],
    ['-9223372036854775809', (1n << 63n) - 1n],
  ])('takes %j', (text, number) => {
    expect(read(text)).toBe(number);
  });

  it.each([
    '',
    ' ',
    'apples',
    '+',
    '-',
    '- 1',
    '+-1',
    '12apples',
    '1.5',
    '0x10',
    '-1',
    '-9223372036854775808',
    '18446744073709551616',
    '-18446744073709551616',
    '184467440737095516150',
    '\xb2',
  ])('refuses %j', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it('reads every u64 that is written in digits, with anything behind white space', () => {
    fc.assert(
      fc.property(u64, fc.string(), (number, tail) => {
        expect(read(`${number}`)).toBe(number);
        expect(read(`${number} ${tail}`)).toBe(number);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('arithmetic', () => {
  it('starts again at 0 above the greatest u64', () => {
    expect(addToCounter(TOP, 1n)).toBe(0n);
    expect(addToCounter(TOP, TOP)).toBe(TOP - 1n);
  });

  it('stops at 0', () => {
    expect(takeFromCounter(5n, 5n)).toBe(0n);
    expect(takeFromCounter(5n, 6n)).toBe(0n);
    expect(takeFromCounter(5n, TOP)).toBe(0n);
  });

  it('takes away what it added, short of the ends', () => {
    fc.assert(
      fc.property(u64, u64, (counter, delta) => {
        fc.pre(counter + delta <= TOP);
        expect(takeFromCounter(addToCounter(counter, delta), delta)).toBe(counter);
      }),
      { seed: 2, numRuns: 200 },
    );
  });
});
