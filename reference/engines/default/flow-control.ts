// The window of a DCP connection, at both ends: how much may be on its way without having been acknowledged.

/** Bytes wait no longer than this for their acknowledgement, in seconds (ep-engine's flow control). */
const ACKNOWLEDGE_AFTER = 5;

/** Counts a producer's bytes against the consumer's buffer. */
export class FlowControl {
  /** The consumer's buffer in bytes; 0 counts nothing. */
  limit = 0;
  /** Bytes sent and not acknowledged. */
  outstanding = 0;

  /** The last message may reach over the limit: one that is longer than the buffer has to be sent some day. */
  get isFull(): boolean {
    return this.limit !== 0 && this.outstanding >= this.limit;
  }

  setLimit(bytes: number): void {
    this.limit = bytes;
    if (bytes === 0) this.outstanding = 0;
  }

  sent(bytes: number): void {
    if (this.limit !== 0) this.outstanding += bytes;
  }

  acknowledged(bytes: number): void {
    this.outstanding = Math.max(0, this.outstanding - bytes);
  }
}

/** Counts what a consumer took, until it is acknowledged: half of the buffer at a time, or what there is after a while. */
export class ReceiveWindow {
  /** The consumer's buffer in bytes. */
  readonly size: number;
  /** Bytes taken and not acknowledged. */
  freed = 0;
  #acknowledgedAt: number;

  /** `now` in seconds of the server's clock. */
  constructor(size: number, now: number) {
    this.size = size;
    this.#acknowledgedAt = now;
  }

  isDue(now: number): boolean {
    if (this.freed === 0) return false;
    return this.freed >= this.size / 2 || now - this.#acknowledgedAt >= ACKNOWLEDGE_AFTER;
  }

  acknowledged(now: number): void {
    this.freed = 0;
    this.#acknowledgedAt = now;
  }
}
