// The refactored send path: responses are copied into the connection's send buffer, big values may be chained to it.
import type { Bufferevent } from './bufferevent/bufferevent.ts';
import type { Evbuffer } from './bufferevent/evbuffer.ts';
import type { Connection, ReadonlyBytes } from './engine/contract.ts';
import { type OutputStream, REFERENCE_THRESHOLD, type SendMode } from './output-stream.ts';
import type { ServerStats } from './server-stats.ts';
import { catchStray } from './stray-promise.ts';

/** What an output stream needs to know of its server. */
export interface SendBufferOptions {
  readonly sendMode: SendMode;
  /** In bytes; above it `isFull` holds (`max_send_queue_size`). */
  readonly maxSendQueueSize: number;
  readonly stats: ServerStats;
  /** A slot of the engine is being called: only then may it send. */
  readonly isInEngine: () => boolean;
  /** Told when an engine sends out of time, and when its release callback fails. */
  readonly onFault: (error: unknown, what: string) => void;
}

/** Copies into, and chains to, a bufferevent's output. */
export class SendBuffer implements OutputStream {
  readonly forEngine: Connection;
  readonly #bufferevent: Bufferevent;
  readonly #output: Evbuffer;
  readonly #options: SendBufferOptions;
  /** Values of this length and more are chained. */
  readonly #threshold: number;

  constructor(bufferevent: Bufferevent, options: SendBufferOptions) {
    this.#bufferevent = bufferevent;
    this.#output = bufferevent.output;
    this.#options = options;
    this.#threshold = thresholds[options.sendMode];
    this.forEngine = {
      copyToOutputStream: (data) => this.#copyForEngine(data),
      chainDataToOutputStream: (buffer, release) => this.#chainForEngine(buffer, release),
    };
  }

  get memory(): Buffer {
    return this.#output.memory;
  }

  reserve(length: number): number {
    return this.#output.reserve(length);
  }

  copy(data: Uint8Array): void {
    this.#output.copy(data);
  }

  sendsByReference(length: number): boolean {
    return length >= this.#threshold;
  }

  chain(data: Uint8Array, release: () => void): void {
    this.#options.stats.chained += 1;
    this.#output.addReference(data, release);
  }

  mark(): number {
    return this.#output.mark();
  }

  rewind(mark: number): void {
    this.#output.rewind(mark);
  }

  endOfResponse(): void {
    this.#options.stats.responses += 1;
  }

  beginStep(): void {}

  endStep(): void {}

  get hasRoom(): boolean {
    return !this.isFull;
  }

  get isFull(): boolean {
    return this.#output.length > this.#options.maxSendQueueSize;
  }

  get length(): number {
    return this.#output.length;
  }

  flush(): void {
    this.#bufferevent.flush();
  }

  #copyForEngine(data: ReadonlyBytes): void {
    const bytes = data instanceof Uint8Array ? data : data.slice();
    if (!(bytes instanceof Uint8Array)) throw new TypeError('copyToOutputStream needs bytes.');
    if (this.#options.isInEngine()) this.#output.copy(bytes);
    else this.#refuse('copyToOutputStream');
  }

  #chainForEngine(buffer: Uint8Array, release: () => void): void {
    if (!(buffer instanceof Uint8Array) || buffer.length === 0)
      throw new RangeError('chainDataToOutputStream needs bytes.');
    const { onFault } = this.#options;
    const blame = (error: unknown): void => onFault(error, 'release');
    const guarded = (): void => {
      try {
        catchStray(release(), blame);
      } catch (error) {
        blame(error);
      }
    };
    if (!this.#options.isInEngine()) {
      this.#refuse('chainDataToOutputStream');
      guarded();
    } else if (this.sendsByReference(buffer.length)) {
      this.chain(buffer, guarded);
    } else {
      this.#output.copy(buffer);
      guarded();
    }
  }

  /** Nobody could say where in the stream it belongs, or that the connection is still there. */
  #refuse(call: string): void {
    this.#options.onFault(new Error('There is a connection only while a slot is being called.'), call);
  }
}

const thresholds: Readonly<Record<SendMode, number>> = {
  copy: Number.POSITIVE_INFINITY,
  ref: 1,
  auto: REFERENCE_THRESHOLD,
};
