// What a run came to, and the exit status that says so.
import type { Finding } from '../facts/finding.ts';
import type { Ledger } from './ledger.ts';

/** The whole new text of one file. */
export interface FileResult {
  readonly file: string;
  readonly original: string;
  readonly edited: string;
}

/** Everything that a report or a write needs. */
export interface Outcome {
  readonly mode: 'check' | 'run';
  readonly root: string;
  /** By file and position. In a run, `automatic` ones are part of `results`. */
  readonly findings: readonly Finding[];
  /** By file; always empty for a check. */
  readonly results: readonly FileResult[];
  readonly ledger: Ledger;
  /** One line when there was nothing to judge: what was looked for and what to do next. */
  readonly nothing: string | undefined;
  /** Original text of a file or contract that a finding names. */
  readonly textOf: (file: string) => string | undefined;
}

/** 0 done or nothing to do; 1 drift found or sites left for review; 2 could not run. */
export type ExitStatus = 0 | 1 | 2;

/** The exit status of a run. A file that failed outweighs drift: a partial answer is no answer. */
export function exitStatus(outcome: Pick<Outcome, 'mode' | 'findings' | 'ledger' | 'nothing'>): ExitStatus {
  if (outcome.nothing !== undefined || outcome.ledger.files.failed > 0) return 2;
  const isLeft = outcome.ledger.sites.review > 0;
  return isLeft || outcome.findings.some((finding) => isOpen(finding, outcome.mode)) ? 1 : 0;
}

/** True for a finding that somebody still has to act on once the command is through. */
export function isOpen(finding: Finding, mode: Outcome['mode']): boolean {
  if (finding.severity === 'info') return false;
  return mode === 'check' || finding.applicability === 'review';
}
