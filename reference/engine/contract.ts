// Today's engine contract, published as `kv-engine-migrate/engine`: the slots that an engine fills, in kv_engine's order
// (include/memcached/engine.h and dcp.h at 50dd3c130). Out-parameters of C are results here; buffers know their length.
import type {
  EngineError,
  EngineErrorCode,
  EngineFailed,
  EngineFailure,
  EngineSuccess,
} from './error-code.ts';
import type { ProtocolBinaryRequestHeader, ProtocolBinaryResponseHeader } from './header.ts';
import type {
  DocKey,
  DocNamespace,
  DocStateFilter,
  DocumentState,
  EngineErrorCasPair,
  EngineErrorItemInfoPair,
  EngineErrorItemPair,
  EngineErrorMetadataPair,
  EngineStoreOperation,
  Item,
  ItemFilter,
  ItemInfo,
  RemoveResult,
  StoreIfPredicate,
} from './item.ts';
import type { DeepReadonly, ReadonlyBytes } from './read-only.ts';
import type { Cookie, EngineHandle, ExtensionLogLevel, GetServerApi } from './server-api.ts';

export * from './error-code.ts';
export * from './header.ts';
export * from './item.ts';
export type * from './read-only.ts';
export * from './server-api.ts';

/** The version of the interface that `createInstance` is asked for (`ENGINE_INTERFACE_VERSION`). */
export const ENGINE_INTERFACE_VERSION = 1;

/** One thing that an engine can do; `feature` is one of {@link EngineFeature} or, from 0x80000000 up, the engine's own. */
export interface FeatureInfo {
  readonly feature: number;
  readonly description?: string;
}

/** The features that have a registered number (`engine_feature_t`). */
export const EngineFeature = {
  CAS: 0,
  PERSISTENT_STORAGE: 1,
  SECONDARY_ENGINE: 2,
  ACCESS_CONTROL: 3,
  MULTI_TENANCY: 4,
  LRU: 5,
  VBUCKET: 6,
  DATATYPE: 7,
  ITEM_IOVECTOR: 8,
} as const;

/** An engine in words (`engine_info`). */
export interface EngineInfo {
  readonly description: string;
  readonly features: readonly FeatureInfo[];
}

/** States of a vbucket (`vbucket_state_t`, include/memcached/vbucket.h). */
export const VbucketState = { Active: 1, Replica: 2, Pending: 3, Dead: 4 } as const;
/** One of {@link VbucketState}. */
export type VbucketState = (typeof VbucketState)[keyof typeof VbucketState];

/** One entry of a failover log, newest first in the log; both u64 (`vbucket_failover_t`). */
export interface VbucketFailover {
  readonly uuid: bigint;
  readonly seqno: bigint;
}

/** Events that DCP carries beside documents (`mcbp::systemevent::id`). */
export const SystemEventId = {
  CreateCollection: 0,
  DeleteCollection: 1,
  CollectionsSeparatorChanged: 2,
} as const;
/** One of {@link SystemEventId}. */
export type SystemEventId = (typeof SystemEventId)[keyof typeof SystemEventId];

/** Takes one statistic (`ADD_STAT`). To be called before the slot returns. */
export type AddStat = (key: string, value: string, cookie: Cookie) => void;

/** Sends one whole response to the cookie's command (`ADD_RESPONSE`); false where it could not be queued. */
export type AddResponse = (
  key: ReadonlyBytes,
  extras: ReadonlyBytes,
  body: ReadonlyBytes,
  datatype: number,
  status: number,
  cas: bigint,
  cookie: Cookie,
) => boolean;

/** Takes a vbucket's failover log, newest entry first (`dcp_add_failover_log`). */
export type DcpAddFailoverLog = (entries: readonly VbucketFailover[], cookie: Cookie) => EngineErrorCode;

/** A stream that starts, the seqno to go back to first (u64), or why there is no stream. */
export type StreamReqResult =
  | { readonly status: EngineSuccess }
  | { readonly status: typeof EngineErrorCode.ENGINE_ROLLBACK; readonly rollbackSeqno: bigint }
  | { readonly status: Exclude<EngineFailure, typeof EngineErrorCode.ENGINE_ROLLBACK> };

/**
 * The slots of an engine (`engine_interface_v1`). A slot that would have to wait answers ENGINE_EWOULDBLOCK and is
 * called again after `notifyIoComplete`. Optional is what kv_engine's own engines leave out (nobucket, default_engine).
 */
export interface EngineInterface extends EngineHandle {
  /** Describes the engine; may be called before `initialize`. */
  getInfo(handle: EngineHandle): EngineInfo;

  /** Called once, before any other slot but `getInfo`. A promise where C would block: no cookie exists yet to wait with. */
  initialize(handle: EngineHandle, configStr: string): EngineErrorCode | Promise<EngineErrorCode>;

  /** Called once, after everything else. `force`: do not save, just go. */
  destroy(handle: EngineHandle, force: boolean): void | Promise<void>;

  /** Makes an item with room for `nbytes` bytes, unseen until stored. `exptime` is the client's: see `core.realtime`. */
  allocate(
    handle: EngineHandle,
    cookie: Cookie,
    key: DocKey,
    nbytes: number,
    flags: number,
    exptime: number,
    datatype: number,
    vbucket: number,
  ): EngineErrorItemPair;

  /** As `allocate`; `privNbytes` of `nbytes` hold system data, which does not count against the item limit. */
  allocateEx(
    handle: EngineHandle,
    cookie: Cookie,
    key: DocKey,
    nbytes: number,
    privNbytes: number,
    flags: number,
    exptime: number,
    datatype: number,
    vbucket: number,
  ): EngineErrorItemInfoPair;

  /** Deletes a document; `cas` 0 deletes any version of it. */
  remove(handle: EngineHandle, cookie: Cookie, key: DocKey, cas: bigint, vbucket: number): RemoveResult;

  /** Gives back one reference. The cookie is undefined where the item outlived its command. */
  release(handle: EngineHandle, cookie: Cookie | undefined, item: Item): void;

  /** Finds a document. */
  get(
    handle: EngineHandle,
    cookie: Cookie,
    key: DocKey,
    vbucket: number,
    documentStateFilter: DocStateFilter,
  ): EngineErrorItemPair;

  /** Finds what is known of a document, a deleted one too. */
  getMeta?(handle: EngineHandle, cookie: Cookie, key: DocKey, vbucket: number): EngineErrorMetadataPair;

  /** Finds a document that is alive and that the filter takes; ENGINE_KEY_ENOENT otherwise. */
  getIf(
    handle: EngineHandle,
    cookie: Cookie,
    key: DocKey,
    vbucket: number,
    filter: ItemFilter,
  ): EngineErrorItemPair;

  /** Finds a document and locks it for `lockTimeout` seconds, 0 for the engine's default. */
  getLocked(
    handle: EngineHandle,
    cookie: Cookie,
    key: DocKey,
    vbucket: number,
    lockTimeout: number,
  ): EngineErrorItemPair;

  /** Finds a document and gives it another expiry, as the client sent it (see `core.realtime`). */
  getAndTouch(
    handle: EngineHandle,
    cookie: Cookie,
    key: DocKey,
    vbucket: number,
    expirytime: number,
  ): EngineErrorItemPair;

  /** Unlocks a document; `cas` is the one that `getLocked` gave. */
  unlock(handle: EngineHandle, cookie: Cookie, key: DocKey, vbucket: number, cas: bigint): EngineErrorCode;

  /** Makes an item visible, or turns its document into a tombstone (`DocumentState.Deleted`). */
  store(
    handle: EngineHandle,
    cookie: Cookie,
    item: Item,
    operation: EngineStoreOperation,
    documentState: DocumentState,
  ): EngineErrorCasPair;

  /** As `store`, if the predicate agrees; ENGINE_PREDICATE_FAILED where it does not. `cas` is compared, unless 0. */
  storeIf(
    handle: EngineHandle,
    cookie: Cookie,
    item: Item,
    cas: bigint,
    operation: EngineStoreOperation,
    predicate: StoreIfPredicate,
    documentState: DocumentState,
  ): EngineErrorCasPair;

  /** Empties the bucket. */
  flush(handle: EngineHandle, cookie: Cookie): EngineErrorCode;

  /** Reports one group of statistics; the empty key is the general one. ENGINE_KEY_ENOENT for a group it does not have. */
  getStats(handle: EngineHandle, cookie: Cookie, statKey: string, addStat: AddStat): EngineErrorCode;

  /** Starts the statistics again from nothing. */
  resetStats(handle: EngineHandle, cookie: Cookie): void;

  /** Gets every opcode that the core does not know. It responds itself, or returns ENGINE_ENOTSUP. */
  unknownCommand(
    handle: EngineHandle,
    cookie: Cookie,
    request: ProtocolBinaryRequestHeader,
    response: AddResponse,
    docNamespace: DocNamespace,
  ): EngineErrorCode;

  /** Sets the cas that `store` will compare with. */
  itemSetCas(handle: EngineHandle, cookie: Cookie, item: Item, cas: bigint): void;

  /** What the engine tells about an item; undefined where it cannot. */
  getItemInfo(handle: EngineHandle, cookie: Cookie, item: Item): ItemInfo | undefined;

  /** Changes an item that is not stored yet: today its datatype only. False where the engine refuses. */
  setItemInfo(handle: EngineHandle, cookie: Cookie, item: Item, itemInfo: ItemInfo): boolean;

  /** Replication; without it every DCP command is ENGINE_ENOTSUP. */
  readonly dcp?: DcpInterface;

  /** Tells the engine that the server's log level changed. */
  setLogLevel?(handle: EngineHandle, level: ExtensionLogLevel): void;

  /** Collections; without it their commands are ENGINE_ENOTSUP. */
  readonly collections?: CollectionsInterface;

  /** Whether values may carry xattrs. */
  isXattrEnabled(handle: EngineHandle): boolean;
}

/** The slots of an engine that knows collections (`collections_interface`). */
export interface CollectionsInterface {
  /** Takes the manifest, a JSON text. Nothing is replied to the engine's own message but the log. */
  setManifest(handle: EngineHandle, json: string): EngineError;
}

/**
 * The slots of an engine that replicates (`dcp_interface`). The cookie is the DCP connection's, the same in every call;
 * `opaque` is a u32. Each slot is optional, as kv_engine asks for each on its own: one that is missing is ENGINE_ENOTSUP.
 * ENGINE_DISCONNECT closes the connection.
 */
export interface DcpInterface {
  /**
   * Asks for the next message. ENGINE_WANT_MORE: a message was produced, call again. ENGINE_SUCCESS: nothing to send,
   * `notifyIoComplete` will wake the connection.
   */
  step?(handle: EngineHandle, cookie: Cookie, producers: DcpMessageProducers): EngineErrorCode;

  /** Opens the connection; `flags` as in the protocol: producer 1, notifier 2, xattrs 4, no value 8, collections 16. */
  open?(
    handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    seqno: number,
    flags: number,
    name: string,
    jsonExtras: ReadonlyBytes,
  ): EngineErrorCode;

  /** Consumer: asks the other side for a stream; `flags`: takeover 1, disk only 2, latest 4, active only 16. */
  addStream?(
    handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    vbucket: number,
    flags: number,
  ): EngineErrorCode;

  /** Ends a stream without a `streamEnd` message. */
  closeStream?(handle: EngineHandle, cookie: Cookie, opaque: number, vbucket: number): EngineErrorCode;

  /** Producer: starts a stream. On success it has called `callback` with the failover log. Seqnos are u64. */
  streamReq?(
    handle: EngineHandle,
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
  ): StreamReqResult;

  /** Calls `callback` with a vbucket's failover log. */
  getFailoverLog?(
    handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    vbucket: number,
    callback: DcpAddFailoverLog,
  ): EngineErrorCode;

  /** Consumer: the stream ended; `flags`: ok 0, closed 1, state changed 2, disconnected 3, too slow 4. */
  streamEnd?(
    handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    vbucket: number,
    flags: number,
  ): EngineErrorCode;

  /** Consumer: the mutations up to `endSeqno` belong together; `flags`: memory 1, disk 2, checkpoint 4, ack wanted 8. */
  snapshotMarker?(
    handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    vbucket: number,
    startSeqno: bigint,
    endSeqno: bigint,
    flags: number,
  ): EngineErrorCode;

  /** Consumer: a document was stored. `expiration` is in seconds since 1970, `lockTime` in seconds. */
  mutation?(
    handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    key: DocKey,
    value: ReadonlyBytes,
    privBytes: number,
    datatype: number,
    cas: bigint,
    vbucket: number,
    flags: number,
    bySeqno: bigint,
    revSeqno: bigint,
    expiration: number,
    lockTime: number,
    meta: ReadonlyBytes,
    nru: number,
  ): EngineErrorCode;

  /** Consumer: a document was removed; `value` holds what system xattrs it keeps. */
  deletion?(
    handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    key: DocKey,
    value: ReadonlyBytes,
    privBytes: number,
    datatype: number,
    cas: bigint,
    vbucket: number,
    bySeqno: bigint,
    revSeqno: bigint,
    meta: ReadonlyBytes,
  ): EngineErrorCode;

  /** Consumer: a document expired. */
  expiration?(
    handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    key: DocKey,
    value: ReadonlyBytes,
    privBytes: number,
    datatype: number,
    cas: bigint,
    vbucket: number,
    bySeqno: bigint,
    revSeqno: bigint,
    meta: ReadonlyBytes,
  ): EngineErrorCode;

  /** Consumer: the vbucket was emptied. */
  flush?(handle: EngineHandle, cookie: Cookie, opaque: number, vbucket: number): EngineErrorCode;

  /** Consumer: the vbucket takes another state. */
  setVbucketState?(
    handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    vbucket: number,
    state: VbucketState,
  ): EngineErrorCode;

  /** The other side is alive; the core answers it. */
  noop?(handle: EngineHandle, cookie: Cookie, opaque: number): EngineErrorCode;

  /** Producer: the consumer took `bufferBytes` bytes out of its buffer. */
  bufferAcknowledgement?(
    handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    vbucket: number,
    bufferBytes: number,
  ): EngineErrorCode;

  /** A setting of the connection, such as `connection_buffer_size`; both texts as they came. */
  control?(handle: EngineHandle, cookie: Cookie, opaque: number, key: string, value: string): EngineErrorCode;

  /**
   * The other side's response to a message that this engine produced. Nothing of it may be written to, at any depth:
   * at run time a write throws. Take a copy (`{ ...response.response }`, `response.bytes.slice()`) to change one.
   */
  responseHandler?(
    handle: EngineHandle,
    cookie: Cookie,
    response: DeepReadonly<ProtocolBinaryResponseHeader>,
  ): EngineErrorCode;

  /** Consumer: something other than a document changed. */
  systemEvent?(
    handle: EngineHandle,
    cookie: Cookie,
    opaque: number,
    vbucket: number,
    event: SystemEventId,
    bySeqno: bigint,
    key: ReadonlyBytes,
    eventData: ReadonlyBytes,
  ): EngineErrorCode;
}

/**
 * What `dcp.step` produces messages with (`dcp_message_producers`); the core fills every slot. ENGINE_E2BIG: the send
 * buffer is full, nothing was queued. An item that was taken is released by the core, also where a producer fails.
 */
export interface DcpMessageProducers {
  /** Asks for a vbucket's failover log. */
  getFailoverLog(cookie: Cookie, opaque: number, vbucket: number): EngineErrorCode;

  /** Asks for a stream. */
  streamReq(
    cookie: Cookie,
    opaque: number,
    vbucket: number,
    flags: number,
    startSeqno: bigint,
    endSeqno: bigint,
    vbucketUuid: bigint,
    snapStartSeqno: bigint,
    snapEndSeqno: bigint,
  ): EngineErrorCode;

  /** Answers `addStream`, with the opaque that the stream's messages will have. */
  addStreamRsp(cookie: Cookie, opaque: number, streamOpaque: number, status: number): EngineErrorCode;

  /** Answers a snapshot marker. */
  markerRsp(cookie: Cookie, opaque: number, status: number): EngineErrorCode;

  /** Answers a change of a vbucket's state. */
  setVbucketStateRsp(cookie: Cookie, opaque: number, status: number): EngineErrorCode;

  /** Ends a stream; `flags` as for the slot of the same name. */
  streamEnd(cookie: Cookie, opaque: number, vbucket: number, flags: number): EngineErrorCode;

  /** Begins a snapshot. */
  marker(
    cookie: Cookie,
    opaque: number,
    vbucket: number,
    startSeqno: bigint,
    endSeqno: bigint,
    flags: number,
  ): EngineErrorCode;

  /** Sends a document. The item is the core's from here on; `collectionLen` is 0 without collections. */
  mutation(
    cookie: Cookie,
    opaque: number,
    item: Item,
    vbucket: number,
    bySeqno: bigint,
    revSeqno: bigint,
    lockTime: number,
    meta: ReadonlyBytes,
    nru: number,
    collectionLen: number,
  ): EngineErrorCode;

  /** Sends a tombstone. */
  deletion(
    cookie: Cookie,
    opaque: number,
    item: Item,
    vbucket: number,
    bySeqno: bigint,
    revSeqno: bigint,
    meta: ReadonlyBytes,
    collectionLen: number,
  ): EngineErrorCode;

  /** Sends the expiry of a document. */
  expiration(
    cookie: Cookie,
    opaque: number,
    item: Item,
    vbucket: number,
    bySeqno: bigint,
    revSeqno: bigint,
    meta: ReadonlyBytes,
    collectionLen: number,
  ): EngineErrorCode;

  /** Says that a vbucket was emptied. */
  flush(cookie: Cookie, opaque: number, vbucket: number): EngineErrorCode;

  /** Hands a vbucket's state over. */
  setVbucketState(cookie: Cookie, opaque: number, vbucket: number, state: VbucketState): EngineErrorCode;

  /** Asks whether the other side is alive. */
  noop(cookie: Cookie, opaque: number): EngineErrorCode;

  /** Tells the producer how many bytes the consumer took out of its buffer. */
  bufferAcknowledgement(
    cookie: Cookie,
    opaque: number,
    vbucket: number,
    bufferBytes: number,
  ): EngineErrorCode;

  /** Asks for a setting of the connection. */
  control(cookie: Cookie, opaque: number, key: string, value: string): EngineErrorCode;

  /** Sends something other than a document. */
  systemEvent(
    cookie: Cookie,
    opaque: number,
    vbucket: number,
    event: SystemEventId,
    bySeqno: bigint,
    key: ReadonlyBytes,
    eventData: ReadonlyBytes,
  ): EngineErrorCode;
}

/** Makes an engine (`CREATE_INSTANCE`); called once per bucket. ENGINE_ENOTSUP for a version that it does not speak. */
export type CreateInstance = (
  interfaceVersion: number,
  getServerApi: GetServerApi,
) => { readonly status: EngineSuccess; readonly handle: EngineInterface } | EngineFailed;

/** What a module that is an engine exports. */
export interface EngineModule {
  readonly createInstance: CreateInstance;
  /** Called once, after the last engine of the module is gone (`DESTROY_ENGINE`). */
  readonly destroyEngine?: () => void;
}
