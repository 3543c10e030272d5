// The send buffer of a connection: bytes that were copied in, and memory that is sent by reference, in one order.
// Knows nothing of sockets: a bufferevent takes the bytes out and says when the kernel has them.
import { CHUNK_SIZE, type ChunkPool } from './chunk-pool.ts';

/** A finished stretch of the queue. A chunk goes back to the pool, a reference is released, when the kernel has it. */
interface Segment {
  readonly bytes: Uint8Array;
  /** Called once for memory sent by reference; undefined for a part of a chunk. */
  readonly release: (() => void) | undefined;
  /** The chunk that ends with this segment; undefined where it goes on. */
  readonly chunk: Buffer | undefined;
}

/** A place in the queue to go back to: the total of bytes ever added. */
export type Mark = number;

/**
 * The output side of libevent's evbuffer, as much of it as a server needs: `evbuffer_add`, `evbuffer_add_reference`,
 * `evbuffer_reserve_space` with an immediate commit, and taking everything out for one `writev`.
 */
export class Evbuffer {
  /** The chunk that is being filled. Valid until the next call; see {@link reserve}. */
  memory: Buffer;
  /** Bytes that were ever added. */
  total = 0;
  /** Bytes that the kernel took. */
  drained = 0;

  readonly #pool: ChunkPool;
  #hasChunk = false;
  /** Of `memory`: filled and not yet in a segment. */
  #start = 0;
  #end = 0;
  #segments: Segment[] = [];
  /** Handed to the transport, which has not finished with them. */
  #inFlight: Segment[] = [];
  #inFlightBytes = 0;
  #isDropped = false;

  constructor(pool: ChunkPool) {
    this.#pool = pool;
    this.memory = NO_CHUNK;
  }

  /** Bytes that were added and that the kernel did not take yet. */
  get length(): number {
    return this.total - this.drained;
  }

  /** Bytes that were added and that no write was made for. */
  get unsent(): number {
    return this.total - this.drained - this.#inFlightBytes;
  }

  /**
   * Adds `length` bytes (at most {@link CHUNK_SIZE}) that the caller fills at once: `memory` from the offset answered.
   * They are queued whatever the caller writes into them.
   */
  reserve(length: number): number {
    if (this.memory.length - this.#end < length) this.#nextChunk();
    const at = this.#end;
    this.#end = at + length;
    this.total += length;
    return at;
  }

  /** Copies `data` in; its memory is the caller's again. */
  copy(data: Uint8Array): void {
    const { length } = data;
    if (this.memory.length - this.#end >= length) {
      this.memory.set(data, this.#end);
      this.#end += length;
      this.total += length;
      return;
    }
    let from = 0;
    while (from < length) {
      if (this.#end === this.memory.length) this.#nextChunk();
      const part = Math.min(length - from, this.memory.length - this.#end);
      this.memory.set(data.subarray(from, from + part), this.#end);
      this.#end += part;
      from += part;
    }
    this.total += length;
  }

  /** Adds `data` without a copy. `release` is called exactly once: when the kernel took it, or it was dropped. */
  addReference(data: Uint8Array, release: () => void): void {
    // An engine may hold on to a connection that is gone.
    if (this.#isDropped) return release();
    this.#close(false);
    this.#segments.push({ bytes: data, release, chunk: undefined });
    this.total += data.length;
  }

  /** Where the queue ends now. */
  mark(): Mark {
    return this.total;
  }

  /** Takes back what was added since `mark`. Nothing of it may have been handed out by {@link take}. */
  rewind(mark: Mark): void {
    let excess = this.total - mark;
    this.total = mark;
    const open = Math.min(excess, this.#end - this.#start);
    this.#end -= open;
    excess -= open;
    const released: (() => void)[] = [];
    while (excess > 0) {
      const last = this.#segments.pop();
      if (last === undefined) throw new RangeError('The bytes to take back were sent already.');
      if (last.release !== undefined) {
        released.push(last.release);
        excess -= last.bytes.length;
        continue;
      }
      const keep = Math.max(0, last.bytes.length - excess);
      excess -= last.bytes.length - keep;
      // A chunk that is left over here is not given back: an earlier segment may lie in it.
      if (keep > 0) this.#segments.push({ ...last, bytes: last.bytes.subarray(0, keep) });
    }
    for (const release of released.reverse()) release();
  }

  /** Everything that was not handed out yet, in order, for one write. It stays queued until {@link sent}. */
  take(): readonly Uint8Array[] {
    this.#close(false);
    const segments = this.#segments;
    this.#segments = this.#inFlight;
    this.#inFlight = segments;
    this.#inFlightBytes = this.total - this.drained;
    const chunks: Uint8Array[] = [];
    for (let i = 0; i < segments.length; i++) {
      const { bytes } = segments[i] as Segment;
      if (bytes.length > 0) chunks.push(bytes);
    }
    return chunks;
  }

  /** The kernel has what {@link take} answered last. */
  sent(): void {
    this.drained += this.#inFlightBytes;
    this.#inFlightBytes = 0;
    const done = this.#inFlight;
    for (let i = 0; i < done.length; i++) this.#finish(done[i] as Segment);
    done.length = 0;
    if (this.drained === this.total) this.#giveChunk();
  }

  /** Drops everything: the connection died. Memory that the kernel may still read is not used again, only released. */
  clear(): void {
    const dropped = [...this.#inFlight, ...this.#segments];
    this.#isDropped = true;
    this.#inFlight = [];
    this.#segments = [];
    this.#inFlightBytes = 0;
    this.drained = this.total;
    this.#hasChunk = false;
    this.memory = NO_CHUNK;
    this.#start = 0;
    this.#end = 0;
    for (const segment of dropped) segment.release?.();
  }

  #finish(segment: Segment): void {
    if (segment.release !== undefined) segment.release();
    else if (segment.chunk !== undefined) this.#pool.give(segment.chunk);
  }

  /** Makes a segment of what was filled. */
  #close(isLast: boolean): void {
    if (this.#end === this.#start && !isLast) return;
    this.#segments.push({
      bytes: this.memory.subarray(this.#start, this.#end),
      release: undefined,
      chunk: isLast ? this.memory : undefined,
    });
    this.#start = this.#end;
  }

  #nextChunk(): void {
    if (this.#hasChunk) this.#close(true);
    this.memory = this.#pool.take();
    this.#hasChunk = true;
    this.#start = 0;
    this.#end = 0;
  }

  #giveChunk(): void {
    if (!this.#hasChunk) return;
    // An idle connection keeps no memory.
    this.#pool.give(this.memory);
    this.#hasChunk = false;
    this.memory = NO_CHUNK;
    this.#start = 0;
    this.#end = 0;
  }
}

/** Room for nothing: the first byte takes a chunk from the pool. */
const NO_CHUNK: Buffer = Buffer.alloc(0);
