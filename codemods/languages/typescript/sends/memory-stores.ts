// Where memory is stored to: assignments to its bytes, methods that write, and functions that do so with what they get.
import { ts } from 'ts-morph';
import { calledWith, nameOf } from './folding.ts';
import { isSameMemory, type MemoryRoot, memoryRoot } from './memory-root.ts';
import { resolvedConst } from './message-length.ts';
import type { ReferenceIndex } from './reference-index.ts';
import { writtenBy } from './release-effects.ts';
import { unparenthesized } from './unparenthesized.ts';

const WRITERS =
  /^(?:set|fill|copyWithin|reverse|sort|swap(?:16|32|64)|set(?:Uint|Int|Float|BigInt|BigUint)\d+|write\w*)$/;
const INTO_ARGUMENT =
  /^(?:encodeInto|getRandomValues|randomFillSync|copy|assign|readSync|readInto|store|exchange|add|sub|and|or|xor)$/;

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
    if (at !== node && ts.isFunctionLike(at) && !runsInPlace(at)) {
      // Nobody knows when a function runs that is kept somewhere; one that is only called is looked at where it is called.
      const inner = isOnlyCalled(index, at) ? [] : storesTo(index, at, root, isDead);
      if (inner.length > 0) found.push(at);
      return;
    }
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

function isOnlyCalled(index: ReferenceIndex, fn: ts.Node): boolean {
  const name = nameOf(fn);
  if (name === undefined) return false;
  return index.uses(name).every((use) => calledWith(use) !== undefined);
}

/** `list.forEach((each) => …)` runs where it stands. */
export function runsInPlace(fn: ts.Node): boolean {
  const call = fn.parent;
  if (call === undefined || !ts.isCallExpression(call) || !call.arguments.includes(fn as ts.Expression))
    return false;
  const isKept =
    ts.isPropertyAccessExpression(call.expression) &&
    /^(?:push|unshift|set|add|on|once|then|catch|finally)$/.test(call.expression.name.text);
  return !isKept;
}

/** An element of the memory, alone or among the targets of one assignment. */
function isPartOf(index: ReferenceIndex, target: ts.Expression, root: MemoryRoot): boolean {
  const bare = unparenthesized(target);
  if (ts.isArrayLiteralExpression(bare))
    return bare.elements.some((element) => isPartOf(index, element, root));
  return ts.isElementAccessExpression(bare) && isSameMemory(memoryRoot(index, bare.expression), root);
}

function stores(index: ReferenceIndex, node: ts.Node, root: MemoryRoot): boolean {
  const target = writtenBy(node);
  if (target !== undefined) {
    return isPartOf(index, target, root);
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
    roots.push(...insideLiteral(index, argument, parameter, root));
    const given = memoryRoot(index, argument);
    if (given?.declaration !== root.declaration || !root.path.startsWith(given.path)) return;
    roots.push(throughPattern(parameter, root.path.slice(given.path.length)));
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

/** The memory as a member of an object that is written down as the argument. */
function insideLiteral(
  index: ReferenceIndex,
  argument: ts.Expression,
  parameter: ts.ParameterDeclaration,
  root: MemoryRoot,
): readonly MemoryRoot[] {
  const literal = resolvedConst(index, argument);
  if (!ts.isObjectLiteralExpression(literal)) return [];
  return literal.properties.flatMap((property) => {
    const value = ts.isPropertyAssignment(property)
      ? property.initializer
      : ts.isShorthandPropertyAssignment(property)
        ? property.name
        : undefined;
    const given = value && memoryRoot(index, value);
    if (given === undefined || property.name === undefined) return [];
    if (given.declaration !== root.declaration || !root.path.startsWith(given.path)) return [];
    return [throughPattern(parameter, `.${property.name.getText()}${root.path.slice(given.path.length)}`)];
  });
}

/** `{ bytes }` as a parameter: what was `.bytes` of the argument. */
function throughPattern(parameter: ts.ParameterDeclaration, path: string): MemoryRoot {
  if (!ts.isObjectBindingPattern(parameter.name)) return { declaration: parameter, path };
  const element = parameter.name.elements.find((one) =>
    path.startsWith(`.${(one.propertyName ?? one.name).getText()}`),
  );
  if (element === undefined) return { declaration: parameter, path };
  return {
    declaration: element,
    path: path.slice((element.propertyName ?? element.name).getText().length + 1),
  };
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
