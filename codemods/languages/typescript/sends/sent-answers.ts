// How far a send came decides what is said next: on the new path it always came to the end.
import { ts } from 'ts-morph';
import { isInside } from '../is-inside.ts';
import { enclosingFunction } from '../syntax-shapes.ts';
import type { Look, Objection } from './engine-look.ts';

/** A choice between two things to say by what this send answered: `addIov(result === Complete ? done : soon)`. */
export function findSentAnswers(look: Look, call: ts.CallExpression, object: Objection): void {
  const fn = enclosingFunction(call);
  const body = (fn as { body?: ts.Node } | undefined)?.body;
  if (body === undefined) return;
  const visit = (node: ts.Node): void => {
    if (look.folding.isDead(node)) return;
    if (
      ts.isConditionalExpression(node) &&
      look.folding.decided(node.condition) !== undefined &&
      isGiven(node) &&
      isAbout(look, node.condition, call)
    )
      object(call, 'partial-write-visible', node, 'how far the send came decides what is said here');
    ts.forEachChild(node, visit);
  };
  visit(body);
}

function isGiven(node: ts.Node): boolean {
  for (let at = node.parent; at !== undefined && !ts.isStatement(at); at = at.parent)
    if (
      (ts.isCallExpression(at) || ts.isNewExpression(at)) &&
      at.arguments?.some((one) => isInside(node, one)) === true
    )
      return true;
  return false;
}

/** The condition asks what this call answered. */
function isAbout(look: Look, condition: ts.Node, call: ts.CallExpression): boolean {
  if (condition === call) return true;
  if (ts.isIdentifier(condition)) {
    const declaration = look.index.declarationOf(condition);
    if (
      declaration !== undefined &&
      ts.isVariableDeclaration(declaration) &&
      look.folding.isFolded(declaration)
    ) {
      const member = look.path.memberCalled(call);
      return member === 'transmit' || member === 'sendmsg';
    }
  }
  return ts.forEachChild(condition, (child) => (isAbout(look, child, call) ? true : undefined)) === true;
}
