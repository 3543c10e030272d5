// Bytes that show where they came from, so that lost, doubled, swapped and overwritten ones are seen.

/** Not a power of two: no buffer is as long. */
const PERIOD = 65_521;

/** `length` bytes, none above 0xcf, so that 0xdb can stand for memory that is gone. Another `seed`, other bytes. */
export function textured(length: number, seed = 0): Buffer {
  const pattern = Buffer.allocUnsafeSlow(Math.min(length, PERIOD));
  for (let i = 0; i < pattern.length; i++) pattern[i] = (seed * 31 + i * 7 + (i >> 8) * 13) % 0xd0;
  return Buffer.alloc(length, pattern);
}
