// The walk through a call: of the connection, of a function of the engine, of the core's response, or of anything else.
import { ts } from 'ts-morph';
import type { Look } from './engine-look.ts';
import { type Constant, fewer, fewerValued, type PathState, type Valued } from './path-states.ts';
import type { QueueWalk } from './queue-walk.ts';
import type { FunctionNode } from './reference-index.ts';
import { unparenthesized } from './unparenthesized.ts';

/** What a call does, and what it answers. */
export function walkCall(walk: QueueWalk, call: ts.CallExpression, state: PathState): readonly Valued[] {
  const { look, watcher } = walk;
  const callee = unparenthesized(call.expression);
  let states: readonly PathState[] = ts.isPropertyAccessExpression(callee)
    ? walk.value(callee.expression, state).map(([after]) => after)
    : [state];
  for (const argument of call.arguments)
    if (!ts.isFunctionLike(argument))
      states = fewer(states.flatMap((one) => walk.value(argument, one).map(([after]) => after)));
  walk.throws(states);
  const member = look.path.memberCalled(call);
  if (member !== undefined) return states.map((one) => asked(walk, call, member, one));
  const fn = look.index.callee(call);
  if (fn !== undefined) {
    const after = fewerValued(states.flatMap((one) => walk.enter(fn, one)));
    return fewerValued(
      after.flatMap(([one, value]) => callbacks(walk, call, [one]).map((two): Valued => [two, value])),
    );
  }
  if (isCoreResponse(look, call))
    for (const one of states) if (one.queued !== undefined) watcher.answered(call, one.queued);
  return callbacks(walk, call, states).map((one) => [one, constantOf(look, call)]);
}

/** Functions that are handed over run any number of times. */
function callbacks(
  walk: QueueWalk,
  call: ts.CallExpression,
  from: readonly PathState[],
): readonly PathState[] {
  let states = from;
  for (const argument of call.arguments) {
    const value = unparenthesized(argument);
    const name = ts.isIdentifier(value) ? walk.look.index.declarationOf(value) : undefined;
    const given = name !== undefined && ts.isVariableDeclaration(name) ? name.initializer : (name ?? value);
    if (given === undefined || !ts.isFunctionLike(given) || (given as { body?: ts.Node }).body === undefined)
      continue;
    for (let round = 0; round < 2; round += 1)
      states = fewer([
        ...states,
        ...states.flatMap((one) => walk.enter(given as FunctionNode, one).map(([after]) => after)),
      ]);
  }
  return states;
}

/** What the connection is asked to do. */
function asked(walk: QueueWalk, call: ts.CallExpression, member: string, state: PathState): Valued {
  switch (member) {
    case 'addIov':
      return [{ ...state, queued: state.queued ?? call }, undefined];
    case 'addMsgHdr': {
      const resets = call.arguments[0]?.kind !== ts.SyntaxKind.FalseKeyword;
      if (resets && state.queued !== undefined) walk.watcher.discarded(call, state.queued);
      return [resets ? { ...state, queued: undefined } : state, undefined];
    }
    case 'sendmsg':
      if (state.queued !== undefined) walk.watcher.overtaken(call, state.queued);
      return [state, 'unknown'];
    case 'transmit':
      return [{ ...state, queued: undefined }, constantOf(walk.look, call)];
    default:
      return [state, true];
  }
}

/** A call of what the core hands to a slot to respond with: it answers whether the response could be queued. */
function isCoreResponse({ session, index }: Look, call: ts.CallExpression): boolean {
  const declaration = session.checker().getResolvedSignature(call)?.declaration;
  if (declaration === undefined || index.files.includes(declaration.getSourceFile())) return false;
  const alias = declaration.parent;
  return (
    alias !== undefined &&
    ts.isTypeAliasDeclaration(alias) &&
    /response/i.test(alias.name.text) &&
    declaration.parameters.length >= 5
  );
}

/** The value of an expression that is the same on every path. */
export function constantOf({ folding, session }: Look, node: ts.Expression): Constant {
  const folded = folding.valueOf(node);
  if (folded !== undefined && folded.value !== 'taken') return folded.value;
  const type = session.checker().getTypeAtLocation(node);
  return type.isNumberLiteral() ? type.value : 'unknown';
}
