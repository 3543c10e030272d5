// Which uses of a variable can still have the value that is followed.
import { ts } from 'ts-morph';
import { variableUses } from './references.ts';
import type { Session } from './session.ts';

/** Uses of a variable that can still have the value: none that a later plain assignment stands in front of. */
export function liveUses(
  session: Session,
  declaration: ts.Node,
  since: ts.Node | undefined,
): readonly ts.Expression[] {
  const uses = variableUses(session, declaration);
  const assignments = uses.flatMap((use) => {
    const parent = use.parent;
    const isTarget =
      ts.isBinaryExpression(parent) &&
      parent.left === use &&
      parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    return isTarget ? [parent] : [];
  });
  const from = since?.getEnd() ?? -1;
  return uses.filter((use) => {
    if (assignments.some((assignment) => assignment.left === use)) return false;
    if (use.pos < from && !sharesLoop(use, since)) return false;
    return !assignments.some(
      (assignment) => assignment !== since && assignment.getEnd() > from && governs(assignment, use),
    );
  });
}

function sharesLoop(use: ts.Node, since: ts.Node | undefined): boolean {
  for (let at = since?.parent; at !== undefined; at = at.parent) {
    if (ts.isIterationStatement(at, false) && at.pos <= use.pos && use.end <= at.end) return true;
    if (ts.isFunctionLike(at)) return false;
  }
  return false;
}

/** The assignment is a statement of its own in a block, and the use comes after it in that block. */
function governs(assignment: ts.BinaryExpression, use: ts.Node): boolean {
  const statement = assignment.parent;
  if (!ts.isExpressionStatement(statement)) return false;
  const block = statement.parent;
  return use.pos >= statement.end && block.pos <= use.pos && use.end <= block.end;
}
