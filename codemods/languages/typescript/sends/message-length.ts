// Whether an expression is the number of bytes in a message that sendmsg was given: then sendmsg answered just that.
import { ts } from 'ts-morph';
import type { Session } from '../session.ts';
import { constantNumber, lengthAtLeast } from './memory-length.ts';
import type { OldPath } from './old-path.ts';
import type { ReferenceIndex } from './reference-index.ts';
import { unparenthesized } from './unparenthesized.ts';

/** The expression that holds the parts of the message: `iov` of `sendmsg({ msgIov: iov })`. */
export function partsOfMessage(
  path: OldPath,
  index: ReferenceIndex,
  call: ts.CallExpression,
): ts.Expression | undefined {
  const [argument] = call.arguments;
  const message = argument && resolvedConst(index, argument);
  if (message === undefined || !ts.isObjectLiteralExpression(message)) return undefined;
  const [name] = path.known().flatMap(({ msghdr }) => msghdr?.parts ?? []);
  for (const property of message.properties) {
    if (property.name?.getText() !== name) continue;
    if (ts.isPropertyAssignment(property)) return property.initializer;
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
  }
  return undefined;
}

/** `total` is the length of the whole message; `some`: the message has at least one byte. */
export function isTotalOf(
  session: Session,
  path: OldPath,
  index: ReferenceIndex,
  call: ts.CallExpression,
  total: ts.Expression | 'some',
): boolean {
  const parts = partsOfMessage(path, index, call);
  if (parts === undefined) return false;
  const iovec = path.known().find((one) => one.iovec !== undefined)?.iovec;
  if (iovec === undefined) return false;
  const elements = partElements(index, parts);
  if (total === 'some') {
    return (
      elements?.some((element) => {
        const length = memberOf(element, iovec.length);
        const base = memberOf(element, iovec.base);
        if (length === undefined) return false;
        if ((constantNumber(session, index, length) ?? 0) > 0) return true;
        const isWhole = base !== undefined && normal(length) === `${normal(base)}.length`;
        return isWhole && lengthAtLeast(session, index, base) > 0;
      }) === true
    );
  }
  const sum = resolvedConst(index, total);
  if (isReduction(index, sum, parts, iovec.length)) return true;
  if (isAccumulated(index, total, parts, iovec.length)) return true;
  if (isSumOfHelper(index, sum, parts, iovec.length)) return true;
  if (elements === undefined) return false;
  const lengths = elements.map((element) => memberOf(element, iovec.length));
  if (lengths.some((length) => length === undefined)) return false;
  const wanted = lengths.flatMap((length) => termsOf(index, length as ts.Expression)).sort();
  return JSON.stringify(wanted) === JSON.stringify(termsOf(index, total).sort());
}

/** The loop around is entered for a message that has bytes only: `while (sent < total)`, `while (left > 0)`. */
export function hasBytesLeft(
  session: Session,
  path: OldPath,
  index: ReferenceIndex,
  call: ts.CallExpression,
): boolean {
  let loop: ts.Node = call;
  while (!ts.isIterationStatement(loop, false)) {
    if (ts.isFunctionLike(loop) || loop.parent === undefined) return false;
    loop = loop.parent;
  }
  const around = loop;
  const condition = ts.isWhileStatement(around)
    ? around.expression
    : ts.isForStatement(around)
      ? around.condition
      : undefined;
  if (condition === undefined || !ts.isBinaryExpression(condition)) return false;
  const { kind } = condition.operatorToken;
  const isUp = kind === ts.SyntaxKind.LessThanToken || kind === ts.SyntaxKind.ExclamationEqualsEqualsToken;
  const isDown =
    kind === ts.SyntaxKind.GreaterThanToken || kind === ts.SyntaxKind.ExclamationEqualsEqualsToken;
  const isTotal = (one: ts.Expression): boolean => isTotalOf(session, path, index, call, one);
  // What a counter holds before its first round.
  const before = (one: ts.Expression): ts.Expression | undefined => {
    const declaration = ts.isIdentifier(one) ? index.declarationOf(one) : undefined;
    if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
    const isEarly = (use: ts.Node): boolean =>
      isWritten(use) && !(use.pos >= around.pos && use.end <= around.end);
    return index.uses(declaration).some(isEarly) ? undefined : declaration.initializer;
  };
  const isZero = (one: ts.Expression | undefined): boolean => one?.getText() === '0';
  const { left, right } = condition;
  if (isUp && isZero(before(left)) && isTotal(right)) return true;
  if (isDown && isZero(before(right)) && isTotal(left)) return true;
  const start = isDown && isZero(right) ? before(left) : undefined;
  return start !== undefined && isTotal(start);
}

function isWritten(use: ts.Node): boolean {
  const { parent } = use;
  if (ts.isBinaryExpression(parent))
    return (
      parent.left === use &&
      parent.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
      parent.operatorToken.kind <= ts.SyntaxKind.LastAssignment
    );
  return ts.isPostfixUnaryExpression(parent) || ts.isPrefixUnaryExpression(parent);
}

/** What a constant local was made with; the expression itself for everything else. */
export function resolvedConst(index: ReferenceIndex, expression: ts.Expression): ts.Expression {
  const bare = unparenthesized(expression);
  if (ts.isAsExpression(bare) || ts.isSatisfiesExpression(bare) || ts.isNonNullExpression(bare))
    return resolvedConst(index, bare.expression);
  if (!ts.isIdentifier(bare)) return bare;
  const declaration = index.declarationOf(bare);
  if (
    declaration === undefined ||
    !ts.isVariableDeclaration(declaration) ||
    declaration.initializer === undefined ||
    (declaration.parent.flags & ts.NodeFlags.Const) === 0
  )
    return bare;
  return resolvedConst(index, declaration.initializer);
}

/** The elements of an array that is written down as a whole and never changed. */
export function partElements(
  index: ReferenceIndex,
  parts: ts.Expression,
): readonly ts.ObjectLiteralExpression[] | undefined {
  const bare = unparenthesized(parts);
  const literal = resolvedConst(index, bare);
  if (!ts.isArrayLiteralExpression(literal)) return undefined;
  const found: ts.ObjectLiteralExpression[] = [];
  for (const element of literal.elements) {
    const object = unchangedLiteral(index, element);
    if (object === undefined) return undefined;
    found.push(object);
  }
  if (!ts.isIdentifier(bare)) return found;
  const declaration = index.declarationOf(bare);
  const uses = declaration === undefined ? [] : index.uses(declaration);
  for (const use of uses) {
    const pushed = pushedBy(use);
    if (pushed === 'other') return undefined;
    for (const argument of pushed ?? []) {
      const object = unchangedLiteral(index, argument);
      if (object === undefined) return undefined;
      found.push(object);
    }
  }
  return found;
}

/** A literal, in place or as a constant that nothing else uses: nobody changes its members. */
function unchangedLiteral(
  index: ReferenceIndex,
  element: ts.Expression,
): ts.ObjectLiteralExpression | undefined {
  const bare = unparenthesized(element);
  const object = resolvedConst(index, bare);
  if (!ts.isObjectLiteralExpression(object)) return undefined;
  const declaration = ts.isIdentifier(bare) ? index.declarationOf(bare) : undefined;
  return declaration !== undefined && index.uses(declaration).length > 1 ? undefined : object;
}

/** What a use of an array pushes where that happens in any case; undefined for a reader; `other` for anything else. */
function pushedBy(use: ts.Node): readonly ts.Expression[] | 'other' | undefined {
  const access = use.parent;
  if (ts.isPropertyAccessExpression(access) && access.expression === use) {
    if (/^(?:length|reduce|map|some|every|find|entries|values|at|slice)$/.test(access.name.text))
      return undefined;
    const call = access.parent;
    const isPush =
      access.name.text === 'push' && ts.isCallExpression(call) && ts.isExpressionStatement(call.parent);
    const list = isPush ? call.parent.parent : undefined;
    const isStraight = list !== undefined && ts.isBlock(list) && ts.isFunctionLike(list.parent);
    return isStraight && ts.isCallExpression(call) ? call.arguments : 'other';
  }
  const holder = access.parent;
  const isMessage =
    (ts.isPropertyAssignment(access) || ts.isShorthandPropertyAssignment(access)) &&
    ts.isObjectLiteralExpression(holder);
  return isMessage || ts.isForOfStatement(access) ? undefined : 'other';
}

function memberOf(literal: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const property of literal.properties) {
    if (property.name?.getText() !== name) continue;
    if (ts.isPropertyAssignment(property)) return property.initializer;
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
  }
  return undefined;
}

/** `iov.reduce((sum, part) => sum + part.iovLen, 0)` over the same array. */
function isReduction(
  index: ReferenceIndex,
  sum: ts.Expression,
  parts: ts.Expression,
  length: string,
): boolean {
  if (!ts.isCallExpression(sum) || !ts.isPropertyAccessExpression(sum.expression)) return false;
  if (sum.expression.name.text !== 'reduce' || !isSameThing(index, sum.expression.expression, parts))
    return false;
  const [step, start] = sum.arguments;
  if (step === undefined || start?.getText() !== '0' || !ts.isArrowFunction(step)) return false;
  if (!ts.isBinaryExpression(step.body) || step.body.operatorToken.kind !== ts.SyntaxKind.PlusToken)
    return false;
  const [, part] = step.parameters;
  const added = step.body.right;
  if (ts.isPropertyAccessExpression(added))
    return added.name.text === length && added.expression.getText() === part?.name.getText();
  const element =
    part !== undefined && ts.isObjectBindingPattern(part.name) ? part.name.elements[0] : undefined;
  return (
    element !== undefined &&
    (element.propertyName ?? element.name).getText() === length &&
    element.name.getText() === added.getText()
  );
}

/** `lengthOf(iov)` of a helper that comes to the sum of its one parameter, and does nothing else. */
function isSumOfHelper(
  index: ReferenceIndex,
  call: ts.Expression,
  parts: ts.Expression,
  length: string,
): boolean {
  const [argument] = ts.isCallExpression(call) ? call.arguments : [];
  const fn = argument === undefined ? undefined : index.callee(call);
  if (argument === undefined || fn === undefined || !isSameThing(index, argument, parts)) return false;
  const [parameter] = fn.parameters;
  if (fn.parameters.length !== 1 || parameter === undefined || !ts.isIdentifier(parameter.name)) return false;
  const returned = ts.isBlock(fn.body) ? fn.body.statements.at(-1) : undefined;
  const answer = ts.isBlock(fn.body)
    ? returned !== undefined && ts.isReturnStatement(returned)
      ? returned.expression
      : undefined
    : fn.body;
  if (answer === undefined) return false;
  const own = parameter.name;
  const isOnly = !ts.isBlock(fn.body) || fn.body.statements.length === 1;
  if (isOnly) return isReduction(index, unparenthesized(answer), own, length);
  const [made, loop] = ts.isBlock(fn.body) ? fn.body.statements : [];
  const isPlain =
    ts.isBlock(fn.body) &&
    fn.body.statements.length === 3 &&
    made !== undefined &&
    ts.isVariableStatement(made) &&
    loop !== undefined &&
    ts.isForOfStatement(loop);
  return isPlain && isAccumulated(index, answer, own, length);
}

/** `let total = 0; for (const part of iov) total += part.iovLen;` and nothing else. */
function isAccumulated(
  index: ReferenceIndex,
  total: ts.Expression,
  parts: ts.Expression,
  length: string,
): boolean {
  const declaration = ts.isIdentifier(total) ? index.declarationOf(total) : undefined;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return false;
  if (declaration.initializer?.getText() !== '0') return false;
  const writes = index
    .uses(declaration)
    .filter(
      (use) =>
        ts.isBinaryExpression(use.parent) &&
        use.parent.left === use &&
        use.parent.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
        use.parent.operatorToken.kind <= ts.SyntaxKind.LastAssignment,
    );
  const [write] = writes;
  if (writes.length !== 1 || write === undefined || !ts.isBinaryExpression(write.parent)) return false;
  if (write.parent.operatorToken.kind !== ts.SyntaxKind.PlusEqualsToken) return false;
  let loop: ts.Node = write.parent.parent.parent;
  if (ts.isBlock(loop)) loop = loop.parent;
  const right = write.parent.right;
  return (
    ts.isForOfStatement(loop) &&
    isSameThing(index, loop.expression, parts) &&
    (ts.isPropertyAccessExpression(right) ? right.name.text === length : right.getText() === length)
  );
}

function isSameThing(index: ReferenceIndex, a: ts.Expression, b: ts.Expression): boolean {
  const [one, other] = [unparenthesized(a), unparenthesized(b)];
  if (ts.isIdentifier(one) && ts.isIdentifier(other))
    return index.declarationOf(one) === index.declarationOf(other);
  return normal(one) === normal(other);
}

/** The terms of a sum, constants looked up. */
function termsOf(index: ReferenceIndex, expression: ts.Expression): string[] {
  const bare = resolvedConst(index, expression);
  if (ts.isBinaryExpression(bare) && bare.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return [...termsOf(index, bare.left), ...termsOf(index, bare.right)];
  return [normal(bare)];
}

function normal(node: ts.Node): string {
  return node.getText().replace(/\s+/g, '');
}
