// The walk through a loop: a few rounds of it, each from where the one before came to.
import { ts } from 'ts-morph';
import { assignedVariables } from './assigned-variables.ts';
import { fewer, forgotten, type PathState } from './path-states.ts';
import type { QueueWalk } from './queue-walk.ts';
import { type Jump, joined, landed, type StateFlow } from './state-flow.ts';
import { walkDeclarations } from './walk-declarations.ts';
import { walkTest } from './walk-expressions.ts';

const MOST_ROUNDS = 3;

/** Where a loop leads; `labels` are its own. */
export function walkLoop(
  walk: QueueWalk,
  node: ts.IterationStatement,
  from: readonly PathState[],
  labels: readonly string[],
): StateFlow {
  const assigned = assignedVariables(walk.look, node);
  const isOnce = walk.look.folding.runsOnce(node);
  const condition = ts.isForOfStatement(node) || ts.isForInStatement(node) ? undefined : conditionOf(node);
  const isCounted = ts.isForOfStatement(node) || ts.isForInStatement(node);
  const isEndless = !isCounted && (condition === undefined || condition.kind === ts.SyntaxKind.TrueKeyword);
  const left: PathState[] = [];
  const jumps: Jump[] = [];
  let states = entered(walk, node, from).map((state) => forgotten(state, assigned));
  for (let round = 0; round < MOST_ROUNDS && states.length > 0; round += 1) {
    let inside: readonly PathState[] = states;
    const isTested = !(round === 0 && (isOnce || ts.isDoStatement(node)));
    if (isCounted) left.push(...states);
    else if (condition !== undefined && !isEndless && isTested) {
      const tested = states.flatMap((state) => walkTest(walk, condition, state));
      left.push(...tested.flatMap(([after, value]) => (value === true ? [] : [after])));
      inside = tested.flatMap(([after, value]) => (value === false ? [] : [after]));
    }
    const flow = walk.statement(node.statement, fewer(inside));
    const broken = landed(flow.jumps, 'break', [undefined]);
    const continued = landed(broken.on, 'continue', [undefined, ...labels]);
    left.push(...broken.here);
    jumps.push(...continued.on);
    states = stepped(walk, node, fewer([...flow.next, ...continued.here])).map((state) =>
      forgotten(state, assigned),
    );
    if (isOnce) break;
  }
  // A loop that ends may end here; one that runs once has.
  if (isOnce || !isEndless) left.push(...states);
  return joined([{ next: left, jumps }]);
}

function conditionOf(
  node: ts.ForStatement | ts.WhileStatement | ts.DoStatement | ts.IterationStatement,
): ts.Expression | undefined {
  return ts.isForStatement(node) ? node.condition : (node as ts.WhileStatement).expression;
}

/** The states in which the loop is met: behind its initializer, or behind the list that it goes through. */
function entered(
  walk: QueueWalk,
  node: ts.IterationStatement,
  from: readonly PathState[],
): readonly PathState[] {
  const all = (expression: ts.Expression): readonly PathState[] =>
    fewer(from.flatMap((state) => walk.value(expression, state).map(([after]) => after)));
  if (ts.isForOfStatement(node) || ts.isForInStatement(node)) return all(node.expression);
  const initializer = ts.isForStatement(node) ? node.initializer : undefined;
  if (initializer === undefined) return from;
  return ts.isVariableDeclarationList(initializer)
    ? walkDeclarations(walk, initializer, from)
    : all(initializer);
}

/** Behind what a loop does between two rounds. */
function stepped(
  walk: QueueWalk,
  node: ts.IterationStatement,
  from: readonly PathState[],
): readonly PathState[] {
  const step = ts.isForStatement(node) ? node.incrementor : undefined;
  if (step === undefined) return from;
  return fewer(from.flatMap((state) => walk.value(step, state).map(([after]) => after)));
}
