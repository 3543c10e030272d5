// Functions that give an item back as the engine's own `release` slot does: the slot, what it only calls, and what only
// calls it; also where a field or a parameter holds one of them in every case.
import { ts } from 'ts-morph';
import type { Session } from '../session.ts';
import { functionsIn } from './functions-in.ts';
import { givenValues } from './given-values.ts';
import { literalMembers } from './literal-members.ts';
import type { FunctionNode, ReferenceIndex } from './reference-index.ts';
import { isDeclaredSlot, releaseSlots } from './release-slots.ts';
import { unparenthesized } from './unparenthesized.ts';

/** A function that releases the item it is given. */
export interface ReleaseFunction {
  readonly fn: FunctionNode | ts.MethodSignature;
  /** Which parameter is the item. */
  readonly item: number;
  /** It is the slot: handle, cookie, item. */
  readonly isSlot: boolean;
  /** The slot calls it, and it does not call the slot. */
  readonly isInside?: boolean;
}

/** Questions about releasing in some files. */
export interface Releases {
  of(fn: ts.Node | undefined): ReleaseFunction | undefined;
  all(): readonly ReleaseFunction[];
  /** A field or parameter of function type that holds such a function whatever way it gets there. */
  heldBy(declaration: ts.Node): ReleaseFunction | undefined;
  /** The item that a call gives back. */
  releasedBy(call: ts.CallExpression): ts.Expression | undefined;
}

/** Finds them all: first from the slots down, then up to a fixed point. */
export function findReleases(session: Session, index: ReferenceIndex): Releases {
  const found = new Map<ts.Node, ReleaseFunction>();
  const held = new Map<ts.Node, ReleaseFunction | 'in-progress' | undefined>();
  const functions = index.files.flatMap(functionsIn);
  const members = literalMembers(session, index);
  for (const fn of releaseSlots(session, index, functions)) {
    const item = fn.parameters.length - 1;
    if (item >= 0) found.set(fn, { fn, item, isSlot: true });
    const inner = onlyCall(fn);
    const callee = inner && index.callee(inner);
    const at = inner === undefined ? -1 : passedAt(index, inner, fn.parameters[item]);
    if (callee !== undefined && at >= 0 && !found.has(callee))
      found.set(callee, { fn: callee, item: at, isSlot: false, isInside: true });
  }
  const heldBy = (declaration: ts.Node): ReleaseFunction | undefined => {
    const known = held.get(declaration);
    if (known !== undefined) return known === 'in-progress' ? undefined : known;
    if (held.has(declaration)) return undefined;
    held.set(declaration, 'in-progress');
    const answer = holder(declaration);
    held.set(declaration, answer);
    return answer;
  };
  const valueHolds = (value: ts.Expression): ReleaseFunction | undefined => {
    const bare = unparenthesized(value);
    if (ts.isArrowFunction(bare) || ts.isFunctionExpression(bare)) return found.get(bare);
    const name = ts.isPropertyAccessExpression(bare) ? bare.name : ts.isIdentifier(bare) ? bare : undefined;
    const declaration = name && index.declarationOf(name);
    if (declaration === undefined) return undefined;
    if (ts.isFunctionDeclaration(declaration) || ts.isMethodDeclaration(declaration))
      return found.get(declaration);
    return heldBy(declaration);
  };
  const holder = (declaration: ts.Node): ReleaseFunction | undefined => {
    const sources = givenValues(index, declaration, (member) => members.get(member) ?? [], session.checker());
    const [first] = sources.map(valueHolds);
    return first !== undefined && sources.every((one) => isCalledLike(valueHolds(one), first))
      ? first
      : undefined;
  };
  const releaseOfCall = (call: ts.CallExpression): ReleaseFunction | undefined => {
    const fn = index.callee(call);
    const direct = fn && found.get(fn);
    if (direct !== undefined) return direct;
    const callee = unparenthesized(call.expression);
    const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
    const declaration = index.declarationOf(name);
    if (declaration !== undefined && isDeclaredSlot(declaration))
      return { fn: declaration, item: declaration.parameters.length - 1, isSlot: true };
    return declaration && heldBy(declaration);
  };
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    held.clear();
    for (const fn of functions) {
      if (found.has(fn)) continue;
      const call = onlyCall(fn);
      const release = call && releaseOfCall(call);
      const argument = release && call?.arguments[release.item];
      if (argument === undefined) continue;
      const item = fn.parameters.findIndex((parameter) => isPassed(index, argument, parameter));
      if (item >= 0) found.set(fn, { fn, item, isSlot: false });
    }
  }
  held.clear();
  return {
    of: (fn) => (fn === undefined ? undefined : found.get(fn)),
    all: () => [...found.values()],
    heldBy,
    releasedBy: (call) => {
      const release = releaseOfCall(call);
      return release === undefined ? undefined : call.arguments[release.item];
    },
  };
}

/** What calls the one can call the other instead: both are slots, or none is, and the item has the same place. */
export function isCalledLike(one: ReleaseFunction | undefined, other: ReleaseFunction): boolean {
  return one !== undefined && one.item === other.item && one.isSlot === other.isSlot;
}

/** The call that a function is, and nothing else. */
function onlyCall(fn: FunctionNode): ts.CallExpression | undefined {
  const { body } = fn;
  if (!ts.isBlock(body)) {
    const bare = unparenthesized(body);
    return ts.isCallExpression(bare) ? bare : undefined;
  }
  const [only] = body.statements;
  if (body.statements.length !== 1 || only === undefined) return undefined;
  const expression =
    ts.isExpressionStatement(only) || ts.isReturnStatement(only) ? only.expression : undefined;
  return expression !== undefined && ts.isCallExpression(expression) ? expression : undefined;
}

function passedAt(
  index: ReferenceIndex,
  call: ts.CallExpression,
  parameter: ts.ParameterDeclaration | undefined,
): number {
  return parameter === undefined
    ? -1
    : call.arguments.findIndex((argument) => isPassed(index, argument, parameter));
}

/** The argument is the parameter itself, perhaps seen through a cast or a checking function. */
function isPassed(
  index: ReferenceIndex,
  argument: ts.Expression,
  parameter: ts.ParameterDeclaration,
): boolean {
  const bare = unparenthesized(argument);
  if (ts.isAsExpression(bare) || ts.isNonNullExpression(bare))
    return isPassed(index, bare.expression, parameter);
  if (ts.isIdentifier(bare)) return index.declarationOf(bare) === parameter;
  const [only] = ts.isCallExpression(bare) ? bare.arguments : [];
  return (
    ts.isCallExpression(bare) &&
    bare.arguments.length === 1 &&
    only !== undefined &&
    isPassed(index, only, parameter)
  );
}
