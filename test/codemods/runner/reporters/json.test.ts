import { describe, expect, test } from 'vitest';
import { json } from '../../../../codemods/runner/reporters/json.ts';
import { reportOf } from '../../../../codemods/runner/reporters/report.ts';
import { sampleOutcome } from '../../../support/sample-outcome.ts';

const render = (mode: 'check' | 'run', extra = {}): unknown =>
  JSON.parse(json.render(reportOf(sampleOutcome(mode), extra), (_, text) => text));

describe('json', () => {
  test('has the published shape, lines and columns from 1', () => {
    const outcome = sampleOutcome('check');
    expect(render('check')).toEqual({
      findings: [
        {
          rule: 'slot-never-assigned',
          severity: 'info',
          applicability: 'review',
          message: 'open is never assigned',
          reason: 'a caller has to test it',
          file: 'gone.c',
          line: 1,
          column: 1,
          endLine: 1,
          endColumn: 1,
          expected: null,
          found: null,
          related: [],
        },
        expect.objectContaining({ line: 1, column: 5, endLine: 1, endColumn: 6, applicability: 'automatic' }),
        {
          rule: 'mutable-parameter',
          severity: 'error',
          applicability: 'review',
          message: 'handler has T*\nwhere the contract has const T*',
          reason: 'it is written to',
          file: 'src/a.c',
          line: 2,
          column: 10,
          endLine: 2,
          endColumn: 21,
          expected: 'void (const T*)',
          found: 'void (T*)',
          related: [{ file: '/contract.h', line: 2, column: 3, message: "the contract's handler" }],
        },
      ],
      ledger: JSON.parse(JSON.stringify(outcome.ledger)),
    });
  });

  test('carries the diff of a run, or the files that were written', () => {
    expect(render('run', { diff: '--- a\n' })).toHaveProperty('diff', '--- a\n');
    expect(render('run', { written: ['a.c'] })).toHaveProperty('written', ['a.c']);
    expect(Object.keys(render('check') as object)).toEqual(['findings', 'ledger']);
  });
});
