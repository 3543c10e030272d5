// The engine's slots for replication: finds the session of a connection, and hands the call to it.
import {
  type Cookie,
  type DcpAddFailoverLog,
  type DcpInterface,
  type DcpMessageProducers,
  type DeepReadonly,
  type DocKey,
  EngineErrorCode,
  type EngineHandle,
  type ProtocolBinaryResponseHeader,
  type ReadonlyBytes,
  type ServerApi,
  type StreamReqResult,
  type SystemEventId,
  type VbucketState,
} from '../../engine/contract.ts';
import { KNOWN_FLAGS, MessageLength } from './dcp-message.ts';
import type { DcpSessions } from './dcp-sessions.ts';
import type { Documents } from './documents.ts';
import { absoluteExpiry } from './expiry.ts';
import { replicaItem, replicaTombstone } from './replica-item.ts';
import { requestStream } from './stream-request.ts';

const { ENGINE_DISCONNECT, ENGINE_EINVAL, ENGINE_NOT_MY_VBUCKET, ENGINE_SUCCESS } = EngineErrorCode;

/** Both sides of DCP. A slot that the connection's side does not have disconnects, as in ep-engine. */
export class DefaultDcp implements DcpInterface {
  readonly #server: ServerApi;
  readonly #documents: Documents;
  readonly #sessions: DcpSessions;

  constructor(server: ServerApi, documents: Documents, sessions: DcpSessions) {
    this.#server = server;
    this.#documents = documents;
    this.#sessions = sessions;
  }

  step(_handle: EngineHandle, cookie: Cookie, producers: DcpMessageProducers): EngineErrorCode {
    return this.#sessions.find(cookie)?.step(producers) ?? ENGINE_DISCONNECT;
  }

  /** ENGINE_ENOTSUP for notifiers and collections. */
  open(
    _handle: EngineHandle,
    cookie: Cookie,
    _opaque: number,
    _seqno: number,
    flags: number,
    name: string,
    _jsonExtras: ReadonlyBytes,
  ): EngineErrorCode {
    return this.#sessions.open(cookie, flags, name);
  }

  /** The vbucket should be a replica: what is stored in it otherwise is in the way of what the stream brings. */
  addStream(
    _handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    vbucket: number,
    flags: number,
  ): EngineErrorCode {
    const session = this.#sessions.consumer(cookie);
    if (session === undefined) return ENGINE_DISCONNECT;
    const target = this.#documents.table.vbuckets[vbucket];
    if (target === undefined) return ENGINE_NOT_MY_VBUCKET;
    return (flags & ~KNOWN_FLAGS) === 0 ? session.addStream(target, opaque, flags) : ENGINE_EINVAL;
  }

  closeStream(_handle: EngineHandle, cookie: Cookie, _opaque: number, vbucket: number): EngineErrorCode {
    return this.#sessions.find(cookie)?.closeStream(vbucket) ?? ENGINE_DISCONNECT;
  }

  streamReq(
    _handle: EngineHandle,
    cookie: Cookie,
    flags: number,
    opaque: number,
    vbucket: number,
    startSeqno: bigint,
    endSeqno: bigint,
    vbucketUuid: bigint,
    snapStartSeqno: bigint,
    snapEndSeqno: bigint,
    callback: DcpAddFailoverLog,
  ): StreamReqResult {
    const session = this.#sessions.producer(cookie);
    if (session === undefined) return { status: ENGINE_DISCONNECT };
    const wanted = {
      flags,
      opaque,
      vbucket,
      startSeqno,
      endSeqno,
      vbucketUuid,
      snapStartSeqno,
      snapEndSeqno,
    };
    return requestStream(this.#documents, session, wanted, callback);
  }

  getFailoverLog(
    _handle: EngineHandle,
    cookie: Cookie,
    _opaque: number,
    vbucket: number,
    callback: DcpAddFailoverLog,
  ): EngineErrorCode {
    if (this.#sessions.producer(cookie) === undefined) return ENGINE_DISCONNECT;
    const log = this.#documents.table.vbuckets[vbucket]?.failoverLog;
    return log === undefined ? ENGINE_NOT_MY_VBUCKET : callback(log.entries, cookie);
  }

  streamEnd(
    _handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    vbucket: number,
    _flags: number,
  ): EngineErrorCode {
    return this.#sessions.consumer(cookie)?.streamEnd(opaque, vbucket) ?? ENGINE_DISCONNECT;
  }

  snapshotMarker(
    _handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    vbucket: number,
    startSeqno: bigint,
    endSeqno: bigint,
    flags: number,
  ): EngineErrorCode {
    const session = this.#sessions.consumer(cookie);
    return session?.snapshotMarker(opaque, vbucket, startSeqno, endSeqno, flags) ?? ENGINE_DISCONNECT;
  }

  mutation(
    _handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    key: DocKey,
    value: ReadonlyBytes,
    _privBytes: number,
    datatype: number,
    cas: bigint,
    vbucket: number,
    flags: number,
    bySeqno: bigint,
    revSeqno: bigint,
    expiration: number,
    _lockTime: number,
    meta: ReadonlyBytes,
    _nru: number,
  ): EngineErrorCode {
    const session = this.#sessions.consumer(cookie);
    if (session === undefined) return ENGINE_DISCONNECT;
    const item = replicaItem({ key, value, datatype, cas, vbucket, bySeqno, revSeqno });
    item.flags = flags;
    item.exptime = expiration;
    item.expiresAt = absoluteExpiry(this.#server.core, expiration);
    const length = MessageLength.mutation + item.key.text.length + item.nbytes + meta.length;
    return session.change(opaque, item, length);
  }

  deletion(
    _handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    key: DocKey,
    value: ReadonlyBytes,
    _privBytes: number,
    datatype: number,
    cas: bigint,
    vbucket: number,
    bySeqno: bigint,
    revSeqno: bigint,
    meta: ReadonlyBytes,
  ): EngineErrorCode {
    const session = this.#sessions.consumer(cookie);
    if (session === undefined) return ENGINE_DISCONNECT;
    const item = replicaTombstone({ key, value, datatype, cas, vbucket, bySeqno, revSeqno }, false);
    const length = MessageLength.deletion + item.key.text.length + item.nbytes + meta.length;
    return session.change(opaque, item, length);
  }

  expiration(
    _handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    key: DocKey,
    value: ReadonlyBytes,
    _privBytes: number,
    datatype: number,
    cas: bigint,
    vbucket: number,
    bySeqno: bigint,
    revSeqno: bigint,
    meta: ReadonlyBytes,
  ): EngineErrorCode {
    const session = this.#sessions.consumer(cookie);
    if (session === undefined) return ENGINE_DISCONNECT;
    const item = replicaTombstone({ key, value, datatype, cas, vbucket, bySeqno, revSeqno }, true);
    const length = MessageLength.deletion + item.key.text.length + item.nbytes + meta.length;
    return session.change(opaque, item, length);
  }

  flush(_handle: EngineHandle, cookie: Cookie, opaque: number, vbucket: number): EngineErrorCode {
    return this.#sessions.consumer(cookie)?.flush(opaque, vbucket) ?? ENGINE_DISCONNECT;
  }

  setVbucketState(
    _handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    vbucket: number,
    state: VbucketState,
  ): EngineErrorCode {
    return this.#sessions.consumer(cookie)?.setVbucketState(opaque, vbucket, state) ?? ENGINE_DISCONNECT;
  }

  noop(_handle: EngineHandle, cookie: Cookie, _opaque: number): EngineErrorCode {
    this.#sessions.consumer(cookie)?.heard();
    return this.#sessions.find(cookie) === undefined ? ENGINE_DISCONNECT : ENGINE_SUCCESS;
  }

  bufferAcknowledgement(
    _handle: EngineHandle,
    cookie: Cookie,
    _opaque: number,
    _vbucket: number,
    bufferBytes: number,
  ): EngineErrorCode {
    const session = this.#sessions.producer(cookie);
    session?.acknowledge(bufferBytes);
    return session === undefined ? ENGINE_DISCONNECT : ENGINE_SUCCESS;
  }

  control(
    _handle: EngineHandle,
    cookie: Cookie,
    _opaque: number,
    key: string,
    value: string,
  ): EngineErrorCode {
    return this.#sessions.producer(cookie)?.control(key, value) ?? ENGINE_DISCONNECT;
  }

  responseHandler(
    _handle: EngineHandle,
    cookie: Cookie,
    response: DeepReadonly<ProtocolBinaryResponseHeader>,
  ): EngineErrorCode {
    return this.#sessions.find(cookie)?.handleResponse(response) ?? ENGINE_DISCONNECT;
  }

  systemEvent(
    _handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    vbucket: number,
    _event: SystemEventId,
    bySeqno: bigint,
    key: ReadonlyBytes,
    eventData: ReadonlyBytes,
  ): EngineErrorCode {
    const length = MessageLength.systemEvent + key.length + eventData.length;
    const session = this.#sessions.consumer(cookie);
    return session?.systemEvent(opaque, vbucket, bySeqno, length) ?? ENGINE_DISCONNECT;
  }
}
