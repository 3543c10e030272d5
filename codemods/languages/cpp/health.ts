// Where a parse failed, and whether an edited text parses worse than the original one.
import type { ResultProblem } from '../../facts/language.ts';
import type { TextRange } from '../../facts/text.ts';
import { type Document, type Node, rangeOf } from './document.ts';
import { createDocument, type Library } from './library.ts';
import type { Parse } from './parser.ts';

/** The outermost nodes that did not parse. */
export function brokenRanges(doc: Document): readonly TextRange[] {
  const found: TextRange[] = [];
  const visit = (node: Node): void => {
    if (!node.hasError && !node.isMissing) return;
    if (node.isError || node.isMissing) found.push(rangeOf(doc, node));
    else for (const child of node.children) if (child !== null) visit(child);
  };
  visit(doc.root);
  return found;
}

const STATEMENTS =
  /_statement$|^(?:declaration|field_declaration|parameter_list|field_initializer_list|condition_clause)$/;

/** The smallest statement or declaration around a node did not parse, or lies in something that did not: no edit is safe there. */
export function isBroken(node: Node): boolean {
  let innermost = true;
  for (let at: Node | null = node; at !== null; at = at.parent) {
    if (at.isError) return true;
    if (innermost && STATEMENTS.test(at.type)) {
      if (at.hasError) return true;
      innermost = false;
    }
  }
  return false;
}

/** Edited texts that parse with more errors than the original; one problem a file, at its first new error. */
export function verifyTexts(
  parse: Parse,
  library: Library,
  edited: ReadonlyMap<string, string>,
): readonly ResultProblem[] {
  return [...edited].flatMap(([file, text]): readonly ResultProblem[] => {
    const before = library.document(file);
    if (before === undefined) return [];
    const after = createDocument(file, text, parse, !before.isC);
    const [old, now] = [brokenRanges(before), brokenRanges(after)];
    const spellings = new Set(old.map((range) => before.text.slice(range.start, range.end)));
    const fresh = now.find((range) => !spellings.has(text.slice(range.start, range.end))) ?? now[0];
    return now.length > old.length && fresh !== undefined
      ? [{ range: fresh, message: 'the edited text does not parse here' }]
      : [];
  });
}
