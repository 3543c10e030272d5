// When a connection is over because nothing happens on it. Looks at clocks and counters; closes nothing itself.
import type { Bufferevent } from './bufferevent/bufferevent.ts';
import type { Host } from './command.ts';

/** Seconds that a command may wait after its client has closed its side. */
const PARKED_SECONDS = 5;

/** Seconds that a closed connection waits for its client to close too: closing first could take back the last response. */
const LINGER_SECONDS = 2;

/** Seconds in which a client has to take something of what is queued on a closed connection (kv_engine drops it, too). */
const STUCK_SECONDS = 30;

/** How a connection is. */
export interface ConnectionState {
  readonly isClosing: boolean;
  /** A command waits for its engine. */
  readonly isBlocked: boolean;
  /** The client has closed its side. */
  readonly hasEnded: boolean;
  readonly isReplicating: boolean;
}

/** One for each connection. */
export class ConnectionWatch {
  readonly #host: Host & { readonly idleTimeout: number };
  readonly #bufferevent: Bufferevent;
  /** Second of the server's clock in which the last bytes came or went. */
  #lastActive: number;
  #endedAt = 0;
  /** A second ago. */
  #writtenBefore = 0;
  #unsentBefore = 0;

  constructor(host: Host & { readonly idleTimeout: number }, bufferevent: Bufferevent) {
    this.#host = host;
    this.#bufferevent = bufferevent;
    this.#lastActive = host.clock.seconds;
  }

  onBytes(): void {
    const { clock } = this.#host;
    clock.refresh();
    this.#lastActive = clock.seconds;
  }

  onEnd(): void {
    this.#endedAt = this.#host.clock.seconds;
  }

  /** To be asked once a second. */
  isOver({ isClosing, isBlocked, hasEnded, isReplicating }: ConnectionState): boolean {
    const { clock, idleTimeout } = this.#host;
    // A client that takes its responses is there, however slowly it reads.
    if (this.#hasSent()) this.#lastActive = clock.seconds;
    const idle = clock.seconds - this.#lastActive;
    if (isBlocked) return hasEnded && clock.seconds - this.#endedAt >= PARKED_SECONDS;
    if (isClosing) return idle >= (this.#bufferevent.output.length === 0 ? LINGER_SECONDS : STUCK_SECONDS);
    return idleTimeout > 0 && idle >= idleTimeout && !isReplicating;
  }

  /**
   * Whether the kernel has taken anything since the last call. The length of the queue would not tell: as much may have
   * been added as was taken (kv_engine d30054c29).
   */
  #hasSent(): boolean {
    const { output, transport } = this.#bufferevent;
    const { unsent = 0 } = transport;
    const hasSent = output.drained !== this.#writtenBefore || unsent !== this.#unsentBefore;
    this.#writtenBefore = output.drained;
    this.#unsentBefore = unsent;
    return hasSent;
  }
}
