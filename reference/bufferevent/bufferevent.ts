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

  onWritten(): void {
    const { output } = this;
    this.#isWriting = false;
    const before = output.drained;
    output.sent();
    this.#counts.bytesWritten += output.drained - before;
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
    if (this.output.length === 0) this.transport.end();
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
    this.#events.onClose(error);
  }
}
