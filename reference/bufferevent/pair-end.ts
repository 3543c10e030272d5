// The client's end of an in-memory pair, as tests and verify want it: bytes in, bytes out, nothing to set up.
import type { Transport, TransportEvents } from './transport.ts';

/** The client's end. It reads from the beginning: set `onData` before the scheduler runs. */
export interface PairEnd {
  /** Gets what arrives; the bytes are the callee's. */
  onData: ((bytes: Buffer) => void) | undefined;
  /** The server will send no more. */
  onEnded: (() => void) | undefined;
  /** Nothing goes either way any more; called exactly once. */
  onClosed: ((error: Error | undefined) => void) | undefined;
  /** Bytes that were written and that the kernel has no room for. */
  readonly unsent: number;
  readonly isClosed: boolean;
  /** Resolves, with the error where there is one, after `onClosed`. */
  readonly closed: Promise<Error | undefined>;
  /** Sends bytes, by reference until the kernel takes them. */
  write(bytes: Uint8Array): void;
  pause(): void;
  resume(): void;
  /** Sends end of file after what was written; reading goes on. */
  end(): void;
  /** Resets the connection: the server's end fails with ECONNRESET, and what was on the way is lost. */
  destroy(): void;
}

/** What an end needs of its transport beyond what sockets have. */
export interface PairCarrier extends Transport {
  readonly unsent: number;
  reset(): void;
}

/** Makes an end of a transport that nobody has started. */
export function pairEnd(transport: PairCarrier): PairEnd {
  return new ClientEnd(transport);
}

class ClientEnd implements PairEnd, TransportEvents {
  onData: ((bytes: Buffer) => void) | undefined = undefined;
  onEnded: (() => void) | undefined = undefined;
  onClosed: ((error: Error | undefined) => void) | undefined = undefined;
  isClosed = false;
  readonly closed: Promise<Error | undefined>;
  readonly #transport: PairCarrier;
  #queue: Uint8Array[] = [];
  #isWriting = false;
  #isEnding = false;
  #resolveClosed: (error: Error | undefined) => void = () => {};

  constructor(transport: PairCarrier) {
    this.#transport = transport;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    transport.start(this);
  }

  get unsent(): number {
    return this.#transport.unsent + this.#queue.reduce((sum, each) => sum + each.length, 0);
  }

  write(bytes: Uint8Array): void {
    if (this.#isEnding) throw new Error('Nothing can be written after the end.');
    this.#queue.push(bytes);
    this.#send();
  }

  pause(): void {
    this.#transport.pause();
  }

  resume(): void {
    this.#transport.resume();
  }

  end(): void {
    this.#isEnding = true;
    this.#send();
  }

  destroy(): void {
    this.#transport.reset();
  }

  onRead(bytes: Buffer, length: number): void {
    this.onData?.(Buffer.from(bytes.subarray(0, length)));
  }

  onWritten(): void {
    this.#isWriting = false;
    this.#send();
  }

  onEnd(): void {
    this.onEnded?.();
  }

  onClose(error: Error | undefined): void {
    this.isClosed = true;
    this.#queue = [];
    this.onClosed?.(error);
    this.#resolveClosed(error);
  }

  #send(): void {
    if (this.#isWriting || this.isClosed) return;
    if (this.#queue.length > 0) {
      const chunks = this.#queue;
      this.#queue = [];
      this.#isWriting = !this.#transport.write(chunks);
    }
    if (this.#isEnding && !this.#isWriting) this.#transport.end();
  }
}
