// The walk through an expression: what it does to the states, and its value where that is a constant.
import { ts } from 'ts-morph';
import { assignedVariables, isAssignedInPlace } from './assigned-variables.ts';
import type { Look } from './engine-look.ts';
import { isInBounds } from './in-bounds.ts';
import {
  type Constant,
  fewer,
  fewerValued,
  forgotten,
  type PathState,
  remembered,
  type Valued,
} from './path-states.ts';
import type { QueueWalk } from './queue-walk.ts';
import { unparenthesized } from './unparenthesized.ts';
import { constantOf, walkCall } from './walk-call.ts';

/** A state behind a condition, and whether the condition holds there. */
type Tested = readonly [PathState, boolean | 'unknown'];

/** What an expression does, and its value. */
export function walkExpression(
  walk: QueueWalk,
  expression: ts.Expression,
  state: PathState,
): readonly Valued[] {
  const { look } = walk;
  const bare = unparenthesized(expression);
  if (look.folding.isDead(bare)) return [[state, 'unknown']];
  if (ts.isAsExpression(bare) || ts.isNonNullExpression(bare) || ts.isSatisfiesExpression(bare))
    return walk.value(bare.expression, state);
  if (ts.isCallExpression(bare)) return walkCall(walk, bare, state);
  if (ts.isBinaryExpression(bare)) return binary(walk, bare, state);
  if (ts.isConditionalExpression(bare))
    return fewerValued(
      walkTest(walk, bare.condition, state).flatMap(([after, value]) => [
        ...(value === false ? [] : walk.value(bare.whenTrue, after)),
        ...(value === true ? [] : walk.value(bare.whenFalse, after)),
      ]),
    );
  if (isNot(bare)) return walkTest(walk, bare, state);
  if (ts.isPrefixUnaryExpression(bare) || ts.isPostfixUnaryExpression(bare)) {
    const assigned = assignedVariables(look, bare);
    return parts(walk, bare, state).map((after) => [forgotten(after, assigned), constantOf(look, bare)]);
  }
  if (ts.isIdentifier(bare)) {
    const declaration = look.index.declarationOf(bare);
    if (declaration !== undefined && state.known.has(declaration))
      return [[state, state.known.get(declaration)]];
  }
  return parts(walk, bare, state).map((after) => [after, constantOf(look, bare)]);
}

/** What a condition does, and whether it holds. */
export function walkTest(walk: QueueWalk, expression: ts.Expression, state: PathState): readonly Tested[] {
  const bare = unparenthesized(expression);
  if (!walk.look.folding.isDead(bare)) {
    if (isNot(bare))
      return walkTest(walk, bare.operand, state).map(([after, value]) => [
        after,
        value === 'unknown' ? value : !value,
      ]);
    const ends = ts.isBinaryExpression(bare) ? endsWith(bare) : undefined;
    if (ts.isBinaryExpression(bare) && ends !== undefined)
      return walkTest(walk, bare.left, state).flatMap(([after, value]): readonly Tested[] => [
        ...(value === !ends ? [] : [[after, ends] as const]),
        ...(value === ends ? [] : walkTest(walk, bare.right, after)),
      ]);
  }
  return walk
    .value(bare, state)
    .map(([after, value]) => [after, value === 'unknown' ? value : Boolean(value)]);
}

function isNot(node: ts.Expression): node is ts.PrefixUnaryExpression {
  return ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken;
}

/** What the left side has to be for the right one not to run: false for `&&`, true for `||`. */
function endsWith({ operatorToken: { kind } }: ts.BinaryExpression): boolean | undefined {
  if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return false;
  return kind === ts.SyntaxKind.BarBarToken ? true : undefined;
}

/** Everything in an expression that is evaluated with it. */
function parts(walk: QueueWalk, node: ts.Node, state: PathState): readonly PathState[] {
  if (ts.isFunctionLike(node) || ts.isClassLike(node)) return [state];
  let states: readonly PathState[] = [state];
  ts.forEachChild(node, (child) => {
    states = fewer(
      states.flatMap((one) =>
        ts.isExpression(child) ? walk.value(child, one).map(([after]) => after) : parts(walk, child, one),
      ),
    );
  });
  return states;
}

function binary(walk: QueueWalk, node: ts.BinaryExpression, state: PathState): readonly Valued[] {
  const { kind } = node.operatorToken;
  if (endsWith(node) !== undefined || kind === ts.SyntaxKind.QuestionQuestionToken)
    return chosen(walk, node, state);
  if (kind === ts.SyntaxKind.EqualsToken) return assigned(walk, node, state);
  if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) {
    const changed = assignedVariables(walk.look, node.left.parent);
    const isAlways =
      kind < ts.SyntaxKind.BarBarEqualsToken || kind > ts.SyntaxKind.QuestionQuestionEqualsToken;
    return parts(walk, node.left, state)
      .flatMap((one) => [...(isAlways ? [] : [one]), ...walk.value(node.right, one).map(([after]) => after)])
      .map((one) => [forgotten(one, changed), 'unknown']);
  }
  return compared(walk, node, state);
}

/** `a && b`, `a || b`, `a ?? b`: the left side's value, or the right one's. */
function chosen(walk: QueueWalk, node: ts.BinaryExpression, state: PathState): readonly Valued[] {
  const ends = endsWith(node);
  const stops = (value: Constant): boolean =>
    ends === undefined ? value !== undefined : Boolean(value) === ends;
  return fewerValued(
    walk.value(node.left, state).flatMap(([after, value]) => {
      if (value === 'unknown') {
        const settled = ends !== undefined && isBoolean(walk.look, node.left) ? ends : value;
        return [[after, settled] as const, ...walk.value(node.right, after)];
      }
      return stops(value) ? [[after, value] as const] : walk.value(node.right, after);
    }),
  );
}

function isBoolean({ session }: Look, node: ts.Expression): boolean {
  return (session.checker().getTypeAtLocation(node).flags & ts.TypeFlags.BooleanLike) !== 0;
}

function assigned(walk: QueueWalk, node: ts.BinaryExpression, state: PathState): readonly Valued[] {
  const { look } = walk;
  const target = ts.isIdentifier(node.left) ? look.index.declarationOf(node.left) : undefined;
  if (target !== undefined && isAssignedInPlace(look, target))
    return walk.value(node.right, state).map(([after, value]) => [remembered(after, target, value), value]);
  const changed = assignedVariables(look, node);
  return parts(walk, node.left, state).flatMap((one) =>
    walk.value(node.right, one).map(([after, value]): Valued => [forgotten(after, changed), value]),
  );
}

function compared(walk: QueueWalk, node: ts.BinaryExpression, state: PathState): readonly Valued[] {
  const { look } = walk;
  const { kind } = node.operatorToken;
  const isEqual = kind === ts.SyntaxKind.EqualsEqualsEqualsToken || kind === ts.SyntaxKind.EqualsEqualsToken;
  const isUnequal =
    kind === ts.SyntaxKind.ExclamationEqualsEqualsToken || kind === ts.SyntaxKind.ExclamationEqualsToken;
  const isNever =
    (isEqual || isUnequal) && node.right.getText() === 'undefined' && isInBounds(look, node.left);
  const settled = isNever ? isUnequal : look.folding.decided(node);
  return fewerValued(
    walk.value(node.left, state).flatMap(([after, left]) =>
      walk.value(node.right, after).map(([last, right]): Valued => {
        if (settled !== undefined) return [last, settled];
        if (left === 'unknown' || right === 'unknown' || !(isEqual || isUnequal)) return [last, 'unknown'];
        return [last, (left === right) === isEqual];
      }),
    ),
  );
}
