// What an engine did to the core that no slot's answer shows: kept until the test looks.
import { ConformanceFailure } from '../failure.ts';

/** A list of breaches of the contract, each in words without a full stop. */
export class Violations {
  readonly #found: string[] = [];

  add(text: string): void {
    this.#found.push(text);
  }

  /** @throws ConformanceFailure with everything that was found, where something was. */
  check(): void {
    if (this.#found.length === 0) return;
    const shown = [...new Set(this.#found)].slice(0, 5);
    this.#found.length = 0;
    throw new ConformanceFailure(`${shown.join('; ')}.`);
  }
}
