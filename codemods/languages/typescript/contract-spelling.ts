// How the contract spells read-only: a wrapper around the mutable type, a read-only array, or a type of its own.
import { ts } from 'ts-morph';
import { parameterNodes } from './contract-slots.ts';
import type { Target } from './place-registry.ts';
import type { Session } from './session.ts';

/** The contract's way of saying read-only. */
export type ContractSpelling =
  | { readonly kind: 'wrapper'; readonly symbol: ts.Symbol }
  | { readonly kind: 'array' }
  | { readonly kind: 'named'; readonly symbol: ts.Symbol };

/** Reads the spelling off the contract's parameter; undefined where its type is spelled out in place. */
export function contractSpelling(session: Session, target: Target): ContractSpelling | undefined {
  const slot = session.tree().containers.get(target.container)?.get(target.slot);
  const node = slot && parameterNodes(slot.signature)[target.parameter];
  return node?.type === undefined ? undefined : spellingOf(session.checker(), node.type);
}

function spellingOf(checker: ts.TypeChecker, type: ts.TypeNode): ContractSpelling | undefined {
  if (ts.isParenthesizedTypeNode(type)) return spellingOf(checker, type.type);
  if (ts.isUnionTypeNode(type)) {
    for (const part of type.types) {
      const found = spellingOf(checker, part);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (ts.isTypeOperatorNode(type) && type.operator === ts.SyntaxKind.ReadonlyKeyword)
    return { kind: 'array' };
  if (!ts.isTypeReferenceNode(type)) return undefined;
  const alias = checker.getSymbolAtLocation(type.typeName);
  const symbol =
    alias !== undefined && (alias.flags & ts.SymbolFlags.Alias) !== 0
      ? checker.getAliasedSymbol(alias)
      : alias;
  if (symbol === undefined) return undefined;
  if (type.typeArguments === undefined) return { kind: 'named', symbol };
  if (symbol.name === 'ReadonlyArray') return { kind: 'array' };
  return type.typeArguments.length === 1 ? { kind: 'wrapper', symbol } : undefined;
}
