// Uses of an item behind the call of the function that sent it: there it would have been given back already.
import { ts } from 'ts-morph';
import { isPrimitive } from '../type-facts.ts';
import type { Look } from './engine-look.ts';
import { statementsOf } from './folding.ts';
import { originOf } from './memory-origin.ts';
import { type ReleaseEffects, writtenBy } from './release-effects.ts';

type Input = Pick<Look, 'session' | 'index' | 'folding'> & { readonly effects: ReleaseEffects };

/** A place where a caller uses the item after the call that sent it. */
export function usedByCallers(input: Input, fn: ts.SignatureDeclaration, thing: string): ts.Node | undefined {
  const parameter = fn.parameters.find(
    (one) =>
      thing === originName(one) ||
      thing.startsWith(`${originName(one)}.`) ||
      thing.startsWith(`${originName(one)}[`),
  );
  if (parameter === undefined) return undefined;
  const at = fn.parameters.indexOf(parameter);
  for (const call of input.index.callers(fn)) {
    if (input.folding.isDead(call)) continue;
    const argument = call.arguments?.[at];
    if (argument === undefined || !(ts.isIdentifier(argument) || ts.isPropertyAccessExpression(argument)))
      continue;
    let statement: ts.Node = call;
    while (statement.parent !== undefined && !ts.isStatement(statement)) statement = statement.parent;
    const list = statement.parent && statementsOf(statement.parent);
    if (list === undefined || ts.isReturnStatement(statement)) continue;
    const given = originOf(input.index, argument);
    for (const later of list.slice(list.indexOf(statement as ts.Statement) + 1)) {
      const use = firstUse(input, later, given);
      if (use !== undefined) return use;
    }
  }
  return undefined;
}

function originName(parameter: ts.ParameterDeclaration): string {
  return `@${parameter.getSourceFile().fileName}:${parameter.name.pos}`;
}

/** How many there were, or a number or text of the item that its release does not change. */
function isHarmlessRead(input: Input, node: ts.Node, parent: ts.Node): boolean {
  if (
    !ts.isPropertyAccessExpression(parent) ||
    parent.expression !== node ||
    writtenBy(parent.parent) === parent
  )
    return false;
  if (parent.name.text === 'length') return true;
  const field = input.index.declarationOf(parent.name);
  const isField = field !== undefined && (ts.isPropertyDeclaration(field) || ts.isPropertySignature(field));
  return (
    isField && isPrimitive(input.session.checker().getTypeAtLocation(field)) && !input.effects.changes(field)
  );
}

function firstUse(input: Input, node: ts.Node, thing: string): ts.Node | undefined {
  if (input.folding.isDead(node)) return undefined;
  const isBase =
    ts.isIdentifier(node) ||
    (ts.isPropertyAccessExpression(node) && node.expression.kind === ts.SyntaxKind.ThisKeyword);
  if (isBase && originOf(input.index, node) === thing) {
    const { parent } = node;
    return isHarmlessRead(input, node, parent) ? undefined : node;
  }
  return ts.forEachChild(node, (child) => firstUse(input, child, thing));
}
