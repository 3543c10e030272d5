// One vbucket: its documents by key, its change history, its state, and who wants to know of changes.
import { type DocKey, VbucketState } from '../../engine/contract.ts';
import { ChangeHistory } from './change-history.ts';
import type { DefaultItem } from './default-item.ts';
import { FailoverLog } from './failover-log.ts';

/** Somebody who follows a vbucket. Called after the change; must not change documents itself. */
export interface VbucketFollower {
  onChange(): void;
  onStateChange(): void;
  /** Every document went at once, without a tombstone. */
  onFlush(): void;
  /** The history began again from nothing. */
  onReset(): void;
}

/** A vbucket. It keeps no account of memory and no order of use. */
export class Vbucket {
  readonly id: number;
  state: VbucketState;
  failoverLog: FailoverLog = new FailoverLog();
  /** Of the last change; u64. */
  highSeqno = 0n;
  /** Tombstones up to here may be forgotten; u64. */
  purgeSeqno = 0n;
  /** The highest revision of a tombstone that was forgotten: a document's revisions never go back. */
  purgedRevSeqno = 0n;
  /** A replica's last snapshot; both u64. */
  snapStartSeqno = 0n;
  snapEndSeqno = 0n;
  readonly history: ChangeHistory = new ChangeHistory();
  readonly followers: VbucketFollower[] = [];
  /** Documents that are alive, and those of them that expire one day. */
  alive = 0;
  expiring = 0;
  /** Where the search for expired documents goes on; undefined is the oldest change. */
  scanAt: DefaultItem | undefined = undefined;
  /** The second of the last search. */
  scannedAt = -1;
  /** By namespace. */
  readonly #tables: (Map<string, DefaultItem> | undefined)[] = [undefined, undefined, undefined];

  constructor(id: number, state: VbucketState) {
    this.id = id;
    this.state = state;
  }

  /** The document or its tombstone. */
  find(key: DocKey): DefaultItem | undefined {
    const table = this.#tables[key.docNamespace];
    return table === undefined ? undefined : table.get(key.text);
  }

  /** Enters a version, in the place of the one before. */
  link(item: DefaultItem, before: DefaultItem | undefined): void {
    if (before !== undefined) this.#leaveHistory(before);
    this.#table(item).set(item.key.text, item);
    this.history.append(item);
  }

  remove(item: DefaultItem): void {
    this.#table(item).delete(item.key.text);
    this.#leaveHistory(item);
  }

  /** Puts an item of the same seqno into another's place. */
  replace(item: DefaultItem, by: DefaultItem): void {
    this.#table(item).set(by.key.text, by);
    if (this.scanAt === item) this.scanAt = by;
    this.history.replace(item, by);
  }

  /** A vbucket that becomes active begins a branch of its own. */
  setState(state: VbucketState): void {
    if (state === this.state) return;
    this.state = state;
    if (state === VbucketState.Active) this.failoverLog.begin(this.highSeqno);
    for (const follower of [...this.followers]) follower.onStateChange();
  }

  changed(): void {
    for (const follower of this.followers) follower.onChange();
  }

  follow(follower: VbucketFollower): void {
    this.followers.push(follower);
  }

  unfollow(follower: VbucketFollower): void {
    const index = this.followers.indexOf(follower);
    if (index !== -1) this.followers.splice(index, 1);
  }

  #leaveHistory(item: DefaultItem): void {
    if (this.scanAt === item) this.scanAt = item.newer;
    this.history.remove(item);
  }

  #table(item: DefaultItem): Map<string, DefaultItem> {
    const { docNamespace } = item.key;
    let table = this.#tables[docNamespace];
    if (table === undefined) {
      table = new Map();
      this.#tables[docNamespace] = table;
    }
    return table;
  }
}
