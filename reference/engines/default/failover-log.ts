// The branches that a vbucket's history took, and from where a consumer of another branch has to begin again.
import type { VbucketFailover } from '../../engine/contract.ts';

/** Entries kept at most (`max_failover_entries` of ep-engine). */
const MAX_ENTRIES = 25;

/** What a consumer says it has; all u64. */
export interface ConsumerPosition {
  readonly startSeqno: bigint;
  readonly vbucketUuid: bigint;
  readonly snapStartSeqno: bigint;
  readonly snapEndSeqno: bigint;
}

/** A vbucket's failover log, newest entry first. */
export class FailoverLog {
  entries: readonly VbucketFailover[] = [{ uuid: newUuid(), seqno: 0n }];

  /** The uuid of the branch that changes go to now. */
  get uuid(): bigint {
    return this.entries[0]?.uuid ?? 0n;
  }

  /** Begins a branch. What the log knows of changes after `seqno` belongs to others. */
  begin(seqno: bigint): void {
    const common = this.entries.filter((entry) => entry.seqno <= seqno);
    this.entries = [{ uuid: newUuid(), seqno }, ...common].slice(0, MAX_ENTRIES);
  }

  /** Takes over another side's log. */
  replace(entries: readonly VbucketFailover[]): void {
    this.entries = entries.slice(0, MAX_ENTRIES);
  }

  /**
   * The seqno to go back to before a stream can start; undefined where it can start as asked. The rules are
   * ep-engine's (`FailoverTable::needsRollback` at 50dd3c130): tombstones up to `purgeSeqno` are forgotten.
   */
  rollbackSeqno(position: ConsumerPosition, highSeqno: bigint, purgeSeqno: bigint): bigint | undefined {
    const { startSeqno } = position;
    if (startSeqno === 0n) return undefined;
    // At either end of a snapshot the consumer is in the middle of none.
    const snapEnd = startSeqno === position.snapStartSeqno ? startSeqno : position.snapEndSeqno;
    const snapStart = startSeqno === position.snapEndSeqno ? startSeqno : position.snapStartSeqno;
    if (snapStart < purgeSeqno) return 0n;
    const index = this.entries.findIndex((entry) => entry.uuid === position.vbucketUuid);
    if (index === -1) return 0n;
    const upper = this.entries[index - 1]?.seqno ?? highSeqno;
    if (snapEnd <= upper) return undefined;
    if (snapStart > upper) return upper;
    return snapStart;
  }
}

/** 48 random bits, never 0. */
function newUuid(): bigint {
  return BigInt(Math.floor(Math.random() * (2 ** 48 - 1)) + 1);
}
