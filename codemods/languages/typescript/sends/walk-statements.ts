// The walk through statements: which states fall through, and which jump where.
import { ts } from 'ts-morph';
import type { PathState } from './path-states.ts';
import type { QueueWalk } from './queue-walk.ts';
import { falling, type Jump, joined, landed, type StateFlow } from './state-flow.ts';
import { walkDeclarations } from './walk-declarations.ts';
import { walkTest } from './walk-expressions.ts';
import { walkLoop } from './walk-loop.ts';

/** Where a statement leads; `labels` are those that it has itself. */
export function walkStatement(
  walk: QueueWalk,
  node: ts.Statement,
  from: readonly PathState[],
  labels: readonly string[] = [],
): StateFlow {
  if (from.length === 0 || walk.look.folding.isDead(node)) return falling(from);
  if (ts.isBlock(node)) return list(walk, node.statements, from);
  if (ts.isReturnStatement(node)) return returned(walk, node, from);
  if (ts.isThrowStatement(node)) {
    walk.throws(behind(walk, node.expression, from));
    return falling([]);
  }
  if (ts.isBreakStatement(node) || ts.isContinueStatement(node)) {
    const kind = ts.isBreakStatement(node) ? 'break' : 'continue';
    return { next: [], jumps: from.map((state) => ({ kind, label: node.label?.text, state })) };
  }
  if (ts.isIfStatement(node)) return branched(walk, node, from);
  if (ts.isIterationStatement(node, false)) return walkLoop(walk, node, from, labels);
  if (ts.isSwitchStatement(node)) return switched(walk, node, from);
  if (ts.isTryStatement(node)) return tried(walk, node, from);
  if (ts.isLabeledStatement(node)) {
    const own = node.label.text;
    const flow = walkStatement(walk, node.statement, from, [...labels, own]);
    const { here, on } = landed(flow.jumps, 'break', [own]);
    return joined([{ next: [...flow.next, ...here], jumps: on }]);
  }
  if (ts.isVariableStatement(node)) return falling(walkDeclarations(walk, node.declarationList, from));
  if (ts.isExpressionStatement(node)) return falling(behind(walk, node.expression, from));
  return falling(from);
}

function behind(
  walk: QueueWalk,
  expression: ts.Expression,
  from: readonly PathState[],
): readonly PathState[] {
  return from.flatMap((state) => walk.value(expression, state).map(([after]) => after));
}

function list(walk: QueueWalk, statements: readonly ts.Statement[], from: readonly PathState[]): StateFlow {
  let next = from;
  const jumps: Jump[] = [];
  for (const statement of statements) {
    const flow = walk.statement(statement, next);
    jumps.push(...flow.jumps);
    next = flow.next;
  }
  return joined([{ next, jumps }]);
}

function returned(walk: QueueWalk, node: ts.ReturnStatement, from: readonly PathState[]): StateFlow {
  const jumps = from.flatMap((state) => {
    const values = node.expression === undefined ? [] : walk.value(node.expression, state);
    const ways = node.expression === undefined ? [[state, undefined] as const] : values;
    return ways.map(([after, value]): Jump => ({ kind: 'return', value, at: node, state: after }));
  });
  return joined([{ next: [], jumps }]);
}

function branched(walk: QueueWalk, node: ts.IfStatement, from: readonly PathState[]): StateFlow {
  const tests = from.flatMap((state) => walkTest(walk, node.expression, state));
  const when = (not: boolean): readonly PathState[] =>
    falling(tests.flatMap(([after, value]) => (value === not ? [] : [after]))).next;
  const otherwise = when(true);
  return joined([
    walk.statement(node.thenStatement, when(false)),
    node.elseStatement === undefined ? falling(otherwise) : walk.statement(node.elseStatement, otherwise),
  ]);
}

function switched(walk: QueueWalk, node: ts.SwitchStatement, from: readonly PathState[]): StateFlow {
  const start = behind(walk, node.expression, from);
  const { clauses } = node.caseBlock;
  const live = clauses.filter((clause) => !walk.look.folding.isDead(clause));
  let through: readonly PathState[] = [];
  const jumps: Jump[] = [];
  for (const clause of live) {
    const flow = list(walk, clause.statements, falling([...start, ...through]).next);
    through = flow.next;
    jumps.push(...flow.jumps);
  }
  // Where a clause is dead by the new path, the value is known, and one of the others runs.
  const isWhole = live.length < clauses.length || live.some((clause) => ts.isDefaultClause(clause));
  const { here, on } = landed(jumps, 'break', [undefined]);
  return joined([{ next: [...here, ...through, ...(isWhole ? [] : start)], jumps: on }]);
}

function tried(walk: QueueWalk, node: ts.TryStatement, from: readonly PathState[]): StateFlow {
  const [body, thrown] = walk.catching(() => walk.statement(node.tryBlock, from));
  const { catchClause, finallyBlock } = node;
  const [left, escaped] =
    catchClause === undefined
      ? ([body, thrown] as const)
      : walk.catching(() =>
          joined([body, walk.statement(catchClause.block, falling([...from, ...body.next, ...thrown]).next)]),
        );
  if (finallyBlock === undefined) {
    walk.throws(escaped);
    return left;
  }
  // Whatever way the block is left, what is finally done is done.
  const afterThrow = walk.statement(finallyBlock, escaped);
  walk.throws(afterThrow.next);
  const jumped = left.jumps.map((jump): StateFlow => {
    const { next, jumps } = walk.statement(finallyBlock, [jump.state]);
    return { next: [], jumps: [...next.map((state) => ({ ...jump, state })), ...jumps] };
  });
  return joined([walk.statement(finallyBlock, left.next), { next: [], jumps: afterThrow.jumps }, ...jumped]);
}
