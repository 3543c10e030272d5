// Keys, items and what is told about them.
import type { EngineFailed, EngineSuccess } from './error-code.ts';
import type { ReadonlyBytes } from './read-only.ts';

/** Seconds since the server started, give or take: what `core.realtime` makes of a client's expiry (`rel_time_t`, u32). */
export type RelTime = number;

/** Which keys a key competes with (include/memcached/dockey.h). */
export const DocNamespace = { DefaultCollection: 0, Collections: 1, System: 2 } as const;
/** One of {@link DocNamespace}. */
export type DocNamespace = (typeof DocNamespace)[keyof typeof DocNamespace];

/** A document's key: at most 250 bytes, and the namespace. Valid for the length of the call; keep `text` or a slice. */
export interface DocKey {
  readonly data: ReadonlyBytes;
  /** The same bytes as latin1 text: one character per byte, nothing lost. Made to be a Map's key. */
  readonly text: string;
  readonly docNamespace: DocNamespace;
}

/**
 * An engine's own object for one document, opaque to the core (`typedef void item`).
 * Whoever got it from `allocate` or `get` owns one reference, and gives it back with `release`.
 */
export type Item = object;

/** Whether a document is there or is a tombstone (include/memcached/types.h). */
export const DocumentState = { Deleted: 0x0f, Alive: 0xf0 } as const;
/** One of {@link DocumentState}. */
export type DocumentState = (typeof DocumentState)[keyof typeof DocumentState];

/** Which documents a `get` may return (include/memcached/types.h). */
export const DocStateFilter = { Deleted: 0x0f, Alive: 0xf0, AliveOrDeleted: 0xff } as const;
/** One of {@link DocStateFilter}. */
export type DocStateFilter = (typeof DocStateFilter)[keyof typeof DocStateFilter];

/** How `store` treats a key that exists (`ENGINE_STORE_OPERATION`). CAS compares with the cas set by `itemSetCas`. */
export const EngineStoreOperation = {
  OPERATION_ADD: 1,
  OPERATION_SET: 2,
  OPERATION_REPLACE: 3,
  OPERATION_CAS: 6,
} as const;
/** One of {@link EngineStoreOperation}. */
export type EngineStoreOperation = (typeof EngineStoreOperation)[keyof typeof EngineStoreOperation];

/** What an engine tells about one of its items (`item_info`). */
export interface ItemInfo {
  /** u64. */
  readonly cas: bigint;
  /** u64; 0 where the engine has none. */
  readonly vbucketUuid: bigint;
  /** u64; the sequence number of the mutation that stored it, 0 where the engine has none. */
  readonly seqno: bigint;
  /** Absolute, in seconds since 1970; 0 is never. */
  readonly exptime: number;
  /** Length of the value in bytes. */
  readonly nbytes: number;
  /** u32, the client's, untouched. */
  readonly flags: number;
  /** Bits: JSON 1, SNAPPY 2, XATTR 4. */
  readonly datatype: number;
  readonly documentState: DocumentState;
  readonly key: DocKey;
  /** The item's own memory: the core fills it after `allocate`, and sends from it after `get`. */
  readonly value: Uint8Array;
  /** The cas is a hybrid logical clock's. */
  readonly casIsHlc: boolean;
}

/** Which mutation it was (`mutation_descr_t`); both u64. */
export interface MutationDescr {
  readonly vbucketUuid: bigint;
  readonly seqno: bigint;
}

/** Facts about a vbucket that a store predicate may want (`cb::vbucket_info`). */
export interface VbucketInfo {
  readonly mayContainXattrs: boolean;
}

/** What a store predicate answers (`cb::StoreIfStatus`); GetItemInfo asks to be called again with the item's info. */
export const StoreIfStatus = { Continue: 0, Fail: 1, GetItemInfo: 2 } as const;
/** One of {@link StoreIfStatus}. */
export type StoreIfStatus = (typeof StoreIfStatus)[keyof typeof StoreIfStatus];

/** Decides whether `storeIf` may go on; `existing` is undefined where nothing is known of the document yet. */
export type StoreIfPredicate = (existing: ItemInfo | undefined, vbucket: VbucketInfo) => StoreIfStatus;

/** Decides from an item's info whether `getIf` returns the item. */
export type ItemFilter = (info: ItemInfo) => boolean;

/** An item that now belongs to the caller, or why there is none (`cb::EngineErrorItemPair`). */
export type EngineErrorItemPair = { readonly status: EngineSuccess; readonly item: Item } | EngineFailed;

/** A fresh item with its info, or why there is none. kv_engine's `allocate_ex` throws where this fails. */
export type EngineErrorItemInfoPair =
  | { readonly status: EngineSuccess; readonly item: Item; readonly info: ItemInfo }
  | EngineFailed;

/** What is known of a document, or why nothing is (`cb::EngineErrorMetadataPair`). */
export type EngineErrorMetadataPair =
  | { readonly status: EngineSuccess; readonly info: ItemInfo }
  | EngineFailed;

/** The cas that a store gave the document (u64), or why nothing was stored (`cb::EngineErrorCasPair`). */
export type EngineErrorCasPair = { readonly status: EngineSuccess; readonly cas: bigint } | EngineFailed;

/** The tombstone's cas (u64) and mutation, or why nothing was removed. */
export type RemoveResult =
  | { readonly status: EngineSuccess; readonly cas: bigint; readonly mutation: MutationDescr }
  | EngineFailed;
