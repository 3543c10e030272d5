// Deletes statements and what hangs on them: the line, the comment behind it, a blank line too many, an if that only asked for the answer.

import type { TextEdit } from '../../../facts/text.ts';
import { type Document, type Node, textOf } from '../document.ts';

/** Edits that delete statements; several that stand one below the other are one block. Statements must not nest. */
export function removeStatements(doc: Document, statements: readonly Node[]): readonly TextEdit[] {
  const spans = statements.map((statement) => lineSpanOf(doc, statement)).sort((a, b) => a.start - b.start);
  const merged: Span[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last?.isLines === true && span.isLines && last.end === span.start) last.end = span.end;
    else if (last !== undefined && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else merged.push({ ...span });
  }
  return merged
    .map((span) => wholeLines(doc.text, span))
    .map((span) => {
      const { start, end } = span.isLines ? withBlankLine(doc.text, span) : span;
      return { file: doc.file, start, end, text: '' };
    });
}

// Statements that shared a line and all go leave no line behind.
function wholeLines(text: string, span: Span): Span {
  if (span.isLines) return span;
  const start = text.lastIndexOf('\n', span.start - 1) + 1;
  const rest = /^[ \t]*(?:\r?\n|$)/.exec(text.slice(span.end));
  return rest !== null && /^[ \t]*$/.test(text.slice(start, span.start))
    ? { start, end: span.end + rest[0].length, isLines: true }
    : span;
}

/** The text that goes with a statement. */
export interface Span {
  start: number;
  end: number;
  /** Whole lines, with their line ends. */
  readonly isLines: boolean;
}

/** A statement's own lines with the comment behind it, or the statement and the blank beside it. */
export function lineSpanOf(doc: Document, statement: Node): Span {
  const { text } = doc;
  let start = statement.startIndex;
  let end = statement.endIndex;
  // `if (a) statement;` alone: the whole line is not the statement's, but its block needs one.
  while (start > 0 && /[ \t]/.test(text[start - 1] ?? '')) start--;
  const opensLine = start === 0 || text[start - 1] === '\n';
  const rest = /^[ \t]*(?:\/\/[^\r\n]*|\/\*(?:[^*\r\n]|\*(?!\/))*\*\/[ \t]*)?(?:\r?\n|$)/.exec(
    text.slice(end),
  );
  if (opensLine && rest !== null) return { start, end: end + rest[0].length, isLines: true };
  if (opensLine) {
    // Another statement follows on the line: it takes this one's place.
    while (/[ \t]/.test(text[end] ?? '')) end++;
    return { start: statement.startIndex, end, isLines: false };
  }
  return { start, end, isLines: false };
}

// A blank line that now stands behind an opening brace or another blank line goes as well.
function withBlankLine(text: string, span: Span): { readonly start: number; readonly end: number } {
  const after = /^[ \t]*\r?\n/.exec(text.slice(span.end));
  if (after === null) {
    // Before a closing brace the blank line in front of it has nothing to part any more.
    const closes = /^[ \t]*\}/.test(text.slice(span.end));
    const before = /(?:^|\n)([ \t]*\r?\n)$/.exec(text.slice(0, span.start));
    return closes && before?.[1] !== undefined
      ? { start: span.start - before[1].length, end: span.end }
      : span;
  }
  const before = text.slice(0, span.start);
  const isFirst = /\{[ \t]*(?:\/\/[^\r\n]*)?\r?\n$/.test(before);
  const isSecond = /(?:^|\n)[ \t]*\r?\n$/.test(before);
  return isFirst || isSecond ? { start: span.start, end: span.end + after[0].length } : span;
}

/** What a call that cannot fail any more leaves of the expression around it. */
export type Leftover =
  | { readonly how: 'statement'; readonly statement: Node }
  /** An operand of `||` or `&&` that goes with its operator. */
  | { readonly how: 'operand'; readonly edit: TextEdit }
  | { readonly how: 'value'; readonly edit: TextEdit }
  | { readonly how: 'cannot'; readonly reason: string };

/**
 * How a call goes that from now on always succeeds; `success` is what it answered then (0 in C, true for a bool).
 * An `if` that only asked for it goes with its failing branch.
 */
export function removeCall(doc: Document, call: Node, success: '0' | 'true' | undefined): Leftover {
  let at = call;
  // undefined: the call's own value; else whether the comparison holds.
  let holds: boolean | undefined = success === 'true' ? true : success === '0' ? false : undefined;
  for (let parent = at.parent; parent !== null; parent = at.parent) {
    const operator = parent.childForFieldName('operator');
    const symbol = operator === null ? '' : textOf(doc, operator);
    if (parent.type === 'parenthesized_expression' || parent.type === 'condition_clause') {
      at = parent;
      continue;
    }
    if (parent.type === 'cast_expression' && /^\(\s*void\s*\)/.test(textOf(doc, parent))) {
      at = parent;
      continue;
    }
    if (parent.type === 'unary_expression' && symbol === '!') {
      holds = holds === undefined ? undefined : !holds;
      at = parent;
      continue;
    }
    if (parent.type === 'binary_expression' && /^(?:==|!=|<|>|<=|>=)$/.test(symbol)) {
      const answer = compared(doc, parent, at, symbol, success);
      if (answer === undefined)
        return { how: 'cannot', reason: 'its answer is compared with something that is not known' };
      holds = answer;
      at = parent;
      continue;
    }
    if (parent.type === 'binary_expression' && (symbol === '||' || symbol === '&&')) {
      if (holds === undefined) break;
      if (holds === (symbol === '&&')) return { how: 'operand', edit: withoutOperand(doc, parent, at) };
      return { how: 'cannot', reason: 'the rest of the condition never runs without its answer' };
    }
    // `rv |= call();` adds nothing to it any more.
    const adds = symbol === '|=' || symbol === '+=' ? false : symbol === '&=' ? true : undefined;
    if (
      parent.type === 'assignment_expression' &&
      adds !== undefined &&
      holds === adds &&
      parent.childForFieldName('right')?.id === at.id &&
      parent.childForFieldName('left')?.type === 'identifier' &&
      parent.parent?.type === 'expression_statement'
    )
      return { how: 'statement', statement: alone(parent.parent) };
    if (parent.type === 'expression_statement') return { how: 'statement', statement: alone(parent) };
    if (parent.type === 'if_statement' && parent.childForFieldName('condition')?.id === at.id) {
      const alternative = parent.childForFieldName('alternative');
      if (holds === false && alternative === null) return { how: 'statement', statement: alone(parent) };
      return { how: 'cannot', reason: 'what is done when it succeeds stands in a branch of its own' };
    }
    break;
  }
  if (success === undefined) return { how: 'cannot', reason: 'its answer is used' };
  const user = at.parent;
  if (user !== null && /^(?:comma_expression|conditional_expression|for_statement)$/.test(user.type))
    return { how: 'cannot', reason: 'it is a part of an expression that does more' };
  return {
    how: 'value',
    edit: { file: doc.file, start: call.startIndex, end: call.endIndex, text: success },
  };
}

function compared(
  doc: Document,
  binary: Node,
  side: Node,
  symbol: string,
  success: '0' | 'true' | undefined,
): boolean | undefined {
  const [left, right] = [binary.childForFieldName('left'), binary.childForFieldName('right')];
  const other = left?.id === side.id ? right : left;
  if (other === null || success === undefined) return undefined;
  const value = constant(textOf(doc, other));
  if (value === undefined) return undefined;
  const own = success === 'true' ? 1 : 0;
  const [a, b] = left?.id === side.id ? [own, value] : [value, own];
  if (symbol === '==') return a === b;
  if (symbol === '!=') return a !== b;
  if (symbol === '<') return a < b;
  if (symbol === '>') return a > b;
  return symbol === '<=' ? a <= b : a >= b;
}

function constant(text: string): number | undefined {
  if (/^-?\s*\d+$/.test(text)) return Number(text.replace(/\s/g, ''));
  if (text === 'true') return 1;
  return text === 'false' ? 0 : undefined;
}

function withoutOperand(doc: Document, binary: Node, operand: Node): TextEdit {
  const [left, right] = [binary.childForFieldName('left'), binary.childForFieldName('right')];
  return left?.id === operand.id
    ? { file: doc.file, start: operand.startIndex, end: right?.startIndex ?? operand.endIndex, text: '' }
    : { file: doc.file, start: left?.endIndex ?? operand.startIndex, end: operand.endIndex, text: '' };
}

// A statement that is all there is in a branch takes the branch, and an if with nothing left the whole if.
function alone(statement: Node): Node {
  const parent = statement.parent;
  if (parent === null) return statement;
  if (parent.type === 'if_statement' && parent.childForFieldName('consequence')?.id === statement.id) {
    const condition = parent.childForFieldName('condition');
    const isPlain = condition !== null && isPure(condition);
    return isPlain && parent.childForFieldName('alternative') === null ? alone(parent) : statement;
  }
  return statement;
}

/** Evaluating it changes nothing: no call, no assignment, no increment. */
export function isPure(node: Node): boolean {
  return (
    node.descendantsOfType([
      'call_expression',
      'assignment_expression',
      'update_expression',
      'new_expression',
      'co_await_expression',
    ]).length === 0
  );
}

/** The statement is all that a branch or a loop runs, without braces: without it another one would take its place. */
export function isSoleBranch(statement: Node): boolean {
  const parent = statement.parent;
  return (
    parent !== null &&
    /^(?:if_statement|else_clause|for_statement|while_statement|do_statement|for_range_loop|labeled_statement)$/.test(
      parent.type,
    ) &&
    parent.childForFieldName('condition')?.id !== statement.id
  );
}
