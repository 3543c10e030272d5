// Two ends of a byte stream within the process, which behave as a socket's do. For tests and verify: no timer, no socket.
// Nothing is delivered within a call: everything goes through one scheduler, which a caller may turn by hand.
import { type PairCarrier, type PairEnd, pairEnd } from './pair-end.ts';
import { Pipe, type PipeReader, type PipeWriter } from './pipe.ts';
import type { Transport, TransportEvents } from './transport.ts';

/** What a pair can be told. */
export interface PairOptions {
  /** Bytes that the "kernel" holds for each direction; 64 KiB. */
  readonly capacity?: number;
  /** When a task runs: later, never within the call. `setImmediate`. */
  readonly schedule?: (task: () => void) => void;
  /** How many of the bytes that are there one read delivers; at most 64 KiB of them where it is left out. */
  readonly chunk?: (available: number) => number;
}

/** Both ends. */
export interface TransportPair {
  readonly server: Transport;
  readonly client: PairEnd;
}

/**
 * Makes a connected pair. The server's `destroy` is close(2): bytes that the kernel took still arrive, and the client
 * is reset only where it had sent something that was not read.
 */
export function transportPair(options: PairOptions = {}): TransportPair {
  const { capacity = 64 * 1024, chunk = (available) => Math.min(available, 64 * 1024) } = options;
  const { schedule = (task) => void setImmediate(task) } = options;
  const up = new Pipe(capacity, chunk, schedule);
  const down = new Pipe(capacity, chunk, schedule);
  const server = new PairTransport(up, down, schedule);
  return { server, client: pairEnd(new PairTransport(down, up, schedule)) };
}

export type { PairEnd } from './pair-end.ts';

class PairTransport implements PairCarrier, PipeReader, PipeWriter {
  readonly peerName: string = 'pair';
  readonly #in: Pipe;
  readonly #out: Pipe;
  readonly #schedule: (task: () => void) => void;
  #events: TransportEvents | undefined;
  #isClosed = false;
  #error: Error | undefined;

  constructor(incoming: Pipe, outgoing: Pipe, schedule: (task: () => void) => void) {
    this.#in = incoming;
    this.#out = outgoing;
    this.#schedule = schedule;
    incoming.reader = this;
    outgoing.writer = this;
  }

  get unsent(): number {
    return this.#out.waiting;
  }

  start(events: TransportEvents): void {
    this.#events = events;
    if (this.#isClosed) this.#schedule(() => events.onClose(this.#error));
    else this.#in.read(true);
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#isClosed) return false;
    if (!this.#out.isBroken && !this.#out.isEnded) return this.#out.write(chunks);
    if (this.#out.isBroken) this.#close(failure('EPIPE', 'write'));
    else this.reset(failure('ERR_STREAM_WRITE_AFTER_END', 'write'));
    return false;
  }

  pause(): void {
    this.#in.read(false);
  }

  resume(): void {
    this.#in.read(true);
  }

  end(): void {
    if (this.#isClosed) return;
    this.#out.end();
    this.#closeIfDone();
  }

  destroy(): void {
    if (this.#isClosed) return;
    // As close(2) does: what the peer sent in vain turns the goodbye into a reset.
    if (this.#in.length > 0) return this.reset();
    this.#out.abandon();
    this.#close(undefined);
  }

  /** Destroys, and takes back what the kernel has. */
  reset(error?: Error): void {
    if (this.#isClosed) return;
    this.#out.break();
    this.#close(error);
    this.#out.reader?.fail(failure('ECONNRESET', 'read'));
  }

  /** The other end has reset the connection. */
  fail(error: Error): void {
    this.#out.break();
    this.#close(error);
  }

  onArrived(bytes: Buffer): void {
    if (this.#isClosed) return;
    this.#events?.onRead(bytes, bytes.length);
    // What the reader kept of it, against the rules, must not look right.
    bytes.fill(GONE);
  }

  onEndArrived(): void {
    if (this.#isClosed) return;
    this.#events?.onEnd();
    this.#closeIfDone();
  }

  onTaken(): void {
    if (this.#isClosed) return;
    this.#out.isWriting = false;
    this.#events?.onWritten();
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#out.isEnded && !this.#out.isWriting && this.#in.isEndTold) this.#close(undefined);
  }

  #close(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#error = error;
    this.#in.break();
    const events = this.#events;
    if (events !== undefined) this.#schedule(() => events.onClose(error));
  }
}

const GONE = 0xdb;

function failure(code: string, call: string): Error {
  return Object.assign(new Error(`${call} ${code}`), { code, syscall: call });
}
