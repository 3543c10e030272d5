import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineMap } from '../../../codemods/runner/line-map.ts';

describe('lineMap', () => {
  test.each([
    ['LF', 'ab\ncd\n'],
    ['CRLF', 'ab\r\ncd\r\n'],
    ['a lone CR', 'ab\rcd\r'],
  ])('counts lines ended by %s', (_, text) => {
    const lines = lineMap(text);
    expect(lines.position(text.indexOf('c'))).toEqual({ line: 2, column: 1 });
    expect(lines.position(text.indexOf('d'))).toEqual({ line: 2, column: 2 });
    expect(lines.line(1)).toBe('ab');
    expect(lines.line(2)).toBe('cd');
    expect(lines.lineCount).toBe(3);
  });

  test('does not count a BOM as a column', () => {
    const lines = lineMap('\uFEFFab\ncd');
    expect(lines.position(0)).toEqual({ line: 1, column: 1 });
    expect(lines.position(1)).toEqual({ line: 1, column: 1 });
    expect(lines.position(2)).toEqual({ line: 1, column: 2 });
    expect(lines.position(4)).toEqual({ line: 2, column: 1 });
    expect(lines.line(1)).toBe('ab');
  });

  test('counts columns in UTF-16 units', () => {
    expect(lineMap('😀x').position(2)).toEqual({ line: 1, column: 3 });
  });

  test('answers the end for an offset past it', () => {
    expect(lineMap('a\nbc').position(99)).toEqual({ line: 2, column: 3 });
  });

  test('finds the line whose text holds the offset', () => {
    const text = fc.array(fc.constantFrom('a', 'é', '\n', '\r\n', '\r')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.nat(200), (source, seed) => {
        const offset = source.length === 0 ? 0 : seed % source.length;
        const lines = lineMap(source);
        const { line, column } = lines.position(offset);
        expect(lines.start(line) + column - 1).toBe(offset);
        const breaks = source.slice(0, offset).replace(/\r$/, source[offset] === '\n' ? '' : '\r');
        expect(line).toBe((breaks.match(/\r\n|\r|\n/g) ?? []).length + 1);
      }),
    );
  });
});
