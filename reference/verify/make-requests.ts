// Requests of clients that store and read documents, made from random numbers. Knows nothing of replication.
import { Datatype } from '../protocol/datatype.ts';
import { Feature } from '../protocol/feature.ts';
import { writeU16, writeU32, writeU64 } from '../protocol/header.ts';
import { Magic } from '../protocol/magic.ts';
import { Opcode } from '../protocol/opcode.ts';
import { encodePacket, type PacketFields, rawHeader } from '../protocol/packet.ts';
import type { Random } from '../random.ts';
import type { RequestPlan } from './conversation.ts';

/** What requests are made of. */
export interface RequestSource {
  readonly random: Random;
  /** A new one for each request. */
  nextOpaque(): number;
  /** Opcodes that the core leaves to engines. */
  readonly engineOpcodes: readonly number[];
  /** Those of them that the engine before the migration answers: asked for more often. */
  readonly knownOpcodes: readonly number[];
}

const KEYS: readonly [string, ...string[]] = [
  'user::1',
  'user::2',
  'user::3',
  'cart::1',
  'cart::2',
  'session',
  'counter',
  'k',
];
const ODD_KEYS: readonly [string, ...string[]] = ['a key with blanks', 'k'.repeat(250), '\u00e9t\u00e9'];

/** A document's key, out of few. */
export const someKey = (random: Random): string =>
  random.chance(0.04) ? random.pick(ODD_KEYS) : random.pick(KEYS);

/** A vbucket, out of few. */
export const someVbucket = (random: Random): number =>
  random.weighted([
    [30, 0],
    [3, 1],
    [1, 1023],
  ]);

/** A value: mostly short, at times at the edges where servers change their mind, seldom very long. */
export function someValue(random: Random): Buffer {
  const kind = random.weighted([
    [30, 'text'],
    [6, 'number'],
    [6, 'json'],
    [3, 'empty'],
    [8, 'edge'],
    [4, 'long'],
    [1, 'longest'],
  ] as const);
  if (kind === 'number') return Buffer.from(String(random.below(1_000_000)));
  if (kind === 'json') return Buffer.from(JSON.stringify({ visits: random.below(100), name: 'Ann' }));
  if (kind === 'empty') return Buffer.alloc(0);
  const length = {
    text: random.between(1, 60),
    edge: random.pick([2047, 2048, 4095, 4096, 4097, 8192]),
    long: random.between(5_000, 20_000),
    longest: random.between(60_000, 100_000),
  }[kind];
  return Buffer.alloc(length, `${length}:${random.below(1_000_000)} `);
}

const quietOf: Readonly<Record<number, number>> = {
  [Opcode.Get]: Opcode.Getq,
  [Opcode.Getk]: Opcode.Getkq,
  [Opcode.Set]: Opcode.Setq,
  [Opcode.Add]: Opcode.Addq,
  [Opcode.Replace]: Opcode.Replaceq,
  [Opcode.Delete]: Opcode.Deleteq,
  [Opcode.Increment]: Opcode.Incrementq,
  [Opcode.Decrement]: Opcode.Decrementq,
  [Opcode.Append]: Opcode.Appendq,
  [Opcode.Prepend]: Opcode.Prependq,
  [Opcode.Gat]: Opcode.Gatq,
  [Opcode.Flush]: Opcode.Flushq,
};

const commands = [
  [26, Opcode.Get],
  [6, Opcode.Getk],
  [24, Opcode.Set],
  [6, Opcode.Add],
  [5, Opcode.Replace],
  [12, Opcode.Delete],
  [5, Opcode.Increment],
  [3, Opcode.Decrement],
  [4, Opcode.Append],
  [3, Opcode.Prepend],
  [4, Opcode.Touch],
  [4, Opcode.Gat],
  [3, Opcode.GetLocked],
  [3, Opcode.UnlockKey],
  [1, Opcode.Flush],
  [2, Opcode.Noop],
  [1, Opcode.Version],
  [1, Opcode.Hello],
] as const;

/** A request that a client of documents may send; a few make no sense. */
export function someRequest(source: RequestSource): RequestPlan {
  const { random } = source;
  if (random.chance(0.02)) return invalid(source);
  const { engineOpcodes, knownOpcodes } = source;
  if (knownOpcodes.length > 0 && random.chance(0.12)) return engines(source, knownOpcodes);
  if (engineOpcodes.length > 0 && random.chance(0.02)) return engines(source, engineOpcodes);
  const opcode = random.weighted(commands);
  const asked = random.chance(0.25) ? (quietOf[opcode] ?? opcode) : opcode;
  const takesCas = CAS_TAKERS.has(opcode);
  const cas = opcode === Opcode.UnlockKey || (takesCas && random.chance(0.2)) ? 'last' : 'given';
  const fields: PacketFields = {
    opcode: asked,
    opaque: source.nextOpaque(),
    vbucketOrStatus: KEYLESS.has(opcode) ? 0 : someVbucket(random),
    ...(takesCas && cas === 'given' && random.chance(0.05) ? { cas: 0xdead_beefn } : {}),
    ...body(opcode, random),
  };
  return { kind: 'packet', fields, cas };
}

const CAS_TAKERS: ReadonlySet<number> = new Set([
  Opcode.Set,
  Opcode.Replace,
  Opcode.Delete,
  Opcode.Append,
  Opcode.Prepend,
]);

const KEYLESS: ReadonlySet<number> = new Set([Opcode.Flush, Opcode.Noop, Opcode.Version, Opcode.Hello]);

function body(opcode: number, random: Random): Pick<PacketFields, 'datatype' | 'extras' | 'key' | 'value'> {
  const key = someKey(random);
  switch (opcode) {
    case Opcode.Set:
    case Opcode.Add:
    case Opcode.Replace:
      return {
        key,
        extras: u32s(random.pick([0, 0, 0x0200_0000, 0xffff_ffff]), someExpiry(random)),
        value: someValue(random),
        datatype: random.chance(0.1) ? Datatype.Json : Datatype.Raw,
      };
    case Opcode.Append:
    case Opcode.Prepend:
      return { key, value: someValue(random) };
    case Opcode.Increment:
    case Opcode.Decrement:
      return { key, extras: counterExtras(random) };
    case Opcode.Touch:
    case Opcode.Gat:
      return { key, extras: u32s(someExpiry(random)) };
    case Opcode.GetLocked:
      return random.chance(0.5) ? { key } : { key, extras: u32s(random.pick([0, 1, 15, 60])) };
    case Opcode.Flush:
      return random.chance(0.5) ? {} : { extras: u32s(0) };
    case Opcode.Hello:
      return { key: 'verify', value: features(random) };
    case Opcode.Noop:
    case Opcode.Version:
      return {};
    default:
      return { key };
  }
}

function someExpiry(random: Random): number {
  return random.weighted([
    [20, 0],
    [6, random.between(1, 60)],
    // Seconds since 1970, around the time at which a run begins.
    [1, 1_700_000_000 + random.below(200)],
    [1, 1_000_000_000],
  ]);
}

function counterExtras(random: Random): Buffer {
  const extras = Buffer.alloc(20);
  writeU64(extras, 0, BigInt(random.pick([0, 1, 10, 1_000_000])));
  writeU64(extras, 8, BigInt(random.below(100)));
  writeU32(extras, 16, random.chance(0.3) ? 0xffff_ffff : someExpiry(random));
  return extras;
}

function features(random: Random): Buffer {
  const wanted = [Feature.MutationSeqno, Feature.Xattr, Feature.Xerror, Feature.Json].filter(() =>
    random.chance(0.5),
  );
  const value = Buffer.alloc(wanted.length * 2);
  for (const [at, feature] of wanted.entries()) writeU16(value, at * 2, feature);
  return value;
}

/** A request that only the engine understands, if anybody. */
function engines({ random, nextOpaque }: RequestSource, opcodes: readonly number[]): RequestPlan {
  const key = random.weighted([
    [6, someKey(random)],
    [3, random.pick(['user::', 'cart::', 'u'])],
    [2, ''],
  ]);
  const extras = Buffer.alloc(random.pick([0, 0, 0, 4, 8]));
  for (let at = 0; at < extras.length; at++) extras[at] = random.chance(0.5) ? 0 : random.below(256);
  const value = random.chance(0.2) ? someValue(random) : Buffer.alloc(0);
  const opcode = opcodes[random.below(opcodes.length)] as number;
  const cas = random.chance(0.1) ? 'last' : 'given';
  return { kind: 'packet', fields: { opcode, opaque: nextOpaque(), key, extras, value }, cas };
}

/** Bytes that no client should send. */
function invalid({ random, nextOpaque }: RequestSource): RequestPlan {
  const opaque = nextOpaque();
  const bytes = random.weighted<() => Buffer>([
    [4, () => encodePacket({ opcode: Opcode.Get, opaque, key: someKey(random), extras: Buffer.alloc(4) })],
    [4, () => encodePacket({ opcode: Opcode.Set, opaque, key: someKey(random), value: 'no extras' })],
    [3, () => encodePacket({ opcode: Opcode.Get, opaque })],
    [2, () => encodePacket({ opcode: Opcode.Noop, opaque, key: 'why' })],
    [1, () => encodePacket({ opcode: Opcode.Get, opaque, key: 'k'.repeat(251) })],
    [1, () => rawHeader({ opcode: Opcode.Set, opaque, keylen: 20, extlen: 8, bodylen: 10 })],
    [1, () => rawHeader({ magic: 0x47, opcode: Opcode.Get, opaque })],
    [1, () => encodePacket({ magic: Magic.ClientResponse, opcode: Opcode.Noop, opaque })],
  ])();
  return { kind: 'bytes', bytes };
}

/** u32s one after the other, big endian. */
export function u32s(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) writeU32(bytes, at * 4, value);
  return bytes;
}
