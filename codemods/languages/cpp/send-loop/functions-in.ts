// The functions that a document defines, found once.
import type { Document } from '../document.ts';
import type { CppFunction } from '../function-facts.ts';
import { functionOf } from '../scope.ts';
import { every } from './tree-walk.ts';

const known = new WeakMap<Document, readonly CppFunction[]>();

/** The functions that a document defines. */
export function functionsIn(doc: Document): readonly CppFunction[] {
  const hit = known.get(doc);
  if (hit !== undefined) return hit;
  const found = every(doc.root, 'function_definition')
    .map((node) => functionOf(doc, node))
    .filter((fn) => fn !== undefined);
  known.set(doc, found);
  return found;
}
