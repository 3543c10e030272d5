import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../codemods/facts/finding.ts';
import type { ResultProblem } from '../../../codemods/facts/language.ts';
import { type SettleInput, settle } from '../../../codemods/runner/settle.ts';

const originals: Readonly<Record<string, string>> = {
  'a.c': 'int a;\nint b;\nint c;\n',
  'b.c': 'int d;\n',
};

/** A finding that replaces one word, wherever it stands. */
function replace(file: string, word: string, text: string, rule = 'rule'): Finding {
  const start = (originals[file] ?? '').indexOf(word);
  const range = { file, start, end: start + word.length };
  return {
    rule,
    severity: 'error',
    applicability: 'automatic',
    message: `${word} to ${text}`,
    range,
    related: [],
    edits: [{ ...range, text }],
  };
}

/** A compiler that complains about every occurrence of a text. */
const complains =
  (about: string, at = about) =>
  (texts: ReadonlyMap<string, string>): readonly ResultProblem[] =>
    [...texts].flatMap(([file, text]) => {
      const start = text.indexOf(at);
      const range = { file, start, end: start + at.length };
      return text.includes(about) ? [{ range, message: `no ${about}` }] : [];
    });

function input(findings: readonly Finding[], more: Partial<SettleInput> = {}): SettleInput {
  return {
    findings,
    textOf: (file) => originals[file],
    broken: new Map(),
    verify: () => [],
    format: async () => ({ skipped: true }),
    secondPass: async () => [],
    ...more,
  };
}

describe('settle', () => {
  test('applies findings of several files', async () => {
    const settled = await settle(input([replace('b.c', 'd', 'D'), replace('a.c', 'a', 'A')]));
    expect(settled.results).toEqual([
      { file: 'a.c', original: originals['a.c'], edited: 'int A;\nint b;\nint c;\n' },
      { file: 'b.c', original: originals['b.c'], edited: 'int D;\n' },
    ]);
    expect(settled).toMatchObject({ demoted: 0, added: 0, warnings: [] });
  });

  test('leaves findings whose edits overlap for review, each naming the other, and applies the rest', async () => {
    const settled = await settle(
      input([
        replace('a.c', 'int a', 'X', 'one'),
        replace('a.c', 'a;', 'Y', 'two'),
        replace('a.c', 'c', 'C'),
      ]),
    );
    expect(settled.findings.slice(0, 2)).toMatchObject([
      { applicability: 'review', reason: 'its edit overlaps one of two', edits: [] },
      { applicability: 'review', reason: 'its edit overlaps one of one', edits: [] },
    ]);
    expect(settled.results).toEqual([
      { file: 'a.c', original: originals['a.c'], edited: 'int a;\nint b;\nint C;\n' },
    ]);
    expect(settled.demoted).toBe(2);
  });

  test('applies findings of one group together or not at all, and says which one was in the way', async () => {
    const together = 'ship_log';
    const settled = await settle(
      input(
        [
          { ...replace('a.c', 'a', 'A'), together },
          { ...replace('b.c', 'd', 'BAD'), together },
          { ...replace('a.c', 'c', 'C'), together: 'ship_nothing' },
        ],
        { verify: complains('BAD') },
      ),
    );
    expect(settled.findings).toMatchObject([
      { applicability: 'review', reason: expect.stringMatching(/^it changes together with .*no BAD/) },
      { applicability: 'review', reason: expect.stringMatching(/^the result would not compile: no BAD/) },
      { applicability: 'automatic' },
    ]);
    expect(settled.results).toEqual([
      { file: 'a.c', original: originals['a.c'], edited: 'int a;\nint b;\nint C;\n' },
    ]);
    expect(settled.demoted).toBe(2);
  });

  test('drops all edits of a finding when one of them does not hold', async () => {
    const both = {
      ...replace('a.c', 'a', 'A'),
      edits: [...replace('a.c', 'a', 'A').edits, ...replace('b.c', 'd', 'BAD').edits],
    };
    const settled = await settle(input([both], { verify: complains('BAD') }));
    expect(settled.results).toEqual([]);
    expect(settled.findings).toMatchObject([{ reason: 'the result would not compile: no BAD (b.c:1)' }]);
  });

  test('blames the finding on the line of a problem', async () => {
    const settled = await settle(
      input([replace('a.c', 'a', 'A'), replace('a.c', 'b', 'BAD'), replace('a.c', 'c', 'C')], {
        verify: complains('BAD'),
      }),
    );
    expect(settled.findings.map((finding) => finding.reason)).toEqual([
      undefined,
      'the result would not compile: no BAD (a.c:2)',
      undefined,
    ]);
    expect(settled.results[0]?.edited).toBe('int A;\nint b;\nint C;\n');
  });

  test('finds who is to blame for a problem elsewhere', async () => {
    const settled = await settle(
      input([replace('a.c', 'a', 'A'), replace('a.c', 'b', 'BAD')], { verify: complains('BAD', 'int c') }),
    );
    expect(settled.findings.map((finding) => finding.applicability)).toEqual(['automatic', 'review']);
  });

  test('steps back altogether when nobody is to blame alone', async () => {
    const always: ResultProblem = { range: { file: 'z.c', start: 0, end: 1 }, message: 'never' };
    const settled = await settle(
      input([replace('a.c', 'a', 'A'), replace('a.c', 'b', 'B')], {
        verify: (texts) => (texts.size > 0 ? [always] : []),
      }),
    );
    expect(settled.results).toEqual([]);
    expect(settled.demoted).toBe(2);
  });

  test('goes on until the consequences of a dropped edit hold, too', async () => {
    // b may become B only together with a.
    const verify = (texts: ReadonlyMap<string, string>): readonly ResultProblem[] => {
      const text = texts.get('a.c') ?? '';
      if (text.includes('BAD')) return complains('BAD')(texts);
      return text.includes('int B') ? complains('int B')(texts) : [];
    };
    const settled = await settle(input([replace('a.c', 'a', 'BAD'), replace('a.c', 'b', 'B')], { verify }));
    expect(settled.results).toEqual([]);
    expect(settled.demoted).toBe(2);
  });

  test('edits nothing inside of a broken statement', async () => {
    const settled = await settle(
      input([replace('a.c', 'a', 'A'), replace('a.c', 'b', 'B')], {
        broken: new Map([['a.c', [{ start: 7, end: 13 }]]]),
      }),
    );
    expect(settled.findings[1]).toMatchObject({
      applicability: 'review',
      reason: 'the statement to edit does not parse',
    });
    expect(settled.results[0]?.edited).toBe('int A;\nint b;\nint c;\n');
  });

  test('leaves an edit outside of the tree for review', async () => {
    const outside = {
      ...replace('a.c', 'a', 'A'),
      edits: [{ file: '/contract.h', start: 0, end: 0, text: 'x' }],
    };
    const settled = await settle(input([outside]));
    expect(settled.findings[0]?.reason).toBe('/contract.h cannot be edited: it is not part of the tree');
  });

  test('raises a note that could not be edited, so that the exit status tells', async () => {
    const note: Finding = { ...replace('a.c', 'a', 'BAD'), severity: 'info' };
    const settled = await settle(input([note], { verify: complains('BAD') }));
    expect(settled.findings[0]?.severity).toBe('warning');
  });

  test('takes a layout, hands the touched lines over and passes warnings on', async () => {
    const asked: unknown[] = [];
    const settled = await settle(
      input([replace('a.c', 'b', 'B'), replace('b.c', 'd', 'D')], {
        format: async (file, text, touched) => {
          asked.push([file, touched]);
          return file === 'a.c' ? { text: text.replace('int B', 'int  B') } : { warning: 'no layout' };
        },
      }),
    );
    expect(asked).toEqual([
      ['a.c', [{ first: 2, last: 2 }]],
      ['b.c', [{ first: 1, last: 1 }]],
    ]);
    expect(settled.results.map(({ edited }) => edited)).toEqual(['int a;\nint  B;\nint c;\n', 'int D;\n']);
    expect(settled.warnings).toEqual(['no layout']);
  });

  test('does not take a layout that breaks the result', async () => {
    const settled = await settle(
      input([replace('a.c', 'b', 'B')], {
        format: async (_, text) => ({ text: `${text}BAD` }),
        verify: complains('BAD'),
      }),
    );
    expect(settled.results[0]?.edited).toBe('int a;\nint B;\nint c;\n');
    expect(settled.warnings).toEqual([expect.stringContaining('no BAD')]);
  });

  test('refuses a result that a second pass would edit again', async () => {
    const settled = await settle(
      input([replace('a.c', 'a', 'A'), replace('b.c', 'd', 'D')], {
        secondPass: async (texts) => (texts.has('a.c') ? [replace('a.c', 'a', 'AA')] : []),
      }),
    );
    expect(settled.findings[0]?.reason).toBe('a second pass would edit the result again: a to AA');
    expect(settled.results.map(({ file }) => file)).toEqual(['b.c']);
  });

  test('reports what a second pass would edit elsewhere', async () => {
    const settled = await settle(
      input([replace('a.c', 'a', 'A')], { secondPass: async () => [replace('b.c', 'd', 'D')] }),
    );
    expect(settled.findings[1]).toMatchObject({ applicability: 'review', range: { file: 'b.c' }, edits: [] });
    expect(settled).toMatchObject({ added: 1, demoted: 0 });
    expect(settled.results.map(({ file }) => file)).toEqual(['a.c']);
  });
});
