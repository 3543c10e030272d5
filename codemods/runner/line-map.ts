// Offsets to lines and columns as editors count them: from 1, in UTF-16 units, the BOM not counted.

/** A place for people and editors; both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The lines of one text. LF, CRLF and a lone CR end a line. */
export interface LineMap {
  readonly lineCount: number;
  /** Position of an offset; one past the end is the end. */
  position(offset: number): Position;
  /** Text of a line without its end and without a BOM. */
  line(number: number): string;
  /** Offset of the first character of a line. */
  start(number: number): number;
}

/** Indexes the lines of `text`. */
export function lineMap(text: string): LineMap {
  const starts = [0];
  for (const end of text.matchAll(/\r\n|\r|\n/g)) starts.push(end.index + end[0].length);
  const bom = text.startsWith('\uFEFF') ? 1 : 0;
  const start = (number: number): number => starts[number - 1] ?? text.length;
  return {
    lineCount: starts.length,
    start,
    position(offset) {
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= offset) low = middle;
        else high = middle - 1;
      }
      const column = Math.min(offset, text.length) - (starts[low] ?? 0) + 1;
      return { line: low + 1, column: low === 0 ? Math.max(1, column - bom) : column };
    },
    line(number) {
      const from = number === 1 ? bom : start(number);
      return text.slice(from, start(number + 1)).replace(/[\r\n]+$/, '');
    },
  };
}
