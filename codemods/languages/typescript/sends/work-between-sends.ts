// What a loop around a send does besides sending: it runs as often as the socket makes necessary, and only once when
// everything is taken at once.
import { ts } from 'ts-morph';
import { hasModifier } from '../contract-slots.ts';
import { isInside } from '../is-inside.ts';
import { completion } from './completion.ts';
import type { Look, Objection } from './engine-look.ts';
import { conditionOf, statementsOf } from './folding.ts';
import { isHarmless } from './harmless.ts';
import { isOnlyWritten } from './piece-loops.ts';
import { writtenBy } from './release-effects.ts';
import { unparenthesized } from './unparenthesized.ts';

/** What runs each time that not everything was sent would not run any more. */
export function findWorkBetweenSends(look: Look, call: ts.CallExpression, object: Objection): void {
  let loop: ts.Node | undefined = call.parent;
  while (loop !== undefined && !ts.isIterationStatement(loop, false))
    loop = ts.isFunctionLike(loop) ? undefined : loop.parent;
  if (loop === undefined || ts.isForOfStatement(loop) || ts.isForInStatement(loop)) return;
  const condition = conditionOf(loop);
  const isOurs =
    condition === undefined ||
    condition.kind === ts.SyntaxKind.TrueKeyword ||
    look.folding.decided(condition) !== undefined ||
    look.folding.runsOnce(loop);
  if (!isOurs) return;
  const around = loop as ts.IterationStatement;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    const list = statementsOf(node);
    // Code that leaves runs once on the old path, too, or stands for an error.
    if (list !== undefined && node !== around.statement && !completion(NOTHING_DECIDED, node).falls) return;
    if (ts.isStatement(node) && ts.isIfStatement(node.parent) && !completion(NOTHING_DECIDED, node).falls)
      return;
    if (
      ts.isCaseOrDefaultClause(node) &&
      node.statements.some((one) => ts.isReturnStatement(one) || ts.isThrowStatement(one))
    )
      return;
    if (isWork(look, node, around)) {
      object(
        call,
        'work-between-sends',
        node,
        'this runs between two sends, as often as the socket makes necessary: on the new path everything is taken at once',
      );
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(around.statement);
  if (ts.isForStatement(around) && around.incrementor !== undefined) visit(around.incrementor);
}

const NOTHING_DECIDED = { decided: () => undefined, isDead: () => false };

function isWork(look: Look, node: ts.Node, loop: ts.Node): boolean {
  if (ts.isAwaitExpression(node) || ts.isYieldExpression(node)) return true;
  if (ts.isCallExpression(node)) {
    const member = look.path.memberCalled(node);
    return (
      member === 'addIov' ||
      (member === undefined && !isHarmless(node) && look.index.callee(node) !== undefined
        ? !isSendingHelper(look, node)
        : member === undefined && !isHarmless(node))
    );
  }
  const target = writtenBy(node);
  if (target === undefined) return false;
  const bare = unparenthesized(target);
  const name = ts.isPropertyAccessExpression(bare) ? bare.name : bare;
  const declaration = look.index.declarationOf(name);
  if (declaration === undefined) return true;
  // What a send answered is no work.
  if (ts.isBinaryExpression(node) && look.folding.valueOf(node.right)?.isDerived === true) return false;
  const isOpen =
    ts.isPropertyDeclaration(declaration) &&
    !ts.isPrivateIdentifier(declaration.name) &&
    !hasModifier(declaration, ts.SyntaxKind.PrivateKeyword);
  // What others can see may be read by them.
  if (isOpen) return true;
  const isRead = look.index.uses(declaration).some((use) => {
    if (look.folding.isDead(use) || isInside(use, loop)) return false;
    return !isOnlyWritten(
      ts.isPropertyAccessExpression(use.parent) && use.parent.name === use ? use.parent : use,
    );
  });
  return isRead;
}

/** A helper that only sends. */
function isSendingHelper(look: Look, call: ts.CallExpression): boolean {
  const fn = look.index.callee(call);
  return fn !== undefined && look.folding.isConstant(fn);
}
