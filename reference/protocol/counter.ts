// Numbers as documents: what INCR and DECR read and compute. Decides nothing about documents.

const ZERO = 0x30;
const NINE = 0x39;
const PLUS = 0x2b;
const MINUS = 0x2d;

/** Digits of the greatest u64. */
const MOST_DIGITS = 20;
const MODULUS = 1n << 64n;

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE;

/**
 * The number that a value starts with, as u64; undefined where it starts with none, or with one that is too big.
 * As memcached reads it (strtoull): `12 apples` is 12, `12apples` and `-1` are no numbers.
 */
export function readCounter(value: Uint8Array): bigint | undefined {
  let at = 0;
  while (isSpace(value[at])) at += 1;
  const isNegative = value[at] === MINUS;
  if (isNegative || value[at] === PLUS) at += 1;
  if (!isDigit(value[at])) return undefined;
  while (value[at] === ZERO) at += 1;
  const start = at;
  while (isDigit(value[at])) at += 1;
  const next = value[at];
  if (next !== undefined && next !== 0 && !isSpace(next)) return undefined;
  if (at - start > MOST_DIGITS) return undefined;
  const number = BigInt(String.fromCharCode(...value.subarray(start, at)));
  if (number >= MODULUS) return undefined;
  if (!isNegative) return number;
  // strtoull turns a negative number around; memcached takes it where that makes a small one.
  const turned = BigInt.asUintN(64, -number);
  return turned < MODULUS / 2n ? turned : undefined;
}

/** A counter and what is added to it: above the greatest u64 it goes on at 0. */
export const addToCounter = (counter: bigint, delta: bigint): bigint => BigInt.asUintN(64, counter + delta);

/** A counter without what is taken from it, at least 0. */
export const takeFromCounter = (counter: bigint, delta: bigint): bigint =>
  delta > counter ? 0n : counter - delta;
