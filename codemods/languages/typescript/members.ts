// Questions about the members of a type that may fill slots.
import { ts } from 'ts-morph';
import { hasModifier } from './contract-slots.ts';
import { isLibrarySymbol } from './type-facts.ts';

/** Declared, and implemented nowhere. */
export function isAbstract(member: ts.Symbol): boolean {
  return member.declarations?.every((node) => hasModifier(node, ts.SyntaxKind.AbstractKeyword)) ?? false;
}

/** Private or protected. */
export function isHiddenMember(member: ts.Symbol): boolean {
  return (
    member.declarations?.some(
      (node) =>
        hasModifier(node, ts.SyntaxKind.PrivateKeyword) || hasModifier(node, ts.SyntaxKind.ProtectedKeyword),
    ) ?? false
  );
}

/** The declarations with a body, or else the first one. */
export function memberDeclarations(member: ts.Symbol): readonly ts.Node[] {
  const nodes = member.declarations ?? [];
  const bodies = nodes.filter((node) => (node as { body?: unknown }).body !== undefined);
  return bodies.length > 0 ? bodies : nodes.slice(0, 1);
}

/** The names of the callable members that others can see. */
export function memberNames(checker: ts.TypeChecker, type: ts.Type): ReadonlySet<string> {
  const callable = checker
    .getPropertiesOfType(type)
    .filter(
      (member) =>
        !isHiddenMember(member) &&
        !isLibrarySymbol(member) &&
        checker.getNonNullableType(checker.getTypeOfSymbol(member)).getCallSignatures().length > 0,
    );
  return new Set(callable.map((member) => member.name));
}
