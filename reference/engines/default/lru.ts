// Items in the order of their last use, linked through the items themselves. Counts them; frees nothing.
import type { DefaultItem } from './default-item.ts';

/** A list of items, from the most to the least recently used. */
export class Lru {
  newest: DefaultItem | undefined = undefined;
  oldest: DefaultItem | undefined = undefined;
  count = 0;
  /** Sizes of all items together. */
  bytes = 0;

  push(item: DefaultItem): void {
    const { newest } = this;
    item.lruOlder = newest;
    item.lruNewer = undefined;
    if (newest === undefined) this.oldest = item;
    else newest.lruNewer = item;
    this.newest = item;
    this.count += 1;
    this.bytes += item.size;
  }

  remove(item: DefaultItem): void {
    const { lruNewer, lruOlder } = item;
    if (lruNewer === undefined) this.newest = lruOlder;
    else lruNewer.lruOlder = lruOlder;
    if (lruOlder === undefined) this.oldest = lruNewer;
    else lruOlder.lruNewer = lruNewer;
    item.lruNewer = undefined;
    item.lruOlder = undefined;
    this.count -= 1;
    this.bytes -= item.size;
  }

  /** Puts another item of the same size into an item's place. */
  replace(item: DefaultItem, by: DefaultItem): void {
    const { lruNewer, lruOlder } = item;
    by.lruNewer = lruNewer;
    by.lruOlder = lruOlder;
    if (lruNewer === undefined) this.newest = by;
    else lruNewer.lruOlder = by;
    if (lruOlder === undefined) this.oldest = by;
    else lruOlder.lruNewer = by;
    item.lruNewer = undefined;
    item.lruOlder = undefined;
  }

  /** The item was used. */
  touch(item: DefaultItem): void {
    const { newest } = this;
    const { lruNewer, lruOlder } = item;
    if (lruNewer === undefined || newest === undefined) return;
    lruNewer.lruOlder = lruOlder;
    if (lruOlder === undefined) this.oldest = lruNewer;
    else lruOlder.lruNewer = lruNewer;
    item.lruNewer = undefined;
    item.lruOlder = newest;
    newest.lruNewer = item;
    this.newest = item;
  }
}
