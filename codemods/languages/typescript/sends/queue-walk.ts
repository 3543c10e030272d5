// What the parts of the walk over an engine's code share: who is told, and how one part asks another to go on.
import type { ts } from 'ts-morph';
import type { Look } from './engine-look.ts';
import type { PathState, Valued } from './path-states.ts';
import type { FunctionNode } from './reference-index.ts';
import type { StateFlow } from './state-flow.ts';

/** Told what happens to something queued. */
export interface QueueWatcher {
  discarded(by: ts.CallExpression, queued: ts.CallExpression): void;
  overtaken(by: ts.CallExpression, queued: ts.CallExpression): void;
  /** The core's own response begins with a new message header. */
  answered(by: ts.CallExpression, queued: ts.CallExpression): void;
}

/** One walk, as it goes on inside one function. */
export interface QueueWalk {
  readonly look: Look;
  readonly watcher: QueueWatcher;
  /** The states behind a call of a function, with what it answers. What it throws is thrown here, too. */
  enter(fn: FunctionNode, state: PathState): readonly Valued[];
  /** What an expression does, and its value where that is a constant. */
  value(expression: ts.Expression, state: PathState): readonly Valued[];
  /** Where a statement leads from each of these states. */
  statement(node: ts.Statement, from: readonly PathState[]): StateFlow;
  /** Something may be thrown in these states. */
  throws(states: readonly PathState[]): void;
  /** Does something, and answers with it the states in which something may be thrown meanwhile. */
  catching<T>(body: () => T): readonly [T, readonly PathState[]];
}
