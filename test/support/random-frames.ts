// Packets that no client would send, made from random numbers: true headers over random bodies, and headers with wrong bits.
import process from 'node:process';
import { Opcode } from '../../reference/protocol/opcode.ts';
import { encodePacket, type PacketFields } from '../../reference/protocol/packet.ts';
import type { Random } from '../../reference/random.ts';
import { dcpCommands, documentCommands } from './command-families.ts';

/** A seed from the environment (`FUZZ_SEED`), or the one that is always taken. */
export const fuzzSeed: number = Number(process.env['FUZZ_SEED'] ?? 20_190_926);

/** How many times as much as usual is tried (`FUZZ_FACTOR`). */
export const fuzzFactor: number = Number(process.env['FUZZ_FACTOR'] ?? 1);

const HEADER_LENGTH = 24;
const DOCUMENTS: readonly PacketFields[] = Object.values(documentCommands);
const REPLICATION: readonly PacketFields[] = Object.values(dcpCommands);
const COMMANDS: readonly PacketFields[] = [...DOCUMENTS, ...REPLICATION];
const OPCODES: readonly number[] = Object.values(Opcode);
// They would make short work of the rest.
const RARE: ReadonlySet<number> = new Set([Opcode.Quit, Opcode.Quitq, Opcode.Flush, Opcode.Flushq]);

function randomBytes(random: Random, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const kind = random.below(4);
  for (let at = 0; at < length; at++) {
    if (kind === 0) bytes[at] = random.u32();
    else if (kind === 1) bytes[at] = random.pick([0, 0, 0, 1, 0xff]);
    else if (kind === 2) bytes[at] = 0x30 + random.below(10);
    else bytes[at] = 0x61 + random.below(26);
  }
  return bytes;
}

const someLength = (random: Random): number =>
  random.weighted([
    [300, random.below(40)],
    [30, random.below(260)],
    [6, random.below(6000)],
    [1, random.below(70_000)],
  ]);

/** A command as it should be, with a key and a value of its own. */
function proper(random: Random, opaque: number): PacketFields {
  const replicates = random.chance(0.3);
  const commands = replicates ? REPLICATION : DOCUMENTS;
  const command = commands[random.below(commands.length)] as PacketFields;
  if (RARE.has(command.opcode ?? 0) && random.chance(0.9)) return { opcode: Opcode.Noop, opaque };
  const key = command.key === 'walrus' ? random.pick(['walrus', 'seal', 'otter', 'whale']) : command.key;
  const value = command.value === 'tusks' ? randomBytes(random, someLength(random)) : command.value;
  return {
    ...command,
    ...(key === undefined ? {} : { key }),
    ...(value === undefined ? {} : { value }),
    opaque,
  };
}

/** Whatever a header can say that adds up. */
function whatever(random: Random, opaque: number): PacketFields {
  const isKnown = random.chance(0.85);
  const opcode = isKnown ? (OPCODES[random.below(OPCODES.length)] as number) : random.below(256);
  const model = COMMANDS.find((each) => each.opcode === opcode);
  // The right layout half of the time, so that handlers are reached and not only validators.
  const extlen = random.chance(0.5)
    ? (model?.extras?.length ?? 0)
    : random.pick([0, 1, 4, 8, 20, 31, 48, 255]);
  const hasKey = random.chance(0.5) ? model?.key !== undefined : random.chance(0.5);
  return {
    opcode: RARE.has(opcode) && random.chance(0.9) ? Opcode.Noop : opcode,
    magic: random.chance(0.01) ? 0x81 : 0x80,
    datatype: random.chance(0.1) ? random.below(256) : 0,
    vbucketOrStatus: random.chance(0.1) ? random.below(0x1_0000) : 0,
    cas: random.chance(0.1) ? BigInt(random.u32()) * BigInt(random.u32()) : 0n,
    extras: randomBytes(random, extlen),
    key: hasKey ? (random.chance(0.5) ? 'walrus' : randomBytes(random, someLength(random))) : '',
    value: random.chance(0.5) ? '' : randomBytes(random, someLength(random)),
    opaque,
  };
}

/** Packets with headers that are true: half of them commands, the others anything. */
export function honestFrame(random: Random, opaque: number): Buffer {
  return encodePacket(random.chance(0.5) ? proper(random, opaque) : whatever(random, opaque));
}

/** Packets of which some have bits of their header the other way round. */
export function flippedFrame(random: Random, opaque: number): Buffer {
  const bytes = encodePacket(random.chance(0.8) ? proper(random, opaque) : whatever(random, opaque));
  if (random.chance(0.7)) return bytes;
  for (let left = 1 + random.below(4); left > 0; left--) {
    const bit = random.below(HEADER_LENGTH * 8);
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  }
  return bytes;
}
