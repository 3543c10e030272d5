// One parsed file: its original text, its tree, and look-ups from text to nodes.
import type { Node, Tree } from 'web-tree-sitter';
import type { TextRange } from '../../facts/text.ts';

export type { Node } from 'web-tree-sitter';

/** A parsed file. Node offsets are offsets into `text`. */
export interface Document {
  readonly file: string;
  readonly text: string;
  /** The text as parsed, of the same length: macros that only decorate are blanked. */
  readonly code: string;
  readonly tree: Tree;
  readonly root: Node;
  /** A C file: no references, no `auto`. */
  readonly isC: boolean;
  /** Some text of the tree opens a namespace of that name. */
  readonly isNamespace: (name: string) => boolean;
}

/** The original text of a node. */
export function textOf(doc: Document, node: Node): string {
  return doc.text.slice(node.startIndex, node.endIndex);
}

/** A node's range in its file. */
export function rangeOf(doc: Document, node: Node): TextRange {
  return { file: doc.file, start: node.startIndex, end: node.endIndex };
}

/** The leaf nodes that spell `word` between two offsets, in order; comments and strings are left out. */
export function occurrences(
  doc: Document,
  word: string,
  start = 0,
  end: number = doc.text.length,
): readonly Node[] {
  const found: Node[] = [];
  for (
    let at = doc.text.indexOf(word, start);
    at !== -1 && at < end;
    at = doc.text.indexOf(word, at + word.length)
  ) {
    if (
      isWordCharacter(doc.text.charCodeAt(at - 1)) ||
      isWordCharacter(doc.text.charCodeAt(at + word.length))
    )
      continue;
    const node = doc.root.descendantForIndex(at, at + word.length);
    if (
      node !== null &&
      node.startIndex === at &&
      node.endIndex === at + word.length &&
      /identifier$/.test(node.type)
    ) {
      found.push(node);
    }
  }
  return found;
}

function isWordCharacter(code: number): boolean {
  return (
    (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122)
  );
}

/** The nearest ancestor (or the node itself) of one of the types. */
export function enclosing(node: Node | null, ...types: readonly string[]): Node | undefined {
  for (let at = node; at !== null; at = at.parent) if (types.includes(at.type)) return at;
  return undefined;
}

/** Named children without comments. */
export function parts(node: Node): Node[] {
  return node.namedChildren.filter((child): child is Node => child !== null && child.type !== 'comment');
}

/** The node lies in the other one. */
export function isInside(node: Node, around: Node): boolean {
  return node.startIndex >= around.startIndex && node.endIndex <= around.endIndex;
}
