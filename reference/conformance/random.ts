// Numbers that look random and are the same again for the same seed. For faults that tests inject, not for secrets.

/** A source of numbers. */
export interface Random {
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number;
  /** True in `share` of all calls, 0 to 1. */
  chance(share: number): boolean;
  bytes(length: number): Uint8Array;
}

/** Makes a source from a u32 seed (a Weyl sequence, mixed). */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return {
    below: (limit) => next() % limit,
    chance: (share) => next() < share * 0x1_0000_0000,
    bytes: (length) => Uint8Array.from({ length }, () => next() & 0xff),
  };
}
