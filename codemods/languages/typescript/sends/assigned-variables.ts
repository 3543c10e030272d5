// Which variables code assigns. Fields are not looked at: nothing is known of them on any path.
import { ts } from 'ts-morph';
import { enclosingFunction } from '../syntax-shapes.ts';
import type { Look } from './engine-look.ts';
import { writtenBy } from './release-effects.ts';

/** Variables that a node assigns anywhere in it. */
export function assignedVariables({ index }: Pick<Look, 'index'>, node: ts.Node): ReadonlySet<ts.Node> {
  const found = new Set<ts.Node>();
  const visit = (one: ts.Node): void => {
    const declaration = ts.isIdentifier(one) && isAssigned(one) ? index.declarationOf(one) : undefined;
    if (declaration !== undefined) found.add(declaration);
    ts.forEachChild(one, visit);
  };
  visit(node);
  return found;
}

/** No function inside of the one that declares the variable assigns it: it stays what it is across every call. */
export function isAssignedInPlace({ index }: Pick<Look, 'index'>, declaration: ts.Node): boolean {
  const owner = enclosingFunction(declaration);
  return index.uses(declaration).every((use) => !isAssigned(use) || enclosingFunction(use) === owner);
}

/** The name is a target: of `=`, of a step, of a pattern, or of the rounds of a loop. */
function isAssigned(name: ts.Node): boolean {
  let at = name;
  while (isPartOfPattern(at)) at = at.parent;
  const { parent } = at;
  return (
    writtenBy(parent) === at ||
    ((ts.isForOfStatement(parent) || ts.isForInStatement(parent)) && parent.initializer === at)
  );
}

function isPartOfPattern(node: ts.Node): boolean {
  const { parent } = node;
  return (
    ts.isParenthesizedExpression(parent) ||
    ts.isArrayLiteralExpression(parent) ||
    ts.isObjectLiteralExpression(parent) ||
    ts.isSpreadElement(parent) ||
    ts.isSpreadAssignment(parent) ||
    ts.isShorthandPropertyAssignment(parent) ||
    (ts.isPropertyAssignment(parent) && parent.initializer === node)
  );
}
