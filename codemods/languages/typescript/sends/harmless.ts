// Whether an expression can go with its value: evaluating it changes nothing that anybody could see.
import { ts } from 'ts-morph';
import { isPure } from './pure.ts';

const READERS =
  /^(?:reduce|map|filter|slice|subarray|concat|join|keys|values|entries|some|every|find|findIndex|at|flatMap|includes|indexOf|toString|padStart|trim|max|min|ceil|floor|round|from|of|has|get)$/;

/** Pure, or made of calls that only read: array methods with such callbacks, `new Uint8Array(n)`, `Math.max`. */
export function isHarmless(node: ts.Node): boolean {
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node))
    return ts.isBlock(node.body)
      ? node.body.statements.every(
          (one) => ts.isReturnStatement(one) && (one.expression === undefined || isHarmless(one.expression)),
        )
      : isHarmless(node.body);
  if (isPure(node)) return true;
  if (ts.isCallExpression(node)) {
    const callee = node.expression;
    return (
      ts.isPropertyAccessExpression(callee) &&
      READERS.test(callee.name.text) &&
      isHarmless(callee.expression) &&
      node.arguments.every(isHarmless)
    );
  }
  if (ts.isNewExpression(node))
    return (
      /^(?:Uint8Array|DataView|Map|Set|Array)$/.test(node.expression.getText()) &&
      (node.arguments ?? []).every(isHarmless)
    );
  if (
    ts.isSpreadElement(node) ||
    ts.isPropertyAccessExpression(node) ||
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isNonNullExpression(node)
  )
    return isHarmless(node.expression);
  if (ts.isArrayLiteralExpression(node)) return node.elements.every(isHarmless);
  if (ts.isConditionalExpression(node))
    return [node.condition, node.whenTrue, node.whenFalse].every(isHarmless);
  if (ts.isPrefixUnaryExpression(node))
    return (
      node.operator !== ts.SyntaxKind.PlusPlusToken &&
      node.operator !== ts.SyntaxKind.MinusMinusToken &&
      isHarmless(node.operand)
    );
  if (ts.isTemplateExpression(node)) return node.templateSpans.every((span) => isHarmless(span.expression));
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    return (
      !(kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) &&
      isHarmless(node.left) &&
      isHarmless(node.right)
    );
  }
  return false;
}
