// One connection's bytes: what arrived and is not used up, and what waits to be sent. One write for each flush.
// Knows no message: its owner says how many bytes it used up.
import type { ChunkPool } from './chunk-pool.ts';
import { Evbuffer } from './evbuffer.ts';
import { InputBuffer } from './input-buffer.ts';
import type { Transport, TransportEvents } from './transport.ts';

/** What a bufferevent tells its owner. */
export interface BuffereventEvents {
  /**
   * Bytes from `start` to `end` are there; answers up to where it used them. The memory is the bufferevent's: what is
   * not used up comes again, at another place, with the next bytes or with {@link Bufferevent.consume}.
   */
  onReadable(bytes: Buffer, start: number, end: number): number;
  /** Everything that was queued is with the kernel. */
  onDrained(): void;
  /** The peer will send no more. */
  onEnd(): void;
  /** The connection is gone; called exactly once. What was queued is dropped and released already. */
  onClose(error: Error | undefined): void;
}

/** Whoever sends past the output buffer, by {@link Bufferevent.sendmsg}: the old send path. */
export interface DirectSender {
  /** Goes on sending; whether everything is with the kernel. */
  proceed(): boolean;
  /** The connection is gone. */
  drop(): void;
}

/** Counts of all connections of a server; the bufferevents add to them. */
export interface ByteCounts {
  bytesRead: number;
  /** Taken by the kernel. */
  bytesWritten: number;
  /** Added to a send buffer, whether sent or not. */
  bytesQueued: number;
  /** Calls of write or writev. */
  writes: number;
  /** The most bytes that waited on one connection. */
  sendQueueHighWater: number;
}

/** A transport with an input and an output buffer. */
export class Bufferevent implements TransportEvents {
  readonly transport: Transport;
  readonly output: Evbuffer;
  readonly input: InputBuffer = new InputBuffer();
  bytesRead = 0;
  writes = 0;
  isClosed = false;
  /** Where it is set, nothing goes through `output`, which then only counts. */
  direct: DirectSender | undefined = undefined;
  readonly #events: BuffereventEvents;
  readonly #counts: ByteCounts;
  #isWriting = false;
  #isPaused = false;
  #isEnding = false;
  /** Of `output.total`: what `counts.bytesQueued` knows of. */
  #countedQueued = 0;

  constructor(transport: Transport, pool: ChunkPool, events: BuffereventEvents, counts: ByteCounts) {
    this.transport = transport;
    this.output = new Evbuffer(pool);
    this.#events = events;
    this.#counts = counts;
  }

  start(): void {
    this.transport.start(this);
  }

  onRead(bytes: Buffer, length: number): void {
    if (this.isClosed) return;
    this.bytesRead += length;
    this.#counts.bytesRead += length;
    if (this.input.length > 0) {
      this.input.append(bytes, 0, length);
      this.consume();
      return;
    }
    const used = this.#events.onReadable(bytes, 0, length);
    if (used < length && !this.isClosed) this.input.append(bytes, used, length);
  }

  /** Offers what is left of the input again. */
  consume(): void {
    const { input } = this;
    if (input.length === 0 || this.isClosed) return;
    const used = this.#events.onReadable(input.bytes, input.start, input.end);
    if (!this.isClosed) input.drain(used - input.start);
  }

  /** Sends what is queued, as one write, unless the kernel has not taken the last one yet. */
  flush(): void {
    const { output } = this;
    const counts = this.#counts;
    counts.bytesQueued += output.total - this.#countedQueued;
    this.#countedQueued = output.total;
    if (output.length > counts.sendQueueHighWater) counts.sendQueueHighWater = output.length;
    if (this.#isWriting || output.length === 0 || this.isClosed) return;
    this.writes += 1;
    counts.writes += 1;
    const chunks = output.take();
    const length = output.length;
    if (this.transport.write(chunks)) {
      output.sent();
      counts.bytesWritten += length;
    } else {
      this.#isWriting = !this.isClosed;
    }
  }

  /** The kernel has not finished with the last write. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  /**
   * Sends `length` bytes in `chunks` as one write past the output buffer. Answers how many were taken: all, or -1 where
   * none can be now. The memory is the caller's again when `isWriting` does not hold.
   */
  sendmsg(chunks: readonly Uint8Array[], length: number): number {
    if (this.#isWriting || this.isClosed) return -1;
    const { output } = this;
    const counts = this.#counts;
    output.total += length;
    this.#countedQueued = output.total;
    counts.bytesQueued += length;
    this.writes += 1;
    counts.writes += 1;
    if (this.transport.write(chunks)) {
      output.drained = output.total;
      counts.bytesWritten += length;
    } else {
      this.#isWriting = !this.isClosed;
    }
    return length;
  }

  onWritten(): void {
    const { direct, output } = this;
    this.#isWriting = false;
    const before = output.drained;
    if (direct === undefined) output.sent();
    else output.drained = output.total;
    this.#counts.bytesWritten += output.drained - before;
    if (direct?.proceed() === false) return;
    if (output.length > 0) this.flush();
    if (output.length > 0 || this.isClosed) return;
    if (this.#isEnding) this.transport.end();
    this.#events.onDrained();
  }

  /** No more is read, and `onReadable` not called by itself, until {@link resume}. */
  pause(): void {
    if (this.#isPaused || this.isClosed) return;
    this.#isPaused = true;
    this.transport.pause();
  }

  resume(): void {
    if (!this.#isPaused || this.isClosed) return;
    this.#isPaused = false;
    this.transport.resume();
  }

  /** Sends end of file once everything queued is with the kernel. */
  endAfterFlush(): void {
    if (this.#isEnding || this.isClosed) return;
    this.flush();
    this.#isEnding = true;
    if (this.direct?.proceed() ?? this.output.length === 0) this.transport.end();
  }

  /** Drops everything at once. */
  destroy(): void {
    if (!this.isClosed) this.transport.destroy();
  }

  onEnd(): void {
    if (!this.isClosed) this.#events.onEnd();
  }

  onClose(error: Error | undefined): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.input.clear();
    this.output.clear();
    this.direct?.drop();
    this.#events.onClose(error);
  }
}
