// What still runs on a DCP connection whose send queue is full: acknowledgements, which empty queues elsewhere.
import { mayPassFullQueue } from './dispatch.ts';
import type { OutputStream } from './output-stream.ts';
import type { RequestFrame } from './protocol/request-frame.ts';

/** Answers to what passes: a peer that never reads must not fill the memory with them. */
const MAX_PASSED = 1000;

/** One for each connection. */
export class FullQueuePass {
  readonly #output: OutputStream;
  /** Packets that passed and were answered. */
  #passed = 0;
  /** Where the queue ended when the last one passed. */
  #passedAt = 0;

  constructor(output: OutputStream) {
    this.#output = output;
  }

  /** Whether a packet may run now. */
  takes(frame: RequestFrame): boolean {
    if (!mayPassFullQueue(frame)) return false;
    const end = this.#output.mark();
    // The one before was answered.
    if (end !== this.#passedAt) this.#passed += 1;
    this.#passedAt = end;
    return this.#passed <= MAX_PASSED;
  }

  /** The queue is not full any more. */
  onRoom(): void {
    this.#passed = 0;
  }
}
