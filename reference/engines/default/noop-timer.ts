// The producer's question whether its consumer is alive: when it is asked, and when no answer came.
import {
  type Cookie,
  type DcpMessageProducers,
  EngineErrorCode,
  type RelTime,
} from '../../engine/contract.ts';

const { ENGINE_DISCONNECT, ENGINE_SUCCESS, ENGINE_WANT_MORE } = EngineErrorCode;

/** Seconds between two questions, where the consumer wants no other (ep-engine's `dcp_noop_tx_interval`). */
const INTERVAL = 180;

/** Opaques of questions; streams have the consumer's. */
const FIRST_OPAQUE = 0x1000_0000;

/** Reads the clock of whoever calls; has no timer. */
export class NoopTimer {
  isEnabled = false;
  /** Seconds. */
  interval: number = INTERVAL;
  #askedAt: RelTime;
  #opaque: number = FIRST_OPAQUE;
  #isWaiting = false;

  constructor(now: RelTime) {
    this.#askedAt = now;
  }

  enable(isEnabled: boolean, now: RelTime): void {
    this.isEnabled = isEnabled;
    this.#askedAt = now;
    this.#isWaiting = false;
  }

  /** ENGINE_WANT_MORE where it asked; ENGINE_DISCONNECT where no answer came for an interval. */
  step(cookie: Cookie, producers: DcpMessageProducers, now: RelTime): EngineErrorCode {
    if (!this.isEnabled || now - this.#askedAt < this.interval) return ENGINE_SUCCESS;
    if (this.#isWaiting) return ENGINE_DISCONNECT;
    const code = producers.noop(cookie, this.#opaque);
    if (code !== ENGINE_SUCCESS) return code;
    this.#isWaiting = true;
    this.#askedAt = now;
    return ENGINE_WANT_MORE;
  }

  /** False where this is no answer to what was asked. */
  onResponse(opaque: number): boolean {
    if (!this.#isWaiting || opaque !== this.#opaque) return false;
    this.#isWaiting = false;
    this.#opaque += 1;
    return true;
  }
}
