// What the engine reports of its documents, by kv_engine's names where it has them.
import { VbucketState } from '../../engine/contract.ts';
import type { Documents } from './documents.ts';
import type { Vbucket } from './vbucket.ts';

/** Takes one statistic. */
export type Add = (name: string, value: string | number | bigint) => void;

const STATE_NAMES: Readonly<Record<VbucketState, string>> = {
  [VbucketState.Active]: 'active',
  [VbucketState.Replica]: 'replica',
  [VbucketState.Pending]: 'pending',
  [VbucketState.Dead]: 'dead',
};

/** Reports a group of statistics; false where this is no group of documents. */
export function addDocumentStats(group: string, documents: Documents, add: Add): boolean {
  const { vbuckets } = documents.table;
  switch (group) {
    case '':
      addGeneral(documents, add);
      return true;
    case 'vbucket':
      for (const vbucket of vbuckets) add(`vb_${vbucket.id}`, STATE_NAMES[vbucket.state]);
      return true;
    case 'vbucket-details':
      for (const vbucket of vbuckets) if (isUsed(vbucket)) addDetails(vbucket, add);
      return true;
    case 'seqnos':
    case 'vbucket-seqno':
      for (const vbucket of vbuckets) if (isUsed(vbucket)) addSeqnos(vbucket, add);
      return true;
    default:
      return false;
  }
}

function addGeneral(documents: Documents, add: Add): void {
  const { table } = documents;
  add('curr_items', table.lru.count);
  add('total_items', documents.totalItems);
  add('tombstones', table.tombstones.count);
  add('bytes', table.bytes);
  add('engine_maxbytes', documents.cacheSize);
  add('evictions', documents.evictions);
  add('reclaimed', documents.reclaimed);
  add('expired', documents.expirations);
  add('items_outstanding', table.outstanding);
}

function addDetails(vbucket: Vbucket, add: Add): void {
  add(`vb_${vbucket.id}`, STATE_NAMES[vbucket.state]);
  add(`vb_${vbucket.id}:num_items`, vbucket.alive);
  addSeqnos(vbucket, add);
}

function addSeqnos(vbucket: Vbucket, add: Add): void {
  add(`vb_${vbucket.id}:high_seqno`, vbucket.highSeqno);
  add(`vb_${vbucket.id}:purge_seqno`, vbucket.purgeSeqno);
  add(`vb_${vbucket.id}:uuid`, vbucket.failoverLog.uuid);
}

function isUsed(vbucket: Vbucket): boolean {
  return vbucket.highSeqno !== 0n;
}
