// An item that goes on to something that lives longer than the statement: a store, a list, a function that runs later.
import { ts } from 'ts-morph';
import type { Look } from './engine-look.ts';
import { mentions } from './item-mentions.ts';
import { originOf } from './memory-origin.ts';

/** The item itself is stored, captured by a function, or pushed somewhere. */
export function itemEscape(
  input: Pick<Look, 'index' | 'folding'>,
  node: ts.Node,
  thing: string,
): ts.Node | undefined {
  if (input.folding.isDead(node)) return undefined;
  const isThing = (one: ts.Node): boolean =>
    (ts.isIdentifier(one) || ts.isPropertyAccessExpression(one)) && originOf(input.index, one) === thing;
  if (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    isThing(node.right) &&
    !ts.isIdentifier(node.left)
  )
    return node;
  if (
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    /^(?:push|unshift|add|set|storeEngineSpecific)$/.test(node.expression.name.text) &&
    node.arguments.some(isThing)
  )
    return node;
  if (
    (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) &&
    mentions(input, node, thing) &&
    !runsAtOnce(node)
  )
    return node;
  return ts.forEachChild(node, (child) => itemEscape(input, child, thing));
}

/** `parts.forEach((part) => …)` runs here and now. */
function runsAtOnce(fn: ts.Node): boolean {
  const call = fn.parent;
  return (
    ts.isCallExpression(call) &&
    ts.isPropertyAccessExpression(call.expression) &&
    /^(?:forEach|map|filter|some|every|find|reduce|sort|from)$/.test(call.expression.name.text)
  );
}
