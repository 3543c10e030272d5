// Which operation may put a new version into a document's place. Looks only.
import {
  DocumentState,
  EngineErrorCode,
  type EngineFailed,
  EngineStoreOperation,
  type RelTime,
} from '../../engine/contract.ts';
import type { DefaultItem } from './default-item.ts';
import { failed } from './failed.ts';

/**
 * Why an item must not be stored; undefined where it may be. `wantedCas` 0 compares with nothing, except in
 * OPERATION_CAS. A tombstone counts as no document, but a cas that is a tombstone's own is taken, as in kv_engine's
 * default engine (items.cc, do_store_item): so a deleted document can be changed.
 */
export function storeRefusal(
  operation: EngineStoreOperation,
  existing: DefaultItem | undefined,
  wantedCas: bigint,
  now: RelTime,
): EngineFailed | undefined {
  const isAlive = existing !== undefined && existing.documentState === DocumentState.Alive;
  if (operation === EngineStoreOperation.OPERATION_ADD) return isAlive ? failed.notStored : undefined;
  if (operation === EngineStoreOperation.OPERATION_REPLACE && !isAlive) return failed.notStored;
  if (isAlive && existing.isLocked(now) && existing.cas !== wantedCas) return failed.locked;
  if (wantedCas === 0n && operation !== EngineStoreOperation.OPERATION_CAS) return undefined;
  if (existing !== undefined && existing.cas === wantedCas) return undefined;
  return isAlive ? failed.keyExists : failed.noKey;
}

/** Why a document must not be removed; undefined where it may be. `wantedCas` 0 compares with nothing. */
export function removeRefusal(
  existing: DefaultItem | undefined,
  wantedCas: bigint,
  now: RelTime,
): EngineFailed | undefined {
  if (existing === undefined || existing.documentState !== DocumentState.Alive) return failed.noKey;
  if (wantedCas === existing.cas) return undefined;
  if (existing.isLocked(now)) return failed.locked;
  return wantedCas === 0n ? undefined : failed.keyExists;
}

/** Why a lock cannot be taken away with this cas; ENGINE_SUCCESS where it can. */
export function unlockAnswer(existing: DefaultItem | undefined, cas: bigint, now: RelTime): EngineErrorCode {
  if (existing === undefined || existing.documentState !== DocumentState.Alive) {
    return EngineErrorCode.ENGINE_KEY_ENOENT;
  }
  if (!existing.isLocked(now)) return EngineErrorCode.ENGINE_TMPFAIL;
  return existing.cas === cas ? EngineErrorCode.ENGINE_SUCCESS : EngineErrorCode.ENGINE_LOCKED_TMPFAIL;
}
