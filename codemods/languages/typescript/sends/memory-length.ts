// How many bytes some memory has at least: by what made it, and by comparisons that stand before its use.
import { ts } from 'ts-morph';
import type { Session } from '../session.ts';
import type { ReferenceIndex } from './reference-index.ts';
import { unparenthesized } from './unparenthesized.ts';

/** The value of an expression of constants. */
export function constantNumber(
  session: Session,
  index: ReferenceIndex,
  expression: ts.Expression,
  depth: number = 0,
): number | undefined {
  if (depth > 8) return undefined;
  const again = (inner: ts.Expression): number | undefined =>
    constantNumber(session, index, inner, depth + 1);
  const bare = unparenthesized(expression);
  if (ts.isAsExpression(bare) || ts.isSatisfiesExpression(bare)) return again(bare.expression);
  if (ts.isNumericLiteral(bare)) return Number(bare.text.replaceAll('_', ''));
  if (ts.isBinaryExpression(bare)) {
    const [left, right] = [again(bare.left), again(bare.right)];
    return left === undefined || right === undefined
      ? undefined
      : computed(bare.operatorToken.kind, left, right);
  }
  if (ts.isIdentifier(bare)) {
    const declaration = index.declarationOf(bare);
    const isConst =
      declaration !== undefined &&
      ts.isVariableDeclaration(declaration) &&
      (declaration.parent.flags & ts.NodeFlags.Const) !== 0;
    if (isConst && declaration.initializer !== undefined) return again(declaration.initializer);
  }
  if (ts.isPropertyAccessExpression(bare)) {
    const declaration = index.declarationOf(bare.name);
    const isFixed =
      declaration !== undefined &&
      (ts.isPropertyDeclaration(declaration) || ts.isPropertyAssignment(declaration)) &&
      declaration.initializer !== undefined;
    const readonly = declaration !== undefined && ts.isPropertyDeclaration(declaration);
    if (isFixed && readonly && (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Readonly) !== 0)
      return again(declaration.initializer as ts.Expression);
  }
  const type = session.checker().getTypeAtLocation(bare);
  return type.isNumberLiteral() ? type.value : undefined;
}

function computed(operator: ts.SyntaxKind, left: number, right: number): number | undefined {
  switch (operator) {
    case ts.SyntaxKind.PlusToken:
      return left + right;
    case ts.SyntaxKind.MinusToken:
      return left - right;
    case ts.SyntaxKind.AsteriskToken:
      return left * right;
    case ts.SyntaxKind.AsteriskAsteriskToken:
      return left ** right;
    case ts.SyntaxKind.LessThanLessThanToken:
      return left << right;
    default:
      return undefined;
  }
}

/** A lower bound of a number: constants, and sums of constants and lengths. */
function numberAtLeast(
  session: Session,
  index: ReferenceIndex,
  expression: ts.Expression,
  depth: number,
): number {
  const bare = unparenthesized(expression);
  const constant = constantNumber(session, index, bare);
  if (constant !== undefined) return constant;
  if (depth > 6) return 0;
  if (ts.isBinaryExpression(bare)) {
    const [left, right] = [bare.left, bare.right].map((side) =>
      numberAtLeast(session, index, side, depth + 1),
    );
    if (bare.operatorToken.kind === ts.SyntaxKind.PlusToken && isCount(left) && isCount(right))
      return left + right;
    if (bare.operatorToken.kind === ts.SyntaxKind.AsteriskToken && isCount(left) && isCount(right))
      return left * right;
    return 0;
  }
  if (ts.isIdentifier(bare)) {
    const from = fixedInitializer(index, bare);
    if (from !== undefined) return numberAtLeast(session, index, from, depth + 1);
  }
  if (ts.isCallExpression(bare) && /^Math\.max$/.test(bare.expression.getText()))
    return Math.max(0, ...bare.arguments.map((one) => numberAtLeast(session, index, one, depth + 1)));
  return 0;
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && value >= 0;
}

function fixedInitializer(index: ReferenceIndex, name: ts.Identifier): ts.Expression | undefined {
  const declaration = index.declarationOf(name);
  const isConst =
    declaration !== undefined &&
    ts.isVariableDeclaration(declaration) &&
    (declaration.parent.flags & ts.NodeFlags.Const) !== 0;
  return isConst ? declaration.initializer : undefined;
}

/** Bytes that an expression of memory has at least; 0 where nothing is known. `at` is where it is used. */
export function lengthAtLeast(
  session: Session,
  index: ReferenceIndex,
  memory: ts.Expression,
  at: ts.Node = memory,
  depth: number = 0,
): number {
  const bare = unparenthesized(memory);
  const guarded = Math.max(0, ...guardsOf(session, index, bare, at));
  return Math.max(guarded, depth > 6 ? 0 : madeWith(session, index, bare, depth));
}

function madeWith(session: Session, index: ReferenceIndex, bare: ts.Expression, depth: number): number {
  if (ts.isAsExpression(bare) || ts.isNonNullExpression(bare))
    return lengthAtLeast(session, index, bare.expression, bare, depth + 1);
  if (ts.isIdentifier(bare)) {
    const from = fixedInitializer(index, bare);
    return from === undefined ? 0 : lengthAtLeast(session, index, from, from, depth + 1);
  }
  if (ts.isPropertyAccessExpression(bare)) {
    const declaration = index.declarationOf(bare.name);
    const isFixed =
      declaration !== undefined &&
      ts.isPropertyDeclaration(declaration) &&
      declaration.initializer !== undefined &&
      (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Readonly) !== 0;
    return isFixed
      ? lengthAtLeast(session, index, declaration.initializer as ts.Expression, bare, depth + 1)
      : 0;
  }
  const made = ts.isNewExpression(bare) || ts.isCallExpression(bare) ? bare : undefined;
  if (made === undefined) return 0;
  const what = made.expression.getText();
  const [first, second] = made.arguments ?? [];
  if (first !== undefined) {
    if (ts.isNewExpression(bare) && what === 'Uint8Array' && made.arguments?.length === 1)
      return isNumber(session, first)
        ? numberAtLeast(session, index, first, depth)
        : arrayAtLeast(session, index, first, depth);
    if (/^Buffer\.alloc(?:Unsafe(?:Slow)?)?$/.test(what)) return numberAtLeast(session, index, first, depth);
    // A text with an encoding may be shorter as bytes than it is long.
    const isPlain = second === undefined || what === 'Uint8Array.from';
    if (isPlain && /^(?:Uint8Array|Buffer)\.from$/.test(what))
      return arrayAtLeast(session, index, first, depth);
    if (/\.subarray$/.test(what) && second !== undefined && constantNumber(session, index, first) === 0) {
      const whole = ts.isPropertyAccessExpression(made.expression) ? made.expression.expression : undefined;
      const own = whole === undefined ? 0 : lengthAtLeast(session, index, whole, bare, depth + 1);
      return Math.min(own, numberAtLeast(session, index, second, depth));
    }
  }
  const fn = index.callee(bare);
  if (fn === undefined) return 0;
  const answers = returned(fn);
  return answers.length === 0
    ? 0
    : Math.min(...answers.map((one) => lengthAtLeast(session, index, one, one, depth + 1)));
}

function isNumber(session: Session, expression: ts.Expression): boolean {
  return (session.checker().getTypeAtLocation(expression).flags & ts.TypeFlags.NumberLike) !== 0;
}

function arrayAtLeast(session: Session, index: ReferenceIndex, from: ts.Expression, depth: number): number {
  const bare = unparenthesized(from);
  if (ts.isArrayLiteralExpression(bare))
    return bare.elements.filter((one) => !ts.isSpreadElement(one)).length;
  if (ts.isStringLiteralLike(bare)) return Math.max(bare.text.length, 0);
  if (ts.isTemplateExpression(bare))
    return (
      bare.head.text.length + bare.templateSpans.reduce((sum, span) => sum + span.literal.text.length, 0)
    );
  if (ts.isIdentifier(bare)) {
    const inner = fixedInitializer(index, bare);
    if (inner !== undefined && depth < 6) return arrayAtLeast(session, index, inner, depth + 1);
  }
  return 0;
}

function returned(fn: ts.Node): readonly ts.Expression[] {
  const { body } = fn as { body?: ts.Node };
  if (body === undefined) return [];
  if (!ts.isBlock(body)) return [body as ts.Expression];
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isReturnStatement(node) && node.expression !== undefined) found.push(node.expression);
    ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}

/** What comparisons around and before a place say of `memory.length`. */
function guardsOf(
  session: Session,
  index: ReferenceIndex,
  memory: ts.Expression,
  at: ts.Node,
): readonly number[] {
  const own = normal(memory);
  const bounds: number[] = [];
  const read = (condition: ts.Expression, holds: boolean): void => {
    const bare = unparenthesized(condition);
    if (ts.isPrefixUnaryExpression(bare) && bare.operator === ts.SyntaxKind.ExclamationToken)
      return read(bare.operand, !holds);
    if (!ts.isBinaryExpression(bare)) return;
    const kind = bare.operatorToken.kind;
    if (kind === (holds ? ts.SyntaxKind.AmpersandAmpersandToken : ts.SyntaxKind.BarBarToken)) {
      read(bare.left, holds);
      read(bare.right, holds);
      return;
    }
    const bound = boundOf(session, index, bare, own, holds);
    if (bound !== undefined) bounds.push(bound);
  };
  for (let node: ts.Node = at; node.parent !== undefined && !ts.isFunctionLike(node); node = node.parent) {
    const { parent } = node;
    if (ts.isIfStatement(parent) && node !== parent.expression)
      read(parent.expression, node === parent.thenStatement);
    if (ts.isConditionalExpression(parent) && node !== parent.condition)
      read(parent.condition, node === parent.whenTrue);
    if (ts.isBinaryExpression(parent) && parent.right === node) {
      if (parent.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken) read(parent.left, true);
      if (parent.operatorToken.kind === ts.SyntaxKind.BarBarToken) read(parent.left, false);
    }
    if (!ts.isBlock(parent)) continue;
    for (const before of parent.statements.slice(0, parent.statements.indexOf(node as ts.Statement)))
      if (ts.isIfStatement(before) && before.elseStatement === undefined && leaves(before.thenStatement))
        read(before.expression, false);
  }
  return bounds;
}

function boundOf(
  session: Session,
  index: ReferenceIndex,
  comparison: ts.BinaryExpression,
  memory: string,
  holds: boolean,
): number | undefined {
  const isLength = (node: ts.Expression): boolean =>
    normal(resolveLength(index, node)) === `${memory}.length`;
  const isLeft = isLength(comparison.left);
  if (!isLeft && !isLength(comparison.right)) return undefined;
  const limit = constantNumber(session, index, isLeft ? comparison.right : comparison.left);
  if (limit === undefined) return undefined;
  const kind = comparison.operatorToken.kind;
  const is = (direct: ts.SyntaxKind, mirror: ts.SyntaxKind): boolean => kind === (isLeft ? direct : mirror);
  const { GreaterThanEqualsToken, GreaterThanToken, LessThanEqualsToken, LessThanToken } = ts.SyntaxKind;
  if (holds && is(GreaterThanEqualsToken, LessThanEqualsToken)) return limit;
  if (holds && is(GreaterThanToken, LessThanToken)) return limit + 1;
  if (!holds && is(LessThanToken, GreaterThanToken)) return limit;
  if (!holds && is(LessThanEqualsToken, GreaterThanEqualsToken)) return limit + 1;
  const isEqual = kind === ts.SyntaxKind.EqualsEqualsEqualsToken;
  const isUnequal = kind === ts.SyntaxKind.ExclamationEqualsEqualsToken;
  if ((isEqual && holds) || (isUnequal && !holds)) return limit;
  return ((isEqual && !holds) || (isUnequal && holds)) && limit === 0 ? 1 : undefined;
}

function resolveLength(index: ReferenceIndex, node: ts.Expression): ts.Expression {
  const bare = unparenthesized(node);
  return (ts.isIdentifier(bare) ? fixedInitializer(index, bare) : undefined) ?? bare;
}

function leaves(statement: ts.Statement): boolean {
  const last = ts.isBlock(statement) ? statement.statements.at(-1) : statement;
  return (
    last !== undefined &&
    (ts.isReturnStatement(last) ||
      ts.isThrowStatement(last) ||
      ts.isContinueStatement(last) ||
      ts.isBreakStatement(last))
  );
}

function normal(node: ts.Node): string {
  return node.getText().replace(/\s+/g, '');
}
