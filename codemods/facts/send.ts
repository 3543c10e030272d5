// What code does on the old send path (msghdr, iovec, sendmsg): sites, what is known of each, and what stands against a
// rewrite. Plain data, language-free.
import type { Related } from './finding.ts';
import type { TextEdit, TextRange } from './text.ts';

/** What a site does on the old send path. */
export type SendKind =
  /** Begins a message header, and may forget what is queued: `addMsgHdr(true)`, `add_msghdr(c)`. */
  | 'begin'
  /** Queues memory without a copy: `addIov(data)`, `add_iov(c, p, n)`, one element of an iovec array. */
  | 'add'
  /** Keeps an item or a buffer until everything is sent: `reserveItem(item)`, `pushTempAlloc(buffer)`. */
  | 'keep'
  /** Hands what is queued to the kernel: `transmit()`, `sendmsg(message)`, with the code around the answer. */
  | 'send'
  /** Counts what is queued or sent: `msgcurr`, `iovused`, a loop that adjusts iovecs after a partial write. */
  | 'bookkeeping'
  /** Declares a part of the old path: an import, a field, a parameter that collects iovecs, a prototype. */
  | 'declaration'
  /** A function of the send path itself, not a caller of it. */
  | 'machinery';

/** Why a site cannot be rewritten by itself; each is an id that `explain` takes. */
export type HazardKind =
  | 'add-in-callback'
  | 'datagram'
  | 'descriptor-passing'
  | 'double-release'
  | 'early-release'
  | 'iov-walked'
  | 'item-after-release'
  | 'no-send-target'
  | 'other-event-loop'
  | 'own-send-path'
  | 'partial-write-visible'
  | 'queue-reset'
  | 'queue-state-read'
  | 'queue-then-discard'
  | 'queue-then-say-nothing'
  | 'sendmsg-shim'
  | 'store-after-add'
  | 'unknown-flow'
  | 'work-between-sends'
  | 'write-pipe';

/** A fact that stands against a rewrite. */
export interface SendHazard {
  readonly kind: HazardKind;
  /** The place that is the matter: the store, the condition, the second `addMsgHdr(true)`. */
  readonly range: TextRange;
  /** What was seen, in words: `rsp->cas is stored to at line 40, after it was added`. */
  readonly detail: string;
  readonly related: readonly Related[];
  /** How the rewrite settles it by itself, in words (`the store moves above the add`); absent where a person has to. */
  readonly settledBy?: string;
  /** The add can go on pointing to the memory (`evbuffer_add_reference`), so that the bytes stay what they were. */
  readonly canPoint?: boolean;
}

/** What is known of the memory that a site adds. */
export interface SendMemory {
  /** Bytes that are there at least; 0 where nothing is known. */
  readonly atLeast: number;
  /** Who keeps the memory until it is sent: a reserved item, a kept buffer, or whoever owns it anyway. */
  readonly keptBy: 'item' | 'buffer' | 'owner';
}

/** One place that has to do with the old send path. Two looks at the same place give the same `id`. */
export interface SendSite {
  readonly id: string;
  readonly kind: SendKind;
  /** As a person would say it: `connection.addIov(head)`. */
  readonly name: string;
  readonly range: TextRange;
  /** For an `add`. */
  readonly memory?: SendMemory;
  readonly hazards: readonly SendHazard[];
}

/** Sites that change together or not at all: an engine, a function and its helpers, a server's own send loop. */
export interface SendGroup {
  readonly id: string;
  /** `engine report-engine/src`, `function ship_mutation`, `the send path of memcached.c`. */
  readonly name: string;
  /** In file order. */
  readonly sites: readonly SendSite[];
  /** No contract was named, and the tree has no send buffer yet: only a user who asks for it wants the move. */
  readonly isPremature?: boolean;
}

/** How an added memory goes on: copied, chained with a release, or pointed to as before. */
export type SendForm = 'copy' | 'chain' | 'reference';

/** Edits by the id of the site they belong to, disjoint from each other; or why the language cannot spell the group, and where. */
export type SendSpelling =
  | { readonly edits: ReadonlyMap<string, readonly TextEdit[]> }
  | { readonly cannot: string; readonly range: TextRange };

/** Words of the new send path, in every language: a tree that says one of them and none of the old path has moved already. */
export const SENDS_TODAY: RegExp =
  /\b(?:(?:copy|chainData)ToOutputStream|bufferevent_write|evbuffer_(?:add|add_iovec|add_reference|write))\b/;
