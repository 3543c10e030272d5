import { chmodSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type FormatOptions,
  touchedLineFormatter,
  touchedLines,
} from '../../../codemods/runner/format-touched-lines.ts';
import { git, has, temporaryTree } from '../../support/temporary-tree.ts';

const auto: FormatOptions = { mode: 'auto', styleFile: undefined };
const style = 'BasedOnStyle: LLVM\nPointerAlignment: Left\nColumnLimit: 40\n';
const untidy = 'int  a;\nint f(const  char *p) { return 0; }\nint  b;\n';
const second = [{ first: 2, last: 2 }];

describe('touchedLines', () => {
  test('are the lines that a range stands on', () => {
    expect(touchedLines('a\nb\nc\nd\n', [{ start: 2, end: 3 }])).toEqual([{ first: 2, last: 2 }]);
    expect(touchedLines('a\nb\nc\nd\n', [{ start: 2, end: 5 }])).toEqual([{ first: 2, last: 3 }]);
  });

  test('do not reach past a line end that was put in', () => {
    expect(touchedLines('a\nnew\nb\n', [{ start: 2, end: 6 }])).toEqual([{ first: 2, last: 2 }]);
    expect(touchedLines('a\r\nnew\r\nb\r\n', [{ start: 3, end: 8 }])).toEqual([{ first: 2, last: 2 }]);
  });

  test('hold the line of a deletion', () => {
    expect(touchedLines('a\nb\n', [{ start: 2, end: 2 }])).toEqual([{ first: 2, last: 2 }]);
  });

  test('are joined where they meet', () => {
    const ranges = [
      { start: 6, end: 7 },
      { start: 0, end: 1 },
      { start: 2, end: 3 },
    ];
    expect(touchedLines('a\nb\nc\nd\n', ranges)).toEqual([
      { first: 1, last: 2 },
      { first: 4, last: 4 },
    ]);
  });
});

describe.skipIf(!has('clang-format'))('with clang-format', () => {
  test("lays out touched lines in the tree's style and leaves the others", async () => {
    const root = temporaryTree({ '.clang-format': style, 'x/a.c': untidy });
    const format = await touchedLineFormatter(root, auto);
    expect(await format('x/a.c', untidy, second)).toEqual({
      text: 'int  a;\nint f(const char* p) { return 0; }\nint  b;\n',
    });
  });

  test.each([
    ['CRLF', untidy.replaceAll('\n', '\r\n'), 'int  a;\r\nint f(const char* p) { return 0; }\r\nint  b;\r\n'],
    ['a BOM', `\uFEFF${untidy}`, '\uFEFFint  a;\nint f(const char* p) { return 0; }\nint  b;\n'],
    ['no final newline', untidy.trimEnd(), 'int  a;\nint f(const char* p) { return 0; }\nint  b;'],
    [
      'letters of two bytes',
      `// ü\n${untidy}`.replace('int  a;\n', ''),
      '// ü\nint f(const char* p) { return 0; }\nint  b;\n',
    ],
  ])('keeps %s', async (_, before, after) => {
    const format = await touchedLineFormatter(temporaryTree({ '.clang-format': style }), auto);
    expect(await format('a.c', before, second)).toEqual({ text: after });
  });

  test('takes a style file from anywhere', async () => {
    const elsewhere = temporaryTree({ 'team style': style });
    const format = await touchedLineFormatter(temporaryTree(), {
      mode: 'auto',
      styleFile: join(elsewhere, 'team style'),
    });
    expect(await format('a.c', untidy, second)).toHaveProperty(
      'text',
      expect.stringContaining('const char* p'),
    );
  });

  test('leaves trees without a style alone', async () => {
    const format = await touchedLineFormatter(temporaryTree({ 'a.c': untidy }), auto);
    expect(await format('a.c', untidy, second)).toEqual({ skipped: true });
  });

  test('warns about a style that does not parse and keeps the text', async () => {
    const format = await touchedLineFormatter(temporaryTree({ '.clang-format': 'ColumnLimit: [' }), auto);
    expect(await format('a.c', untidy, second)).toHaveProperty(
      'warning',
      expect.stringContaining('a.c: clang-format failed'),
    );
  });

  test.skipIf(!has('git'))('finds the style above the root, in the same git tree only', async () => {
    const top = temporaryTree({ '.clang-format': style, 'engine/a.c': untidy });
    expect(await (await touchedLineFormatter(join(top, 'engine'), auto))('a.c', untidy, second)).toEqual({
      skipped: true,
    });
    git(top, 'init', '-q');
    expect(
      await (await touchedLineFormatter(join(top, 'engine'), auto))('a.c', untidy, second),
    ).toHaveProperty('text');
  });
});

describe('without a usable clang-format', () => {
  const path = process.env['PATH'];
  afterEach(() => void vi.stubEnv('PATH', path));

  test('does nothing when formatting is off', async () => {
    const format = await touchedLineFormatter(temporaryTree({ '.clang-format': style }), {
      mode: 'off',
      styleFile: undefined,
    });
    expect(await format('a.c', untidy, second)).toEqual({ skipped: true });
  });

  test('says which style file is missing', async () => {
    const styleFile = join(temporaryTree(), 'nowhere');
    await expect(touchedLineFormatter(temporaryTree(), { mode: 'auto', styleFile })).rejects.toMatchObject({
      code: 'style-missing',
      message: expect.stringContaining(styleFile),
    });
  });

  test('warns once the tree has a style', async () => {
    const root = temporaryTree({ '.clang-format': style });
    vi.stubEnv('PATH', '');
    const format = await touchedLineFormatter(root, auto);
    expect(await format('a.c', untidy, second)).toHaveProperty(
      'warning',
      expect.stringContaining('not on PATH'),
    );
  });

  test('refuses a style that nothing can apply', async () => {
    const root = temporaryTree({ style });
    vi.stubEnv('PATH', '');
    await expect(
      touchedLineFormatter(root, { mode: 'auto', styleFile: join(root, 'style') }),
    ).rejects.toMatchObject({
      code: 'formatter-missing',
    });
  });

  test('keeps the text when the formatter dies', async () => {
    const root = temporaryTree({
      '.clang-format': style,
      'bin/clang-format': '#!/bin/sh\necho half\necho broken >&2\nexit 3\n',
    });
    chmodSync(join(root, 'bin/clang-format'), 0o755);
    vi.stubEnv('PATH', `${join(root, 'bin')}${delimiter}${path}`);
    const format = await touchedLineFormatter(root, auto);
    expect(await format('a.c', untidy.repeat(20_000), second)).toEqual({
      warning: 'a.c: clang-format failed, the edited lines keep the layout they had (broken)',
    });
  });
});
