// What a run is asked for, as data.
import type { Codemod } from '../facts/codemod.ts';
import type { Language } from '../facts/language.ts';
import type { Contract, ReadOnlyChange } from '../facts/slot.ts';
import type { LanguageEntry } from '../languages/index.ts';
import type { FormatOptions } from './format-touched-lines.ts';

/** The contract files of one language, absolute or relative to `cwd`. No `from`: everything read-only in `to` became so. */
export interface ContractChoice {
  readonly language: Language['id'];
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** `to` was named by the user: copies of it in the tree are what it replaces, and no drift. */
  readonly replacesCopies: boolean;
}

/** One run of `check` or `run`. */
export interface MigrateRequest {
  readonly mode: 'check' | 'run';
  /** Absolute path that the other paths are relative to. */
  readonly cwd: string;
  readonly paths: readonly string[];
  readonly codemods: readonly Codemod[];
  /** The user chose the codemods; by default all that edit are run. */
  readonly codemodsAreNamed?: boolean;
  /** Only files of these languages are looked at. */
  readonly contracts: readonly ContractChoice[];
  readonly languages: readonly LanguageEntry[];
  /** What became read-only between two contracts. */
  readonly changesBetween: (from: Contract | undefined, to: Contract) => readonly ReadOnlyChange[];
  readonly format: FormatOptions;
  /** Told before each step. */
  readonly onStep?: (step: string, done: number, total: number) => void;
}
