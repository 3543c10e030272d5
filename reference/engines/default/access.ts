// How slots reach documents: in active vbuckets, and handed out with a reference.
import {
  type DocKey,
  DocumentState,
  EngineErrorCode,
  type EngineErrorItemPair,
  type Item,
  VbucketState,
} from '../../engine/contract.ts';
import { DefaultItem } from './default-item.ts';
import type { Documents } from './documents.ts';
import type { Vbucket } from './vbucket.ts';

/** The vbucket, if it is active. */
export function activeVbucket(documents: Documents, id: number): Vbucket | undefined {
  const vbucket = documents.table.vbuckets[id];
  return vbucket !== undefined && vbucket.state === VbucketState.Active ? vbucket : undefined;
}

/** The document, if it is alive. */
export function findAlive(documents: Documents, vbucket: Vbucket, key: DocKey): DefaultItem | undefined {
  const item = documents.find(vbucket, key);
  return item !== undefined && item.documentState === DocumentState.Alive ? item : undefined;
}

/** The item as somebody sees it who does not hold its lock. */
export function asShown(documents: Documents, item: DefaultItem): DefaultItem {
  return item.lockedUntil !== 0 && item.isLocked(documents.now()) ? item.asLocked() : item;
}

/** The result of a slot that finds an item; one reference is the caller's. */
export function handOut(documents: Documents, item: DefaultItem): EngineErrorItemPair {
  const { table } = documents;
  if (item.documentState === DocumentState.Alive) table.lru.touch(item);
  const shown = asShown(documents, item);
  table.retain(shown);
  return { status: EngineErrorCode.ENGINE_SUCCESS, item: shown };
}

/** An item as this engine knows it. @throws TypeError for an item of another engine. */
export function ownItem(item: Item): DefaultItem {
  if (item instanceof DefaultItem) return item;
  throw new TypeError('This item belongs to another engine.');
}
