// What object literals fill the members of interfaces with. Classes that have such members are not looked at.
import { ts } from 'ts-morph';
import type { Session } from '../session.ts';
import { resolvedConst } from './message-length.ts';
import type { ReferenceIndex } from './reference-index.ts';

/** What object literals give to the members of the interfaces that type them. */
export function literalMembers(
  session: Session,
  index: ReferenceIndex,
): ReadonlyMap<ts.Node, readonly ts.Expression[]> {
  const checker = session.checker();
  const found = new Map<ts.Node, ts.Expression[]>();
  const read = (literal: ts.ObjectLiteralExpression, type: ts.Type): void => {
    for (const property of literal.properties) {
      const value = ts.isPropertyAssignment(property)
        ? property.initializer
        : ts.isShorthandPropertyAssignment(property) ||
            (ts.isMethodDeclaration(property) && ts.isIdentifier(property.name))
          ? (property.name as ts.Identifier)
          : undefined;
      const name = property.name?.getText();
      if (value === undefined || name === undefined) continue;
      for (const member of checker.getPropertyOfType(type, name)?.declarations ?? []) {
        const list = found.get(member) ?? [];
        list.push(value);
        found.set(member, list);
      }
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const type = checker.getContextualType(node);
      if (type !== undefined) read(node, type);
    } else if (ts.isIdentifier(node) && isArgument(node)) {
      // A literal that went through a constant without a type of its own.
      const literal = resolvedConst(index, node);
      const type = ts.isObjectLiteralExpression(literal) ? checker.getContextualType(node) : undefined;
      if (type !== undefined && ts.isObjectLiteralExpression(literal)) read(literal, type);
    }
    ts.forEachChild(node, visit);
  };
  for (const file of index.files) visit(file);
  return found;
}

function isArgument(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.arguments?.includes(node) === true
  );
}
