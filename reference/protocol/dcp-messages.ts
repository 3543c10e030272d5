// The DCP messages that one side sends to the other, as bytes. One encoder for each slot of kv_engine's
// `dcp_message_producers`, and the requests that a conversation begins with. Values and metas are the caller's to append.
import {
  HEADER_LENGTH,
  writeRequestHeader,
  writeResponseHeader,
  writeU16,
  writeU32,
  writeU64,
} from './header.ts';
import { Opcode } from './opcode.ts';

/** The seqnos that a stream is asked for with; all u64. */
export interface StreamReqFields {
  readonly flags: number;
  readonly startSeqno: bigint;
  readonly endSeqno: bigint;
  readonly vbucketUuid: bigint;
  readonly snapStartSeqno: bigint;
  readonly snapEndSeqno: bigint;
}

/** What a deletion or an expiration says, its key and value apart. */
export interface DeletionFields {
  readonly vbucket: number;
  /** u64. */
  readonly cas: bigint;
  readonly datatype: number;
  /** u64. */
  readonly bySeqno: bigint;
  /** u64. */
  readonly revSeqno: bigint;
  /** Length of the meta in bytes, which follows the value. */
  readonly nmeta: number;
  /** Length in bytes of the collection in the key; undefined on a connection without collections: no byte is sent. */
  readonly collectionLen: number | undefined;
}

/** What a mutation says, its key and value apart. */
export interface MutationFields extends DeletionFields {
  /** The u32 that the document was stored with, untouched. */
  readonly flags: number;
  /** Seconds since 1970; 0 is never. */
  readonly expiration: number;
  /** Seconds. */
  readonly lockTime: number;
  /** u8. */
  readonly nru: number;
}

/** DCP_OPEN: the name is the key; `value` with Collections only. */
export function encodeDcpOpen(
  opaque: number,
  seqno: number,
  flags: number,
  name: string,
  valueLength = 0,
): Buffer {
  const key = Buffer.from(name);
  const message = request(Opcode.DcpOpen, 0, opaque, 8, key, 0, valueLength, 0n);
  writeU32(message, 24, seqno);
  writeU32(message, 28, flags);
  return message;
}

/** DCP_ADD_STREAM: asks a consumer to ask for a stream. */
export function encodeDcpAddStream(opaque: number, vbucket: number, flags: number): Buffer {
  return withU32(Opcode.DcpAddStream, opaque, vbucket, flags);
}

/** DCP_CLOSE_STREAM. */
export function encodeDcpCloseStream(opaque: number, vbucket: number): Buffer {
  return request(Opcode.DcpCloseStream, vbucket, opaque, 0, NO_KEY, 0, 0, 0n);
}

/** DCP_GET_FAILOVER_LOG. */
export function encodeDcpGetFailoverLog(opaque: number, vbucket: number): Buffer {
  return request(Opcode.DcpGetFailoverLog, vbucket, opaque, 0, NO_KEY, 0, 0, 0n);
}

/** DCP_STREAM_REQ. */
export function encodeDcpStreamReq(opaque: number, vbucket: number, fields: StreamReqFields): Buffer {
  const message = request(Opcode.DcpStreamReq, vbucket, opaque, 48, NO_KEY, 0, 0, 0n);
  writeU32(message, 24, fields.flags);
  writeU32(message, 28, 0);
  writeU64(message, 32, fields.startSeqno);
  writeU64(message, 40, fields.endSeqno);
  writeU64(message, 48, fields.vbucketUuid);
  writeU64(message, 56, fields.snapStartSeqno);
  writeU64(message, 64, fields.snapEndSeqno);
  return message;
}

/** The response to DCP_ADD_STREAM, with the opaque that the stream's messages have. */
export function encodeDcpAddStreamRsp(opaque: number, streamOpaque: number, status: number): Buffer {
  const message = Buffer.allocUnsafe(HEADER_LENGTH + 4);
  writeResponseHeader(message, 0, Opcode.DcpAddStream, 0, 4, 0, status, 4, opaque, 0n);
  writeU32(message, 24, streamOpaque);
  return message;
}

/** The response to DCP_SNAPSHOT_MARKER. */
export function encodeDcpMarkerRsp(opaque: number, status: number): Buffer {
  return emptyResponse(Opcode.DcpSnapshotMarker, opaque, status);
}

/** The response to DCP_SET_VBUCKET_STATE. */
export function encodeDcpSetVbucketStateRsp(opaque: number, status: number): Buffer {
  return emptyResponse(Opcode.DcpSetVbucketState, opaque, status);
}

/** DCP_STREAM_END; `flags` is the reason. */
export function encodeDcpStreamEnd(opaque: number, vbucket: number, flags: number): Buffer {
  return withU32(Opcode.DcpStreamEnd, opaque, vbucket, flags);
}

/** DCP_SNAPSHOT_MARKER; both seqnos are u64 and belong to the snapshot. */
export function encodeDcpMarker(
  opaque: number,
  vbucket: number,
  startSeqno: bigint,
  endSeqno: bigint,
  flags: number,
): Buffer {
  const message = request(Opcode.DcpSnapshotMarker, vbucket, opaque, 20, NO_KEY, 0, 0, 0n);
  writeU64(message, 24, startSeqno);
  writeU64(message, 32, endSeqno);
  writeU32(message, 40, flags);
  return message;
}

/** DCP_MUTATION up to the end of the key; `valueLength` bytes of value and then `nmeta` bytes of meta have to follow. */
export function encodeDcpMutation(
  opaque: number,
  key: Uint8Array,
  valueLength: number,
  fields: MutationFields,
): Buffer {
  const collections = fields.collectionLen !== undefined;
  const extlen = collections ? 32 : 31;
  const tail = valueLength + fields.nmeta;
  const { vbucket, datatype, cas } = fields;
  const message = request(Opcode.DcpMutation, vbucket, opaque, extlen, key, datatype, tail, cas);
  writeU64(message, 24, fields.bySeqno);
  writeU64(message, 32, fields.revSeqno);
  writeU32(message, 40, fields.flags);
  writeU32(message, 44, fields.expiration);
  writeU32(message, 48, fields.lockTime);
  writeU16(message, 52, fields.nmeta);
  message[54] = fields.nru;
  if (fields.collectionLen !== undefined) message[55] = fields.collectionLen;
  return message;
}

/** DCP_DELETION up to the end of the key; what follows is as for a mutation, the value being xattrs only. */
export function encodeDcpDeletion(
  opaque: number,
  key: Uint8Array,
  valueLength: number,
  fields: DeletionFields,
): Buffer {
  return removal(Opcode.DcpDeletion, opaque, key, valueLength, fields);
}

/** DCP_EXPIRATION, in the same way. A receiver that validates takes neither a value nor a meta. */
export function encodeDcpExpiration(
  opaque: number,
  key: Uint8Array,
  valueLength: number,
  fields: DeletionFields,
): Buffer {
  return removal(Opcode.DcpExpiration, opaque, key, valueLength, fields);
}

/** DCP_FLUSH. */
export function encodeDcpFlush(opaque: number, vbucket: number): Buffer {
  return request(Opcode.DcpFlush, vbucket, opaque, 0, NO_KEY, 0, 0, 0n);
}

/** DCP_SET_VBUCKET_STATE; `state` is 1 to 4. */
export function encodeDcpSetVbucketState(opaque: number, vbucket: number, state: number): Buffer {
  const message = request(Opcode.DcpSetVbucketState, vbucket, opaque, 1, NO_KEY, 0, 0, 0n);
  message[24] = state;
  return message;
}

/** DCP_NOOP. */
export function encodeDcpNoop(opaque: number): Buffer {
  return request(Opcode.DcpNoop, 0, opaque, 0, NO_KEY, 0, 0, 0n);
}

/** DCP_BUFFER_ACKNOWLEDGEMENT; `bufferBytes` is u32. */
export function encodeDcpBufferAcknowledgement(opaque: number, vbucket: number, bufferBytes: number): Buffer {
  return withU32(Opcode.DcpBufferAcknowledgement, opaque, vbucket, bufferBytes);
}

/** DCP_CONTROL, whole. */
export function encodeDcpControl(opaque: number, key: string, value: string): Buffer {
  const name = Buffer.from(key);
  const setting = Buffer.from(value);
  const head = request(Opcode.DcpControl, 0, opaque, 0, name, 0, setting.length, 0n);
  return Buffer.concat([head, setting]);
}

/** DCP_SYSTEM_EVENT up to the end of the key; `dataLength` bytes of event data have to follow. `bySeqno` is u64. */
export function encodeDcpSystemEvent(
  opaque: number,
  vbucket: number,
  event: number,
  bySeqno: bigint,
  key: Uint8Array,
  dataLength: number,
): Buffer {
  const message = request(Opcode.DcpSystemEvent, vbucket, opaque, 12, key, 0, dataLength, 0n);
  writeU64(message, 24, bySeqno);
  writeU32(message, 32, event);
  return message;
}

const NO_KEY = new Uint8Array(0);

/** Header and key in fresh memory, with room for the extras between them. */
function request(
  opcode: number,
  vbucket: number,
  opaque: number,
  extlen: number,
  key: Uint8Array,
  datatype: number,
  tailLength: number,
  cas: bigint,
): Buffer {
  const head = extlen + key.length;
  const message = Buffer.allocUnsafe(HEADER_LENGTH + head);
  const bodylen = head + tailLength;
  writeRequestHeader(message, 0, opcode, key.length, extlen, datatype, vbucket, bodylen, opaque, cas);
  message.set(key, HEADER_LENGTH + extlen);
  return message;
}

function withU32(opcode: number, opaque: number, vbucket: number, word: number): Buffer {
  const message = request(opcode, vbucket, opaque, 4, NO_KEY, 0, 0, 0n);
  writeU32(message, 24, word);
  return message;
}

function emptyResponse(opcode: number, opaque: number, status: number): Buffer {
  const message = Buffer.allocUnsafe(HEADER_LENGTH);
  writeResponseHeader(message, 0, opcode, 0, 0, 0, status, 0, opaque, 0n);
  return message;
}

function removal(
  opcode: number,
  opaque: number,
  key: Uint8Array,
  valueLength: number,
  fields: DeletionFields,
): Buffer {
  const extlen = fields.collectionLen === undefined ? 18 : 19;
  const tail = valueLength + fields.nmeta;
  const { vbucket, datatype, cas } = fields;
  const message = request(opcode, vbucket, opaque, extlen, key, datatype, tail, cas);
  writeU64(message, 24, fields.bySeqno);
  writeU64(message, 32, fields.revSeqno);
  writeU16(message, 40, fields.nmeta);
  if (fields.collectionLen !== undefined) message[42] = fields.collectionLen;
  return message;
}
