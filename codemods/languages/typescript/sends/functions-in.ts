// Every function of a file that has code.
import { ts } from 'ts-morph';
import type { FunctionNode } from './reference-index.ts';

/** Every function with a body in a file. */
export function functionsIn(file: ts.SourceFile): readonly FunctionNode[] {
  const found: FunctionNode[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && (node as { body?: ts.Node }).body !== undefined)
      found.push(node as FunctionNode);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
