// Tasks that must not overlap, one after the other: a server that stops while it restarts does one, and then the other.

/** Runs each task when those before it are over, however they ended. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as the task does, which begins later and never within the call. */
  take<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#last.then(task);
    this.#last = run.catch(() => {});
    return run;
  }
}
