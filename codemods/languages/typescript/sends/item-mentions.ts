// Where code speaks of an item, under whatever name. Says nothing of what is done with it.
import { ts } from 'ts-morph';
import type { Look } from './engine-look.ts';
import { originOf } from './memory-origin.ts';

/** A live mention of the item, or of a local that was made from it. */
export function mentions(input: Pick<Look, 'index' | 'folding'>, node: ts.Node, thing: string): boolean {
  if (input.folding.isDead(node)) return false;
  if (
    ts.isExpression(node) &&
    (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) &&
    originOf(input.index, node) === thing
  )
    return true;
  return ts.forEachChild(node, (child) => (mentions(input, child, thing) ? true : undefined)) === true;
}
