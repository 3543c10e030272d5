// The slots that change documents: allocate, store, storeIf, remove.
import {
  type Cookie,
  type DocKey,
  type DocumentState,
  type EngineErrorCasPair,
  EngineErrorCode,
  EngineStoreOperation,
  type RemoveResult,
  type StoreIfPredicate,
  StoreIfStatus,
} from '../../engine/contract.ts';
import { activeVbucket, asShown, findAlive } from './access.ts';
import { type DefaultItem, ItemPhase, ownBytes } from './default-item.ts';
import type { Documents } from './documents.ts';
import { failed } from './failed.ts';
import { removeRefusal, storeRefusal } from './store-rules.ts';

const VBUCKET_INFO = { mayContainXattrs: true };

/** Makes an item the document. One that was stored before is stored again as a copy: what was seen does not change. */
export function storeItem(
  documents: Documents,
  cookie: Cookie,
  item: DefaultItem,
  operation: EngineStoreOperation,
  documentState: DocumentState,
): EngineErrorCasPair {
  const vbucket = activeVbucket(documents, item.vbucket);
  if (vbucket === undefined) return failed.notMyVbucket;
  const isCas = operation === EngineStoreOperation.OPERATION_CAS;
  const wantedCas = isCas && item.wantedCas === 0n ? item.cas : item.wantedCas;
  const existing = documents.find(vbucket, item.key);
  const refusal = storeRefusal(operation, existing, wantedCas, documents.now());
  if (refusal !== undefined) return refusal;
  const version = storable(documents, item, cookie);
  if (version === undefined) return failed.noMemory;
  const status = documents.store(cookie, vbucket, version, documentState);
  if (status === EngineErrorCode.ENGINE_SUCCESS) {
    item.wantedCas = 0n;
    return { status, cas: version.cas };
  }
  if (version !== item) documents.discard(version);
  return { status };
}

/** As `storeItem`, if the predicate agrees. `cas` is compared unless it is 0. */
export function storeItemIf(
  documents: Documents,
  cookie: Cookie,
  item: DefaultItem,
  cas: bigint,
  operation: EngineStoreOperation,
  predicate: StoreIfPredicate,
  documentState: DocumentState,
): EngineErrorCasPair {
  const vbucket = activeVbucket(documents, item.vbucket);
  if (vbucket === undefined) return failed.notMyVbucket;
  const existing = findAlive(documents, vbucket, item.key);
  // Everything is known at once: who asks for the item's info without having got it asks for an item that is not there.
  const info = existing === undefined ? undefined : asShown(documents, existing);
  if (predicate(info, VBUCKET_INFO) === StoreIfStatus.Fail) return failed.predicate;
  if (cas !== 0n) setCas(documents, item, cas);
  return storeItem(documents, cookie, item, operation, documentState);
}

/** Sets the cas that the item shows and that its store compares with. A document that others see keeps its own. */
export function setCas(documents: Documents, item: DefaultItem, cas: bigint): void {
  if (item.phase === ItemPhase.Visible) documents.detach(item);
  item.cas = cas;
  item.wantedCas = cas;
}

/** Leaves a tombstone in the place of a document. */
export function removeDocument(
  documents: Documents,
  key: DocKey,
  cas: bigint,
  vbucketId: number,
): RemoveResult {
  const vbucket = activeVbucket(documents, vbucketId);
  if (vbucket === undefined) return failed.notMyVbucket;
  const existing = documents.find(vbucket, key);
  const refusal = removeRefusal(existing, cas, documents.now());
  if (refusal !== undefined || existing === undefined) return refusal ?? failed.noKey;
  const tombstone = documents.remove(vbucket, existing);
  const mutation = { vbucketUuid: tombstone.vbucketUuid, seqno: tombstone.seqno };
  return { status: EngineErrorCode.ENGINE_SUCCESS, cas: tombstone.cas, mutation };
}

/** The item itself, or a copy of one that was stored before; undefined where there is no room for a copy. */
function storable(documents: Documents, item: DefaultItem, cookie: Cookie): DefaultItem | undefined {
  if (item.phase === ItemPhase.Fresh) return item;
  const copy = item.copy(ownBytes(item.value));
  return documents.admit(copy, cookie) ? copy : undefined;
}
