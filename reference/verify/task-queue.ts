// Tasks in the order in which they were scheduled, run when somebody says so: the deterministic stand-in for the event loop.

/** A queue of tasks. A task may schedule more. */
export class TaskQueue {
  #tasks: (() => void)[] = [];
  #at = 0;

  get length(): number {
    return this.#tasks.length - this.#at;
  }

  /** A field, so that it can be handed around. */
  readonly schedule = (task: () => void): void => {
    this.#tasks.push(task);
  };

  /** Runs the first task; false where there was none. */
  runOne(): boolean {
    const task = this.#tasks[this.#at];
    if (task === undefined) return false;
    this.#at += 1;
    if (this.#at === this.#tasks.length) {
      this.#tasks = [];
      this.#at = 0;
    }
    task();
    return true;
  }

  /** Runs tasks until there are none. @throws Error after `limit` of them: something goes round in circles. */
  run(limit = 1_000_000): void {
    for (let count = 0; this.runOne(); count++)
      if (count === limit) throw new Error(`${limit} tasks were run, and there are more.`);
  }
}
