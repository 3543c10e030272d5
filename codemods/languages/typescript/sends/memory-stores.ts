// Where memory is stored to: assignments to its bytes, methods that write, and functions that do so with what they get.
import { ts } from 'ts-morph';
import { isSameMemory, type MemoryRoot, memoryRoot } from './memory-root.ts';
import type { ReferenceIndex } from './reference-index.ts';
import { writtenBy } from './release-effects.ts';
import { unparenthesized } from './unparenthesized.ts';

const WRITERS =
  /^(?:set|fill|copyWithin|reverse|sort|swap(?:16|32|64)|set(?:Uint|Int|Float|BigInt|BigUint)\d+|write\w*)$/;
const INTO_ARGUMENT =
  /^(?:encodeInto|getRandomValues|randomFillSync|copy|readSync|readInto|store|exchange|add|sub|and|or|xor)$/;

/** Nodes that store to the memory, in the order of the text; those in functions that are called at the call. */
export function storesTo(
  index: ReferenceIndex,
  node: ts.Node,
  root: MemoryRoot,
  isDead: (node: ts.Node) => boolean,
): readonly ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (at: ts.Node): void => {
    if (isDead(at)) return;
    if (at !== node && ts.isFunctionLike(at) && !runsInPlace(at)) return;
    if (stores(index, at, root)) found.push(at);
    else if (
      (ts.isCallExpression(at) || ts.isNewExpression(at)) &&
      callStores(index, at, root, isDead, new Set())
    )
      found.push(at);
    else ts.forEachChild(at, visit);
  };
  visit(node);
  return found;
}

/** `list.forEach((each) => …)` runs where it stands. */
function runsInPlace(fn: ts.Node): boolean {
  return ts.isCallExpression(fn.parent) && fn.parent.arguments.includes(fn as ts.Expression);
}

function stores(index: ReferenceIndex, node: ts.Node, root: MemoryRoot): boolean {
  const target = writtenBy(node);
  if (target !== undefined) {
    const bare = unparenthesized(target);
    return ts.isElementAccessExpression(bare) && isSameMemory(memoryRoot(index, bare.expression), root);
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { name, expression } = node.expression;
  if (WRITERS.test(name.text) && isSameMemory(memoryRoot(index, expression), root)) return true;
  return (
    INTO_ARGUMENT.test(name.text) &&
    node.arguments.some((argument) => isSameMemory(memoryRoot(index, argument), root)) &&
    index.callee(node) === undefined
  );
}

/** A function of the engine that stores to what it is given, or to what it sees anyway. */
function callStores(
  index: ReferenceIndex,
  call: ts.CallExpression | ts.NewExpression,
  root: MemoryRoot,
  isDead: (node: ts.Node) => boolean,
  seen: Set<string>,
): boolean {
  const fn = index.callee(call);
  if (fn === undefined || isDead(fn)) return false;
  const roots: MemoryRoot[] = isVisibleIn(root.declaration, fn) ? [root] : [];
  (call.arguments ?? []).forEach((argument, at) => {
    const parameter = fn.parameters[at];
    if (parameter === undefined) return;
    const given = memoryRoot(index, argument);
    if (given?.declaration !== root.declaration || !root.path.startsWith(given.path)) return;
    roots.push({ declaration: parameter, path: root.path.slice(given.path.length) });
  });
  return roots.some((one) => {
    const key = `${fn.pos}:${fn.getSourceFile().fileName}:${one.declaration.pos}:${one.path}`;
    if (seen.has(key)) return false;
    seen.add(key);
    let found = false;
    const visit = (node: ts.Node): void => {
      if (found || isDead(node)) return;
      if (stores(index, node, one)) found = true;
      else if (
        (ts.isCallExpression(node) || ts.isNewExpression(node)) &&
        callStores(index, node, one, isDead, seen)
      )
        found = true;
      else ts.forEachChild(node, visit);
    };
    visit(fn.body);
    return found;
  });
}

/** A field, a constant of the module, or a variable around the function. */
function isVisibleIn(declaration: ts.Node, fn: ts.Node): boolean {
  if (ts.isPropertyDeclaration(declaration)) return true;
  let scope: ts.Node | undefined = declaration.parent;
  while (scope !== undefined && !ts.isFunctionLike(scope) && !ts.isSourceFile(scope)) scope = scope.parent;
  if (scope === undefined || scope === fn) return false;
  for (let at: ts.Node | undefined = fn; at !== undefined; at = at.parent) if (at === scope) return true;
  return false;
}
