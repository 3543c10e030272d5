// One packet, read where it lies: no copy, and no allocation until somebody asks for a part of it. Checks nothing.
import { HEADER_LENGTH, joinU64, readU16, readU32, readU64 } from './header.ts';

// Node documents toString only, which looks its encoding up by name each time.
type Latin1Sliceable = Buffer & { latin1Slice(start: number, end: number): string };

const NO_PACKET: Buffer = Buffer.alloc(HEADER_LENGTH);

/**
 * A view of one packet of any magic. One instance serves a connection for all its packets: `read` points it at the next.
 * `read` needs the 24 bytes of the header only; every part of the body needs the bytes up to `end`, and lengths that
 * fit into each other (see `frameProblem`). Buffers that it returns share the packet's memory.
 */
export class RequestFrame {
  /** The memory that the packet lies in. */
  bytes: Buffer;
  /** Where the header starts in `bytes`. */
  at: number;
  magic: number;
  opcode: number;
  /** Length of the key in bytes. */
  keylen: number;
  /** Length of the extras in bytes. */
  extlen: number;
  /** Bits: JSON 1, SNAPPY 2, XATTR 4. */
  datatype: number;
  /** Of a request; a response has its status in the same 16 bits. */
  vbucket: number;
  /** Extras, key and value together, in bytes. */
  bodylen: number;
  /** u32, handed back unchanged. */
  opaque: number;
  /** The high 32 bits of the cas. */
  casHigh: number;
  /** The low 32 bits of the cas. */
  casLow: number;
  /** Where the packet ends in `bytes`; the next one starts here. */
  end: number;

  constructor() {
    this.bytes = Buffer.alloc(0);
    this.at = 0;
    this.magic = 0;
    this.opcode = 0;
    this.keylen = 0;
    this.extlen = 0;
    this.datatype = 0;
    this.vbucket = 0;
    this.bodylen = 0;
    this.opaque = 0;
    this.casHigh = 0;
    this.casLow = 0;
    this.end = 0;
  }

  /** Reads the header at `bytes[at]`; there must be 24 bytes. */
  read(bytes: Buffer, at: number): void {
    this.bytes = bytes;
    this.at = at;
    this.magic = bytes[at] as number;
    this.opcode = bytes[at + 1] as number;
    this.keylen = readU16(bytes, at + 2);
    this.extlen = bytes[at + 4] as number;
    this.datatype = bytes[at + 5] as number;
    this.vbucket = readU16(bytes, at + 6);
    this.bodylen = readU32(bytes, at + 8);
    this.opaque = readU32(bytes, at + 12);
    this.casHigh = readU32(bytes, at + 16);
    this.casLow = readU32(bytes, at + 20);
    this.end = at + HEADER_LENGTH + this.bodylen;
  }

  /** Lets go of the memory: nothing has a part any more. Magic, opcode and opaque stay. */
  forget(): void {
    this.bytes = NO_PACKET;
    this.at = 0;
    this.keylen = 0;
    this.extlen = 0;
    this.bodylen = 0;
    this.end = HEADER_LENGTH;
  }

  /** The status, of a response. */
  get status(): number {
    return this.vbucket;
  }

  /** u64; makes a bigint unless it is 0. */
  get cas(): bigint {
    return joinU64(this.casHigh, this.casLow);
  }

  /** Whether the cas is not 0. */
  get hasCas(): boolean {
    return (this.casHigh | this.casLow) !== 0;
  }

  /** Where the extras start in `bytes`. */
  get extrasAt(): number {
    return this.at + HEADER_LENGTH;
  }

  /** Where the key starts in `bytes`. */
  get keyAt(): number {
    return this.at + HEADER_LENGTH + this.extlen;
  }

  /** Where the value starts in `bytes`. */
  get valueAt(): number {
    return this.at + HEADER_LENGTH + this.extlen + this.keylen;
  }

  /** Length of the value in bytes; below 0 where the header's lengths contradict each other. */
  get valueLength(): number {
    return this.bodylen - this.extlen - this.keylen;
  }

  /** The extras, not copied. */
  extras(): Buffer {
    return this.bytes.subarray(this.extrasAt, this.keyAt);
  }

  /** The key, not copied. */
  key(): Buffer {
    return this.bytes.subarray(this.keyAt, this.valueAt);
  }

  /** The key as latin1 text, one character per byte. */
  keyText(): string {
    return (this.bytes as Latin1Sliceable).latin1Slice(this.keyAt, this.valueAt);
  }

  /** The value, not copied. */
  value(): Buffer {
    return this.bytes.subarray(this.valueAt, this.end);
  }

  /** A u8 of the extras. */
  u8(offset: number): number {
    return this.bytes[this.extrasAt + offset] as number;
  }

  /** A u16 BE of the extras. */
  u16(offset: number): number {
    return readU16(this.bytes, this.extrasAt + offset);
  }

  /** A u32 BE of the extras. */
  u32(offset: number): number {
    return readU32(this.bytes, this.extrasAt + offset);
  }

  /** A u64 BE of the extras. */
  u64(offset: number): bigint {
    return readU64(this.bytes, this.extrasAt + offset);
  }
}
