// What a recording connection of either contract shows to the harness.
import type { Connection } from '../../engine/contract.ts';
import type { Connection as V1Connection } from '../../engine/v1.ts';

/** The send side of a cookie's connection, without a socket. */
export interface MockConnection {
  /** Set while a slot runs: only then may an engine send. */
  isOpen: boolean;
  /** Everything sent so far, in the order of the calls. */
  sent(): Uint8Array;
  /** How many pieces of memory the engine lent that were not given back yet. */
  readonly outstanding: number;
  /** The kernel took everything, or the connection died: lent memory is looked at and given back. */
  settle(): void;
  /** What the engine gets. */
  readonly forEngine: Connection | V1Connection;
}
