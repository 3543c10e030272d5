// DCP commands that a producer sends to a consumer: what changed in a vbucket. None of them is answered on success, see
// dcp-connection.ts. Datatypes are passed on in every profile: memcached, which knows none, does not replicate either.
import type { CommandDefinition, Handler } from '../command.ts';
import {
  EngineErrorCode as Code,
  type EngineErrorCode,
  isEngineErrorCode,
  type SystemEventId,
  type VbucketState,
} from '../engine/contract.ts';
import { lentBytes } from '../engine/lent-bytes.ts';
import { ALL_DATATYPES, Datatype } from '../protocol/datatype.ts';
import {
  readDcpDeletion,
  readDcpMarker,
  readDcpMutation,
  readDcpSetVbucketState,
  readDcpStreamEnd,
  readDcpSystemEvent,
} from '../protocol/dcp-extras.ts';
import { Opcode } from '../protocol/opcode.ts';
import { systemXattrSize } from '../protocol/xattr.ts';

/** System xattrs of one document, in bytes, at most (COUCHBASE_MAX_ITEM_PRIVILEGED_BYTES). */
const MAX_PRIVILEGED_BYTES = 1024 * 1024;

const streamEnd: Handler = (command) => {
  const { cookie, engine, request } = command;
  const { dcp } = engine;
  if (dcp?.streamEnd === undefined) return Code.ENGINE_ENOTSUP;
  return dcp.streamEnd(engine, cookie, request.opaque, request.vbucket, readDcpStreamEnd(request).flags);
};

const snapshotMarker: Handler = (command) => {
  const { cookie, engine, request } = command;
  const { dcp } = engine;
  if (dcp?.snapshotMarker === undefined) return Code.ENGINE_ENOTSUP;
  const { startSeqno, endSeqno, flags } = readDcpMarker(request);
  const { opaque, vbucket } = request;
  return dcp.snapshotMarker(engine, cookie, opaque, vbucket, startSeqno, endSeqno, flags);
};

const mutation: Handler = (command) => {
  const { engine, request } = command;
  const { dcp } = engine;
  if (dcp?.mutation === undefined) return Code.ENGINE_ENOTSUP;
  const body = readDcpMutation(request);
  const value = plain(body.value);
  const datatype = request.datatype & ALL_DATATYPES;
  const privBytes = (datatype & Datatype.Xattr) !== 0 ? systemXattrSize(value) : 0;
  if (privBytes > MAX_PRIVILEGED_BYTES) return Code.ENGINE_E2BIG;
  return dcp.mutation(
    engine,
    command.cookie,
    request.opaque,
    command.key,
    value,
    privBytes,
    datatype,
    request.cas,
    request.vbucket,
    body.flags,
    body.bySeqno,
    body.revSeqno,
    body.expiration,
    body.lockTime,
    plain(body.meta),
    body.nru,
  );
};

const remove =
  (slot: 'deletion' | 'expiration'): Handler =>
  (command) => {
    const { engine, request } = command;
    const { dcp } = engine;
    if (dcp?.[slot] === undefined) return Code.ENGINE_ENOTSUP;
    const body = readDcpDeletion(request);
    const datatype = request.datatype & ALL_DATATYPES;
    // All that a removed document keeps is the system's.
    const privBytes = (datatype & Datatype.Xattr) !== 0 ? body.value.length : 0;
    if (privBytes > MAX_PRIVILEGED_BYTES) return Code.ENGINE_E2BIG;
    return dcp[slot](
      engine,
      command.cookie,
      request.opaque,
      command.key,
      plain(body.value),
      privBytes,
      datatype,
      request.cas,
      request.vbucket,
      body.bySeqno,
      body.revSeqno,
      plain(body.meta),
    );
  };

const flush: Handler = (command) => {
  const { cookie, engine, request } = command;
  const { dcp } = engine;
  if (dcp?.flush === undefined) return Code.ENGINE_ENOTSUP;
  return dcp.flush(engine, cookie, request.opaque, request.vbucket);
};

const setVbucketState: Handler = (command) => {
  const { cookie, engine, request } = command;
  const { dcp } = engine;
  if (dcp?.setVbucketState === undefined) return Code.ENGINE_ENOTSUP;
  // The validator has looked at it.
  const state = readDcpSetVbucketState(request).state as VbucketState;
  const code: EngineErrorCode = dcp.setVbucketState(engine, cookie, request.opaque, request.vbucket, state);
  // What is no code is the core's to deal with.
  if (code === Code.ENGINE_SUCCESS || code === Code.ENGINE_EWOULDBLOCK || !isEngineErrorCode(code))
    return code;
  // As kv_engine: a vbucket that two sides think different of is no base to go on from.
  return Code.ENGINE_DISCONNECT;
};

const systemEvent: Handler = (command) => {
  const { cookie, engine, request } = command;
  const { dcp } = engine;
  if (dcp?.systemEvent === undefined) return Code.ENGINE_ENOTSUP;
  const { bySeqno, event } = readDcpSystemEvent(request);
  return dcp.systemEvent(
    engine,
    cookie,
    request.opaque,
    request.vbucket,
    event as SystemEventId,
    bySeqno,
    lentBytes(request.bytes, request.keyAt, request.valueAt),
    lentBytes(request.bytes, request.valueAt, request.end),
  );
};

function plain(bytes: Buffer): Uint8Array {
  return lentBytes(bytes, 0, bytes.length);
}

/** The commands of this file. */
export const dcpReplicaCommands: readonly CommandDefinition[] = [
  { opcode: Opcode.DcpStreamEnd, run: streamEnd },
  { opcode: Opcode.DcpSnapshotMarker, run: snapshotMarker },
  { opcode: Opcode.DcpMutation, run: mutation },
  { opcode: Opcode.DcpDeletion, run: remove('deletion') },
  { opcode: Opcode.DcpExpiration, run: remove('expiration') },
  { opcode: Opcode.DcpFlush, run: flush },
  { opcode: Opcode.DcpSetVbucketState, run: setVbucketState },
  { opcode: Opcode.DcpSystemEvent, run: systemEvent },
];
