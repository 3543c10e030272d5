// The public API: the codemods in order, the rules they report, and the pipeline that runs them.
import { bufferCopySend } from './buffer-copy-send.ts';
import type { Codemod } from './facts/codemod.ts';
import { readonlyResponseHeader } from './readonly-response-header.ts';
import { signatureDrift } from './signature-drift.ts';

export { contractChoices } from './command-line/contract-choices.ts';
export { readOnlyChanges } from './contract/read-only-changes.ts';
export { type ShippedContract, shippedContracts } from './contract/shipped.ts';
export type { Codemod, CodemodInput, Rule, SiteCount, Verdict } from './facts/codemod.ts';
export type { Applicability, Finding, Related, Severity } from './facts/finding.ts';
export type { Contract, ContractText, ReadOnlyChange, Slot, SlotParameter } from './facts/slot.ts';
export type { TextEdit, TextRange } from './facts/text.ts';
export { type Hazard, hazards } from './hazards.ts';
export { type LanguageEntry, languageOf, languages } from './languages/index.ts';
export { rules } from './rules.ts';
export { errorCodes, MigrateError, type MigrateErrorCode } from './runner/errors.ts';
export type { FormatOptions } from './runner/format-touched-lines.ts';
export type { Ledger } from './runner/ledger.ts';
export { migrate } from './runner/migrate.ts';
export type { ContractChoice, MigrateRequest } from './runner/migrate-request.ts';
export { type ExitStatus, exitStatus, type FileResult, type Outcome } from './runner/outcome.ts';
export { type Reporter, reporters } from './runner/reporters/index.ts';
export { unifiedDiff } from './runner/unified-diff.ts';
export { type Refusal, type WriteOutcome, writeResults } from './runner/write.ts';
export { bufferCopySend, readonlyResponseHeader, signatureDrift };

/** What `check` runs: it reports and never edits. */
export const check: Codemod = signatureDrift;

/** Every codemod, in the order in which `run` and `list` take them. */
export const codemods: readonly Codemod[] = [readonlyResponseHeader, bufferCopySend, signatureDrift];
