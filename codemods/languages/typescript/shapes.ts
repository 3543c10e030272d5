// Whether one type can stand for another when read-only or not does not count. Read-only-ness is compared elsewhere.
import { ts } from 'ts-morph';
import { isAny, isFunctionType, isPrimitive, libraryName } from './type-facts.ts';

/** How the type of an implementation's parameter relates to the contract's. */
export type Relation = 'same' | 'wider' | 'narrower' | 'different';

/** Relates two types structurally, ignoring what is read-only, and where a name comes from. */
export function relate(checker: ts.TypeChecker, contract: ts.Type, given: ts.Type): Relation {
  const accepts = covers(checker, contract, given);
  const fits = covers(checker, given, contract);
  if (accepts && fits) return 'same';
  if (accepts) return 'wider';
  return fits ? 'narrower' : 'different';
}

/** A value of type `value` can be used as a `target`, if nothing were read-only. */
export function covers(checker: ts.TypeChecker, value: ts.Type, target: ts.Type): boolean {
  return covered(checker, value, target, new Map(), 0);
}

function covered(
  checker: ts.TypeChecker,
  value: ts.Type,
  target: ts.Type,
  seen: Map<ts.Type, Set<ts.Type>>,
  depth: number,
): boolean {
  if (value === target || isAny(value) || isAny(target)) return true;
  if (depth > 6 || seen.get(value)?.has(target) === true) return true;
  if (checker.isTypeAssignableTo(value, target)) return true;
  seen.set(value, (seen.get(value) ?? new Set()).add(target));
  const next = (from: ts.Type, to: ts.Type): boolean => covered(checker, from, to, seen, depth + 1);
  // What depends on a type parameter is for the compiler to relate, where the parameter is known.
  if (isOpen(target)) return true;
  if (isOpen(value)) {
    const constraint = checker.getBaseConstraintOfType(value);
    return constraint === undefined || constraint === value || next(constraint, target);
  }
  if (value.isUnion()) return value.types.every((part) => next(part, target));
  if (target.isUnion()) return target.types.some((part) => next(value, part));
  if (isPrimitive(value) || isPrimitive(target)) return sameEnum(value, target);
  if ((value.flags & ts.TypeFlags.Unknown) !== 0) return (target.flags & ts.TypeFlags.Unknown) !== 0;
  if (isFunctionType(value) || isFunctionType(target)) return false;
  if (libraryName(target) !== undefined) return isReadOnlyTwin(checker, value, target, next);
  return membersCover(checker, value, target, next);
}

function isOpen(type: ts.Type): boolean {
  const open =
    ts.TypeFlags.TypeParameter |
    ts.TypeFlags.IndexedAccess |
    ts.TypeFlags.Conditional |
    ts.TypeFlags.Substitution |
    ts.TypeFlags.Index;
  return (type.flags & open) !== 0;
}

type Next = (from: ts.Type, to: ts.Type) => boolean;

function membersCover(checker: ts.TypeChecker, value: ts.Type, target: ts.Type, next: Next): boolean {
  for (const kind of [ts.IndexKind.Number, ts.IndexKind.String]) {
    const wanted = checker.getIndexInfoOfType(target, kind);
    if (wanted === undefined) continue;
    const there = checker.getIndexInfoOfType(value, kind);
    if (there === undefined || !next(there.type, wanted.type)) return false;
  }
  const wanted = checker.getPropertiesOfType(target).filter(isAskedByName);
  if (wanted.length === 0) return true;
  return wanted.every((member) => {
    const optional = (member.flags & ts.SymbolFlags.Optional) !== 0;
    const there = checker.getPropertyOfType(value, member.name);
    if (there === undefined) return optional;
    if ((there.flags & ts.SymbolFlags.Optional) !== 0 && !optional) return false;
    if ((member.flags & ts.SymbolFlags.Method) !== 0) return true;
    return next(checker.getTypeOfSymbol(there), checker.getTypeOfSymbol(member));
  });
}

/** `readonly T[]` for `T[]`, `ReadonlyMap` for `Map`, a byte view without `set` for `Uint8Array`: the same but for storing. */
function isReadOnlyTwin(checker: ts.TypeChecker, value: ts.Type, target: ts.Type, next: Next): boolean {
  const bare = (type: ts.Type): string | undefined => libraryName(type)?.replace(/^Readonly/, '');
  const there = checker.getIndexInfoOfType(value, ts.IndexKind.Number);
  const wanted = checker.getIndexInfoOfType(target, ts.IndexKind.Number);
  if (bare(value) !== undefined && bare(value) === bare(target)) {
    if (there !== undefined && wanted !== undefined) return next(there.type, wanted.type);
    const mine = checker.getTypeArguments(value as ts.TypeReference);
    const theirs = checker.getTypeArguments(target as ts.TypeReference);
    return mine.every((type, index) => theirs[index] === undefined || next(type, theirs[index]));
  }
  if ((there === undefined) !== (wanted === undefined)) return false;
  if (there !== undefined && wanted !== undefined && !next(there.type, wanted.type)) return false;
  const members = checker.getPropertiesOfType(value).filter(isAskedByName);
  return (
    members.length > 2 &&
    members.every((member) => checker.getPropertyOfType(target, member.name) !== undefined)
  );
}

/** The same enum, declared twice. */
function sameEnum(value: ts.Type, target: ts.Type): boolean {
  const both = ts.TypeFlags.EnumLike;
  if ((value.flags & both) === 0 || (target.flags & both) === 0) return false;
  return value.symbol?.name !== undefined && value.symbol.name === target.symbol?.name;
}

/** Members known by a symbol (`[Symbol.iterator]`) cannot be asked for by their name. */
function isAskedByName(member: ts.Symbol): boolean {
  return !member.name.startsWith('__@');
}
