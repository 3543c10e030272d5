// The figures of a run. They are counted apart and then held against each other, so that nothing is lost silently.
import type { SiteCount } from '../facts/codemod.ts';
import type { Finding } from '../facts/finding.ts';
import { MigrateError } from './errors.ts';
import type { FileFailure } from './sources.ts';

/** A file with statements that did not parse; no edit touches those. Lines from 1. */
export interface PartlyParsed {
  readonly file: string;
  readonly broken: readonly { readonly line: number; readonly endLine: number }[];
}

/** What every run ends with. `seen` = `scannedOut` + `parsed` + `failed`; `found` = `edited` + `fine` + `review`. */
export interface Ledger {
  readonly files: {
    readonly seen: number;
    /** Do not mention the contract and were reached by no flow, so they were never parsed. */
    readonly scannedOut: number;
    readonly parsed: number;
    readonly failed: number;
  };
  readonly sites: {
    readonly found: number;
    readonly edited: number;
    readonly fine: number;
    readonly review: number;
    /** How often each reason for review was given. */
    readonly reasons: Readonly<Record<string, number>>;
  };
  readonly failures: readonly FileFailure[];
  readonly partlyParsed: readonly PartlyParsed[];
  readonly warnings: readonly string[];
}

/** Which files of one language were seen, and what became of them. */
export interface FileTally {
  readonly seen: readonly string[];
  readonly parsed: ReadonlySet<string>;
  readonly failures: readonly FileFailure[];
  readonly partlyParsed: readonly PartlyParsed[];
}

/** Everything that goes into a ledger. */
export interface LedgerEntries {
  readonly tallies: readonly FileTally[];
  readonly sites: readonly SiteCount[];
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
}

/**
 * Adds the entries up.
 * @throws MigrateError `ledger-mismatch` when the figures contradict each other.
 */
export function ledgerOf(entries: LedgerEntries): Ledger {
  const files = { seen: 0, scannedOut: 0, parsed: 0, failed: 0 };
  for (const tally of entries.tallies) {
    const failed = new Set(tally.failures.map((failure) => failure.file));
    const seen = new Set(tally.seen);
    files.seen += seen.size;
    files.scannedOut += [...seen].filter((file) => !failed.has(file) && !tally.parsed.has(file)).length;
    files.parsed += [...tally.parsed].filter((file) => !failed.has(file)).length;
    files.failed += failed.size;
  }
  const sites = { found: 0, edited: 0, fine: 0, review: 0 };
  for (const count of entries.sites) {
    sites.found += count.found;
    sites.edited += count.edited;
    sites.fine += count.fine;
    sites.review += count.review;
  }
  mustAddUp('files seen', files.seen, files.scannedOut + files.parsed + files.failed);
  mustAddUp('sites found', sites.found, sites.edited + sites.fine + sites.review);
  return {
    files,
    sites: { ...sites, reasons: countReasons(entries.findings, sites.review) },
    failures: entries.tallies.flatMap((tally) => tally.failures),
    partlyParsed: entries.tallies.flatMap((tally) => tally.partlyParsed),
    warnings: entries.warnings,
  };
}

function mustAddUp(what: string, total: number, sum: number): void {
  if (total !== sum) {
    throw new MigrateError(
      'ledger-mismatch',
      `The figures of this run do not add up: ${total} ${what}, ${sum} in all.`,
    );
  }
}

function countReasons(findings: readonly Finding[], review: number): Record<string, number> {
  const reasons: Record<string, number> = {};
  // A note asks for nothing, so it is no site that is left for review.
  for (const { applicability, reason, severity } of findings) {
    if (applicability === 'review' && severity !== 'info' && reason !== undefined)
      reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  const named = Object.values(reasons).reduce((sum, count) => sum + count, 0);
  // A site without a reason of its own stays as it is because the value goes on to one that has.
  if (review > named) reasons['held back by another site that it changes together with'] = review - named;
  return reasons;
}
