// Whether evaluating an expression does nothing at all: no call, no assignment. Calls that only read are not judged here.
import { ts } from 'ts-morph';

/** Evaluating it does nothing that could be seen: names, members, literals, and operators on them. */
export function isPure(node: ts.Node): boolean {
  if (ts.isIdentifier(node) || ts.isLiteralExpression(node) || ts.isPrivateIdentifier(node)) return true;
  if (
    node.kind === ts.SyntaxKind.ThisKeyword ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    node.kind === ts.SyntaxKind.NullKeyword
  )
    return true;
  if (ts.isFunctionExpression(node) || ts.isArrowFunction(node)) return true;
  if (
    ts.isPropertyAccessExpression(node) ||
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isTypeOfExpression(node)
  )
    return isPure(node.expression);
  if (ts.isElementAccessExpression(node)) return isPure(node.expression) && isPure(node.argumentExpression);
  if (ts.isPrefixUnaryExpression(node))
    return (
      (node.operator === ts.SyntaxKind.ExclamationToken ||
        node.operator === ts.SyntaxKind.MinusToken ||
        node.operator === ts.SyntaxKind.PlusToken) &&
      isPure(node.operand)
    );
  if (ts.isConditionalExpression(node))
    return isPure(node.condition) && isPure(node.whenTrue) && isPure(node.whenFalse);
  if (ts.isTemplateExpression(node)) return node.templateSpans.every((span) => isPure(span.expression));
  if (ts.isArrayLiteralExpression(node))
    return node.elements.every((element) => !ts.isSpreadElement(element) && isPure(element));
  if (ts.isObjectLiteralExpression(node))
    return node.properties.every(
      (one) =>
        ts.isShorthandPropertyAssignment(one) || (ts.isPropertyAssignment(one) && isPure(one.initializer)),
    );
  if (ts.isBinaryExpression(node)) {
    const kind = node.operatorToken.kind;
    return (
      !(kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) &&
      isPure(node.left) &&
      isPure(node.right)
    );
  }
  return false;
}
