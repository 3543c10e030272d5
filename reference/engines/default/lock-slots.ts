// The slots that read a document and change what holds for it: its lock, or its expiry.
import {
  type DocKey,
  EngineErrorCode,
  type EngineErrorItemPair,
  type ServerCoreApi,
} from '../../engine/contract.ts';
import { activeVbucket, findAlive, handOut } from './access.ts';
import type { Documents } from './documents.ts';
import { clientExpiry, shownExpiry } from './expiry.ts';
import { failed } from './failed.ts';
import { unlockAnswer } from './store-rules.ts';

/** Seconds. A lock for longer than the longest, or for 0, is one for the default (kv_engine's default engine). */
const DEFAULT_LOCK_SECONDS = 15;
const MAX_LOCK_SECONDS = 30;

/** Locks a document; its item shows the cas that opens the lock. */
export function lockDocument(
  documents: Documents,
  key: DocKey,
  vbucketId: number,
  seconds: number,
): EngineErrorItemPair {
  const vbucket = activeVbucket(documents, vbucketId);
  if (vbucket === undefined) return failed.notMyVbucket;
  const item = findAlive(documents, vbucket, key);
  if (item === undefined) return failed.noKey;
  const now = documents.now();
  if (item.isLocked(now)) return failed.lockedTemporarily;
  const length = seconds >= 1 && seconds <= MAX_LOCK_SECONDS ? seconds : DEFAULT_LOCK_SECONDS;
  const locked = documents.lock(vbucket, item, now + length);
  documents.table.lru.touch(locked);
  documents.table.retain(locked);
  return { status: EngineErrorCode.ENGINE_SUCCESS, item: locked };
}

/** Takes a lock away. */
export function unlockDocument(
  documents: Documents,
  key: DocKey,
  vbucketId: number,
  cas: bigint,
): EngineErrorCode {
  const vbucket = activeVbucket(documents, vbucketId);
  if (vbucket === undefined) return EngineErrorCode.ENGINE_NOT_MY_VBUCKET;
  const item = findAlive(documents, vbucket, key);
  const answer = unlockAnswer(item, cas, documents.now());
  if (answer === EngineErrorCode.ENGINE_SUCCESS && item !== undefined) item.lockedUntil = 0;
  return answer;
}

/** Gives a document another expiry, as the client sent it. */
export function touchDocument(
  documents: Documents,
  core: ServerCoreApi,
  key: DocKey,
  vbucketId: number,
  exptime: number,
): EngineErrorItemPair {
  const vbucket = activeVbucket(documents, vbucketId);
  if (vbucket === undefined) return failed.notMyVbucket;
  const item = findAlive(documents, vbucket, key);
  if (item === undefined) return failed.noKey;
  if (item.isLocked(documents.now())) return failed.locked;
  const expiresAt = clientExpiry(core, exptime);
  if (expiresAt === item.expiresAt) return handOut(documents, item);
  return handOut(documents, documents.touch(vbucket, item, shownExpiry(core, expiresAt), expiresAt));
}
