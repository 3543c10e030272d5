import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../codemods/facts/finding.ts';
import { ledgerOf } from '../../../codemods/runner/ledger.ts';
import { exitStatus, type Outcome } from '../../../codemods/runner/outcome.ts';

const finding = (severity: Finding['severity'], applicability: Finding['applicability']): Finding => ({
  rule: 'r',
  severity,
  applicability,
  message: 'm',
  range: { file: 'a', start: 0, end: 0 },
  related: [],
  edits: [],
});

function outcome(
  mode: Outcome['mode'],
  findings: readonly Finding[],
  failed = false,
): Pick<Outcome, 'mode' | 'findings' | 'ledger' | 'nothing'> {
  const failures = failed ? [{ file: 'a', reason: 'binary' as const }] : [];
  const tallies = [{ seen: ['a'], parsed: new Set<string>(), failures, partlyParsed: [] }];
  return {
    mode,
    findings,
    nothing: undefined,
    ledger: ledgerOf({ tallies, sites: [], findings, warnings: [] }),
  };
}

describe('exitStatus', () => {
  test.each([
    ['0 for nothing found', outcome('check', []), 0],
    ['0 for notes', outcome('check', [finding('info', 'review')]), 0],
    ['1 for drift that run would edit', outcome('check', [finding('error', 'automatic')]), 1],
    ['1 for a warning', outcome('check', [finding('warning', 'review')]), 1],
    ['0 for a run that edited everything', outcome('run', [finding('error', 'automatic')]), 0],
    ['1 for a run that left a site for review', outcome('run', [finding('warning', 'review')]), 1],
    ['2 for a file that failed, drift or not', outcome('check', [finding('error', 'automatic')], true), 2],
    ['2 when nothing was looked at', { ...outcome('check', []), nothing: 'No file' }, 2],
  ])('is %s', (_, of, status) => {
    expect(exitStatus(of)).toBe(status);
  });
});
