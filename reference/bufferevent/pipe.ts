// One direction of an in-memory pair: what the "kernel" holds, and what of the last write it had no room for.
// Knows no connection: its two ends say when it is over.

/** Whoever reads from a pipe. */
export interface PipeReader {
  /** The bytes are the reader's, for the length of the call. */
  onArrived(bytes: Buffer): void;
  onEndArrived(): void;
  /** The writer took everything back. */
  fail(error: Error): void;
}

/** Whoever writes into a pipe. */
export interface PipeWriter {
  /** The kernel has the last write as a whole. */
  onTaken(): void;
}

/** One direction: what the kernel holds, and what of the last write it had no room for. */
export class Pipe {
  /** In the kernel. */
  length = 0;
  /** The writer will write no more. */
  isEnded = false;
  /** The reader knows that. */
  isEndTold = false;
  /** A write was not taken as a whole, or its writer does not know yet that it was. */
  isWriting = false;
  /** Nobody will ever read. */
  isBroken = false;
  reader: PipeReader | undefined = undefined;
  writer: PipeWriter | undefined = undefined;
  readonly #capacity: number;
  readonly #chunk: (available: number) => number;
  readonly #schedule: (task: () => void) => void;
  #held: Buffer[] = [];
  #waiting: Uint8Array[] = [];
  #isReading = false;
  #isScheduled = false;

  constructor(capacity: number, chunk: (available: number) => number, schedule: (task: () => void) => void) {
    this.#capacity = Math.max(1, capacity);
    this.#chunk = chunk;
    this.#schedule = schedule;
  }

  /** Bytes of the last write that the kernel has no room for. */
  get waiting(): number {
    return this.#waiting.reduce((sum, each) => sum + each.length, 0);
  }

  /** True: the kernel has everything. */
  write(chunks: readonly Uint8Array[]): boolean {
    if (this.isWriting) throw new Error('The last write is not taken yet.');
    this.#waiting = chunks.filter((each) => each.length > 0);
    this.#fill();
    this.isWriting = this.#waiting.length > 0;
    this.#wake();
    return !this.isWriting;
  }

  read(isReading: boolean): void {
    this.#isReading = isReading;
    this.#wake();
  }

  end(): void {
    this.isEnded = true;
    this.#wake();
  }

  /** The writer is gone; what the kernel has still arrives. */
  abandon(): void {
    this.#waiting = [];
    this.end();
  }

  /** Loses everything, and takes no more. */
  break(): void {
    this.isBroken = true;
    this.length = 0;
    this.#held = [];
    this.#waiting = [];
  }

  #wake(): void {
    if (this.#isScheduled || !this.#isReading || this.isBroken) return;
    if (this.length === 0 && (!this.isEnded || this.isEndTold)) return;
    this.#isScheduled = true;
    this.#schedule(() => this.#deliver());
  }

  #deliver(): void {
    this.#isScheduled = false;
    if (!this.#isReading || this.isBroken) return;
    if (this.length > 0) {
      const bytes = this.#takeOut(Math.min(this.length, Math.max(1, this.#chunk(this.length))));
      const wasWaiting = this.#waiting.length > 0;
      this.#fill();
      if (wasWaiting && this.#waiting.length === 0) this.#schedule(() => this.writer?.onTaken());
      this.reader?.onArrived(bytes);
    } else if (this.isEnded && !this.isEndTold) {
      this.isEndTold = true;
      this.reader?.onEndArrived();
    }
    this.#wake();
  }

  /** The first `length` bytes that the kernel holds, in memory that nothing else lies in. */
  #takeOut(length: number): Buffer {
    const parts: Buffer[] = [];
    let missing = length;
    while (missing > 0) {
      const first = this.#held.shift() as Buffer;
      if (first.length > missing) this.#held.unshift(first.subarray(missing));
      parts.push(first.subarray(0, missing));
      missing -= Math.min(missing, first.length);
    }
    this.length -= length;
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, length);
  }

  /** Copies what there is room for. */
  #fill(): void {
    while (this.#waiting.length > 0 && this.length < this.#capacity) {
      const first = this.#waiting[0] as Uint8Array;
      const taken = first.subarray(0, this.#capacity - this.length);
      this.#held.push(Buffer.from(taken));
      this.length += taken.length;
      if (taken.length === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(taken.length);
    }
  }
}
