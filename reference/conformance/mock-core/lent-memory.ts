// Memory that an engine lent to the core. Knows whether it changed since; gives nothing back.

/** Memory that must not change for a while. */
export class LentMemory {
  readonly #memory: Uint8Array;
  readonly #copy: Uint8Array;

  constructor(memory: Uint8Array) {
    this.#memory = memory;
    this.#copy = new Uint8Array(memory);
  }

  get bytes(): Uint8Array {
    return this.#copy;
  }

  /** The first byte that is another one now; -1 where all are the same. */
  firstChange(): number {
    if (Buffer.compare(this.#memory, this.#copy) === 0) return -1;
    return this.#copy.findIndex((byte, at) => this.#memory[at] !== byte);
  }
}
