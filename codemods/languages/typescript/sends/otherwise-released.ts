// The engine's own way to give an item back, as its code says it for the case that the connection would not keep it.
import { ts } from 'ts-morph';
import type { Look } from './engine-look.ts';
import { originOf } from './memory-origin.ts';

/** What the code does with the item where the connection would not keep it: that is how it is given back here. */
export function otherwiseReleased(
  input: Pick<Look, 'index' | 'folding' | 'releases'>,
  keep: ts.CallExpression,
  thing: string,
): string | undefined {
  let at: ts.Node = keep;
  while (at.parent !== undefined && !ts.isStatement(at)) at = at.parent;
  if (!ts.isIfStatement(at)) return undefined;
  const visit = (node: ts.Node): string | undefined => {
    if (ts.isCallExpression(node) && input.folding.isDead(node)) {
      const released = input.releases.releasedBy(node);
      const text = node.getText();
      if (released !== undefined && originOf(input.index, released) === thing && !text.includes('\n'))
        return text;
    }
    return ts.forEachChild(node, visit);
  };
  return visit(at);
}
