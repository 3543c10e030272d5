// What codemods and the check say: findings, with the edits that would settle them. Plain data.
import type { TextEdit, TextRange } from './text.ts';

/** `automatic`: `run` makes the edit by itself. `review`: a person has to look, and `reason` says why. */
export type Applicability = 'automatic' | 'review';

/** `error` and `warning` make the exit status 1; `info` never does. */
export type Severity = 'error' | 'warning' | 'info';

/** A second place that explains a finding: the slot assignment, the contract's declaration, a step of a path. */
export interface Related {
  readonly range: TextRange;
  readonly message: string;
}

/** What a codemod or the check says about one place. Data only: the runner applies it, a reporter prints it. */
export interface Finding {
  /** Stable id of a rule or a codemod, as `explain` takes it. */
  readonly rule: string;
  readonly severity: Severity;
  readonly applicability: Applicability;
  readonly message: string;
  /** Why nothing was edited; always there when `applicability` is `review`. */
  readonly reason?: string;
  readonly range: TextRange;
  /** The signature or type that the contract asks for, in the language of the file. */
  readonly expected?: string;
  /** What stands there now. */
  readonly found?: string;
  readonly related: readonly Related[];
  readonly edits: readonly TextEdit[];
  /** Findings that name the same group are applied together or not at all. */
  readonly together?: string;
}
