// What is left of conditions on the answer of transmit() once everything counts as sent.
import { type Document, enclosing, type Node, parts, textOf } from '../document.ts';
import { calleeText } from './function-index.ts';
import { isPure } from './removal.ts';
import { type Change, type DraftFunction, type DraftSite, object, Unspeakable } from './site-draft.ts';

const COMPLETE = /(?:^|[^a-z])(?:complete|done|finished)$/i;
/** The name of the result that asks for another round. */
export const INCOMPLETE: RegExp = /incomplete$/i;

/** The name of the result that says that everything was sent. */
export function isComplete(text: string): boolean {
  return COMPLETE.test(text.replace(/([a-z])([A-Z])/g, '$1_$2')) && !INCOMPLETE.test(text);
}

/** A comparison of the answer. */
export interface Test {
  readonly node: Node;
  /** What the comparison comes to once everything counts as sent; undefined for an order or a sum. */
  readonly holds: boolean;
}

/** The comparison around an answer; undefined for any other use. */
export function testOf(doc: Document, node: Node): Test | undefined {
  const parent = node.parent;
  if (parent?.type !== 'binary_expression') return undefined;
  const operator = textOf(doc, parent.childForFieldName('operator') ?? parent);
  const left = parent.childForFieldName('left');
  const other = left?.id === node.id ? parent.childForFieldName('right') : left;
  if (other === null || !/^[=!]=$/.test(operator) || !/identifier$/.test(other.type)) return undefined;
  return { node: parent, holds: isComplete(textOf(doc, other)) === (operator === '==') };
}

/** A known condition: a branch, an operand or a choice is left of it. @throws Unspeakable */
export function folded(doc: Document, test: Node, holds: boolean): Change {
  let at = test;
  let value = holds;
  for (let parent = at.parent; parent !== null; parent = at.parent) {
    if (parent.type === 'parenthesized_expression' || parent.type === 'condition_clause') at = parent;
    else if (parent.type === 'unary_expression' && textOf(doc, parent).startsWith('!')) {
      value = !value;
      at = parent;
    } else break;
  }
  const parent = at.parent;
  if (parent?.type === 'binary_expression') {
    const operator = textOf(doc, parent.childForFieldName('operator') ?? parent);
    const [left, right] = [parent.childForFieldName('left'), parent.childForFieldName('right')];
    const other = left?.id === at.id ? right : left;
    if (other !== null && other !== undefined && /^(?:\|\||&&)$/.test(operator)) {
      if (value === (operator === '&&'))
        return {
          edits: [
            { file: doc.file, start: parent.startIndex, end: parent.endIndex, text: textOf(doc, other) },
          ],
        };
      if (isPure(other)) return folded(doc, parent, value);
    }
  }
  if (parent?.type === 'conditional_expression' && parent.childForFieldName('condition')?.id === at.id) {
    const chosen = parent.childForFieldName(value ? 'consequence' : 'alternative');
    if (chosen !== null)
      return {
        edits: [
          { file: doc.file, start: parent.startIndex, end: parent.endIndex, text: textOf(doc, chosen) },
        ],
      };
  }
  if (parent?.type === 'if_statement' && parent.childForFieldName('condition')?.id === at.id) {
    const alternative = parent.childForFieldName('alternative');
    const chosen = value ? parent.childForFieldName('consequence') : alternative;
    if (chosen === null) return { statements: [parent] };
    return inPlaceOf(
      doc,
      parent,
      bodyOf(chosen.type === 'else_clause' ? (parts(chosen)[0] ?? chosen) : chosen),
    );
  }
  throw new Unspeakable('what depends on its answer is not understood', test);
}

/** The statements of a block, or the one statement. */
export function bodyOf(node: Node): readonly Node[] {
  return node.type === 'compound_statement'
    ? node.namedChildren.filter((child): child is Node => child !== null)
    : [node];
}

/** Statements in the place of one around them: the lines between stay, moved out by one step. */
export function inPlaceOf(doc: Document, outer: Node, statements: readonly Node[]): Change {
  const [first, last] = [statements[0], statements.at(-1)];
  if (first === undefined || last === undefined) return { statements: [outer] };
  const indent = indentOf(doc, outer.startIndex);
  const inner = indentOf(doc, first.startIndex);
  const lines = doc.text.slice(first.startIndex, last.endIndex);
  const edits = [{ file: doc.file, start: outer.startIndex, end: first.startIndex, text: '' }];
  for (const match of lines.matchAll(/\n([ \t]*)(?=[^\s])/g)) {
    const at = first.startIndex + match.index + 1;
    const own = match[1] ?? '';
    if (own.startsWith(inner) && inner !== indent)
      edits.push({ file: doc.file, start: at, end: at + inner.length, text: indent });
  }
  edits.push({ file: doc.file, start: last.endIndex, end: outer.endIndex, text: '' });
  return { edits };
}

function indentOf(doc: Document, at: number): string {
  const line = doc.text.lastIndexOf('\n', at - 1) + 1;
  return /^[ \t]*/.exec(doc.text.slice(line, at))?.[0] ?? '';
}

/** What else is done in every round: assignments, counts and calls, but no waiting and no words. */
export function workIn(doc: Document, node: Node | null): Node | undefined {
  if (node === null) return undefined;
  const found = node
    .descendantsOfType(['assignment_expression', 'update_expression', 'call_expression'])
    .find(
      (one) =>
        one !== null &&
        (one.type !== 'call_expression' ||
          !/log|wait|poll|yield|sleep|print|trace|debug|getId/i.test(calleeText(doc, one))) &&
        !isInLog(doc, one),
    );
  return found ?? undefined;
}

function isInLog(doc: Document, node: Node): boolean {
  const call = enclosing(node.parent, 'call_expression');
  return call !== undefined && /log|print|trace|debug/i.test(calleeText(doc, call));
}

/** Notes such work. */
export function noteWork({ doc }: DraftFunction, site: DraftSite, work: Node): void {
  const statement = enclosing(work, 'expression_statement') ?? work;
  object(
    site,
    'work-between-sends',
    doc,
    statement,
    `${textOf(doc, work)} runs once for every part that is sent, and there are no parts any more`,
  );
}
