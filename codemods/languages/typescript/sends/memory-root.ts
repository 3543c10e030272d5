// Which variable or field memory lies in: `head.subarray(4)`, `new DataView(head.buffer)` and `head` are the same memory.
import { ts } from 'ts-morph';
import type { ReferenceIndex } from './reference-index.ts';
import { unparenthesized } from './unparenthesized.ts';

/** Where memory lies: a declaration, and the members that lead from it to the memory. */
export interface MemoryRoot {
  readonly declaration: ts.Node;
  readonly path: string;
}

/** The root of an expression of memory; undefined for memory that nothing else names. */
export function memoryRoot(
  index: ReferenceIndex,
  expression: ts.Node,
  depth: number = 0,
): MemoryRoot | undefined {
  if (depth > 8) return undefined;
  const bare = ts.isExpression(expression) ? unparenthesized(expression) : expression;
  if (ts.isAsExpression(bare) || ts.isNonNullExpression(bare) || ts.isSatisfiesExpression(bare))
    return memoryRoot(index, bare.expression, depth + 1);
  if (ts.isIdentifier(bare)) {
    const declaration = index.declarationOf(bare);
    return declaration === undefined ? undefined : rootOfDeclaration(index, declaration, depth);
  }
  if (ts.isPropertyAccessExpression(bare)) {
    if (bare.name.text === 'buffer') return memoryRoot(index, bare.expression, depth + 1);
    const member = index.declarationOf(bare.name);
    if (bare.expression.kind === ts.SyntaxKind.ThisKeyword)
      return member === undefined ? undefined : rootOfField(index, member, depth);
    const inLiteral =
      member !== undefined && ts.isPropertyAssignment(member)
        ? memoryRoot(index, member.initializer, depth + 1)
        : undefined;
    if (inLiteral !== undefined) return inLiteral;
    if (member !== undefined && ts.isShorthandPropertyAssignment(member))
      return memoryRoot(index, member.name, depth + 1);
    const holder = memoryRoot(index, bare.expression, depth + 1);
    return holder && { declaration: holder.declaration, path: `${holder.path}.${bare.name.text}` };
  }
  if (ts.isElementAccessExpression(bare)) {
    const at = unparenthesized(bare.argumentExpression);
    const counter = ts.isIdentifier(at) ? index.declarationOf(at) : undefined;
    // Each round of a loop that counts has an element of its own.
    if (counter !== undefined && isCounter(counter))
      return { declaration: counter, path: `of ${bare.expression.getText()}` };
    const holder = memoryRoot(index, bare.expression, depth + 1);
    return holder && { declaration: holder.declaration, path: `${holder.path}[]` };
  }
  const made = ts.isCallExpression(bare) || ts.isNewExpression(bare) ? bare : undefined;
  if (made === undefined) return undefined;
  const callee = made.expression;
  if (ts.isCallExpression(bare) && ts.isPropertyAccessExpression(callee) && callee.name.text === 'subarray')
    return memoryRoot(index, callee.expression, depth + 1);
  // A view on memory that is there: new DataView(x.buffer), Buffer.from(x.buffer, …).
  const [first] = made.arguments ?? [];
  const isView = first !== undefined && isBuffer(index, first);
  if (isView) return memoryRoot(index, first, depth + 1);
  const fn = index.callee(made);
  if (fn === undefined || !ts.isCallExpression(bare)) return undefined;
  const shared = sharedAnswer(index, fn, depth);
  if (shared !== undefined) return shared;
  const at = fn.parameters.findIndex((parameter) => answersParameter(index, fn, parameter));
  const argument = at < 0 ? undefined : bare.arguments[at];
  return argument && memoryRoot(index, argument, depth + 1);
}

/** The buffer of other memory, or one that has a name. */
function isBuffer(index: ReferenceIndex, expression: ts.Expression): boolean {
  const bare = unparenthesized(expression);
  if (ts.isPropertyAccessExpression(bare)) return bare.name.text === 'buffer';
  const declaration = ts.isIdentifier(bare) ? index.declarationOf(bare) : undefined;
  const made =
    declaration !== undefined && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  if (made === undefined) return false;
  return (
    (ts.isNewExpression(made) && /ArrayBuffer$/.test(made.expression.getText())) || isBuffer(index, made)
  );
}

/** A number that a loop counts: the variable of a `for`, the first of `[at, each]` of entries, the second parameter of a callback. */
function isCounter(declaration: ts.Node): boolean {
  if (ts.isVariableDeclaration(declaration)) return ts.isForStatement(declaration.parent.parent);
  if (ts.isBindingElement(declaration)) return ts.isArrayBindingPattern(declaration.parent);
  return ts.isParameter(declaration) && ts.isCallExpression(declaration.parent.parent);
}

/** The memory that a function answers, where that is a field or a variable around it: the same in every call. */
function sharedAnswer(index: ReferenceIndex, fn: ts.Node, depth: number): MemoryRoot | undefined {
  const { body } = fn as { body?: ts.Node };
  if (body === undefined) return undefined;
  const answers: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isReturnStatement(node) && node.expression !== undefined) answers.push(node.expression);
    ts.forEachChild(node, visit);
  };
  if (ts.isBlock(body)) visit(body);
  else answers.push(body as ts.Expression);
  for (const answer of answers) {
    const root = memoryRoot(index, answer, depth + 2);
    if (root === undefined) continue;
    let at: ts.Node | undefined = root.declaration;
    while (at !== undefined && at !== fn) at = at.parent;
    if (at === undefined) return root;
  }
  return undefined;
}

function rootOfDeclaration(index: ReferenceIndex, declaration: ts.Node, depth: number): MemoryRoot {
  const own = { declaration, path: '' };
  if (ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined) {
    if ((declaration.parent.flags & ts.NodeFlags.Const) === 0) return own;
    return memoryRoot(index, declaration.initializer, depth + 1) ?? own;
  }
  if (ts.isBindingElement(declaration) && ts.isObjectBindingPattern(declaration.parent)) {
    const holder = declaration.parent.parent;
    const name = (declaration.propertyName ?? declaration.name).getText();
    const from =
      ts.isVariableDeclaration(holder) && holder.initializer !== undefined
        ? memoryRoot(index, holder.initializer, depth + 1)
        : undefined;
    if (from !== undefined)
      return name === 'buffer' ? from : { declaration: from.declaration, path: `${from.path}.${name}` };
  }
  return own;
}

/** A field that is a view on another one: `readonly #view = new DataView(this.#head.buffer)`. */
function rootOfField(index: ReferenceIndex, field: ts.Node, depth: number): MemoryRoot {
  const own = { declaration: field, path: '' };
  if (!ts.isPropertyDeclaration(field) || field.initializer === undefined) return own;
  return memoryRoot(index, field.initializer, depth + 1) ?? own;
}

/** The function answers a view on its parameter. */
function answersParameter(index: ReferenceIndex, fn: ts.Node, parameter: ts.Node): boolean {
  const { body } = fn as { body?: ts.Node };
  if (body === undefined) return false;
  const isIt = (expression: ts.Expression): boolean => {
    const root = memoryRoot(index, expression, 5);
    return root?.declaration === parameter;
  };
  if (!ts.isBlock(body)) return isIt(body as ts.Expression);
  let found = false;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isReturnStatement(node) && node.expression !== undefined && isIt(node.expression)) found = true;
    ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}

/** Both name the same memory, or one is a part of the other. */
export function isSameMemory(a: MemoryRoot | undefined, b: MemoryRoot | undefined): boolean {
  return a !== undefined && b !== undefined && a.declaration === b.declaration && a.path === b.path;
}
