// The server's clock: seconds since it started, as engines count them. Real or turned by a test.

/** Up to this many seconds an expiry is relative; above it is seconds since 1970 (docs/BinaryProtocol.md, 30 days). */
const MAX_RELATIVE = 60 * 60 * 24 * 30;

/** The first second of a server: 0 means "never" to engines. */
const FIRST_SECOND = 2;

/** Where time comes from. */
export interface TimeSource {
  /** Milliseconds since some fixed point; never goes back. */
  now(): number;
  /** Seconds since 1970 at `now()`. */
  epoch(): number;
  /** Calls `tick` about once a second, until the function that it answers is called. */
  everySecond(tick: () => void): () => void;
}

/** The machine's time. */
export const systemTime: TimeSource = {
  now: () => performance.now(),
  epoch: () => Date.now() / 1000,
  everySecond: (tick) => {
    const timer = setInterval(tick, 1000).unref();
    return () => clearInterval(timer);
  },
};

/** Time that stands still until a test moves it. */
export interface VirtualTime extends TimeSource {
  advance(seconds: number): void;
}

/** Makes time that a test moves; `epoch` is where it begins, in seconds since 1970. */
export function virtualTime(epoch = 1_700_000_000): VirtualTime {
  let elapsed = 0;
  const ticks = new Set<() => void>();
  return {
    now: () => elapsed * 1000,
    epoch: () => epoch + elapsed,
    everySecond: (tick) => {
      ticks.add(tick);
      return () => ticks.delete(tick);
    },
    advance: (seconds) => {
      const end = elapsed + seconds;
      while (elapsed < end) {
        // A tick at each whole second on the way.
        elapsed = Math.min(end, Math.floor(elapsed) + 1);
        for (const tick of ticks) tick();
      }
    },
  };
}

/** Seconds for engines, read from the source only by `refresh`: the same within one batch of requests. */
export class ServerClock {
  /** Seconds since the server started, from 2 up. */
  seconds: number = FIRST_SECOND;
  readonly #source: TimeSource;
  readonly #startedAt: number;
  /** Seconds since 1970 at second 0. */
  readonly #epoch: number;

  constructor(source: TimeSource = systemTime) {
    this.#source = source;
    this.#startedAt = source.now();
    this.#epoch = Math.floor(source.epoch()) - FIRST_SECOND;
  }

  /** Looks at the time; true where another second began. */
  refresh(): boolean {
    const seconds = FIRST_SECOND + Math.floor((this.#source.now() - this.#startedAt) / 1000);
    const isLater = seconds > this.seconds;
    if (isLater) this.seconds = seconds;
    return isLater;
  }

  /** Seconds that the server is up. */
  get uptime(): number {
    return this.seconds - FIRST_SECOND;
  }

  /** A client's expiry as seconds of this clock; see `ServerCoreApi.realtime`. */
  realtime(exptime: number): number {
    if (exptime === 0) return 0;
    if (exptime <= MAX_RELATIVE) return exptime < 0 ? 1 : exptime + this.seconds;
    // Gone before the server began: expired, which 0 would not say.
    return Math.max(1, exptime - this.#epoch);
  }

  /** Seconds of this clock as seconds since 1970. */
  abstime(seconds: number): number {
    return seconds + this.#epoch;
  }
}
