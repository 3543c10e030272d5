// The value of a successful response to DCP_STREAM_REQ and DCP_GET_FAILOVER_LOG, and of a Rollback to the first.
import { readU64, writeU64 } from './header.ts';

const ENTRY_LENGTH = 16;

/** One entry of a failover log; both u64. */
export interface FailoverEntry {
  readonly uuid: bigint;
  readonly seqno: bigint;
}

/** Encodes a log, newest entry first: 16 bytes each. */
export function encodeFailoverLog(entries: readonly FailoverEntry[]): Buffer {
  const value = Buffer.allocUnsafe(entries.length * ENTRY_LENGTH);
  let at = 0;
  for (const entry of entries) {
    writeU64(value, at, entry.uuid);
    writeU64(value, at + 8, entry.seqno);
    at += ENTRY_LENGTH;
  }
  return value;
}

/** Reads a log; undefined where the value is not a whole number of entries, or none. */
export function readFailoverLog(value: Uint8Array): readonly FailoverEntry[] | undefined {
  if (value.length === 0 || value.length % ENTRY_LENGTH !== 0) return undefined;
  const entries: FailoverEntry[] = [];
  for (let at = 0; at < value.length; at += ENTRY_LENGTH) {
    entries.push({ uuid: readU64(value, at), seqno: readU64(value, at + 8) });
  }
  return entries;
}

/** Encodes the seqno (u64) that a Rollback goes back to. */
export function encodeRollbackSeqno(seqno: bigint): Buffer {
  const value = Buffer.allocUnsafe(8);
  writeU64(value, 0, seqno);
  return value;
}

/** Reads that seqno; undefined where the value is not 8 bytes. */
export function readRollbackSeqno(value: Uint8Array): bigint | undefined {
  return value.length === 8 ? readU64(value, 0) : undefined;
}
