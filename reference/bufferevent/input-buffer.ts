// What arrived on a connection and was not used up: the front of a message, or messages that have to wait.

const FIRST_SIZE = 4 * 1024;

/** Bytes from `start` to `end` of one piece of memory, which grows with what arrived and not with what was announced. */
export class InputBuffer {
  bytes: Buffer = NOTHING;
  start = 0;
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  /** Copies the bytes from `from` to `to` of `source` to the end. */
  append(source: Buffer, from: number, to: number): void {
    const added = to - from;
    if (this.bytes.length - this.end < added) this.#makeRoom(added);
    source.copy(this.bytes, this.end, from, to);
    this.end += added;
  }

  /** Forgets the first `length` bytes. */
  drain(length: number): void {
    this.start += length;
    if (this.start === this.end) this.clear();
  }

  clear(): void {
    // An idle connection keeps no memory.
    this.bytes = NOTHING;
    this.start = 0;
    this.end = 0;
  }

  #makeRoom(added: number): void {
    const kept = this.length;
    const needed = kept + added;
    const isWorthMoving = needed <= this.bytes.length && this.start >= this.bytes.length / 2;
    const target = isWorthMoving ? this.bytes : Buffer.allocUnsafeSlow(Math.max(FIRST_SIZE, needed * 2));
    this.bytes.copy(target, 0, this.start, this.end);
    this.bytes = target;
    this.start = 0;
    this.end = kept;
  }
}

const NOTHING: Buffer = Buffer.alloc(0);
