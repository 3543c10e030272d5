// Code around transmit(): what waited for Complete runs at once, what dealt with the other results goes.
import { type Document, enclosing, type Node, occurrences, parts, textOf } from '../document.ts';
import { resolveVariable } from '../scope.ts';
import { calleeText } from './function-index.ts';
import { isPure, removeCall } from './removal.ts';
import type { SendCall } from './send-functions.ts';
import { type Change, type DraftFunction, type DraftSite, object, Unspeakable } from './site-draft.ts';

/** Settles one call of transmit(): its change, or what stands against it. */
export function settleTransmit(fn: DraftFunction, call: SendCall, site: DraftSite): void {
  const { doc } = fn;
  const around = outermost(call.call);
  const parent = around.parent;
  if (parent?.type === 'expression_statement') {
    site.change = () => ({ statements: [parent] });
    return;
  }
  if (parent?.type === 'condition_clause' && parent.parent?.type === 'switch_statement')
    return settleSwitch(fn, parent.parent, site);
  const test = testOf(doc, around);
  if (test !== undefined) return settleTest(fn, test.node, test.holds, site);
  const variable = variableOf(doc, around);
  if (variable !== undefined) return settleVariable(fn, variable, site);
  object(
    site,
    'unknown-flow',
    doc,
    call.call,
    `what ${textOf(doc, call.call)} answers is used in a way that is not understood`,
  );
}

function outermost(node: Node): Node {
  const parent = node.parent;
  return parent?.type === 'parenthesized_expression' ? outermost(parent) : node;
}

const COMPLETE = /(?:^|[^a-z])(?:complete|done|finished)$/i;
const INCOMPLETE = /incomplete$/i;

function isComplete(text: string): boolean {
  return COMPLETE.test(text.replace(/([a-z])([A-Z])/g, '$1_$2')) && !INCOMPLETE.test(text);
}

interface Test {
  readonly node: Node;
  /** What the comparison comes to once everything counts as sent; undefined for an order or a sum. */
  readonly holds: boolean;
}

function testOf(doc: Document, node: Node): Test | undefined {
  const parent = node.parent;
  if (parent?.type !== 'binary_expression') return undefined;
  const operator = textOf(doc, parent.childForFieldName('operator') ?? parent);
  const left = parent.childForFieldName('left');
  const other = left?.id === node.id ? parent.childForFieldName('right') : left;
  if (other === null || !/^[=!]=$/.test(operator) || !/identifier$/.test(other.type)) return undefined;
  return { node: parent, holds: isComplete(textOf(doc, other)) === (operator === '==') };
}

function settleTest(fn: DraftFunction, test: Node, holds: boolean, site: DraftSite): void {
  const { doc } = fn;
  const clause = enclosing(test, 'condition_clause', 'parenthesized_expression');
  const loop = clause?.parent;
  if (loop?.type === 'while_statement' && outermost(test).parent?.id === clause?.id && !holds) {
    const work = workIn(doc, loop.childForFieldName('body'));
    if (work !== undefined) return noteWork(fn, site, work);
    site.change = () => ({ statements: [loop] });
    return;
  }
  site.change = () => folded(doc, test, holds);
}

// A known condition: a branch, an operand or a choice is left of it. @throws Unspeakable
function folded(doc: Document, test: Node, holds: boolean): Change {
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

function bodyOf(node: Node): readonly Node[] {
  return node.type === 'compound_statement'
    ? node.namedChildren.filter((child): child is Node => child !== null)
    : [node];
}

/** Statements in the place of one around them: the lines between stay, moved out by one step. */
function inPlaceOf(doc: Document, outer: Node, statements: readonly Node[]): Change {
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

// `switch (transmit()) { case Complete: ... }`, alone or in an endless loop of its own.
function settleSwitch(fn: DraftFunction, node: Node, site: DraftSite): void {
  const { doc } = fn;
  const body = node.childForFieldName('body');
  const cases = body === null ? [] : parts(body).filter((child) => child.type === 'case_statement');
  const label = (one: Node): string => textOf(doc, one.childForFieldName('value') ?? one);
  const complete = cases.find((one) => one.childForFieldName('value') !== null && isComplete(label(one)));
  if (complete === undefined)
    return object(site, 'unknown-flow', doc, node, 'no branch says what is done once everything was sent');
  for (const other of cases) {
    if (other === complete || !INCOMPLETE.test(label(other))) continue;
    const work = workIn(doc, other);
    if (work !== undefined) return noteWork(fn, site, work);
  }
  const statements = statementsOf(complete);
  const last = statements.at(-1);
  const loop = loopAround(doc, node);
  const endsWithJump = last !== undefined && /^(?:break|continue|return)_statement$/.test(last.type);
  const inner = statements.slice(0, -1).some((one) => one.descendantsOfType('break_statement').length > 0);
  if (
    last === undefined ||
    !endsWithJump ||
    inner ||
    (loop !== undefined && last.type !== 'return_statement')
  )
    return object(
      site,
      'unknown-flow',
      doc,
      complete,
      'where it goes on once everything was sent is not understood',
    );
  const kept = last.type === 'return_statement' ? statements : statements.slice(0, -1);
  const outer = loop ?? node;
  site.change = () => inPlaceOf(doc, outer, withoutReleases(doc, kept));
}

function statementsOf(branch: Node): readonly Node[] {
  const value = branch.childForFieldName('value');
  const own = branch.namedChildren.filter((child): child is Node => child !== null && child.id !== value?.id);
  const [only] = own;
  return own.length === 1 && only?.type === 'compound_statement' ? bodyOf(only) : own;
}

// What only the old connection kept is released by nobody now.
function withoutReleases(doc: Document, statements: readonly Node[]): readonly Node[] {
  const isRelease = (node: Node): boolean =>
    /^[\w.>()-]*\b(?:releaseTempAlloc|releaseReservedItems)\s*\(\s*\)\s*;$/.test(textOf(doc, node));
  const first = statements.findIndex((node) => !isRelease(node));
  return first < 0 ? [] : statements.slice(first);
}

function loopAround(doc: Document, node: Node): Node | undefined {
  const block = node.parent;
  if (block?.type !== 'compound_statement' || parts(block).length !== 1) return undefined;
  const loop = block.parent;
  const isEndless =
    loop !== null &&
    ((loop.type === 'while_statement' &&
      /^\(\s*(?:true|1)\s*\)$/.test(textOf(doc, loop.childForFieldName('condition') ?? loop))) ||
      (loop.type === 'for_statement' && /^for\s*\(\s*;\s*;\s*\)/.test(textOf(doc, loop))));
  return isEndless ? (loop ?? undefined) : undefined;
}

// Something else is done in every round: assignments and counts, but no waiting and no words.
function workIn(doc: Document, node: Node | null): Node | undefined {
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

function noteWork({ doc }: DraftFunction, site: DraftSite, work: Node): void {
  const statement = enclosing(work, 'expression_statement') ?? work;
  object(
    site,
    'work-between-sends',
    doc,
    statement,
    `${textOf(doc, work)} runs once for every part that is sent, and there are no parts any more`,
  );
}

// `result = transmit(c)`: every other use compares it.
function variableOf(doc: Document, around: Node): Node | undefined {
  const parent = around.parent;
  if (parent?.type === 'init_declarator') {
    const name = parent.childForFieldName('declarator');
    return name?.type === 'identifier' ? name : undefined;
  }
  const left = parent?.type === 'assignment_expression' ? parent.childForFieldName('left') : null;
  void doc;
  return left?.type === 'identifier' ? left : undefined;
}

function settleVariable(fn: DraftFunction, name: Node, site: DraftSite): void {
  const { doc } = fn;
  const variable = resolveVariable(doc, name);
  const declaration = variable?.node;
  if (
    variable === undefined ||
    declaration?.type !== 'declaration' ||
    declaration.childrenForFieldName('declarator').length !== 1
  )
    return object(
      site,
      'unknown-flow',
      doc,
      name,
      `${textOf(doc, name)} is used in a way that is not understood`,
    );
  const uses = occurrences(doc, variable.name, fn.node.startIndex, fn.node.endIndex).filter(
    (use) =>
      use.id !== variable.nameNode.id && resolveVariable(doc, use)?.nameNode.id === variable.nameNode.id,
  );
  const tests: Test[] = [];
  const statements: Node[] = [declaration];
  for (const use of uses) {
    const parent = use.parent;
    if (
      parent?.type === 'assignment_expression' &&
      parent.childForFieldName('left')?.id === use.id &&
      parent.parent?.type === 'expression_statement'
    ) {
      statements.push(parent.parent);
      continue;
    }
    const test = testOf(doc, use);
    if (test === undefined)
      return object(
        site,
        'unknown-flow',
        doc,
        use,
        `${textOf(doc, use)} is used in a way that is not understood`,
      );
    tests.push(test);
  }
  const loops = new Map<number, Node>();
  for (const { node } of tests) {
    const loop = enclosing(
      node,
      'do_statement',
      'while_statement',
      'compound_statement',
      'if_statement',
      'return_statement',
    );
    if (loop?.type === 'do_statement' || loop?.type === 'while_statement') loops.set(loop.id, loop);
  }
  for (const loop of loops.values()) {
    const condition = loop.childForFieldName('condition');
    const own = tests.filter(
      ({ node }) =>
        condition !== null && node.startIndex >= condition.startIndex && node.endIndex <= condition.endIndex,
    );
    const others = bodyOf(loop.childForFieldName('body') ?? loop).filter(
      (one) => !statements.some((gone) => gone.id === one.id) && one.type !== 'comment',
    );
    const [work] = others;
    if (own.some(({ holds }) => holds) || condition === null || !onlyOr(doc, condition))
      return object(site, 'unknown-flow', doc, loop, 'the loop does not end with everything sent');
    if (work !== undefined) return noteWork(fn, site, work);
  }
  const inLoop = (node: Node): boolean =>
    [...loops.values()].some((loop) => node.startIndex >= loop.startIndex && node.endIndex <= loop.endIndex);
  site.change = () => {
    const folds = tests
      .filter(({ node }) => !inLoop(node))
      .map(({ node, holds }) => folded(doc, node, holds));
    return {
      statements: [
        ...statements.filter((one) => !inLoop(one)),
        ...loops.values(),
        ...folds.flatMap((one) => one.statements ?? []),
      ],
      edits: folds.flatMap((one) => one.edits ?? []),
    };
  };
}

function onlyOr(doc: Document, condition: Node): boolean {
  return !/&&|!\s*\(/.test(textOf(doc, condition));
}

/** A call of transmit that stands in a condition whose answer is known. */
export function isRemovable(doc: Document, call: Node): boolean {
  return removeCall(doc, call, undefined).how === 'statement';
}
