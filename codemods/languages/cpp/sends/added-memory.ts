// The memory that a function adds, by itself and through its helpers, as its callers see it.

import type { Node } from '../document.ts';
import type { Library } from '../library.ts';
import type { FunctionIndex, HelperCall } from './function-index.ts';
import { memoryReader, type Path } from './memory.ts';
import type { DraftFunction } from './site-draft.ts';

/** Memory that is added at one place of a function. */
export interface Added {
  readonly node: Node;
  readonly paths: readonly Path[];
  /** The helper that adds it; undefined where the function does it itself. */
  readonly via: HelperCall | undefined;
}

const DEPTH = 3;

/** What a function adds, in file order. */
export function addedBy(
  library: Library,
  index: FunctionIndex,
  fn: DraftFunction,
  depth = 0,
): readonly Added[] {
  const reader = memoryReader(library, fn.doc);
  const own = fn.calls.flatMap((call): Added[] => {
    const [pointer] = call.args;
    return call.role === 'add' && pointer !== undefined
      ? [{ node: call.call, paths: reader.pointee(pointer), via: undefined }]
      : [];
  });
  if (depth >= DEPTH) return own;
  const helped = index.callsIn(fn).flatMap((via): Added[] => {
    if (via.callee === fn) return [];
    const inner = addedBy(library, index, via.callee, depth + 1).flatMap(({ paths }) => paths);
    const paths = inner.flatMap((path) => fromCaller(library, via, path));
    return paths.length === 0 ? [] : [{ node: via.call, paths, via }];
  });
  return [...own, ...helped].sort((a, b) => a.node.startIndex - b.node.startIndex);
}

/** A helper's path as its caller sees it: from a parameter on to the argument; a variable of the file is the same one everywhere in it. */
export function fromCaller(
  library: Library,
  { caller, callee, args }: HelperCall,
  path: Path,
): readonly Path[] {
  const reader = memoryReader(library, caller.doc);
  const position = callee.fn?.parameters.findIndex(
    (parameter) =>
      parameter.nameNode !== undefined && path.key === `${callee.doc.file}:${parameter.nameNode.startIndex}`,
  );
  const arg = position === undefined || position < 0 ? undefined : args[position];
  if (arg !== undefined) {
    const [first, ...rest] = path.steps;
    return first === '*'
      ? reader.pointee(arg).map((from) => ({ ...from, steps: [...from.steps, ...rest] }))
      : reader.object(arg).map((from) => ({ ...from, steps: [...from.steps, ...path.steps] }));
  }
  const { origin } = path;
  // A static of the helper is the same one in every call of it.
  if (origin !== undefined && /^static\b/.test(origin.text)) return [path];
  const isOfFile =
    origin !== undefined &&
    (origin.startIndex < callee.node.startIndex || origin.startIndex > callee.node.endIndex);
  return isOfFile && caller.doc.file === callee.doc.file ? [path] : [];
}
