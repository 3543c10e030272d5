import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unifiedDiff } from '../../../codemods/runner/unified-diff.ts';
import { has, temporaryTree } from '../../support/temporary-tree.ts';

const lines = (count: number): string =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');

describe('unifiedDiff', () => {
  test('names both sides and shows three lines around a change', async () => {
    const original = lines(9);
    const diff = await unifiedDiff([
      { file: 'x/a.c', original, edited: original.replace('line 5', 'LINE 5') },
    ]);
    expect(diff).toBe(
      '--- a/x/a.c\n+++ b/x/a.c\n@@ -2,7 +2,7 @@\n line 2\n line 3\n line 4\n-line 5\n+LINE 5\n line 6\n line 7\n line 8\n',
    );
  });

  test('says nothing about files that stay as they are', async () => {
    expect(await unifiedDiff([{ file: 'a.c', original: 'x', edited: 'x' }])).toBe('');
    expect(await unifiedDiff([])).toBe('');
  });

  test('marks a missing final newline', async () => {
    expect(await unifiedDiff([{ file: 'a.c', original: 'a', edited: 'b' }])).toContain(
      '-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n',
    );
  });
});

describe.skipIf(!has('git'))('unifiedDiff and git apply', () => {
  async function roundTrip(file: string, original: string, edited: string, after = ''): Promise<void> {
    const root = temporaryTree({ [file]: original });
    const input = (await unifiedDiff([{ file, original, edited }])) + after;
    const run = spawnSync('git', ['apply', '--whitespace=nowarn', '-'], {
      cwd: root,
      input,
      encoding: 'utf8',
    });
    expect(run.stderr).toBe('');
    expect(readFileSync(join(root, file), 'utf8')).toBe(edited);
  }

  test.each([
    ['LF', 'a\nb\nc\n', 'a\nB\nc\n'],
    ['CRLF', 'a\r\nb\r\nc\r\n', 'a\r\nB\r\nc\r\n'],
    ['a BOM', '\uFEFFa\nb\n', '\uFEFFA\nb\n'],
    ['a lone CR', 'a\rb\rc\n', 'a\rB\rc\n'],
    ['no final newline', 'a\nb', 'a\nB'],
    ['a final newline taken away', 'a\nb\n', 'a\nb'],
    ['lines that look like headers', '-- x\n++ y\n@@ z\n', '-- X\n++ Y\n@@ Z\n'],
    ['a file that becomes empty', 'a\n', ''],
  ])('apply a change of text with %s', async (_, original, edited) => {
    await roundTrip('x/a.c', original, edited);
  });

  test.each(['a b.c', 'ü.c', 'x/a"b.c', 'x/tab\there.c', 'back\\slash.c'])(
    'apply a change of %j',
    async (file) => {
      await roundTrip(file, '-- a b\n1\n2\n', '-- a c\n1\n2\n');
    },
  );

  test('apply it with a report after it', async () => {
    await roundTrip(
      'a.c',
      lines(5),
      lines(5).replace('2', 'two'),
      '\nerror[x]: y\n  --> a.c:1:1\n\nfiles: 1 seen\n',
    );
  });

  test('apply any change of lines', async () => {
    const text = fc.array(fc.constantFrom('a', 'b', '-', '+', ' ', '\\', '', 'a\r'), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(text, text, fc.boolean(), async (before, after, ends) => {
        const join = (parts: readonly string[]): string => parts.join('\n') + (ends ? '\n' : '');
        if (join(before) === '' || join(before) === join(after)) return;
        await roundTrip('a.c', join(before), join(after));
      }),
      { numRuns: 30 },
    );
  });
});
