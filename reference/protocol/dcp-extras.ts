// What a received DCP message says beside its header, as plain objects. For frames that passed `validateRequest`.
import type { RequestFrame } from './request-frame.ts';

/** The extras of DCP_OPEN. */
export interface DcpOpenExtras {
  readonly seqno: number;
  readonly flags: number;
}

/** Reads DCP_OPEN; the connection's name is the key. */
export const readDcpOpen = (frame: RequestFrame): DcpOpenExtras => ({
  seqno: frame.u32(0),
  flags: frame.u32(4),
});

/** Reads the flags of DCP_ADD_STREAM. */
export const readDcpAddStream = (frame: RequestFrame): { readonly flags: number } => ({
  flags: frame.u32(0),
});

/** The extras of DCP_STREAM_REQ; all seqnos are u64. */
export interface DcpStreamReqExtras {
  readonly flags: number;
  readonly startSeqno: bigint;
  readonly endSeqno: bigint;
  readonly vbucketUuid: bigint;
  readonly snapStartSeqno: bigint;
  readonly snapEndSeqno: bigint;
}

/** Reads DCP_STREAM_REQ; bytes 4 to 7 are reserved. */
export const readDcpStreamReq = (frame: RequestFrame): DcpStreamReqExtras => ({
  flags: frame.u32(0),
  startSeqno: frame.u64(8),
  endSeqno: frame.u64(16),
  vbucketUuid: frame.u64(24),
  snapStartSeqno: frame.u64(32),
  snapEndSeqno: frame.u64(40),
});

/** Reads the reason of DCP_STREAM_END. */
export const readDcpStreamEnd = (frame: RequestFrame): { readonly flags: number } => ({
  flags: frame.u32(0),
});

/** The extras of DCP_SNAPSHOT_MARKER; both seqnos are u64 and belong to the snapshot. */
export interface DcpMarkerExtras {
  readonly startSeqno: bigint;
  readonly endSeqno: bigint;
  readonly flags: number;
}

/** Reads DCP_SNAPSHOT_MARKER. */
export const readDcpMarker = (frame: RequestFrame): DcpMarkerExtras => ({
  startSeqno: frame.u64(0),
  endSeqno: frame.u64(8),
  flags: frame.u32(16),
});

/** What a deletion or an expiration says, its key apart. Value and meta share the frame's memory. */
export interface DcpDeletionBody {
  /** u64. */
  readonly bySeqno: bigint;
  /** u64. */
  readonly revSeqno: bigint;
  /** Length in bytes of the collection in the key; 0 for the default collection, and without collections. */
  readonly collectionLen: number;
  readonly value: Buffer;
  readonly meta: Buffer;
}

/** What a mutation says, its key apart. */
export interface DcpMutationBody extends DcpDeletionBody {
  /** The u32 that the document was stored with, untouched. */
  readonly flags: number;
  /** Seconds since 1970; 0 is never. */
  readonly expiration: number;
  /** Seconds. */
  readonly lockTime: number;
  readonly nru: number;
}

/** Reads DCP_MUTATION, with 31 bytes of extras or 32. */
export function readDcpMutation(frame: RequestFrame): DcpMutationBody {
  const metaAt = frame.end - frame.u16(28);
  return {
    bySeqno: frame.u64(0),
    revSeqno: frame.u64(8),
    collectionLen: frame.extlen === 32 ? frame.u8(31) : 0,
    value: frame.bytes.subarray(frame.valueAt, metaAt),
    meta: frame.bytes.subarray(metaAt, frame.end),
    flags: frame.u32(16),
    expiration: frame.u32(20),
    lockTime: frame.u32(24),
    nru: frame.u8(30),
  };
}

/** Reads DCP_DELETION or DCP_EXPIRATION, with 18 bytes of extras or 19. */
export function readDcpDeletion(frame: RequestFrame): DcpDeletionBody {
  const metaAt = frame.end - frame.u16(16);
  return {
    bySeqno: frame.u64(0),
    revSeqno: frame.u64(8),
    collectionLen: frame.extlen === 19 ? frame.u8(18) : 0,
    value: frame.bytes.subarray(frame.valueAt, metaAt),
    meta: frame.bytes.subarray(metaAt, frame.end),
  };
}

/** Reads the state of DCP_SET_VBUCKET_STATE: 1 to 4. */
export const readDcpSetVbucketState = (frame: RequestFrame): { readonly state: number } => ({
  state: frame.u8(0),
});

/** Reads how many bytes DCP_BUFFER_ACKNOWLEDGEMENT gives back. */
export const readDcpBufferAcknowledgement = (frame: RequestFrame): { readonly bufferBytes: number } => ({
  bufferBytes: frame.u32(0),
});

/** The extras of DCP_SYSTEM_EVENT; `bySeqno` is u64. */
export interface DcpSystemEventExtras {
  readonly bySeqno: bigint;
  readonly event: number;
}

/** Reads DCP_SYSTEM_EVENT; key and event data are the frame's. */
export const readDcpSystemEvent = (frame: RequestFrame): DcpSystemEventExtras => ({
  bySeqno: frame.u64(0),
  event: frame.u32(8),
});
