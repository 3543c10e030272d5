// One version of a document, and at the same time what is told about it. Knows nothing of other items.
import { type DocKey, DocumentState, type ItemInfo, type RelTime } from '../../engine/contract.ts';
import { StoredKey } from './stored-key.ts';

/** Bytes that an item is counted with beside its key and its value. */
export const ITEM_OVERHEAD = 48;

/** The cas that a locked document shows to everybody but the holder of the lock (kv_engine, docs/Document.md). */
const LOCKED_CAS = 0xffff_ffff_ffff_ffffn;

/** Loose: part of nothing (any more). Fresh: allocated and not stored yet. Visible: the document, or its tombstone. */
export const ItemPhase = { Loose: 0, Fresh: 1, Visible: 2 } as const;
/** One of {@link ItemPhase}. */
export type ItemPhase = (typeof ItemPhase)[keyof typeof ItemPhase];

/**
 * One version of a document. From the time that it is visible on its value never changes, not even after it is
 * replaced: a connection may still be sending from that memory.
 */
export class DefaultItem implements ItemInfo {
  cas: bigint;
  vbucketUuid: bigint;
  seqno: bigint;
  exptime: number;
  readonly nbytes: number;
  flags: number;
  datatype: number;
  documentState: DocumentState;
  readonly key: StoredKey;
  readonly value: Uint8Array;
  readonly casIsHlc: boolean;

  readonly vbucket: number;
  /** Key, value and overhead, in bytes. */
  readonly size: number;
  phase: ItemPhase;
  /** References that are not given back. */
  references: number;
  /** The cas that a store compares with; 0 where it compares with none. */
  wantedCas: bigint;
  revSeqno: bigint;
  /** Seconds of the server's clock; 0 is never. */
  expiresAt: RelTime;
  /** Seconds of the server's clock; 0 where nobody holds the lock. */
  lockedUntil: RelTime;
  /** A tombstone that stands for an expiry. */
  isExpiration: boolean;
  /** Neighbours in the change history of the vbucket. */
  newer: DefaultItem | undefined;
  older: DefaultItem | undefined;
  /** Neighbours in the order of use, or among the tombstones. */
  lruNewer: DefaultItem | undefined;
  lruOlder: DefaultItem | undefined;

  constructor(key: StoredKey, value: Uint8Array, vbucket: number, flags: number, datatype: number) {
    this.cas = 0n;
    this.vbucketUuid = 0n;
    this.seqno = 0n;
    this.exptime = 0;
    this.nbytes = value.length;
    this.flags = flags;
    this.datatype = datatype;
    this.documentState = DocumentState.Alive;
    this.key = key;
    this.value = value;
    this.casIsHlc = false;
    this.vbucket = vbucket;
    this.size = key.text.length + value.length + ITEM_OVERHEAD;
    this.phase = ItemPhase.Loose;
    this.references = 0;
    this.wantedCas = 0n;
    this.revSeqno = 0n;
    this.expiresAt = 0;
    this.lockedUntil = 0;
    this.isExpiration = false;
    this.newer = undefined;
    this.older = undefined;
    this.lruNewer = undefined;
    this.lruOlder = undefined;
  }

  isLocked(now: RelTime): boolean {
    return this.lockedUntil > now;
  }

  isExpired(now: RelTime): boolean {
    return this.expiresAt !== 0 && this.expiresAt <= now;
  }

  /** The version as everybody but the holder of its lock sees it. */
  asLocked(): DefaultItem {
    const locked = this.copy();
    locked.cas = LOCKED_CAS;
    return locked;
  }

  /** The same version as another item, loose and unlocked. It shares the value, unless given another. */
  copy(value: Uint8Array = this.value, datatype: number = this.datatype): DefaultItem {
    const copy = new DefaultItem(this.key, value, this.vbucket, this.flags, datatype);
    copy.cas = this.cas;
    copy.vbucketUuid = this.vbucketUuid;
    copy.seqno = this.seqno;
    copy.exptime = this.exptime;
    copy.documentState = this.documentState;
    copy.wantedCas = this.wantedCas;
    copy.revSeqno = this.revSeqno;
    copy.expiresAt = this.expiresAt;
    copy.isExpiration = this.isExpiration;
    return copy;
  }
}

/** A key to keep. */
export function storedKey(key: DocKey): StoredKey {
  return key instanceof StoredKey ? key : new StoredKey(key.text, key.docNamespace);
}

/** A copy of bytes with memory of its own; `slice` of a Buffer would not be one. */
export function ownBytes(bytes: ArrayLike<number>): Uint8Array {
  const own = new Uint8Array(bytes.length);
  own.set(bytes);
  return own;
}
