// Where a node is, seen from another.
import type { ts } from 'ts-morph';

/** The node is the other one, or a part of it. */
export function isInside(node: ts.Node, outer: ts.Node): boolean {
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) if (at === outer) return true;
  return false;
}
