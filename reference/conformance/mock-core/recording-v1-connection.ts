// The old connection without a socket: pointers are queued as for sendmsg, and watched until they are sent.
import type { Item } from '../../engine/item.ts';
import { type Msghdr, TransmitResult, type Connection as V1Connection } from '../../engine/v1.ts';
import { show } from '../failure.ts';
import { LentMemory } from './lent-memory.ts';
import type { MockConnection } from './mock-connection.ts';
import type { Violations } from './violations.ts';

/** Queues pointers; items and memory are kept until everything is sent or the connection died. */
export class RecordingV1Connection implements MockConnection, V1Connection {
  isOpen = false;
  readonly #violations: Violations;
  readonly #releaseItem: (item: Item) => void;
  readonly #sent: Uint8Array[] = [];
  /** Message headers, each a list of stretches; undefined before the first one. */
  #queue: LentMemory[][] | undefined;
  #items: Item[] = [];
  #kept: Uint8Array[] = [];

  constructor(violations: Violations, releaseItem: (item: Item) => void) {
    this.#violations = violations;
    this.#releaseItem = releaseItem;
  }

  get forEngine(): V1Connection {
    return this;
  }

  get outstanding(): number {
    return (this.#queue ?? []).flat().length + this.#items.length + this.#kept.length;
  }

  addMsgHdr(reset: boolean): void {
    if (!this.#mayUse('addMsgHdr')) return;
    if (reset || this.#queue === undefined) this.#queue = [];
    this.#queue.push([]);
  }

  addIov(data: Uint8Array): void {
    if (!this.#mayUse('addIov')) return;
    if (!(data instanceof Uint8Array)) this.#violations.add(`addIov got ${show(data)} in place of bytes`);
    else if (this.#queue === undefined) this.#violations.add('addIov was called before addMsgHdr');
    else if (data.length > 0) this.#queue.at(-1)?.push(new LentMemory(data));
  }

  sendmsg(message: Msghdr): number {
    if (!this.#mayUse('sendmsg')) return -1;
    const pieces = message.msgIov.map(({ iovBase, iovLen }) => new Uint8Array(iovBase.subarray(0, iovLen)));
    this.#sent.push(...pieces);
    return pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  transmit(): TransmitResult {
    if (!this.#mayUse('transmit')) return TransmitResult.HardError;
    return this.#transmitOne();
  }

  reserveItem(item: Item): boolean {
    if (!this.#mayUse('reserveItem')) return false;
    this.#items.push(item);
    return true;
  }

  pushTempAlloc(buffer: Uint8Array): boolean {
    if (!this.#mayUse('pushTempAlloc')) return false;
    this.#kept.push(buffer);
    return true;
  }

  sent(): Uint8Array {
    return Buffer.concat([...this.#sent, ...(this.#queue ?? []).flat().map((piece) => piece.bytes)]);
  }

  settle(): void {
    while (this.#transmitOne() !== TransmitResult.Complete);
  }

  /** One message per call, as the old state machine did. */
  #transmitOne(): TransmitResult {
    const message = this.#queue?.shift() ?? [];
    for (const piece of message) {
      const at = piece.firstChange();
      if (at >= 0) this.#violations.add(`memory given to addIov changed before it was sent (byte ${at})`);
      this.#sent.push(piece.bytes);
    }
    if ((this.#queue?.length ?? 0) > 0) return TransmitResult.Incomplete;
    this.#queue = undefined;
    this.#kept = [];
    const items = this.#items;
    this.#items = [];
    for (const item of items) this.#releaseItem(item);
    return TransmitResult.Complete;
  }

  #mayUse(method: string): boolean {
    if (this.isOpen) return true;
    this.#violations.add(`${method} was called while no slot of this cookie ran`);
    return false;
  }
}
