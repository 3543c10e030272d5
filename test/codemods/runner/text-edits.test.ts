import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TextEdit } from '../../../codemods/facts/text.ts';
import { MigrateError } from '../../../codemods/runner/errors.ts';
import { applyEdits } from '../../../codemods/runner/text-edits.ts';

const edit = (start: number, end: number, text: string): TextEdit => ({ file: 'a', start, end, text });

function result(text: string, edits: readonly TextEdit[]): string {
  const outcome = applyEdits(text, edits);
  if ('overlap' in outcome) throw new Error('unexpected overlap');
  return outcome.text;
}

/** A text and edits of it that do not touch each other. */
const textWithEdits = fc
  .array(
    fc.record({
      kept: fc.string({ minLength: 1, unit: 'binary' }),
      old: fc.string({ unit: 'binary' }),
      text: fc.string({ unit: 'binary' }),
    }),
  )
  .map((parts) => {
    let text = '';
    const edits: TextEdit[] = [];
    for (const part of parts) {
      text += part.kept;
      edits.push(edit(text.length, text.length + part.old.length, part.text));
      text += part.old;
    }
    return { text, edits };
  });

/** The plain way: back to front, one at a time. */
function naive(text: string, edits: readonly TextEdit[]): string {
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((sofar, each) => sofar.slice(0, each.start) + each.text + sofar.slice(each.end), text);
}

describe('applyEdits', () => {
  test('equals one replacement after the other', () => {
    fc.assert(
      fc.property(textWithEdits, ({ text, edits }) => {
        expect(result(text, edits)).toBe(naive(text, edits));
      }),
    );
  });

  test('does not depend on the order of edits at different places', () => {
    const shuffledToo = textWithEdits.chain((each) =>
      fc
        .shuffledSubarray(each.edits, { minLength: each.edits.length })
        .map((shuffled) => ({ ...each, shuffled })),
    );
    fc.assert(
      fc.property(shuffledToo, ({ text, edits, shuffled }) => {
        expect(result(text, shuffled)).toBe(result(text, edits));
      }),
    );
  });

  test('keeps every character outside of the edits', () => {
    fc.assert(
      fc.property(textWithEdits, ({ text, edits }) => {
        const outcome = applyEdits(text, edits);
        if ('overlap' in outcome) throw new Error('unexpected overlap');
        let [oldAt, newAt] = [0, 0];
        for (const { edit: each, start, end } of outcome.applied) {
          expect(outcome.text.slice(newAt, start)).toBe(text.slice(oldAt, each.start));
          expect(outcome.text.slice(start, end)).toBe(each.text);
          [oldAt, newAt] = [each.end, end];
        }
        expect(outcome.text.slice(newAt)).toBe(text.slice(oldAt));
      }),
    );
  });

  test('is undone by the inverse edits', () => {
    fc.assert(
      fc.property(textWithEdits, ({ text, edits }) => {
        const outcome = applyEdits(text, edits);
        if ('overlap' in outcome) throw new Error('unexpected overlap');
        const inverse = outcome.applied.map(({ edit: each, start, end }) =>
          edit(start, end, text.slice(each.start, each.end)),
        );
        expect(result(outcome.text, inverse)).toBe(text);
      }),
    );
  });

  test('applies identical edits once', () => {
    expect(result('abc', [edit(1, 2, 'X'), edit(1, 2, 'X'), edit(3, 3, '!'), edit(3, 3, '!')])).toBe('aXc!');
  });

  test('keeps the order of insertions at one point, before a replacement that starts there', () => {
    expect(result('abc', [edit(1, 2, 'B'), edit(1, 1, '1'), edit(1, 1, '2')])).toBe('a12Bc');
  });

  test('takes edits that only touch', () => {
    expect(result('abcd', [edit(0, 2, 'x'), edit(2, 4, 'y'), edit(4, 4, 'z')])).toBe('xyz');
  });

  test('refuses overlapping edits and names both', () => {
    const [first, second] = [edit(0, 2, 'x'), edit(1, 3, 'y')];
    expect(applyEdits('abcd', [second, first])).toEqual({ overlap: [first, second] });
  });

  test('refuses two different replacements of one range', () => {
    expect(applyEdits('abcd', [edit(0, 2, 'x'), edit(0, 2, 'y')])).toHaveProperty('overlap');
  });

  test('refuses an insertion inside of a replaced range', () => {
    expect(applyEdits('abcd', [edit(0, 3, 'x'), edit(1, 1, 'y')])).toHaveProperty('overlap');
  });

  test.each([edit(-1, 0, ''), edit(2, 1, ''), edit(0, 9, '')])(
    'throws for an edit outside of the text: %o',
    (bad) => {
      expect(() => applyEdits('abcd', [bad])).toThrowError(MigrateError);
    },
  );
});
