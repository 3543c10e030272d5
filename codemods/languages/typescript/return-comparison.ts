// Compares what an implementation returns with what the slot returns.
import { ts } from 'ts-morph';
import type { Mismatch } from '../../facts/implementation.ts';
import type { Slot } from '../../facts/slot.ts';
import { returnedExpressions } from './bound-value.ts';
import { hasModifier } from './contract-slots.ts';
import { type FileName, rangeOf, textOf } from './ranges.ts';
import { covers } from './shapes.ts';
import { isAny, isUnresolved, libraryName } from './type-facts.ts';

/** At most one mismatch: `async-return` or `return-type`. */
export function returnMismatches(
  checker: ts.TypeChecker,
  name: FileName,
  contract: ts.Signature,
  slot: Slot,
  node: ts.SignatureDeclaration,
): readonly Mismatch[] {
  const signature = checker.getSignatureFromDeclaration(node);
  if (signature === undefined) return [];
  const wanted = contract.getReturnType();
  const given = signature.getReturnType();
  const found = node.type === undefined ? checker.typeToString(given) : textOf(node.type);
  const at = { range: returnRange(name, node), expected: slot.returns, found };
  const none =
    isAny(wanted) ||
    isUnresolved(given) ||
    (wanted.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.TypeParameter)) !== 0;
  const promised = isPromise(checker, given) || hasModifier(node, ts.SyntaxKind.AsyncKeyword);
  if (
    promised &&
    !isAny(wanted) &&
    !mentionsPromise(checker, wanted) &&
    (wanted.flags & ts.TypeFlags.Unknown) === 0
  ) {
    return [{ kind: 'async-return', ...at, detail: 'nobody waits for the promise' }];
  }
  if (none || (given.flags & ts.TypeFlags.Never) !== 0) return [];
  if ((wanted.flags & ts.TypeFlags.Void) !== 0) {
    return stillReturns(given, node)
      ? [{ kind: 'return-type', ...at, detail: 'the value is thrown away' }]
      : [];
  }
  if (isAny(given)) {
    return [{ kind: 'return-type', ...at, detail: 'any is not compared with anything' }];
  }
  if (isEnum(wanted) && !isEnum(given) && (given.flags & ts.TypeFlags.NumberLike) !== 0)
    return [{ kind: 'return-type', ...at }];
  return covers(checker, given, wanted) ? [] : [{ kind: 'return-type', ...at }];
}

/** A value where the contract wants none: spelled, or returned on every path by something that is no callback. */
function stillReturns(given: ts.Type, node: ts.SignatureDeclaration): boolean {
  if (isAny(given)) return false;
  const nothing = ts.TypeFlags.Void | ts.TypeFlags.Undefined | ts.TypeFlags.Never | ts.TypeFlags.Unknown;
  const parts = given.isUnion() ? given.types : [given];
  if (node.type !== undefined) return !parts.every((part) => (part.flags & nothing) !== 0);
  if (!ts.isMethodDeclaration(node) && !ts.isFunctionDeclaration(node)) return false;
  return returnedExpressions(node).length > 0 && !parts.some((part) => (part.flags & nothing) !== 0);
}

function isEnum(type: ts.Type): boolean {
  return (
    (type.flags & ts.TypeFlags.EnumLike) !== 0 ||
    (type.isUnion() && type.types.every((part) => (part.flags & ts.TypeFlags.EnumLike) !== 0))
  );
}

function isPromise(checker: ts.TypeChecker, type: ts.Type): boolean {
  if (type.isUnion()) return type.types.some((part) => isPromise(checker, part));
  return /^Promise(?:Like)?$/.test(libraryName(type) ?? '') || type.symbol?.name === 'Promise';
}

function mentionsPromise(checker: ts.TypeChecker, type: ts.Type): boolean {
  return (
    isPromise(checker, type) ||
    (type.flags & ts.TypeFlags.TypeParameter) !== 0 ||
    (!isAny(type) &&
      (type.flags & ts.TypeFlags.Object) !== 0 &&
      checker.getPropertyOfType(type, 'then') !== undefined)
  );
}

/** The annotation, or the name, or the function's first token. */
function returnRange(name: FileName, node: ts.SignatureDeclaration): ReturnType<typeof rangeOf> {
  if (node.type !== undefined) return rangeOf(name, node.type);
  const own = (node as { name?: ts.Node }).name;
  if (own !== undefined) return rangeOf(name, own);
  const range = rangeOf(name, node);
  return { ...range, end: Math.max(range.start + 1, node.parameters.end + 1) };
}
