// Keeps the event loop awake for a moment after a batch of pipelined requests: the next batch is often there sooner than
// a sleeping thread would be woken. Costs at most 50 us of processor time for each batch, and next to nothing where it is in vain.

/** Milliseconds that the loop stays awake for the next bytes. */
const AWAKE = 0.05;

/** A batch of fewer requests is no sign of another one. */
const LEAST_REQUESTS = 16;

/** Tries in vain, one after the other, before batches are let pass. */
const PATIENCE = 8;

/** After so many batches at most it is tried again. */
const MOST_SKIPPED = 256;

/** One for each server. */
export class BusyPoll {
  readonly #now: () => number;
  readonly #nextTurn: (task: () => void) => void;
  readonly #turn: () => void;
  #isAwake = false;
  #hasBytes = false;
  #until = 0;
  /** Tries in vain since the last that was not. */
  #vain = 0;
  /** Batches to let pass before the next try; twice as many after each try in vain. */
  #toSkip = 0;
  #skipped = 0;

  /** `nextTurn` runs a task in the event loop's next turn, and keeps the loop from sleeping until then. */
  constructor(
    nextTurn: (task: () => void) => void = setImmediate,
    now: () => number = () => performance.now(),
  ) {
    this.#nextTurn = nextTurn;
    this.#now = now;
    this.#turn = () => this.#onTurn();
  }

  /** Bytes came, on any connection. */
  onBytes(): void {
    this.#hasBytes = true;
  }

  /** A batch was handled. */
  onBatch(requests: number): void {
    if (requests < LEAST_REQUESTS) return;
    if (this.#isAwake) {
      this.#onWorth();
      this.#stayAwake();
    } else if (this.#skipped < this.#toSkip) {
      this.#skipped += 1;
    } else {
      this.#skipped = 0;
      this.#isAwake = true;
      this.#stayAwake();
      this.#nextTurn(this.#turn);
    }
  }

  #stayAwake(): void {
    this.#hasBytes = false;
    this.#until = this.#now() + AWAKE;
  }

  #onTurn(): void {
    if (!this.#hasBytes && this.#now() < this.#until) return this.#nextTurn(this.#turn);
    this.#isAwake = false;
    if (this.#hasBytes) this.#onWorth();
    else this.#onVain();
  }

  #onWorth(): void {
    this.#vain = 0;
    this.#toSkip = 0;
  }

  #onVain(): void {
    this.#vain += 1;
    if (this.#vain >= PATIENCE) this.#toSkip = Math.min(MOST_SKIPPED, this.#toSkip * 2 + 1);
  }
}
