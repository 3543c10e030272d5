// Whether `list[at]` is always there: `at` counts a list of the same length. What only the checker's caution calls undefined.
import { ts } from 'ts-morph';
import type { Look } from './engine-look.ts';
import { unparenthesized } from './unparenthesized.ts';

/** The expression is an element of a list, or a constant made of one, at an index that the list has. */
export function isInBounds(look: Look, expression: ts.Expression): boolean {
  const bare = unparenthesized(expression);
  const access = ts.isIdentifier(bare) ? initializerOf(look, bare) : bare;
  if (access === undefined || !ts.isElementAccessExpression(access)) return false;
  const list = baseOf(look, access.expression);
  const index = unparenthesized(access.argumentExpression);
  const counter = ts.isIdentifier(index) ? look.index.declarationOf(index) : undefined;
  const counted = counter && countedBy(counter);
  if (list === undefined || counted === undefined || baseOf(look, counted) !== list) return false;
  return !mayHoldUndefined(look, access) && !isChanged(look, list);
}

function initializerOf(look: Look, name: ts.Identifier): ts.Expression | undefined {
  const declaration = look.index.declarationOf(name);
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  return (declaration.parent.flags & ts.NodeFlags.Const) === 0 ? undefined : declaration.initializer;
}

/** The list that an index runs over: `for (const [at, x] of list.entries())`, `for (let at = 0; at < list.length; at++)`. */
function countedBy(counter: ts.Node): ts.Expression | undefined {
  if (
    ts.isBindingElement(counter) &&
    ts.isArrayBindingPattern(counter.parent) &&
    counter.parent.elements[0] === counter
  ) {
    const loop = counter.parent.parent.parent.parent;
    const over = ts.isForOfStatement(loop) ? unparenthesized(loop.expression) : undefined;
    const isEntries =
      over !== undefined &&
      ts.isCallExpression(over) &&
      ts.isPropertyAccessExpression(over.expression) &&
      over.expression.name.text === 'entries';
    return isEntries && ts.isPropertyAccessExpression(over.expression)
      ? over.expression.expression
      : undefined;
  }
  if (!ts.isVariableDeclaration(counter) || !ts.isForStatement(counter.parent.parent)) return undefined;
  const { condition, incrementor } = counter.parent.parent;
  const isUp =
    incrementor !== undefined && /\+\+/.test(incrementor.getText()) && counter.initializer?.getText() === '0';
  if (!isUp || condition === undefined || !ts.isBinaryExpression(condition)) return undefined;
  if (
    condition.operatorToken.kind !== ts.SyntaxKind.LessThanToken ||
    condition.left.getText() !== counter.name.getText()
  )
    return undefined;
  return ts.isPropertyAccessExpression(condition.right) && condition.right.name.text === 'length'
    ? condition.right.expression
    : undefined;
}

/** The list whose length a list has: `lines` of `const lines = documents.map(lineFor)` has that of `documents`. */
function baseOf(look: Look, expression: ts.Expression): ts.Node | undefined {
  const bare = unparenthesized(expression);
  if (!ts.isIdentifier(bare)) return undefined;
  const made = initializerOf(look, bare);
  if (
    made !== undefined &&
    ts.isCallExpression(made) &&
    ts.isPropertyAccessExpression(made.expression) &&
    made.expression.name.text === 'map'
  )
    return baseOf(look, made.expression.expression) ?? look.index.declarationOf(bare);
  return look.index.declarationOf(bare);
}

function mayHoldUndefined(look: Look, access: ts.ElementAccessExpression): boolean {
  const checker = look.session.checker();
  const element = checker.getIndexTypeOfType(
    checker.getTypeAtLocation(access.expression),
    ts.IndexKind.Number,
  );
  return element === undefined || checker.getNonNullableType(element) !== element;
}

function isChanged(look: Look, list: ts.Node): boolean {
  return look.index
    .uses(list)
    .some(({ parent }) =>
      ts.isPropertyAccessExpression(parent) &&
      /^(?:push|pop|shift|unshift|splice|length)$/.test(parent.name.text)
        ? parent.name.text !== 'length' ||
          (ts.isBinaryExpression(parent.parent) &&
            parent.parent.left === parent &&
            parent.parent.operatorToken.kind === ts.SyntaxKind.EqualsToken)
        : false,
    );
}
