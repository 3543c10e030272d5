// Code around transmit(): what waited for Complete runs at once, what dealt with the other results goes.
import { type Document, enclosing, type Node, occurrences, parts, textOf } from '../document.ts';
import { resolveVariable } from '../scope.ts';
import type { SendCall } from './send-functions.ts';
import { type DraftFunction, type DraftSite, object } from './site-draft.ts';
import {
  bodyOf,
  folded,
  INCOMPLETE,
  inPlaceOf,
  isComplete,
  noteWork,
  type Test,
  testOf,
  workIn,
} from './transmit-tests.ts';

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
  const variable = variableOf(around);
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

// `result = transmit(c)`: every other use compares it.
function variableOf(around: Node): Node | undefined {
  const parent = around.parent;
  if (parent?.type === 'init_declarator') {
    const name = parent.childForFieldName('declarator');
    return name?.type === 'identifier' ? name : undefined;
  }
  const left = parent?.type === 'assignment_expression' ? parent.childForFieldName('left') : null;
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
