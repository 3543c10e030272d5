// Spells new statements in the layout of the text around them: line ends, indentation, braces, NULL.
import type { TextEdit, TextRange } from '../../../facts/text.ts';
import type { Document, Node } from '../document.ts';
import { standsInBlock } from './tree-walk.ts';

/** The line end of a text. */
export function lineEnd(doc: Document): string {
  return doc.text.includes('\r\n') ? '\r\n' : '\n';
}

/** The white space that the line of an offset begins with. */
export function indentAt(doc: Document, offset: number): string {
  const line = doc.text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(doc.text.slice(line, offset))?.[0] ?? '';
}

/** One step of indentation, as the first statement of a body has it. */
export function indentStep(doc: Document, body: Node): string {
  const first = body.namedChildren.find((child) => child !== null && child.type !== 'comment');
  const outer = indentAt(doc, body.startIndex);
  const inner = first === undefined || first === null ? '' : indentAt(doc, first.startIndex);
  return inner.startsWith(outer) && inner.length > outer.length ? inner.slice(outer.length) : '    ';
}

/** `if (test)` with a block, with its brace where the body's own branches have it. */
export function branch(doc: Document, like: Node, test: string, lines: readonly string[]): readonly string[] {
  const step = indentStep(doc, like);
  const opensBelow = /\bif\s*\([^\n]*\)[ \t]*\r?\n[ \t]*\{/.test(
    doc.text.slice(like.startIndex, like.endIndex),
  );
  const head = opensBelow ? [`if (${test})`, '{'] : [`if (${test}) {`];
  return [...head, ...lines.map((line) => `${step}${line}`), '}'];
}

/** Where the line of an offset ends, a comment that begins on it included. */
export function endOfLine(doc: Document, offset: number): number {
  const rest =
    /^[ \t]*(?:\/\*[^\n]*?\*\/[ \t]*|\/\*(?:[^*]|\*(?!\/))*\*\/[ \t]*|\/\/[^\n]*)?(?=\r?\n|$)/.exec(
      doc.text.slice(offset),
    );
  return rest === null ? offset : offset + rest[0].replace(/[ \t]+$/, '').length;
}

/** The range of whole lines that a node stands on, when nothing else stands on them; else the node with the blanks behind it. */
export function wholeLines(doc: Document, start: number, end: number): TextRange {
  const from = doc.text.lastIndexOf('\n', start - 1) + 1;
  const to = endOfLine(doc, end);
  const next = doc.text[to] === '\r' ? to + 2 : to + 1;
  if (
    /^[ \t]*$/.test(doc.text.slice(from, start)) &&
    (to >= doc.text.length || /[\r\n]/.test(doc.text[to] ?? ''))
  ) {
    // Of two blank lines that would meet, one goes.
    const isBehindBlank = /(?:^|\n)[ \t]*\r?\n$/.test(doc.text.slice(Math.max(0, from - 40), from));
    const blank = isBehindBlank ? (/^[ \t]*\r?\n/.exec(doc.text.slice(next))?.[0].length ?? 0) : 0;
    return { file: doc.file, start: from, end: Math.min(next + blank, doc.text.length) };
  }
  return { file: doc.file, start, end: end + (/^[ \t]+/.exec(doc.text.slice(end))?.[0].length ?? 0) };
}

/** Inserts lines behind a statement, on lines of their own; a lone body of a branch becomes a block. */
export function insertAfter(doc: Document, statement: Node, lines: readonly string[]): readonly TextEdit[] {
  const indent = indentAt(doc, statement.startIndex);
  if (!standsInBlock(statement)) {
    return [
      { file: doc.file, start: statement.startIndex, end: statement.startIndex, text: '{ ' },
      { file: doc.file, start: statement.endIndex, end: statement.endIndex, text: ` ${lines.join(' ')} }` },
    ];
  }
  const at = endOfLine(doc, statement.endIndex);
  const text = lines.map((line) => `${lineEnd(doc)}${indent}${line}`).join('');
  return [{ file: doc.file, start: at, end: at, text }];
}

/** Inserts lines before a statement of a block, on lines of their own. */
export function insertBefore(doc: Document, statement: Node, lines: readonly string[]): TextEdit {
  const indent = indentAt(doc, statement.startIndex);
  const laid = lines.map((line, at) => (line === '' || at === 0 ? line : `${indent}${line}`));
  const text = lines.length === 0 ? '' : `${laid.join(lineEnd(doc))}${lineEnd(doc)}${indent}`;
  return { file: doc.file, start: statement.startIndex, end: statement.startIndex, text };
}

/** Gives every line of a text one more step of indentation, but for the first. */
export function deeper(text: string, step: string): string {
  return text.replace(/\n(?=[^\r\n#])/g, `\n${step}`);
}
