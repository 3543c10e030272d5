// Blanking keeps every offset: equal length, line breaks where they were.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blankDirectives } from '../../../../codemods/languages/cpp/blank-directives.ts';
import { blankMacros } from '../../../../codemods/languages/cpp/blank-macros.ts';

const piece = fc.constantFrom(
  '\uFEFF',
  '\n',
  '\r\n',
  ' ',
  '\t',
  '#ifdef __cplusplus\nextern "C" {\n#endif\n',
  '#ifdef __cplusplus\n}\n#endif\n',
  'class TAPE_API drive {',
  'TAPE_EXPORT int open(void);',
  '"%" PRIu64 "\\n"',
  'int f(int UNUSED(x));',
  'struct ops o = {\n#if A\n .x = 1,\n#else\n .x = 2,\n#endif\n};',
  '{',
  '}',
  '/* { */',
  '// "\n',
  '"\\"{"',
  '#define A \\\n b\n',
);

describe.each([
  ['blankMacros', blankMacros],
  ['blankDirectives', blankDirectives],
])('%s', (_, blank) => {
  test('keeps the length and the line breaks of any text', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 6 })), { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        const blanked = blank(text);
        const breaks = (of: string): readonly number[] =>
          [...of.matchAll(/[\r\n]/g)].map((match) => match.index);
        expect(blanked.length).toBe(text.length);
        expect(breaks(blanked)).toEqual(breaks(text));
      }),
    );
  });
});

test('blanks linkage guards, export macros and the BOM', () => {
  expect(blankMacros('\uFEFFclass TAPE_API drive {')).toBe(' class          drive {');
  expect(blankMacros('#ifdef __cplusplus\nextern "C" {\n#endif\nint a;').trim()).toBe('int a;');
});

test('blanks conditionals in an initialiser and nowhere else', () => {
  const list = 'struct ops o = {\n#ifdef A\n .x = 1,\n#endif\n};\n';
  const body = 'void f(void) {\n#ifdef A\n g();\n#endif\n}\n';
  const blanked = blankDirectives(list + body);
  expect(blanked.slice(0, list.length)).not.toContain('#');
  expect(blanked.slice(list.length)).toBe(body);
});

test('takes a macro beside a string for a piece of it', () => {
  expect(blankMacros('f("END" CRLF, 3);')).toBe('f("END" ""  , 3);');
  expect(blankMacros('f(PREFIX "END");')).toBe('f(""     "END");');
  expect(blankMacros('f("END", CRLF);')).toBe('f("END", CRLF);');
});
