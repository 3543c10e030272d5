// The engine's slots, one by one. What they do is in store-slots.ts, lock-slots.ts, access.ts and dcp.ts.
import {
  type AddResponse,
  type AddStat,
  type Cookie,
  type DcpInterface,
  type DocKey,
  type DocNamespace,
  type DocStateFilter,
  type DocumentState,
  type EngineErrorCasPair,
  EngineErrorCode,
  type EngineErrorItemInfoPair,
  type EngineErrorItemPair,
  type EngineErrorMetadataPair,
  EngineFeature,
  type EngineHandle,
  type EngineInfo,
  type EngineInterface,
  type EngineStoreOperation,
  type Item,
  type ItemFilter,
  type ItemInfo,
  type ProtocolBinaryRequestHeader,
  type RemoveResult,
  type ServerApi,
  type StoreIfPredicate,
  VbucketState,
} from '../../engine/contract.ts';
import { activeVbucket, asShown, findAlive, handOut, ownItem } from './access.ts';
import { DEFAULT_CONFIGURATION, parseConfiguration } from './configuration.ts';
import { DefaultDcp } from './dcp.ts';
import { DcpSessions } from './dcp-sessions.ts';
import { DefaultItem, ItemPhase, storedKey } from './default-item.ts';
import { Documents } from './documents.ts';
import { clientExpiry, shownExpiry } from './expiry.ts';
import { failed } from './failed.ts';
import { lockDocument, touchDocument, unlockDocument } from './lock-slots.ts';
import { addDocumentStats } from './statistics.ts';
import { removeDocument, setCas, storeItem, storeItemIf } from './store-slots.ts';
import { runVbucketCommand } from './vbucket-commands.ts';

const { ENGINE_EINVAL, ENGINE_KEY_ENOENT, ENGINE_SUCCESS } = EngineErrorCode;

/** System data of one document, in bytes, at most (kv_engine, COUCHBASE_MAX_ITEM_PRIVILEGED_BYTES). */
const MAX_PRIVILEGED_BYTES = 1024 * 1024;

/** Keeps a bucket's documents in memory, for as long as there is room. Every slot answers at once. */
export class DefaultEngine implements EngineInterface {
  readonly interface = 1;
  readonly dcp: DcpInterface;
  readonly #sessions: DcpSessions;
  readonly #server: ServerApi;
  readonly #documents: Documents;
  #itemSizeMax: number = DEFAULT_CONFIGURATION.itemSizeMax;

  constructor(server: ServerApi) {
    this.#server = server;
    this.#documents = new Documents(server);
    this.#sessions = new DcpSessions(server, this.#documents);
    this.dcp = new DefaultDcp(server, this.#documents, this.#sessions);
  }

  getInfo(_handle: EngineHandle): EngineInfo {
    const { CAS, DATATYPE, LRU, VBUCKET } = EngineFeature;
    const features = [CAS, DATATYPE, LRU, VBUCKET].map((feature) => ({ feature }));
    return { description: 'Default engine', features };
  }

  /** Settings: `cache_size`, `item_size_max`, `history`, `vbuckets`; see configuration.ts. */
  initialize(handle: EngineHandle, configStr: string): EngineErrorCode {
    const configuration = parseConfiguration(configStr);
    if (configuration === undefined) return ENGINE_EINVAL;
    this.#documents.configure(configuration);
    this.#itemSizeMax = configuration.itemSizeMax;
    this.#sessions.start(handle);
    return ENGINE_SUCCESS;
  }

  destroy(_handle: EngineHandle, _force: boolean): void {
    this.#sessions.stop();
    const { table } = this.#documents;
    for (const vbucket of table.vbuckets) table.clear(vbucket);
  }

  allocate(
    handle: EngineHandle,
    cookie: Cookie,
    key: DocKey,
    nbytes: number,
    flags: number,
    exptime: number,
    datatype: number,
    vbucket: number,
  ): EngineErrorItemPair {
    return this.allocateEx(handle, cookie, key, nbytes, 0, flags, exptime, datatype, vbucket);
  }

  allocateEx(
    _handle: EngineHandle,
    cookie: Cookie,
    key: DocKey,
    nbytes: number,
    privNbytes: number,
    flags: number,
    exptime: number,
    datatype: number,
    vbucket: number,
  ): EngineErrorItemInfoPair {
    if (activeVbucket(this.#documents, vbucket) === undefined) return failed.notMyVbucket;
    if (nbytes - privNbytes > this.#itemSizeMax || privNbytes > MAX_PRIVILEGED_BYTES) return failed.tooBig;
    const item = new DefaultItem(storedKey(key), new Uint8Array(nbytes), vbucket, flags, datatype);
    if (exptime !== 0) {
      item.expiresAt = clientExpiry(this.#server.core, exptime);
      item.exptime = shownExpiry(this.#server.core, item.expiresAt);
    }
    if (!this.#documents.admit(item, cookie)) return failed.noMemory;
    this.#documents.table.retain(item);
    return { status: ENGINE_SUCCESS, item, info: item };
  }

  remove(_handle: EngineHandle, _cookie: Cookie, key: DocKey, cas: bigint, vbucket: number): RemoveResult {
    return removeDocument(this.#documents, key, cas, vbucket);
  }

  /** @throws Error where the item was released as often as it was handed out. */
  release(_handle: EngineHandle, _cookie: Cookie | undefined, item: Item): void {
    this.#documents.table.release(ownItem(item));
  }

  get(
    _handle: EngineHandle,
    _cookie: Cookie,
    key: DocKey,
    vbucket: number,
    documentStateFilter: DocStateFilter,
  ): EngineErrorItemPair {
    const documents = this.#documents;
    const owner = activeVbucket(documents, vbucket);
    if (owner === undefined) return failed.notMyVbucket;
    const item = documents.find(owner, key);
    if (item === undefined || (item.documentState & documentStateFilter) === 0) return failed.noKey;
    return handOut(documents, item);
  }

  getMeta(_handle: EngineHandle, _cookie: Cookie, key: DocKey, vbucket: number): EngineErrorMetadataPair {
    const owner = activeVbucket(this.#documents, vbucket);
    if (owner === undefined) return failed.notMyVbucket;
    const item = this.#documents.find(owner, key);
    return item === undefined
      ? failed.noKey
      : { status: ENGINE_SUCCESS, info: asShown(this.#documents, item) };
  }

  getIf(
    _handle: EngineHandle,
    _cookie: Cookie,
    key: DocKey,
    vbucket: number,
    filter: ItemFilter,
  ): EngineErrorItemPair {
    const owner = activeVbucket(this.#documents, vbucket);
    if (owner === undefined) return failed.notMyVbucket;
    const item = findAlive(this.#documents, owner, key);
    if (item === undefined || !filter(asShown(this.#documents, item))) return failed.noKey;
    return handOut(this.#documents, item);
  }

  getLocked(
    _handle: EngineHandle,
    _cookie: Cookie,
    key: DocKey,
    vbucket: number,
    lockTimeout: number,
  ): EngineErrorItemPair {
    return lockDocument(this.#documents, key, vbucket, lockTimeout);
  }

  getAndTouch(
    _handle: EngineHandle,
    _cookie: Cookie,
    key: DocKey,
    vbucket: number,
    expirytime: number,
  ): EngineErrorItemPair {
    return touchDocument(this.#documents, this.#server.core, key, vbucket, expirytime);
  }

  unlock(_handle: EngineHandle, _cookie: Cookie, key: DocKey, vbucket: number, cas: bigint): EngineErrorCode {
    return unlockDocument(this.#documents, key, vbucket, cas);
  }

  store(
    _handle: EngineHandle,
    cookie: Cookie,
    item: Item,
    operation: EngineStoreOperation,
    documentState: DocumentState,
  ): EngineErrorCasPair {
    return storeItem(this.#documents, cookie, ownItem(item), operation, documentState);
  }

  storeIf(
    _handle: EngineHandle,
    cookie: Cookie,
    item: Item,
    cas: bigint,
    operation: EngineStoreOperation,
    predicate: StoreIfPredicate,
    documentState: DocumentState,
  ): EngineErrorCasPair {
    return storeItemIf(this.#documents, cookie, ownItem(item), cas, operation, predicate, documentState);
  }

  /** Replicas are emptied by whoever is active for them. */
  flush(_handle: EngineHandle, _cookie: Cookie): EngineErrorCode {
    for (const vbucket of this.#documents.table.vbuckets) {
      const { state } = vbucket;
      if (state === VbucketState.Active || state === VbucketState.Dead) this.#documents.flush(vbucket);
    }
    return ENGINE_SUCCESS;
  }

  getStats(_handle: EngineHandle, cookie: Cookie, statKey: string, addStat: AddStat): EngineErrorCode {
    const add = (name: string, value: string | number | bigint): void => addStat(name, `${value}`, cookie);
    const isKnown = addDocumentStats(statKey, this.#documents, add) || this.#sessions.addStats(statKey, add);
    return isKnown ? ENGINE_SUCCESS : ENGINE_KEY_ENOENT;
  }

  resetStats(_handle: EngineHandle, _cookie: Cookie): void {
    this.#documents.resetStats();
  }

  /** SetVbucket, GetVbucket and DelVbucket. */
  unknownCommand(
    _handle: EngineHandle,
    cookie: Cookie,
    request: ProtocolBinaryRequestHeader,
    response: AddResponse,
    _docNamespace: DocNamespace,
  ): EngineErrorCode {
    return runVbucketCommand(this.#documents, cookie, request, response);
  }

  itemSetCas(_handle: EngineHandle, _cookie: Cookie, item: Item, cas: bigint): void {
    setCas(this.#documents, ownItem(item), cas);
  }

  getItemInfo(_handle: EngineHandle, _cookie: Cookie, item: Item): ItemInfo | undefined {
    return item instanceof DefaultItem ? item : undefined;
  }

  setItemInfo(_handle: EngineHandle, _cookie: Cookie, item: Item, itemInfo: ItemInfo): boolean {
    const given = ownItem(item);
    if (given.phase !== ItemPhase.Fresh) return false;
    given.datatype = itemInfo.datatype;
    return true;
  }

  isXattrEnabled(_handle: EngineHandle): boolean {
    return true;
  }
}
