// Today's connection without a socket: what an engine sends is written down, what it chains is watched until released.
import type { Connection, ReadonlyBytes } from '../../engine/contract.ts';
import { show } from '../failure.ts';
import { LentMemory } from './lent-memory.ts';
import type { MockConnection } from './mock-connection.ts';
import type { Violations } from './violations.ts';

/** Copies at once, and chains with a release. */
export class RecordingConnection implements MockConnection, Connection {
  isOpen = false;
  readonly #violations: Violations;
  readonly #sent: Uint8Array[] = [];
  #lent: { memory: LentMemory; release: () => void }[] = [];

  constructor(violations: Violations) {
    this.#violations = violations;
  }

  get forEngine(): Connection {
    return this;
  }

  get outstanding(): number {
    return this.#lent.length;
  }

  copyToOutputStream(data: ReadonlyBytes): void {
    if (!this.#mayUse('copyToOutputStream')) return;
    if (typeof data !== 'object' || typeof data?.slice !== 'function') {
      this.#violations.add(`copyToOutputStream got ${show(data)} in place of bytes`);
      return;
    }
    this.#sent.push(new Uint8Array(data.slice()));
  }

  chainDataToOutputStream(buffer: Uint8Array, release: () => void): void {
    if (!this.#mayUse('chainDataToOutputStream')) return;
    if (!(buffer instanceof Uint8Array) || typeof release !== 'function') {
      this.#violations.add(`chainDataToOutputStream got (${show(buffer)}, ${show(release)})`);
      return;
    }
    if (buffer.length === 0) throw new RangeError('chainDataToOutputStream: there are no bytes to send.');
    const memory = new LentMemory(buffer);
    this.#sent.push(memory.bytes);
    this.#lent.push({ memory, release });
  }

  sent(): Uint8Array {
    return Buffer.concat(this.#sent);
  }

  settle(): void {
    const lent = this.#lent;
    this.#lent = [];
    for (const { memory, release } of lent) {
      const at = memory.firstChange();
      if (at >= 0) {
        this.#violations.add(
          `memory given to chainDataToOutputStream changed before its release (byte ${at})`,
        );
      }
      try {
        release();
      } catch (error) {
        this.#violations.add(`a release given to chainDataToOutputStream threw ${show(error)}`);
      }
    }
  }

  #mayUse(method: string): boolean {
    if (this.isOpen) return true;
    this.#violations.add(`${method} was called while no slot of this cookie ran`);
    return false;
  }
}
