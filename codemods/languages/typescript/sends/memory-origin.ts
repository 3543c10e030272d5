// What a value comes from: `item.value`, `const { value } = item` and `own(item)` are all about `item`.
import { ts } from 'ts-morph';
import type { ReferenceIndex } from './reference-index.ts';
import { unparenthesized } from './unparenthesized.ts';

/** A key of the variable, parameter or field that the value belongs to; the same key means the same thing. */
export function originOf(index: ReferenceIndex, expression: ts.Node, depth: number = 0): string {
  const bare = ts.isExpression(expression) ? unparenthesized(expression) : expression;
  if (depth > 8) return keyOf(bare);
  if (ts.isAsExpression(bare) || ts.isNonNullExpression(bare) || ts.isSatisfiesExpression(bare))
    return originOf(index, bare.expression, depth + 1);
  if (ts.isIdentifier(bare)) {
    const declaration = index.declarationOf(bare);
    return declaration === undefined ? keyOf(bare) : originOfDeclaration(index, declaration, depth);
  }
  if (ts.isPropertyAccessExpression(bare)) {
    if (bare.expression.kind === ts.SyntaxKind.ThisKeyword) {
      const field = index.declarationOf(bare.name);
      return field === undefined ? keyOf(bare) : keyOf((field as { name?: ts.Node }).name ?? field);
    }
    return originOf(index, bare.expression, depth + 1);
  }
  if (ts.isElementAccessExpression(bare))
    return `${originOf(index, bare.expression, depth + 1)}[${bare.argumentExpression.getText()}]`;
  if (ts.isCallExpression(bare)) {
    if (
      ts.isPropertyAccessExpression(bare.expression) &&
      /^(?:subarray|valueOf)$/.test(bare.expression.name.text)
    )
      return originOf(index, bare.expression.expression, depth + 1);
    const given = bare.arguments.filter(
      (argument) => ts.isIdentifier(argument) || ts.isPropertyAccessExpression(argument),
    );
    const last = given.at(-1);
    if (last !== undefined && bare.arguments.length === given.length) return originOf(index, last, depth + 1);
  }
  return keyOf(bare);
}

function originOfDeclaration(index: ReferenceIndex, declaration: ts.Declaration, depth: number): string {
  const own = keyOf((declaration as { name?: ts.Node }).name ?? declaration);
  if (ts.isBindingElement(declaration)) {
    let holder: ts.Node = declaration;
    while (ts.isBindingElement(holder)) {
      // A value out of a list is a thing of its own.
      if (ts.isArrayBindingPattern(holder.parent)) return own;
      holder = holder.parent.parent;
    }
    if (!ts.isVariableDeclaration(holder) || holder.initializer === undefined) return own;
    return originOf(index, holder.initializer, depth + 1);
  }
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return own;
  if ((declaration.parent.flags & ts.NodeFlags.Const) === 0) return own;
  const from = unparenthesized(declaration.initializer);
  if (ts.isPropertyAccessExpression(from) && from.expression.kind !== ts.SyntaxKind.ThisKeyword)
    return originOf(index, from, depth + 1);
  if (ts.isIdentifier(from) || ts.isAsExpression(from)) return originOf(index, from, depth + 1);
  if (!ts.isCallExpression(from) || isKeep(from)) return own;
  if (ts.isPropertyAccessExpression(from.expression) && from.expression.name.text === 'subarray')
    return originOf(index, from, depth + 1);
  // What a call makes of an item is about the item; what it finds for a key is a thing of its own.
  const last = from.arguments.at(-1);
  const isAbout =
    last !== undefined &&
    ts.isIdentifier(last) &&
    from.arguments.every(
      (one) =>
        ts.isIdentifier(one) || one.kind === ts.SyntaxKind.ThisKeyword || ts.isPropertyAccessExpression(one),
    );
  const target = isAbout && last !== undefined ? index.declarationOf(last) : undefined;
  return target !== undefined && isItemLike(index, target) ? originOf(index, from, depth + 1) : own;
}

/** It answers a boolean, which is nobody's memory. */
function isKeep(call: ts.CallExpression): boolean {
  return (
    ts.isPropertyAccessExpression(call.expression) &&
    /^(?:reserveItem|pushTempAlloc)$/.test(call.expression.name.text)
  );
}

/** Something that is kept by the connection somewhere in these files. */
function isItemLike(index: ReferenceIndex, declaration: ts.Declaration): boolean {
  return index.uses(declaration).some((use) => {
    const call = use.parent;
    return (
      ts.isCallExpression(call) &&
      ts.isPropertyAccessExpression(call.expression) &&
      call.expression.name.text === 'reserveItem'
    );
  });
}

function keyOf(node: ts.Node): string {
  return `@${node.getSourceFile().fileName}:${node.pos}`;
}
