// Seeded random commands for two servers at once: valid ones of every kind, on few keys, so that they meet.
import { Opcode } from '../../reference/protocol/opcode.ts';

/** Which cas a command is sent with: none, the one that this server answered last for the key, or nobody's. */
export type WantedCas = 'none' | 'seen' | 'wrong';

/** One command. */
export interface SeededCommand {
  readonly opcode: number;
  readonly key: Buffer;
  readonly extras: Buffer;
  readonly value: Buffer;
  readonly cas: WantedCas;
}

/** Numbers that are the same again for the same seed (u32). */
export class Seeded {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i++) bytes[i] = this.below(256);
    return bytes;
  }
}

/** Expiries whose outcome is the same at any speed: never, in a while, in 2106, long ago. */
const EXPIRIES = [0, 0, 0, 0, 3600, 2_592_000, 0xffff_fffe, 2_592_001];

/**
 * Texts that INCR and DECR take, and texts that look like it. Neither white space alone nor a number of 2^63 and more:
 * memcached looks behind the item's end then (strtoull, strchr), and answers by what lies there.
 */
const NUMBERS = [
  '0',
  '7',
  '99',
  '1000',
  '007',
  '+5',
  '-0',
  '-1',
  '-18446744073709551615',
  '18446744073709551616',
  '184467440737095516150',
  ' 12',
  '12 ',
  '\t\n12\r\n',
  '12 apples',
  '12apples',
  '12\0',
  '1.5',
  '0x10',
  '+',
  '- 1',
  '',
].map((text) => Buffer.from(text));

/** Around 2^63, 2^64 and a digit more. */
const GREAT_NUMBERS = [
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551615',
  '9',
  '100',
  '0',
].map((text) => Buffer.from(text));

const DELTAS = [0n, 1n, 2n, 9n, 1000n, 10n ** 12n];
const GREAT_DELTAS = [0n, 1n, 9n, 1n << 63n, (1n << 64n) - 1n];
const COUNTER_EXPIRIES = [0, 0, 3600, 0xffff_ffff, 0xffff_ffff, 2_592_001];
const UNKNOWN = [Opcode.Rget, Opcode.Rset, Opcode.Rdecrq, 0x6f, 0x7e, 0xd9, Opcode.Invalid];
const NOTHING = Buffer.alloc(0);

/** A value that starts with it is not white space alone. */
const VISIBLE = Buffer.from('\x01');

const BIG = 300 * 1024;
const TOO_BIG = 1024 * 1024 + 1;

type Make = (seeded: Seeded, key: Buffer) => SeededCommand;

/** What to do how often; the sum does not matter. */
type Weights = readonly (readonly [weight: number, make: Make])[];

const EVERYTHING: Weights = [
  [24, read([Opcode.Get, Opcode.Getq, Opcode.Getk, Opcode.Getkq])],
  [10, store([Opcode.Set, Opcode.Setq])],
  [4, store([Opcode.Add, Opcode.Addq], ['none'])],
  [4, store([Opcode.Replace, Opcode.Replaceq])],
  [6, append],
  [6, remove],
  [14, count(DELTAS, [0n, 5n, 1n << 62n])],
  [8, touch],
  [1, (seeded) => command(seeded.pick([Opcode.Noop, Opcode.Version]), NOTHING)],
  [0.5, (seeded) => command(Opcode.Stat, Buffer.from(seeded.pick(['no such group', 'ghosts', '\xff'])))],
  [0.3, (seeded) => command(seeded.pick(UNKNOWN), NOTHING, { value: seeded.bytes(seeded.below(40)) })],
  [0.05, flush],
];

const COUNTERS: Weights = [
  [5, read([Opcode.Get])],
  [2, (seeded, key) => command(Opcode.Set, key, { extras: u32s(0, 0), value: seeded.pick(GREAT_NUMBERS) })],
  [1, remove],
  [12, count(GREAT_DELTAS, [0n, (1n << 64n) - 1n])],
];

/** Makes commands of every kind without end. */
export function seededCommands(seed: number): Generator<SeededCommand, never> {
  const seeded = new Seeded(seed);
  return commandsOf(seeded, keysOf(seeded), EVERYTHING);
}

/** Makes commands about counters as great as they get. */
export function seededCounters(seed: number): Generator<SeededCommand, never> {
  const keys = Array.from({ length: 10 }, (_, i) => Buffer.from(`visitors_${i}`));
  return commandsOf(new Seeded(seed), keys, COUNTERS);
}

function* commandsOf(
  seeded: Seeded,
  keys: readonly Buffer[],
  weights: Weights,
): Generator<SeededCommand, never> {
  const total = weights.reduce((sum, [weight]) => sum + weight, 0);
  for (;;) {
    let at = (seeded.below(1_000_000) / 1_000_000) * total;
    const key = seeded.pick(keys);
    for (const [weight, make] of weights) {
      at -= weight;
      if (at >= 0) continue;
      yield make(seeded, key);
      break;
    }
  }
}

/** Forty keys: words, and any bytes of any length up to the longest. */
function keysOf(seeded: Seeded): readonly Buffer[] {
  const words = Array.from({ length: 20 }, (_, i) => Buffer.from(`airline_${i}`));
  const lengths = [1, 1, 2, 3, 8, 31, 32, 33, 64, 127, 128, 200, 249, 250, 250];
  const bytes = lengths.map((length) => seeded.bytes(length));
  const odd = [' ', '\0', 'a b\r\n', '__proto__', 'é€'].map((text) => Buffer.from(text));
  return [...words, ...bytes, ...odd];
}

function command(
  opcode: number,
  key: Buffer,
  { extras = NOTHING, value = NOTHING, cas = 'none' }: Partial<SeededCommand> = {},
): SeededCommand {
  return { opcode, key, extras, value, cas };
}

function anyCas(seeded: Seeded): WantedCas {
  return seeded.pick(['none', 'none', 'none', 'seen', 'seen', 'wrong']);
}

function u32s(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [i, number] of numbers.entries()) bytes.writeUInt32BE(number, i * 4);
  return bytes;
}

function anyValue(seeded: Seeded): Buffer {
  switch (seeded.below(10)) {
    case 0:
    case 1:
    case 2:
      return seeded.pick(NUMBERS);
    case 3:
    case 4:
    case 5:
      return Buffer.from(`flight ${seeded.below(1e9)}`);
    case 6:
      return Buffer.concat([VISIBLE, seeded.bytes(seeded.below(4096))]);
    default:
      return Buffer.concat([VISIBLE, seeded.bytes(seeded.below(100))]);
  }
}

/** Now and then one that goes out by reference, and one that nobody takes. */
function storedValue(seeded: Seeded): Buffer {
  const dice = seeded.below(2000);
  if (dice === 0) return Buffer.alloc(TOO_BIG, 'x');
  return dice < 6 ? Buffer.alloc(seeded.below(BIG), seeded.bytes(7)) : anyValue(seeded);
}

function read(opcodes: readonly number[]): Make {
  return (seeded, key) => command(seeded.pick(opcodes), key);
}

function store(opcodes: readonly number[], cas?: readonly WantedCas[]): Make {
  return (seeded, key) =>
    command(seeded.pick(opcodes), key, {
      extras: u32s(seeded.pick([0, 1, seeded.below(2 ** 32)]), seeded.pick(EXPIRIES)),
      value: storedValue(seeded),
      cas: cas === undefined ? anyCas(seeded) : seeded.pick(cas),
    });
}

function remove(seeded: Seeded, key: Buffer): SeededCommand {
  return command(seeded.pick([Opcode.Delete, Opcode.Deleteq]), key, { cas: anyCas(seeded) });
}

function append(seeded: Seeded, key: Buffer): SeededCommand {
  const opcode = seeded.pick([Opcode.Append, Opcode.Appendq, Opcode.Prepend, Opcode.Prependq]);
  return command(opcode, key, { value: anyValue(seeded), cas: anyCas(seeded) });
}

function count(deltas: readonly bigint[], initials: readonly bigint[]): Make {
  const opcodes = [Opcode.Increment, Opcode.Incrementq, Opcode.Decrement, Opcode.Decrementq];
  return (seeded, key) => {
    const extras = Buffer.alloc(20);
    extras.writeBigUInt64BE(seeded.pick(deltas), 0);
    extras.writeBigUInt64BE(seeded.pick(initials), 8);
    extras.writeUInt32BE(seeded.pick(COUNTER_EXPIRIES), 16);
    return command(seeded.pick(opcodes), key, { extras });
  };
}

function touch(seeded: Seeded, key: Buffer): SeededCommand {
  const opcode = seeded.pick([Opcode.Touch, Opcode.Gat, Opcode.Gatq]);
  return command(opcode, key, { extras: u32s(seeded.pick(EXPIRIES)) });
}

function flush(seeded: Seeded): SeededCommand {
  const extras = seeded.pick([NOTHING, u32s(0)]);
  return command(seeded.pick([Opcode.Flush, Opcode.Flushq]), NOTHING, { extras });
}
