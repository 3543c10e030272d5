// Reads a document, makes another value of it and stores that, unless somebody else was faster: then once more.
// What the new value is, and what the client is told, is the handlers' business.
import type { Command } from './command.ts';
import {
  DocStateFilter,
  DocumentState,
  EngineErrorCode,
  type EngineErrorItemPair,
  type EngineFailed,
  type EngineFailure,
  EngineStoreOperation,
  type EngineSuccess,
  type Item,
  type ItemInfo,
} from './engine/contract.ts';
import { Datatype } from './protocol/datatype.ts';
import { systemXattrSize, xattrLength } from './protocol/xattr.ts';

/** The cas that a locked document shows (kv_engine, docs/Document.md). */
const LOCKED_CAS = 0xffff_ffff_ffff_ffffn;

/** Versions of a document that may come in between before the command gives up. kv_engine never does. */
const MAX_ATTEMPTS = 100;

/** How far a rewrite has come; kept as the command's progress, so that no step is done twice. */
export class Rewrite {
  /** The version that was read. */
  old: ItemInfo | undefined = undefined;
  /** There was no document to read. */
  isMissing = false;
  /** The new version, filled but not stored. */
  item: Item | undefined = undefined;
  /** A change's own result, such as a counter's value. */
  result = 0n;
  attempts = 0;

  /** The version that was read is no longer there: all over again. False after too many times. */
  again(): boolean {
    this.old = undefined;
    this.isMissing = false;
    this.item = undefined;
    this.attempts += 1;
    return this.attempts < MAX_ATTEMPTS;
  }
}

/** The parts of the new body, in order, or why there is none. May leave a result in the rewrite. */
export type Change = (
  body: Uint8Array,
  command: Command,
  rewrite: Rewrite,
) => readonly Uint8Array[] | EngineFailure;

/** A document that was changed. */
export interface Rewritten {
  readonly status: EngineSuccess;
  /** u64 */
  readonly cas: bigint;
  /** The new version; the core gives it back. */
  readonly item: Item;
}

/** The rewrite of the command that runs, begun now or before it had to wait. */
export function rewriteOf(command: Command): Rewrite {
  let { progress } = command;
  if (!(progress instanceof Rewrite)) {
    progress = new Rewrite();
    command.progress = progress;
  }
  return progress as Rewrite;
}

/**
 * Changes the document of the command's key. ENGINE_KEY_ENOENT where there is none; ENGINE_KEY_EEXISTS where the
 * request has another cas; ENGINE_TMPFAIL where others were faster time and again. Flags, expiry and xattrs stay.
 */
export function rewriteDocument(command: Command, change: Change): EngineFailed | Rewritten {
  const { cookie, engine, request } = command;
  const rewrite = rewriteOf(command);
  for (;;) {
    const failure = rewrite.old === undefined ? readOld(command, rewrite) : undefined;
    if (failure !== undefined) return failure;
    const old = rewrite.old as unknown as ItemInfo;
    // Only the holder of the lock knows a locked document's cas: the engine compares it.
    const cas = request.hasCas ? request.cas : old.cas;
    const made = rewrite.item === undefined ? makeNew(command, rewrite, old, change) : undefined;
    if (made !== undefined && made.status !== EngineErrorCode.ENGINE_SUCCESS) return made;
    const item = rewrite.item as Item;
    if (made !== undefined) command.settle(engine.itemSetCas(engine, cookie, item, cas));
    const operation = cas === 0n ? EngineStoreOperation.OPERATION_SET : EngineStoreOperation.OPERATION_CAS;
    const stored = engine.store(engine, cookie, item, operation, DocumentState.Alive);
    if (stored.status === EngineErrorCode.ENGINE_SUCCESS)
      return { status: EngineErrorCode.ENGINE_SUCCESS, cas: stored.cas, item };
    const wasBeaten =
      stored.status === EngineErrorCode.ENGINE_KEY_EEXISTS ||
      stored.status === EngineErrorCode.ENGINE_KEY_ENOENT;
    if (!wasBeaten || request.hasCas) return stored;
    if (!rewrite.again()) return { status: EngineErrorCode.ENGINE_TMPFAIL };
  }
}

function readOld(command: Command, rewrite: Rewrite): EngineFailed | undefined {
  const { engine, request } = command;
  const found = engine.get(engine, command.cookie, command.key, request.vbucket, DocStateFilter.Alive);
  if (found.status !== EngineErrorCode.ENGINE_SUCCESS) {
    rewrite.isMissing = found.status === EngineErrorCode.ENGINE_KEY_ENOENT;
    return found;
  }
  command.keep(found.item);
  const old = command.infoOf(found.item);
  if (old.cas === LOCKED_CAS) {
    if (!request.hasCas) return { status: EngineErrorCode.ENGINE_LOCKED };
  } else if (request.hasCas && request.cas !== old.cas) {
    return { status: EngineErrorCode.ENGINE_KEY_EEXISTS };
  }
  rewrite.old = old;
  return undefined;
}

function makeNew(command: Command, rewrite: Rewrite, old: ItemInfo, change: Change): EngineErrorItemPair {
  const hasXattrs = (old.datatype & Datatype.Xattr) !== 0;
  const { value } = old;
  const bodyAt = hasXattrs ? xattrLength(value) : 0;
  const parts = change(bodyAt === 0 ? value : value.subarray(bodyAt), command, rewrite);
  if (typeof parts === 'number') return { status: parts };
  let length = bodyAt;
  for (const part of parts) length += part.length;
  const made = allocate(command, old, length, bodyAt);
  if (made.status !== EngineErrorCode.ENGINE_SUCCESS) return made;
  rewrite.item = made.item;
  command.keep(made.item);
  const target = command.memoryOf(made.item, length);
  target.set(value.subarray(0, bodyAt));
  let at = bodyAt;
  for (const part of parts) {
    target.set(part, at);
    at += part.length;
  }
  return made;
}

/** The new version keeps what the old one has beside its body; of its datatype only that there are xattrs. */
function allocate(command: Command, old: ItemInfo, length: number, bodyAt: number): EngineErrorItemPair {
  const { cookie, engine, key, request } = command;
  const { exptime, flags } = old;
  const { vbucket } = request;
  if (bodyAt === 0)
    return engine.allocate(engine, cookie, key, length, flags, exptime, Datatype.Raw, vbucket);
  const system = systemXattrSize(old.value);
  return engine.allocateEx(engine, cookie, key, length, system, flags, exptime, Datatype.Xattr, vbucket);
}
