import { expect, test } from 'vitest';
import type { Finding } from '../../../codemods/facts/finding.ts';
import { type FileTally, type LedgerEntries, ledgerOf } from '../../../codemods/runner/ledger.ts';

const tally: FileTally = {
  seen: ['a', 'b', 'c', 'd'],
  parsed: new Set(['a', 'b']),
  failures: [{ file: 'b', reason: 'unparsable', detail: 'stray "!"' }],
  partlyParsed: [],
};
const review = (reason: string): Finding => ({
  rule: 'r',
  severity: 'error',
  applicability: 'review',
  message: 'm',
  reason,
  range: { file: 'a', start: 0, end: 1 },
  related: [],
  edits: [],
});
const entries: LedgerEntries = {
  tallies: [tally, { ...tally, seen: ['x'], parsed: new Set(), failures: [] }],
  sites: [
    { found: 3, edited: 1, fine: 0, review: 2 },
    { found: 1, edited: 0, fine: 1, review: 0 },
  ],
  findings: [
    review('written to'),
    review('written to'),
    review('escapes'),
    { ...review('a note'), severity: 'info' },
  ],
  warnings: ['w'],
};

test('adds languages and codemods up and counts reasons', () => {
  expect(ledgerOf(entries)).toEqual({
    files: { seen: 5, scannedOut: 3, parsed: 1, failed: 1 },
    sites: { found: 4, edited: 1, fine: 1, review: 2, reasons: { 'written to': 2, escapes: 1 } },
    failures: tally.failures,
    partlyParsed: [],
    warnings: ['w'],
  });
});

test('refuses sites that do not add up', () => {
  expect(() => ledgerOf({ ...entries, sites: [{ found: 3, edited: 1, fine: 0, review: 1 }] })).toThrowError(
    expect.objectContaining({ code: 'ledger-mismatch' }),
  );
});

test('refuses a parsed file that was never seen', () => {
  const stray = { ...tally, parsed: new Set(['nowhere']) };
  expect(() => ledgerOf({ ...entries, tallies: [stray] })).toThrowError(
    expect.objectContaining({ code: 'ledger-mismatch' }),
  );
});
