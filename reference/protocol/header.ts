// The 24 bytes that every packet starts with, written into memory that is already there, and the big endian numbers
// that packets are made of. Reading a header is request-frame.ts.
import { Magic } from './magic.ts';

/** Length of a header in bytes: magic, opcode, keylen, extlen, datatype, vbucket or status, bodylen, opaque, cas. */
export const HEADER_LENGTH = 24;

/** The longest key in bytes (`KEY_MAX_LENGTH`); the field could hold 65535. */
export const MAX_KEY_LENGTH = 250;

// One conversion of a u64 at a time: a store into typed memory splits a bigint without making another one.
const split = new DataView(new ArrayBuffer(8));

/** Writes a bigint as u64 BE at `memory[at]`; bits above 64 are lost. */
export function writeU64(memory: Uint8Array, at: number, value: bigint): void {
  split.setBigUint64(0, value);
  writeU32(memory, at, split.getUint32(0));
  writeU32(memory, at + 4, split.getUint32(4));
}

/** Writes the low 32 bits of a number as u32 BE at `memory[at]`. */
export function writeU32(memory: Uint8Array, at: number, value: number): void {
  memory[at] = value >>> 24;
  memory[at + 1] = value >>> 16;
  memory[at + 2] = value >>> 8;
  memory[at + 3] = value;
}

/** Writes the low 16 bits of a number as u16 BE at `memory[at]`. */
export function writeU16(memory: Uint8Array, at: number, value: number): void {
  memory[at] = value >>> 8;
  memory[at + 1] = value;
}

/** Reads a u32 BE at `bytes[at]`. */
export function readU32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/** Reads a u16 BE at `bytes[at]`. */
export function readU16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** Reads a u64 BE at `bytes[at]`. */
export function readU64(bytes: Uint8Array, at: number): bigint {
  return joinU64(readU32(bytes, at), readU32(bytes, at + 4));
}

/** Joins the two halves of a u64; 0 costs no allocation. */
export function joinU64(high: number, low: number): bigint {
  if (high === 0 && low === 0) return 0n;
  split.setUint32(0, high);
  split.setUint32(4, low);
  return split.getBigUint64(0);
}

function writeHeader(
  memory: Uint8Array,
  at: number,
  magic: number,
  opcode: number,
  keylen: number,
  extlen: number,
  datatype: number,
  vbucketOrStatus: number,
  bodylen: number,
  opaque: number,
  cas: bigint,
): void {
  memory[at] = magic;
  memory[at + 1] = opcode;
  memory[at + 2] = keylen >>> 8;
  memory[at + 3] = keylen;
  memory[at + 4] = extlen;
  memory[at + 5] = datatype;
  memory[at + 6] = vbucketOrStatus >>> 8;
  memory[at + 7] = vbucketOrStatus;
  memory[at + 8] = bodylen >>> 24;
  memory[at + 9] = bodylen >>> 16;
  memory[at + 10] = bodylen >>> 8;
  memory[at + 11] = bodylen;
  memory[at + 12] = opaque >>> 24;
  memory[at + 13] = opaque >>> 16;
  memory[at + 14] = opaque >>> 8;
  memory[at + 15] = opaque;
  if (cas === 0n) {
    memory[at + 16] = 0;
    memory[at + 17] = 0;
    memory[at + 18] = 0;
    memory[at + 19] = 0;
    memory[at + 20] = 0;
    memory[at + 21] = 0;
    memory[at + 22] = 0;
    memory[at + 23] = 0;
  } else {
    writeU64(memory, at + 16, cas);
  }
}

/**
 * Writes a response's header at `memory[at]`, 24 bytes, big endian (docs/BinaryProtocol.md, "Response header").
 * The memory may hold old bytes. Nothing is checked: lengths are the caller's truth. `bodylen` is extras, key and value.
 */
export function writeResponseHeader(
  memory: Buffer,
  at: number,
  opcode: number,
  keylen: number,
  extlen: number,
  datatype: number,
  status: number,
  bodylen: number,
  opaque: number,
  cas: bigint,
  magic: number = Magic.ClientResponse,
): void {
  writeHeader(memory, at, magic, opcode, keylen, extlen, datatype, status, bodylen, opaque, cas);
}

/** Writes a request's header in the same way (docs/BinaryProtocol.md, "Request header"). */
export function writeRequestHeader(
  memory: Buffer,
  at: number,
  opcode: number,
  keylen: number,
  extlen: number,
  datatype: number,
  vbucket: number,
  bodylen: number,
  opaque: number,
  cas: bigint,
  magic: number = Magic.ClientRequest,
): void {
  writeHeader(memory, at, magic, opcode, keylen, extlen, datatype, vbucket, bodylen, opaque, cas);
}
