// Compares two types by what may be written through them. Spelling does not matter, only what the checker resolves.
import { ts } from 'ts-morph';
import {
  isAny,
  isFunctionType,
  isLibrarySymbol,
  isPrimitive,
  isReadonlySymbol,
  libraryName,
  present,
} from './type-facts.ts';

/** Methods that store into an object of the library, by the type's name; what a read-only twin leaves out. */
const STORING_MEMBERS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^Map$/, ['set', 'delete', 'clear']],
  [/^Set$/, ['add', 'delete', 'clear']],
  [/^(?:WeakMap|WeakSet)$/, ['set', 'add', 'delete']],
  [/^DataView$/, ['setUint8', 'setInt8', 'setUint16']],
  [/^Date$/, ['setTime', 'setFullYear']],
];

const MAX_DEPTH = 7;
type Seen = Map<ts.Type, Set<ts.Type>>;

/**
 * The first path that is read-only in `wanted` and writable in `given`: `response.status`, `bytes[]`; empty where nothing is.
 * Any spelling that is equally read-only gives nothing.
 */
export function writablePath(checker: ts.TypeChecker, wanted: ts.Type, given: ts.Type): string | undefined {
  return search(checker, wanted, given, '', new Map(), 0);
}

function search(
  checker: ts.TypeChecker,
  wantedOrNull: ts.Type,
  givenOrNull: ts.Type,
  path: string,
  seen: Seen,
  depth: number,
): string | undefined {
  const wanted = present(checker, constraintOf(checker, wantedOrNull));
  const given = present(checker, constraintOf(checker, givenOrNull));
  if (wanted === given || depth > MAX_DEPTH || isLeaf(wanted) || isLeaf(given)) return undefined;
  if (seen.get(wanted)?.has(given) === true) return undefined;
  seen.set(wanted, (seen.get(wanted) ?? new Set()).add(given));
  if (given.isUnion()) {
    for (const part of given.types) {
      if (wanted.isUnion() && wanted.types.includes(part)) continue;
      const found = search(checker, counterpart(checker, wanted, part), part, path, seen, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const indexed = searchIndex(checker, wanted, given, path, seen, depth);
  if (indexed !== undefined) return indexed;
  const storing = storingMembers(given).find((name) => checker.getPropertyOfType(wanted, name) === undefined);
  if (storing !== undefined) return `${path === '' ? '' : `${path}.`}${storing}()`;
  return searchMembers(checker, wanted, given, path, seen, depth);
}

function searchIndex(
  checker: ts.TypeChecker,
  wanted: ts.Type,
  given: ts.Type,
  path: string,
  seen: Seen,
  depth: number,
): string | undefined {
  for (const kind of [ts.IndexKind.Number, ts.IndexKind.String]) {
    const mine = checker.getIndexInfoOfType(wanted, kind);
    const theirs = checker.getIndexInfoOfType(given, kind);
    if (mine === undefined || theirs === undefined) continue;
    if (mine.isReadonly && !theirs.isReadonly) return `${path}[]`;
    const inside = search(checker, mine.type, theirs.type, `${path}[]`, seen, depth + 1);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

function searchMembers(
  checker: ts.TypeChecker,
  wanted: ts.Type,
  given: ts.Type,
  path: string,
  seen: Seen,
  depth: number,
): string | undefined {
  const typeArguments = searchTypeArguments(checker, wanted, given, path, seen, depth);
  if (typeArguments !== undefined) return typeArguments;
  const inner: (readonly [ts.Type, ts.Type, string])[] = [];
  for (const mine of checker.getPropertiesOfType(wanted)) {
    if (!isData(mine)) continue;
    const theirs = checker.getPropertyOfType(given, mine.name);
    if (theirs === undefined || !isData(theirs)) continue;
    const here = path === '' ? mine.name : `${path}.${mine.name}`;
    if (isReadonlySymbol(mine) && !isReadonlySymbol(theirs)) return here;
    inner.push([checker.getTypeOfSymbol(mine), checker.getTypeOfSymbol(theirs), here]);
  }
  for (const [mine, theirs, here] of inner) {
    const found = search(checker, mine, theirs, here, seen, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `Map<string, Header>` against `ReadonlyMap<string, Readonly<Header>>`: what it holds. */
function searchTypeArguments(
  checker: ts.TypeChecker,
  wanted: ts.Type,
  given: ts.Type,
  path: string,
  seen: Seen,
  depth: number,
): string | undefined {
  const bare = (name: string | undefined): string | undefined => name?.replace(/^Readonly/, '');
  const name = bare(libraryName(wanted));
  if (name === undefined || !/^(?:Map|Set|Promise|WeakMap)$/.test(name) || name !== bare(libraryName(given)))
    return undefined;
  const mine = checker.getTypeArguments(wanted as ts.TypeReference);
  const theirs = checker.getTypeArguments(given as ts.TypeReference);
  for (const [index, type] of mine.entries()) {
    const other = theirs[index];
    const found = other && search(checker, type, other, `${path}<>`, seen, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * True when the type as a whole is for reading: every data member of it read-only, or what it holds. A type with one
 * read-only member among writable ones (a discriminant, an id) is not.
 */
export function isReadOnlyAsAWhole(checker: ts.TypeChecker, type: ts.Type, depth: number = 0): boolean {
  const subject = present(checker, constraintOf(checker, type));
  if (depth > 3 || isLeaf(subject)) return false;
  if (subject.isUnion()) return subject.types.some((part) => isReadOnlyAsAWhole(checker, part, depth + 1));
  for (const kind of [ts.IndexKind.Number, ts.IndexKind.String]) {
    const info = checker.getIndexInfoOfType(subject, kind);
    if (info !== undefined) return info.isReadonly || isReadOnlyAsAWhole(checker, info.type, depth + 1);
  }
  const name = libraryName(subject);
  if (name !== undefined && !isMapped(subject)) {
    if (/^Readonly(?:Map|Set)$/.test(name)) return true;
    const held = /^(?:Map|Set|Promise)$/.test(name)
      ? checker.getTypeArguments(subject as ts.TypeReference).at(-1)
      : undefined;
    return held !== undefined && isReadOnlyAsAWhole(checker, held, depth + 1);
  }
  const members = checker.getPropertiesOfType(subject).filter(isData);
  return members.length > 0 && members.every(isReadonlySymbol);
}

/** True when anything reachable through the type may not be written although a mutable twin would allow it. */
export function isReadOnlySomewhere(checker: ts.TypeChecker, type: ts.Type, depth: number = 0): boolean {
  const subject = present(checker, constraintOf(checker, type));
  if (depth > MAX_DEPTH || isLeaf(subject)) return false;
  if (subject.isUnion()) return subject.types.some((part) => isReadOnlySomewhere(checker, part, depth + 1));
  for (const kind of [ts.IndexKind.Number, ts.IndexKind.String]) {
    const info = checker.getIndexInfoOfType(subject, kind);
    if (info === undefined) continue;
    if (info.isReadonly || isReadOnlySomewhere(checker, info.type, depth + 1)) return true;
  }
  const name = libraryName(subject);
  if (name !== undefined && !isMapped(subject)) return /^Readonly(?:Map|Set|Array)$/.test(name);
  return checker
    .getPropertiesOfType(subject)
    .some(
      (member) =>
        isData(member) &&
        (isReadonlySymbol(member) ||
          isReadOnlySomewhere(checker, checker.getTypeOfSymbol(member), depth + 1)),
    );
}

/** The first path that can be written through a type, where no contract says what should be read-only. */
export function anyWritablePath(
  checker: ts.TypeChecker,
  type: ts.Type,
  path: string = '',
  depth: number = 0,
  seen: Set<ts.Type> = new Set(),
): string | undefined {
  const subject = present(checker, constraintOf(checker, type));
  if (depth > MAX_DEPTH || isLeaf(subject) || seen.has(subject)) return undefined;
  seen.add(subject);
  const parts = subject.isUnion() ? subject.types : [subject];
  for (const part of parts) {
    if (isLeaf(part)) continue;
    for (const kind of [ts.IndexKind.Number, ts.IndexKind.String]) {
      const info = checker.getIndexInfoOfType(part, kind);
      if (info === undefined) continue;
      if (!info.isReadonly) return `${path}[]`;
      const inside = anyWritablePath(checker, info.type, `${path}[]`, depth + 1, seen);
      if (inside !== undefined) return inside;
    }
    if (storingMembers(part).some((name) => checker.getPropertyOfType(part, name) !== undefined)) return path;
    if (libraryName(part) !== undefined && !isMapped(part)) continue;
    for (const member of checker.getPropertiesOfType(part)) {
      if (!isData(member)) continue;
      const here = path === '' ? member.name : `${path}.${member.name}`;
      if (!isReadonlySymbol(member)) return here;
      const inside = anyWritablePath(checker, checker.getTypeOfSymbol(member), here, depth + 1, seen);
      if (inside !== undefined) return inside;
    }
  }
  return undefined;
}

/** Nothing to compare: by value, unknown, a bare function, or impossible. */
function isLeaf(type: ts.Type): boolean {
  return (
    isAny(type) ||
    (type.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Never)) !== 0 ||
    isPrimitive(type) ||
    isFunctionType(type)
  );
}

/** A member that holds data of the object's own: no method, no member that the library declares. */
function isData(symbol: ts.Symbol): boolean {
  return (
    (symbol.flags & ts.SymbolFlags.Method) === 0 && !symbol.name.startsWith('__@') && !isLibrarySymbol(symbol)
  );
}

function isMapped(type: ts.Type): boolean {
  return ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Mapped) !== 0;
}

function storingMembers(type: ts.Type): readonly string[] {
  const name = libraryName(type);
  return name === undefined ? [] : (STORING_MEMBERS.find(([names]) => names.test(name))?.[1] ?? []);
}

function constraintOf(checker: ts.TypeChecker, type: ts.Type): ts.Type {
  if (
    (type.flags &
      (ts.TypeFlags.TypeParameter |
        ts.TypeFlags.IndexedAccess |
        ts.TypeFlags.Conditional |
        ts.TypeFlags.Substitution)) ===
    0
  ) {
    return type;
  }
  return checker.getBaseConstraintOfType(type) ?? type;
}

/** The part of a union that `part` stands for. */
function counterpart(checker: ts.TypeChecker, wanted: ts.Type, part: ts.Type): ts.Type {
  if (!wanted.isUnion()) return wanted;
  const fitting = wanted.types.find((one) => !isLeaf(one) && checker.isTypeAssignableTo(part, one));
  return fitting ?? wanted;
}
