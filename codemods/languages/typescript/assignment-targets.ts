// Whether an expression is written to where it stands, and in which words to say so.
import { ts } from 'ts-morph';
import { collapse } from './ranges.ts';

interface Insides {
  isAssignmentTarget(node: ts.Node): boolean;
}
const insides = ts as unknown as Insides;

/** How the expression is written to; undefined where it is only read. */
export function writeThrough(expression: ts.Expression): string | undefined {
  const at = dressed(expression);
  const parent = at.parent;
  const text = collapse(expression.getText());
  if (ts.isDeleteExpression(parent)) return `delete of ${text}`;
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    if (parent.operator === ts.SyntaxKind.PlusPlusToken) return `increment of ${text}`;
    if (parent.operator === ts.SyntaxKind.MinusMinusToken) return `decrement of ${text}`;
    return undefined;
  }
  if (!insides.isAssignmentTarget(at)) return undefined;
  if (ts.isBinaryExpression(parent)) return `assignment to ${text}`;
  if (ts.isForOfStatement(parent) || ts.isForInStatement(parent)) return `loop variable ${text}`;
  return `destructuring into ${text}`;
}

/** With the parentheses, casts and `!` around it. */
function dressed(expression: ts.Expression): ts.Expression {
  let at = expression;
  while (
    ts.isParenthesizedExpression(at.parent) ||
    ts.isNonNullExpression(at.parent) ||
    ts.isAsExpression(at.parent) ||
    ts.isTypeAssertionExpression(at.parent)
  ) {
    at = at.parent;
  }
  return at;
}
