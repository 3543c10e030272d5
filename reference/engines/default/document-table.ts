// What is visible in a bucket: links versions in and out, and keeps the accounts. Decides nothing.
import { DocumentState } from '../../engine/contract.ts';
import { type Configuration, DEFAULT_CONFIGURATION } from './configuration.ts';
import { type DefaultItem, ItemPhase } from './default-item.ts';
import { Lru } from './lru.ts';
import { Vbucket } from './vbucket.ts';

/** Vbuckets of a bucket, numbered from 0. */
export const VBUCKETS = 1024;

/** Documents and tombstones of all vbuckets, by key, by age and by use. */
export class DocumentTable {
  readonly vbuckets: readonly Vbucket[];
  /** The documents that are alive. */
  readonly lru: Lru = new Lru();
  readonly tombstones: Lru = new Lru();
  /** Of what is visible, and of what is allocated to be stored. */
  bytes = 0;
  /** References to items that are not given back. */
  outstanding = 0;
  /** Documents that expire one day. */
  expiring = 0;
  /** Tombstones kept at most. */
  #history: number = DEFAULT_CONFIGURATION.history;
  #lastCas = 0n;

  constructor() {
    this.vbuckets = Array.from(
      { length: VBUCKETS },
      (_, id) => new Vbucket(id, DEFAULT_CONFIGURATION.vbuckets),
    );
  }

  /** To be called before anything is stored. */
  configure(configuration: Configuration): void {
    this.#history = configuration.history;
    for (const vbucket of this.vbuckets) vbucket.state = configuration.vbuckets;
  }

  retain(item: DefaultItem): void {
    item.references += 1;
    this.outstanding += 1;
  }

  /** @throws Error where nobody holds a reference. */
  release(item: DefaultItem): void {
    if (item.references === 0) throw new Error('An item was released more often than it was handed out.');
    item.references -= 1;
    this.outstanding -= 1;
    if (item.references > 0 || item.phase !== ItemPhase.Fresh) return;
    item.phase = ItemPhase.Loose;
    this.bytes -= item.size;
  }

  nextCas(): bigint {
    this.#lastCas += 1n;
    return this.#lastCas;
  }

  /** Takes care that the next cas is higher than one that came from elsewhere. */
  followCas(cas: bigint): void {
    if (cas > this.#lastCas) this.#lastCas = cas;
  }

  /** Gives an item its place in the history; it takes effect with `link`. */
  stamp(vbucket: Vbucket, item: DefaultItem): void {
    item.vbucketUuid = vbucket.failoverLog.uuid;
    item.seqno = vbucket.highSeqno + 1n;
    item.revSeqno = (vbucket.find(item.key)?.revSeqno ?? vbucket.purgedRevSeqno) + 1n;
  }

  /** Makes an item the newest version of its document. There is room for it. */
  link(vbucket: Vbucket, item: DefaultItem): void {
    const before = vbucket.find(item.key);
    if (before !== undefined) this.#discount(vbucket, before);
    if (item.phase === ItemPhase.Loose) this.bytes += item.size;
    item.phase = ItemPhase.Visible;
    vbucket.link(item, before);
    vbucket.highSeqno = item.seqno;
    if (item.documentState === DocumentState.Alive) {
      this.lru.push(item);
      vbucket.alive += 1;
      this.#countExpiring(vbucket, item, 1);
    } else {
      this.tombstones.push(item);
      if (this.tombstones.count > this.#history) this.purge();
    }
    vbucket.changed();
  }

  unlink(vbucket: Vbucket, item: DefaultItem): void {
    vbucket.remove(item);
    this.#discount(vbucket, item);
  }
  /** Puts a copy of an item into the item's place. Nothing changed: the history does not hear of it. */
  replace(vbucket: Vbucket, item: DefaultItem, by: DefaultItem): void {
    vbucket.replace(item, by);
    if (item.documentState === DocumentState.Alive) this.lru.replace(item, by);
    else this.tombstones.replace(item, by);
    item.phase = ItemPhase.Loose;
    by.phase = ItemPhase.Visible;
  }

  /** Forgets the oldest tombstone; false where there is none. */
  purge(): boolean {
    const tombstone = this.tombstones.oldest;
    const vbucket = tombstone === undefined ? undefined : this.vbuckets[tombstone.vbucket];
    if (tombstone === undefined || vbucket === undefined) return false;
    this.unlink(vbucket, tombstone);
    if (tombstone.seqno > vbucket.purgeSeqno) vbucket.purgeSeqno = tombstone.seqno;
    if (tombstone.revSeqno > vbucket.purgedRevSeqno) vbucket.purgedRevSeqno = tombstone.revSeqno;
    return true;
  }

  /** Empties a vbucket without a trace. */
  clear(vbucket: Vbucket): void {
    for (let item = vbucket.history.oldest; item !== undefined; item = vbucket.history.oldest) {
      this.unlink(vbucket, item);
    }
    vbucket.scanAt = undefined;
  }

  #discount(vbucket: Vbucket, item: DefaultItem): void {
    item.phase = ItemPhase.Loose;
    this.bytes -= item.size;
    if (item.documentState === DocumentState.Alive) {
      this.lru.remove(item);
      vbucket.alive -= 1;
      this.#countExpiring(vbucket, item, -1);
    } else {
      this.tombstones.remove(item);
    }
  }

  #countExpiring(vbucket: Vbucket, item: DefaultItem, count: 1 | -1): void {
    if (item.expiresAt === 0) return;
    vbucket.expiring += count;
    this.expiring += count;
  }
}
