// The walk through declarations of variables: each is evaluated, and remembered where its value is known.
import type { ts } from 'ts-morph';
import { isAssignedInPlace } from './assigned-variables.ts';
import { fewer, type PathState, remembered } from './path-states.ts';
import type { QueueWalk } from './queue-walk.ts';

/** The states behind `const a = …, b = …`. */
export function walkDeclarations(
  walk: QueueWalk,
  list: ts.VariableDeclarationList,
  from: readonly PathState[],
): readonly PathState[] {
  return list.declarations.reduce((states, one) => declared(walk, one, states), from);
}

function declared(
  walk: QueueWalk,
  node: ts.VariableDeclaration,
  from: readonly PathState[],
): readonly PathState[] {
  const { initializer } = node;
  if (initializer === undefined) return from;
  const isFollowed = isAssignedInPlace(walk.look, node);
  return fewer(
    from.flatMap((state) =>
      walk
        .value(initializer, state)
        .map(([after, value]) => (isFollowed ? remembered(after, node, value) : after)),
    ),
  );
}
