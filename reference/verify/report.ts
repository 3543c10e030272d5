// What `verify` answers, as data. How it looks is format-report.ts.
import type { PlayCounts } from './recording.ts';

/** Something that the migrated engine does otherwise. */
export interface Difference {
  /**
   * `bytes`: a client got something else. `close`: the server closed a connection elsewhere, or did not. `release`: an
   * item was given back a different number of times. `header-write`: the engine after wrote to a response header.
   * `violation`: a side broke a rule by itself. `failure`: a side could not be played to its end.
   */
  readonly kind: 'bytes' | 'close' | 'release' | 'header-write' | 'violation' | 'failure';
  /** One sentence: what differs. */
  readonly message: string;
  /** The request that caused it, decoded; what was done instead of one where there was none. */
  readonly request: string;
  /** Each side in words, decoded where it is packets. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** A run in which something differed. */
export interface DifferentRun {
  /** 0 for a trace. */
  readonly run: number;
  readonly profile: string;
  readonly send: string;
  /** The share of the engine's calls that were made to wait or to fail. */
  readonly injection: number;
  readonly differences: readonly Difference[];
  /** What clients did, in the shortest conversation that was found to show it: one line for each packet or event. */
  readonly conversation: readonly string[];
  /** How many steps the whole conversation has. */
  readonly steps: number;
}

/** What both engines were made to do. */
export interface VerifyCounts extends Readonly<PlayCounts> {
  readonly conversations: number;
  /** Writes to response headers by the engine before, which its contract allowed. */
  readonly headerWritesBefore: number;
}

/** The outcome of a comparison. */
export interface VerifyReport {
  readonly isEqual: boolean;
  readonly seed: number;
  readonly counts: VerifyCounts;
  /** The fields whose values are not compared but their order of appearance, because the engine before makes them up. */
  readonly normalised: readonly string[];
  readonly different: readonly DifferentRun[];
  /** The command that repeats a run, as far as it is known here. */
  readonly repeat: string;
}
