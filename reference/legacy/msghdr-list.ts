// What waits for sendmsg: iovecs in one list, parted into messages of at most IOV_MAX. Pointers only, nothing is copied.
// Calls nothing: transmit.ts takes messages out.
import type { Iovec } from '../engine/v1.ts';

/** Iovecs that one sendmsg takes (kv_engine config.h.in: 1024 where the system does not say). */
export const IOV_MAX = 1024;

/** Iovecs that there is room for at first (kv_engine daemon/memcached.h). */
export const IOV_LIST_INITIAL = 10;

/** A longer list is shortened again once it is empty (kv_engine daemon/memcached.h). */
export const IOV_LIST_HIGHWAT = 50;

/** A place for an iovec; used again and again. */
interface Slot {
  iovBase: Uint8Array;
  iovLen: number;
}

/** A message: `msgIovlen` iovecs from `first` on. */
interface Message {
  first: number;
  msgIovlen: number;
}

/** The iov list and the msghdr list of one connection (kv_engine McbpConnection at 0dbb0e534). */
export class MsghdrList {
  /** Bytes that are queued and that no sendmsg took. */
  bytes = 0;
  /** The most iovecs that were ever queued at once. */
  iovusedHighWatermark = 0;
  /** The most messages that were ever queued at once. */
  msgusedHighWatermark = 0;
  readonly #iov: Slot[] = [];
  #iovused = 0;
  #msglist: Message[] = [];
  /** The first message that is not sent. */
  #msgcurr = 0;

  constructor() {
    this.#grow(IOV_LIST_INITIAL);
  }

  /** How many iovecs there is room for. */
  get capacity(): number {
    return this.#iov.length;
  }

  /** Messages that are not sent as a whole; empty ones do not count. */
  get messages(): number {
    let count = 0;
    for (let at = this.#msgcurr; at < this.#msglist.length; at++)
      if ((this.#msglist[at] as Message).msgIovlen > 0) count += 1;
    return count;
  }

  /** Begins a message. `reset` forgets everything that is queued and not sent. */
  addMsgHdr(reset: boolean): void {
    if (reset) this.clear();
    this.#msglist.push({ first: this.#iovused, msgIovlen: 0 });
    const used = this.#msglist.length - this.#msgcurr;
    if (used > this.msgusedHighWatermark) this.msgusedHighWatermark = used;
  }

  /** Queues `data` by its address. Nothing happens for no bytes; a full message is followed by a new one. */
  addIov(data: Uint8Array): void {
    const { length } = data;
    if (length === 0) return;
    let message = this.#msglist[this.#msglist.length - 1];
    if (message === undefined || message.msgIovlen === IOV_MAX) {
      this.addMsgHdr(false);
      message = this.#msglist[this.#msglist.length - 1] as Message;
    }
    if (this.#iovused === this.#iov.length) this.#grow(this.#iov.length * 2);
    const slot = this.#iov[this.#iovused] as Slot;
    slot.iovBase = data;
    slot.iovLen = length;
    this.#iovused += 1;
    message.msgIovlen += 1;
    this.bytes += length;
    if (this.#iovused > this.iovusedHighWatermark) this.iovusedHighWatermark = this.#iovused;
  }

  /** Puts what the first message that is not sent points to, at most `limit` bytes of it, into `chunks`; how many bytes. */
  gather(limit: number, chunks: Uint8Array[]): number {
    let message = this.#msglist[this.#msgcurr];
    // The last message may be empty and filled later.
    while (message?.msgIovlen === 0 && this.#msgcurr < this.#msglist.length - 1) {
      this.#msgcurr += 1;
      message = this.#msglist[this.#msgcurr];
    }
    if (message === undefined) return 0;
    const { first, msgIovlen } = message;
    return gather(this.#iov, first, first + msgIovlen, limit, chunks);
  }

  /** Forgets the first `sent` bytes of the current message; of a partly sent iovec the rest stays. */
  adjust(sent: number): void {
    const message = this.#msglist[this.#msgcurr];
    let left = sent;
    while (message !== undefined && left > 0 && message.msgIovlen > 0) {
      const slot = this.#iov[message.first] as Slot;
      const part = Math.min(left, slot.iovLen);
      left -= part;
      this.bytes -= part;
      if (part < slot.iovLen) {
        slot.iovBase = slot.iovBase.subarray(part);
        slot.iovLen -= part;
        return;
      }
      slot.iovBase = NOTHING;
      message.first += 1;
      message.msgIovlen -= 1;
    }
  }

  /** Takes the last `length` bytes back. */
  dropLast(length: number): void {
    let left = Math.min(length, this.bytes);
    this.bytes -= left;
    while (left > 0) {
      const message = this.#msglist[this.#msglist.length - 1] as Message;
      if (message.msgIovlen === 0) {
        this.#msglist.pop();
        continue;
      }
      const slot = this.#iov[this.#iovused - 1] as Slot;
      const part = Math.min(left, slot.iovLen);
      left -= part;
      slot.iovLen -= part;
      slot.iovBase = slot.iovBase.subarray(0, slot.iovLen);
      if (slot.iovLen > 0) return;
      slot.iovBase = NOTHING;
      this.#iovused -= 1;
      message.msgIovlen -= 1;
    }
  }

  /** Forgets everything; a list that had grown long is shortened (`shrinkBuffers`). */
  clear(): void {
    // Memory that is no longer queued must not be kept alive by a slot.
    for (let at = 0; at < this.#iovused; at++) (this.#iov[at] as Slot).iovBase = NOTHING;
    if (this.#iov.length > IOV_LIST_HIGHWAT) this.#iov.length = IOV_LIST_INITIAL;
    this.#iovused = 0;
    this.#msgcurr = 0;
    this.#msglist.length = 0;
    this.bytes = 0;
  }

  #grow(capacity: number): void {
    while (this.#iov.length < capacity) this.#iov.push({ iovBase: NOTHING, iovLen: 0 });
  }
}

/** Puts the memory of the iovecs from `start` to `end`, at most `limit` bytes of it, into `chunks`; how many bytes that is. */
export function gather(
  iovecs: readonly Iovec[],
  start: number,
  end: number,
  limit: number,
  chunks: Uint8Array[],
): number {
  let length = 0;
  for (let at = start; at < end && length < limit; at++) {
    const { iovBase, iovLen } = iovecs[at] as Iovec;
    const part = Math.min(iovLen, iovBase.length, limit - length);
    if (part === 0) continue;
    chunks.push(part === iovBase.length ? iovBase : iovBase.subarray(0, part));
    length += part;
  }
  return length;
}

const NOTHING: Uint8Array = new Uint8Array(0);
