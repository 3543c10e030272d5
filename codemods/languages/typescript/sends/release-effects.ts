// What giving an item back changes: the fields that the release functions write to, directly or through what they call.
import { ts } from 'ts-morph';
import { isPrimitive } from '../type-facts.ts';
import type { Look } from './engine-look.ts';

/** Answers about fields that a release writes to. */
export interface ReleaseEffects {
  /** A number, text or flag that a release changes. */
  changes(field: ts.Node | undefined): boolean;
}

/** Follows every release function of an engine. */
export function releaseEffects(look: Look): ReleaseEffects {
  const { index } = look;
  const checker = look.session.checker();
  const written = new Set<ts.Node>();
  const seen = new Set<ts.Node>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) follow(index.callee(node));
    const target = writtenBy(node);
    const name = target && ts.isPropertyAccessExpression(target) ? target.name : target;
    const declaration = name && index.declarationOf(name);
    if (declaration !== undefined) written.add(declaration);
    ts.forEachChild(node, visit);
  };
  const follow = (fn: ts.Node | undefined): void => {
    const body = (fn as { body?: ts.Node } | undefined)?.body;
    if (fn === undefined || body === undefined || seen.has(fn)) return;
    seen.add(fn);
    visit(body);
  };
  for (const release of look.releases.all()) follow(release.fn);
  return {
    changes: (field) => {
      if (field === undefined || !written.has(field)) return false;
      return isPrimitive(checker.getTypeAtLocation(field));
    },
  };
}

/** The target of an assignment or a step. */
export function writtenBy(node: ts.Node): ts.Expression | undefined {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment
      ? node.left
      : undefined;
  }
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const isStep =
      node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
    return isStep ? node.operand : undefined;
  }
  return undefined;
}
