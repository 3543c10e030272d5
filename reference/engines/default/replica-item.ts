// Items of another side's making: a replica keeps their cas, seqno and revision.
import { type DocKey, DocumentState, type ReadonlyBytes } from '../../engine/contract.ts';
import { DefaultItem, ownBytes, storedKey } from './default-item.ts';

/** What a mutation, a deletion and an expiration have in common; the numbers that are bigint are u64. */
export interface Replicated {
  readonly key: DocKey;
  readonly value: ReadonlyBytes;
  readonly datatype: number;
  readonly cas: bigint;
  readonly vbucket: number;
  readonly bySeqno: bigint;
  readonly revSeqno: bigint;
}

/** A document as it came, with memory of its own. Flags and expiry are the caller's to set. */
export function replicaItem(replicated: Replicated): DefaultItem {
  const { datatype, key, value, vbucket } = replicated;
  const item = new DefaultItem(storedKey(key), ownBytes(value), vbucket, 0, datatype);
  item.cas = replicated.cas;
  item.seqno = replicated.bySeqno;
  item.revSeqno = replicated.revSeqno;
  return item;
}

/** The same for a tombstone. */
export function replicaTombstone(replicated: Replicated, isExpiration: boolean): DefaultItem {
  const item = replicaItem(replicated);
  item.documentState = DocumentState.Deleted;
  item.isExpiration = isExpiration;
  return item;
}
