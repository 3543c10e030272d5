// The statements that run once an item is kept: those that its release has to come behind.
import { ts } from 'ts-morph';
import type { Look } from './engine-look.ts';
import { statementsOf } from './folding.ts';
import { mentions } from './item-mentions.ts';
import { unparenthesized } from './unparenthesized.ts';

/** A place in a list of statements. */
export interface KeptPlace {
  readonly statements: readonly ts.Statement[];
  /** Index of the first statement that can be about the kept item. */
  readonly first: number;
}

/** The list of statements that runs when the item is kept. */
export function keptPlace(
  input: Pick<Look, 'index' | 'folding'>,
  keep: ts.CallExpression,
  thing: string,
): KeptPlace | undefined {
  let at: ts.Node = keep;
  while (at.parent !== undefined && !ts.isStatement(at)) {
    if (ts.isFunctionLike(at)) return undefined;
    at = at.parent;
  }
  if (ts.isIfStatement(at)) {
    const inside = at.thenStatement;
    const runs =
      input.folding.decided(at.expression) === true ||
      (!input.folding.isDead(inside) && mentions(input, inside, thing) && isNeededFor(at.expression, keep));
    if (runs && mentions(input, inside, thing)) {
      if (ts.isBlock(inside)) return { statements: inside.statements, first: 0 };
      return { statements: [inside], first: 0 };
    }
  }
  const list = at.parent && statementsOf(at.parent);
  if (list === undefined) {
    if (at.parent !== undefined && (ts.isIfStatement(at.parent) || ts.isIterationStatement(at.parent, false)))
      return { statements: [at as ts.Statement], first: 0 };
    return undefined;
  }
  return { statements: list, first: list.indexOf(at as ts.Statement) };
}

/** The condition holds only where the item is kept: `a && reserveItem(x)`. */
function isNeededFor(condition: ts.Expression, keep: ts.CallExpression): boolean {
  const bare = unparenthesized(condition);
  if (bare === keep) return true;
  if (!ts.isBinaryExpression(bare) || bare.operatorToken.kind !== ts.SyntaxKind.AmpersandAmpersandToken)
    return false;
  return isNeededFor(bare.left, keep) || isNeededFor(bare.right, keep);
}

/** What runs in the function after a list of statements is done. */
export function behindList(statements: readonly ts.Statement[], fn: ts.Node): readonly ts.Statement[] {
  const behind: ts.Statement[] = [];
  for (let at: ts.Node | undefined = statements[0]?.parent; at !== undefined && at !== fn; at = at.parent) {
    const list = at.parent && statementsOf(at.parent);
    if (list !== undefined) behind.push(...list.slice(list.indexOf(at as ts.Statement) + 1));
  }
  return behind;
}
