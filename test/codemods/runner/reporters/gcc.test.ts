import { expect, test } from 'vitest';
import { gcc } from '../../../../codemods/runner/reporters/gcc.ts';
import { reportOf } from '../../../../codemods/runner/reporters/report.ts';
import { sampleOutcome } from '../../../support/sample-outcome.ts';

const render = (mode: 'check' | 'run', diff?: string): string =>
  gcc.render(reportOf(sampleOutcome(mode), { diff }), (_, text) => text);

test('prints one line per place, as compilers do', () => {
  expect(render('check').split('\n')).toEqual([
    'gone.c:1:1: note: open is never assigned (a caller has to test it) [slot-never-assigned]',
    'src/a.c:1:5: error: x becomes read-only; expected void (const T*), found void (T*) (it is written to) [mutable-parameter]',
    'src/a.c:2:10: error: handler has T* where the contract has const T*; expected void (const T*), found void (T*) (it is written to) [mutable-parameter]',
    "/contract.h:2:3: note: the contract's handler",
    'bin.c:1:1: error: binary [binary]',
    '',
  ]);
});

test('leaves out what a run has edited and prints its diff first', () => {
  const text = render('run', '--- a/src/a.c\n');
  expect(text).toMatch(/^--- a\/src\/a\.c\n/);
  expect(text).not.toContain('src/a.c:1:5');
  expect(text).toContain('src/a.c:2:10: error:');
});
