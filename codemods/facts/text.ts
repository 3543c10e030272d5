// Ranges and edits on the original text of a file. Offsets only; what a line is belongs to the report.

/** A half-open range `[start, end)` of UTF-16 offsets into the original text of `file` (BOM counted). */
export interface TextRange {
  /** Path relative to the root, with `/` as the separator; a contract outside the root keeps the path it was given by. */
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** Replace `[start, end)` of the original text by `text`. `start === end` inserts. */
export interface TextEdit extends TextRange {
  readonly text: string;
}

/** The order of ranges in a tree: by file in code units, then by position. */
export function compareRanges(a: TextRange, b: TextRange): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.start - b.start || a.end - b.end;
}
