// What a codemod is to the runner: an id, words for people, and one function from facts to findings.
import type { Finding, Severity } from './finding.ts';
import type { Language, Program } from './language.ts';
import type { Contract, ReadOnlyChange } from './slot.ts';

/** Everything a codemod may look at, for one language of one tree. */
export interface CodemodInput {
  readonly program: Program;
  readonly language: Pick<Language, 'id' | 'compilerSeesWrites'>;
  /** The contract to conform to. */
  readonly contract: Contract;
  /** The contract was named by the user: the tree's own copies of it are what it replaces, and no drift. */
  readonly contractReplacesCopies?: boolean;
  /** The user named the codemod; a default one is silent where the contracts in force ask for nothing of its kind. */
  readonly isNamed?: boolean;
  /** What became read-only on the way to it. */
  readonly changes: readonly ReadOnlyChange[];
}

/** Sites looked at; `found` is the sum of the others. */
export interface SiteCount {
  readonly found: number;
  /** Sites with automatic edits. */
  readonly edited: number;
  readonly fine: number;
  readonly review: number;
}

/** A codemod's answer. Findings in file order; one per site that is not fine. */
export interface Verdict {
  readonly findings: readonly Finding[];
  readonly sites: SiteCount;
}

/** One migration or check. `id` is the string of the file, the CLI, the fixtures, README and CHANGELOG. */
export interface Codemod {
  readonly id: string;
  /** What it asks a program for: who fills the contract's slots, or who sends on the old path. Only such files are parsed. */
  readonly about: 'slots' | 'sends';
  /** One line for `list`. */
  readonly summary: string;
  /** Plain text for `explain`: what it rewrites, what it leaves for review, an example before and after. */
  readonly explanation: string;
  readonly decide: (input: CodemodInput) => Verdict;
}

/** One kind of finding. */
export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  readonly summary: string;
  /** Plain text for `explain`: what is wrong, why no compiler says so, an example, what to do. */
  readonly explanation: string;
}
