// Finds the comments that keep the compiler from saying anything about a line or a file.
import { ts } from 'ts-morph';
import type { Concealment } from '../../facts/implementation.ts';
import type { FileName } from './ranges.ts';

/** A suppression that covers one of the nodes: on the line above it, or for the whole file. */
export function suppressionOf(name: FileName, nodes: readonly ts.Node[]): Concealment | undefined {
  for (const node of nodes) {
    const source = node.getSourceFile();
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    const above = line > 0 ? lineText(source, line - 1) : undefined;
    const match = above && /(?:\/\/|\/\*).*?@ts-(?:ignore|expect-error)\b.*/.exec(above.text);
    if (above !== undefined && match) {
      const start = above.start + match.index;
      return {
        kind: 'suppression',
        range: { file: name(source.fileName), start, end: start + match[0].trimEnd().length },
        text: match[0].trim(),
      };
    }
  }
  const [first] = nodes;
  return first === undefined ? undefined : fileSuppression(name, first.getSourceFile());
}

function fileSuppression(name: FileName, source: ts.SourceFile): Concealment | undefined {
  const comments = ts.getLeadingCommentRanges(source.text, ts.getShebang(source.text)?.length ?? 0) ?? [];
  const found = comments.find(({ pos, end }) =>
    /^(?:\/\/|\/\*)\s*@ts-nocheck\b/.test(source.text.slice(pos, end)),
  );
  if (found === undefined) return undefined;
  return {
    kind: 'suppression',
    range: { file: name(source.fileName), start: found.pos, end: found.end },
    text: source.text.slice(found.pos, found.end),
  };
}

function lineText(source: ts.SourceFile, line: number): { readonly start: number; readonly text: string } {
  const starts = source.getLineStarts();
  const start = starts[line] ?? 0;
  return { start, text: source.text.slice(start, starts[line + 1] ?? source.text.length) };
}
