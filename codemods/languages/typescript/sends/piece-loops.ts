// Loops that hand one message to the kernel piece by piece, counting and adjusting what is left: on the new path they are
// one copy of each part. A loop that does anything else is not one of them.
import { ts } from 'ts-morph';
import { isInside } from '../is-inside.ts';
import { enclosingFunction } from '../syntax-shapes.ts';
import type { Look } from './engine-look.ts';
import { functionsIn } from './functions-in.ts';
import { isHarmless } from './harmless.ts';
import { partsOfMessage, resolvedConst } from './message-length.ts';
import { unparenthesized } from './unparenthesized.ts';

/** What one piece loop sends. */
export interface PieceLoop {
  readonly loop: ts.IterationStatement;
  readonly call: ts.CallExpression;
  /** The array of everything that is to be sent. */
  readonly parts: ts.Expression;
  /** The array is a field, or a caller's that looks at it again: what is sent has to leave it. */
  readonly isField: boolean;
}

/** The loop around a sendmsg that only sends and counts; undefined where there is no such loop. */
export function pieceLoop(look: Look, call: ts.CallExpression): PieceLoop | undefined {
  if (look.folding.isDead(call)) return undefined;
  const loop = loopAround(call);
  const given = loop && partsOfMessage(look.path, look.index, call);
  const parts = given && wholeArray(look, given);
  if (loop === undefined || parts === undefined) return undefined;
  const array = declarationBehind(look, parts);
  if (array === undefined || isInside(array, loop)) return undefined;
  const check: Check = { look, call, arrays: new Set([array]), loop, seen: new Set() };
  if (!onlyCounts(check, loop.statement)) return undefined;
  for (const head of headOf(loop)) if (!onlyCounts(check, head)) return undefined;
  const isField = ts.isPropertyDeclaration(array) || isSeenEmpty(check, array);
  return { loop, call, parts, isField };
}

interface Check {
  readonly look: Look;
  readonly call: ts.CallExpression;
  /** The array, and the parameters of helpers that it is given to. */
  readonly arrays: Set<ts.Node>;
  readonly loop: ts.Node;
  readonly seen: Set<ts.Node>;
}

function isOneOf(arrays: ReadonlySet<ts.Node>, declaration: ts.Node | undefined): boolean {
  return declaration !== undefined && arrays.has(declaration);
}

/** A caller's array that the loop takes parts out of, and that somebody may look at afterwards. */
function isSeenEmpty({ look, arrays, loop, seen }: Check, array: ts.Node): boolean {
  if (!ts.isParameter(array)) return false;
  const isTaken = (node: ts.Node): boolean =>
    (ts.isPropertyAccessExpression(node) &&
      /^(?:shift|splice)$/.test(node.name.text) &&
      isOneOf(arrays, declarationBehind(look, node.expression))) ||
    ts.forEachChild(node, (child) => (isTaken(child) ? true : undefined)) === true;
  if (![loop, ...seen].some(isTaken)) return false;
  const fn = array.parent as ts.SignatureDeclaration;
  const at = fn.parameters.indexOf(array);
  return !look.index.callers(fn).every((call) => {
    const argument = call.arguments?.[at];
    if (argument === undefined || !ts.isIdentifier(argument))
      return argument !== undefined && !ts.isPropertyAccessExpression(argument);
    const declaration = look.index.declarationOf(argument);
    const isLocal = declaration !== undefined && ts.isVariableDeclaration(declaration);
    if (!isLocal || enclosingFunction(declaration) !== enclosingFunction(call)) return false;
    // Around a loop, what stands above comes again.
    const block = declaration.parent.parent.parent;
    let isNear = false;
    for (let up: ts.Node = call; up !== block && up.parent !== undefined; up = up.parent)
      isNear ||= ts.isIterationStatement(up, false);
    return !isNear && look.index.uses(declaration).every((use) => use.end <= call.end);
  });
}

function loopAround(node: ts.Node): ts.IterationStatement | undefined {
  for (let at = node.parent; at !== undefined && !ts.isFunctionLike(at); at = at.parent)
    if (
      ts.isWhileStatement(at) ||
      ts.isDoStatement(at) ||
      (ts.isForStatement(at) && !ts.isForOfStatement(at))
    )
      return at;
  return undefined;
}

/** `iov` of `iov`, `iov.slice(first)` and `[...iov]`. */
function wholeArray(look: Look, parts: ts.Expression): ts.Expression | undefined {
  const bare = unparenthesized(parts);
  if (ts.isCallExpression(bare) && ts.isPropertyAccessExpression(bare.expression))
    return bare.expression.name.text === 'slice' ? wholeArray(look, bare.expression.expression) : undefined;
  if (ts.isIdentifier(bare)) {
    const made = resolvedConst(look.index, bare);
    const isSlice =
      ts.isCallExpression(made) &&
      ts.isPropertyAccessExpression(made.expression) &&
      made.expression.name.text === 'slice';
    return isSlice ? wholeArray(look, made) : bare;
  }
  return ts.isPropertyAccessExpression(bare) && bare.expression.kind === ts.SyntaxKind.ThisKeyword
    ? bare
    : undefined;
}

function declarationBehind(look: Look, expression: ts.Expression): ts.Node | undefined {
  return look.index.declarationOf(ts.isPropertyAccessExpression(expression) ? expression.name : expression);
}

function headOf(loop: ts.IterationStatement): readonly ts.Node[] {
  if (ts.isForStatement(loop))
    return [loop.initializer, loop.condition, loop.incrementor].filter((one) => one !== undefined);
  return [(loop as ts.WhileStatement).expression];
}

/** Nothing but the send, counters, and the array that is sent changes. */
function onlyCounts(check: Check, node: ts.Node): boolean {
  if (check.look.folding.isDead(node)) return true;
  if (node === check.call) return true;
  if (ts.isCallExpression(node)) return callOnlyCounts(check, node);
  if (ts.isNewExpression(node) && !isHarmless(node)) return false;
  if (ts.isAwaitExpression(node) || ts.isYieldExpression(node) || ts.isThrowStatement(node)) return false;
  if (ts.isReturnStatement(node) && node.expression !== undefined && isInside(node, check.loop)) return false;
  if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind) && !isCounter(check, node.left))
    return false;
  if (
    (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) &&
    isStep(node) &&
    !isCounter(check, node.operand)
  )
    return false;
  return ts.forEachChild(node, (child) => (onlyCounts(check, child) ? undefined : true)) !== true;
}

function isStep({ operator }: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): boolean {
  return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function callOnlyCounts(check: Check, call: ts.CallExpression): boolean {
  const { look, arrays } = check;
  if (!call.arguments.every((argument) => onlyCounts(check, argument))) return false;
  if (isHarmless(call)) return true;
  const callee = unparenthesized(call.expression);
  if (ts.isPropertyAccessExpression(callee) && /^(?:shift|splice)$/.test(callee.name.text))
    return isOneOf(arrays, declarationBehind(look, callee.expression));
  const fn = look.index.callee(call);
  if (fn === undefined) return false;
  if (check.seen.has(fn)) return true;
  check.seen.add(fn);
  for (const [at, argument] of call.arguments.entries()) {
    const parameter = fn.parameters[at];
    // A helper that others call, too, may be given something else by them.
    const isOurs = isOneOf(arrays, declarationBehind(look, unparenthesized(argument)));
    if (isOurs && parameter !== undefined && look.index.callers(fn).length === 1) arrays.add(parameter);
  }
  return onlyCounts(check, fn.body);
}

/** A local, a private field, or an element of the array: nobody else looks at it. */
function isCounter(check: Check, target: ts.Expression): boolean {
  const { look, arrays, loop } = check;
  const bare = unparenthesized(target);
  if (ts.isIdentifier(bare)) {
    const declaration = look.index.declarationOf(bare);
    if (declaration === undefined || enclosingFunction(declaration) === undefined) return false;
    if (arrays.has(declaration)) return true;
    return look.index
      .uses(declaration)
      .every(
        (use) =>
          isInside(use, loop) || isInHelper(check, use) || isOnlyWritten(use) || look.folding.isDead(use),
      );
  }
  if (ts.isPropertyAccessExpression(bare) && bare.expression.kind === ts.SyntaxKind.ThisKeyword) {
    const field = look.index.declarationOf(bare.name);
    if (field === undefined || !(ts.isPrivateIdentifier(bare.name) || isPrivate(field))) return false;
    return look.index
      .uses(field)
      .every(
        (use) =>
          isInside(use, loop) ||
          isInHelper(check, use) ||
          isOnlyWritten(use.parent) ||
          look.folding.isDead(use) ||
          isInDeadHelper(check, use),
      );
  }
  if (ts.isPropertyAccessExpression(bare) || ts.isElementAccessExpression(bare))
    return isElement(check, bare.expression);
  return false;
}

function isPrivate(node: ts.Node): boolean {
  return (ts.getCombinedModifierFlags(node as ts.Declaration) & ts.ModifierFlags.Private) !== 0;
}

function isInHelper({ seen }: Check, use: ts.Node): boolean {
  return [...seen].some((fn) => isInside(use, fn));
}

/** In a function that only dead code calls. */
function isInDeadHelper({ look }: Check, use: ts.Node): boolean {
  const fn = functionsIn(use.getSourceFile())
    .filter((one) => isInside(use, one))
    .at(-1);
  const callers = fn === undefined ? [] : look.index.callers(fn);
  return callers.length > 0 && callers.every((call) => look.folding.isDead(call));
}

/** `x += 1;` and `x = 0;` as statements. */
export function isOnlyWritten(target: ts.Node): boolean {
  const { parent } = target;
  if (ts.isBinaryExpression(parent))
    return (
      parent.left === target &&
      isAssignment(parent.operatorToken.kind) &&
      ts.isExpressionStatement(parent.parent) &&
      isHarmless(parent.right)
    );
  return (
    (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) &&
    isStep(parent) &&
    ts.isExpressionStatement(parent.parent)
  );
}

/** The array itself, one of its elements, or a local that is one. */
function isElement(check: Check, expression: ts.Expression): boolean {
  const { look, arrays } = check;
  const bare = unparenthesized(expression);
  if (ts.isNonNullExpression(bare) || ts.isAsExpression(bare)) return isElement(check, bare.expression);
  if (ts.isElementAccessExpression(bare)) return isElement(check, bare.expression);
  const declaration = declarationBehind(look, bare);
  if (isOneOf(arrays, declaration)) return true;
  if (
    declaration === undefined ||
    !ts.isVariableDeclaration(declaration) ||
    declaration.initializer === undefined
  )
    return false;
  return (
    ts.isElementAccessExpression(unparenthesized(declaration.initializer)) &&
    isElement(check, declaration.initializer)
  );
}
