// Small questions about the syntax around an expression.
import { ts } from 'ts-morph';
import { hasModifier } from './contract-slots.ts';

/** The members that a literal sets after a spread, and which therefore replace the spread ones. */
export function keysAfter(spread: ts.SpreadAssignment): readonly string[] {
  const properties = spread.parent.properties;
  return properties.slice(properties.indexOf(spread) + 1).flatMap((property) => {
    const key = property.name === undefined ? undefined : keyOf(property.name);
    return key === undefined ? [] : [key];
  });
}

/** The name of a member, where it is written down. */
export function keyOf(name: ts.PropertyName | ts.BindingName): string | undefined {
  if (
    ts.isIdentifier(name) ||
    ts.isStringLiteralLike(name) ||
    ts.isNumericLiteral(name) ||
    ts.isPrivateIdentifier(name)
  )
    return name.text;
  return ts.isComputedPropertyName(name) && ts.isStringLiteralLike(name.expression)
    ? name.expression.text
    : undefined;
}

/** A literal on the left of an assignment is a pattern. */
export function isPatternLiteral(literal: ts.Expression): boolean {
  return (
    ts.isBinaryExpression(literal.parent) &&
    literal.parent.left === literal &&
    literal.parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  );
}

/** A declared spot that holds a value beyond one call. */
export function isField(node: ts.Node): boolean {
  return (
    ts.isPropertyDeclaration(node) ||
    ts.isPropertySignature(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isShorthandPropertyAssignment(node) ||
    (ts.isParameter(node) && ts.isParameterPropertyDeclaration(node, node.parent)) ||
    (ts.isVariableDeclaration(node) && !hasModifier(node, ts.SyntaxKind.DeclareKeyword))
  );
}

/** The target of an assignment without parentheses and casts. */
export function bareTarget(left: ts.Expression): ts.Expression {
  let at = left;
  while (
    ts.isParenthesizedExpression(at) ||
    ts.isAsExpression(at) ||
    ts.isNonNullExpression(at) ||
    ts.isTypeAssertionExpression(at)
  )
    at = at.expression;
  return at;
}

/** The function that a statement belongs to. */
export function enclosingFunction(node: ts.Node): ts.SignatureDeclaration | undefined {
  for (let at: ts.Node | undefined = node.parent; at !== undefined; at = at.parent)
    if (ts.isFunctionLike(at)) return at;
  return undefined;
}

/** The call whose callee is this access. */
export function calledBy(access: ts.Expression): ts.CallExpression | undefined {
  let at = access;
  while (ts.isParenthesizedExpression(at.parent) || ts.isNonNullExpression(at.parent)) at = at.parent;
  return ts.isCallExpression(at.parent) && at.parent.expression === at ? at.parent : undefined;
}
