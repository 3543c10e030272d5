import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../../codemods/runner/outcome.ts';
import { pretty } from '../../../../codemods/runner/reporters/pretty.ts';
import { type Paint, reportOf } from '../../../../codemods/runner/reporters/report.ts';
import { sampleOutcome } from '../../../support/sample-outcome.ts';

const plain: Paint = (_, text) => text;
const render = (outcome: Outcome, extra = {}, paint = plain): string =>
  pretty.render(reportOf(outcome, extra), paint);

describe('pretty', () => {
  test('shows what is open with its source line, then notes, then the ledger', () => {
    expect(render(sampleOutcome('run'))).toBe(`error[mutable-parameter]: handler has T*
where the contract has const T*
 --> src/a.c:2:10
  |
2 | \thandler(T* response);
  | \t        ^^^^^^^^^^^
  = expected: void (const T*)
  = found:    void (T*)
  = reason:   it is written to
  = /contract.h:2:3: the contract's handler

note[slot-never-assigned] gone.c:1:1: open is never assigned

failed bin.c is a binary file
warning clang-format is not on PATH
1 statement of 1 file did not parse: nothing is edited there, and the json report lists them
files: 3 seen = 1 scanned out + 1 parsed + 1 failed
sites: 4 found = 1 edited + 1 fine + 2 for review
  1 for review: held back by another site that it changes together with
  1 for review: it is written to
`);
  });

  test('prints the diff of a run first and lists the files that were written', () => {
    expect(render(sampleOutcome('run'), { diff: '--- a\n+++ b\n@@ @@\n-x\n+y\n' })).toMatch(
      /^--- a\n.*\n\+y\n\nerror/s,
    );
    expect(render(sampleOutcome('run'), { written: ['src/a.c'] })).toContain('\nwritten src/a.c\n');
  });

  test('paints severities, marks and diffs', () => {
    const tagged: Paint = (style, text) => `<${style}>${text}</${style}>`;
    const text = render(sampleOutcome('run'), { diff: '--- a\n+++ b\n@@ @@\n-x\n+y\n z\n' }, tagged);
    expect(text).toContain(
      '<bold>--- a</bold>\n<bold>+++ b</bold>\n<cyan>@@ @@</cyan>\n<red>-x</red>\n<green>+y</green>\n z\n',
    );
    expect(text).toContain('<red>error[mutable-parameter]</red>');
    expect(text).toContain('<red>^^^^^^^^^^^</red>');
  });

  test('lets no control character of a source reach the terminal', () => {
    const outcome = sampleOutcome('run');
    const text = '\uFEFFint x;\r\n\t\u001b[2JT* response;';
    expect(render({ ...outcome, textOf: () => text })).not.toContain('\u001b');
  });

  test('shows only the surroundings in a very long line', () => {
    const outcome = sampleOutcome('check');
    const long = `${' '.repeat(5000)}T* response${' '.repeat(5000)}`;
    const [drift] = outcome.findings.slice(-1);
    if (drift === undefined) throw new Error('the sample has no drift');
    const finding = { ...drift, range: { file: 'a.c', start: 5000, end: 5011 } };
    const [source = '', mark = ''] = render({ ...outcome, findings: [finding], textOf: () => long })
      .split('\n')
      .slice(4);
    expect(source.length).toBeLessThan(200);
    expect(mark.indexOf('^')).toBe(source.indexOf('T* response'));
    expect(mark).toMatch(/ \^{11}$/);
  });
});
