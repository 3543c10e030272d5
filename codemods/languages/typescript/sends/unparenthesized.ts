// Takes the parentheses off an expression.
import { ts } from 'ts-morph';

/** The expression inside any number of parentheses. */
export function unparenthesized(expression: ts.Expression): ts.Expression {
  let at = expression;
  while (ts.isParenthesizedExpression(at)) at = at.expression;
  return at;
}
