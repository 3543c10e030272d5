// What happens to documents: they are stored, removed, touched, locked; they expire, and leave to make room for others.
import {
  type Cookie,
  type DocKey,
  DocumentState,
  EngineErrorCode,
  type RelTime,
  type ServerApi,
  VbucketState,
} from '../../engine/contract.ts';
import { type Configuration, DEFAULT_CONFIGURATION } from './configuration.ts';
import { DefaultItem, ItemPhase, ownBytes } from './default-item.ts';
import { DocumentTable } from './document-table.ts';
import type { Vbucket } from './vbucket.ts';

/** Items looked at, at most, for one that can go: expired ones first, locked ones not at all. */
const SEARCH_LIMIT = 50;

/** Changes of one vbucket looked at, at most, in one search for expired documents: a few microseconds. */
const SCAN_LIMIT = 1000;

/** Tombstones leave before documents do as soon as they take this part of the budget. */
const TOMBSTONE_SHARE = 1 / 8;

/** Cas values of other servers above this are not followed, so that the next one stays a u64. */
const MAX_FOLLOWED_CAS = 1n << 63n;

const NO_BYTES = new Uint8Array(0);

/**
 * The documents of a bucket within a budget of bytes, which `table.bytes` never exceeds. It does not cover versions
 * that are replaced and still being sent.
 */
export class Documents {
  readonly table: DocumentTable = new DocumentTable();
  /** The budget, in bytes. */
  cacheSize: number = DEFAULT_CONFIGURATION.cacheSize;
  evictions = 0;
  /** Expired documents that made room. */
  reclaimed = 0;
  expirations = 0;
  /** Documents stored since the statistics began. */
  totalItems = 0;
  readonly #server: ServerApi;

  constructor(server: ServerApi) {
    this.#server = server;
  }

  /** To be called before anything is stored. */
  configure(configuration: Configuration): void {
    this.cacheSize = configuration.cacheSize;
    this.table.configure(configuration);
  }

  now(): RelTime {
    return this.#server.core.getCurrentTime();
  }

  /** The document or its tombstone, in an active vbucket: one that expired becomes its tombstone first. */
  find(vbucket: Vbucket, key: DocKey): DefaultItem | undefined {
    const item = vbucket.find(key);
    if (item === undefined || item.expiresAt === 0 || !item.isExpired(this.now())) return item;
    return this.#expire(vbucket, item);
  }

  /** Counts a loose item as one that will be stored; false where there is no room and none can be made. */
  admit(item: DefaultItem, cookie: Cookie | undefined): boolean {
    if (!this.#makeRoom(item.size, cookie)) return false;
    item.phase = ItemPhase.Fresh;
    this.table.bytes += item.size;
    return true;
  }

  /** The item that was admitted will not be stored. */
  discard(item: DefaultItem): void {
    item.phase = ItemPhase.Loose;
    this.table.bytes -= item.size;
  }

  /** Makes an item the newest version of its document; anything but ENGINE_SUCCESS is the core's refusal. */
  store(cookie: Cookie, vbucket: Vbucket, item: DefaultItem, state: DocumentState): EngineErrorCode {
    const { exptime, expiresAt } = item;
    this.table.stamp(vbucket, item);
    item.cas = this.table.nextCas();
    item.documentState = state;
    if (state === DocumentState.Deleted) {
      item.exptime = 0;
      item.expiresAt = 0;
    }
    const code = this.#server.document.preLink(cookie, item);
    if (code === EngineErrorCode.ENGINE_SUCCESS) {
      if (state === DocumentState.Alive) this.totalItems += 1;
      this.table.link(vbucket, item);
    } else {
      item.cas = item.wantedCas;
      item.seqno = 0n;
      item.exptime = exptime;
      item.expiresAt = expiresAt;
      item.documentState = DocumentState.Alive;
    }
    return code;
  }

  /** Leaves a tombstone in a document's place, which is returned. */
  remove(vbucket: Vbucket, item: DefaultItem): DefaultItem {
    const tombstone = new DefaultItem(item.key, NO_BYTES, vbucket.id, 0, 0);
    this.#bury(vbucket, tombstone);
    return tombstone;
  }

  /** Gives a document another expiry: a new version with the same value and cas. */
  touch(vbucket: Vbucket, item: DefaultItem, exptime: number, expiresAt: RelTime): DefaultItem {
    const touched = item.copy();
    touched.exptime = exptime;
    touched.expiresAt = expiresAt;
    this.table.stamp(vbucket, touched);
    this.table.link(vbucket, touched);
    return touched;
  }

  /** Locks a document under a new cas. Whoever read it before cannot store with what it read. */
  lock(vbucket: Vbucket, item: DefaultItem, until: RelTime): DefaultItem {
    const locked = item.copy();
    locked.cas = this.table.nextCas();
    locked.lockedUntil = until;
    this.table.replace(vbucket, item, locked);
    return locked;
  }

  /** Leaves a visible item to whoever holds it: the same version as another item is the document from now on. */
  detach(item: DefaultItem): void {
    const vbucket = this.table.vbuckets[item.vbucket];
    if (vbucket === undefined || item.phase !== ItemPhase.Visible) return;
    const document = item.copy();
    document.lockedUntil = item.lockedUntil;
    this.table.replace(vbucket, item, document);
  }

  /** Takes a change as another side made it, with its cas, seqno and revision. */
  apply(vbucket: Vbucket, item: DefaultItem): EngineErrorCode {
    if (!this.admit(item, undefined)) return EngineErrorCode.ENGINE_ENOMEM;
    item.vbucketUuid = vbucket.failoverLog.uuid;
    if (item.cas < MAX_FOLLOWED_CAS) this.table.followCas(item.cas);
    this.table.link(vbucket, item);
    return EngineErrorCode.ENGINE_SUCCESS;
  }

  /** Looks for documents of an active vbucket that expired; a few of them, and once in a second. */
  expireSome(vbucket: Vbucket): void {
    if (vbucket.expiring === 0 || vbucket.state !== VbucketState.Active) return;
    const now = this.now();
    if (vbucket.scannedAt === now) return;
    vbucket.scannedAt = now;
    let item = vbucket.scanAt ?? vbucket.history.oldest;
    for (let looked = 0; looked < SCAN_LIMIT && item !== undefined; looked += 1) {
      vbucket.scanAt = item.newer;
      if (item.isExpired(now)) this.#expire(vbucket, item);
      item = vbucket.scanAt;
    }
  }

  /** Empties a vbucket without leaving tombstones. Its history goes on. */
  flush(vbucket: Vbucket): void {
    if (vbucket.highSeqno === 0n) return;
    this.table.clear(vbucket);
    // One seqno for the flush: whoever has less does not know of it.
    vbucket.highSeqno += 1n;
    vbucket.purgeSeqno = vbucket.highSeqno;
    for (const follower of [...vbucket.followers]) follower.onFlush();
  }

  /** Empties a vbucket as if nothing had ever been stored. */
  reset(vbucket: Vbucket): void {
    this.table.clear(vbucket);
    vbucket.highSeqno = 0n;
    vbucket.purgeSeqno = 0n;
    vbucket.purgedRevSeqno = 0n;
    vbucket.snapStartSeqno = 0n;
    vbucket.snapEndSeqno = 0n;
    for (const follower of [...vbucket.followers]) follower.onReset();
  }

  resetStats(): void {
    this.evictions = 0;
    this.reclaimed = 0;
    this.expirations = 0;
    this.totalItems = 0;
  }

  #bury(vbucket: Vbucket, tombstone: DefaultItem): void {
    tombstone.documentState = DocumentState.Deleted;
    tombstone.cas = this.table.nextCas();
    this.table.stamp(vbucket, tombstone);
    this.table.link(vbucket, tombstone);
  }

  #expire(vbucket: Vbucket, item: DefaultItem): DefaultItem {
    const remains = this.#server.document.preExpiry(item);
    const value = remains === undefined ? NO_BYTES : ownBytes(remains.value);
    const tombstone = new DefaultItem(item.key, value, vbucket.id, 0, remains?.datatype ?? 0);
    tombstone.isExpiration = true;
    this.#bury(vbucket, tombstone);
    this.expirations += 1;
    return tombstone;
  }

  #makeRoom(size: number, cookie: Cookie | undefined): boolean {
    if (size > this.cacheSize) return false;
    while (this.table.bytes + size > this.cacheSize) if (!this.#freeSome(cookie)) return false;
    return true;
  }

  /** Gives up a tombstone or a document; false where none can go. */
  #freeSome(cookie: Cookie | undefined): boolean {
    const { lru, tombstones } = this.table;
    if (tombstones.bytes > this.cacheSize * TOMBSTONE_SHARE) return this.table.purge();
    const now = this.now();
    if (this.#reclaim(now)) return true;
    let victim = lru.oldest;
    for (let looked = 0; victim?.isLocked(now) === true; looked += 1) {
      if (looked === SEARCH_LIMIT) return this.table.purge();
      lru.touch(victim);
      victim = lru.oldest;
    }
    if (victim === undefined) return this.table.purge();
    this.#evict(victim, cookie);
    return true;
  }

  /** Expires one of the documents that were not used for long. */
  #reclaim(now: RelTime): boolean {
    if (this.table.expiring === 0) return false;
    let item = this.table.lru.oldest;
    for (let looked = 0; looked < SEARCH_LIMIT && item !== undefined; looked += 1) {
      const vbucket = this.table.vbuckets[item.vbucket];
      if (item.isExpired(now) && vbucket?.state === VbucketState.Active) {
        this.#expire(vbucket, item);
        this.reclaimed += 1;
        return true;
      }
      item = item.lruNewer;
    }
    return false;
  }

  #evict(victim: DefaultItem, cookie: Cookie | undefined): void {
    const vbucket = this.table.vbuckets[victim.vbucket];
    if (vbucket === undefined) return;
    this.#server.stat.evicting(cookie, victim.key);
    this.evictions += 1;
    if (vbucket.state === VbucketState.Active) {
      this.remove(vbucket, victim);
      return;
    }
    // A replica's seqnos are not this engine's to give: forgotten, without a tombstone.
    this.table.unlink(vbucket, victim);
    vbucket.purgeSeqno = vbucket.highSeqno;
  }
}
