// From nodes to ranges of facts: relative files, UTF-16 offsets.
import type { ts } from 'ts-morph';
import type { TextRange } from '../../facts/text.ts';

/** Names the file of a node as reports name it. */
export type FileName = (path: string) => string;

/** The text of a node without the trivia before it, as a range. */
export function rangeOf(name: FileName, node: ts.Node): TextRange {
  const source = node.getSourceFile();
  return { file: name(source.fileName), start: node.getStart(source), end: node.getEnd() };
}

/** The text of a node on one line. */
export function textOf(node: ts.Node): string {
  return collapse(node.getText());
}

/** White space collapsed, comments kept. */
export function collapse(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/\( /g, '(')
    .replace(/,? \)/g, ')')
    .replace(/,? >/g, '>')
    .replace(/< /g, '<')
    .trim();
}
