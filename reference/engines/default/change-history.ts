// The changes of a vbucket in the order of their seqnos, one for each key: the visible items, tombstones too.
import type { DefaultItem } from './default-item.ts';

/** Linked through the items, so that a version leaves the moment it is replaced. */
export class ChangeHistory {
  newest: DefaultItem | undefined = undefined;
  oldest: DefaultItem | undefined = undefined;

  /** The item's seqno is higher than any before. */
  append(item: DefaultItem): void {
    const { newest } = this;
    item.older = newest;
    item.newer = undefined;
    if (newest === undefined) this.oldest = item;
    else newest.newer = item;
    this.newest = item;
  }

  remove(item: DefaultItem): void {
    const { newer, older } = item;
    if (newer === undefined) this.newest = older;
    else newer.older = older;
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    item.newer = undefined;
    item.older = undefined;
  }

  /** Puts another item with the same seqno into an item's place. */
  replace(item: DefaultItem, by: DefaultItem): void {
    const { newer, older } = item;
    by.newer = newer;
    by.older = older;
    if (newer === undefined) this.newest = by;
    else newer.older = by;
    if (older === undefined) this.oldest = by;
    else older.newer = by;
    item.newer = undefined;
    item.older = undefined;
  }

  /** The changes after one seqno up to another (both u64), oldest first. */
  between(after: bigint, upTo: bigint): DefaultItem[] {
    const changes: DefaultItem[] = [];
    for (let item = this.newest; item !== undefined && item.seqno > after; item = item.older) {
      if (item.seqno <= upTo) changes.push(item);
    }
    return changes.reverse();
  }
}
