// The order in which everything is reported: by file name in code units, then by position.
import type { Finding } from '../facts/finding.ts';

/** Compares two texts by code units, the same on every machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Compares two findings by file, position and rule. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    compareText(a.range.file, b.range.file) || a.range.start - b.range.start || compareText(a.rule, b.rule)
  );
}
