// Small questions about types that the checker answers only in pieces.
import { ts } from 'ts-morph';
import { isLibraryFile } from './library-files.ts';

/** What the checker keeps to itself: stable for years, typed here so that nothing else reaches inside. */
interface CheckerInsides {
  getCheckFlags(symbol: ts.Symbol): number;
  getDeclarationModifierFlagsFromSymbol(symbol: ts.Symbol): ts.ModifierFlags;
}
const insides = ts as unknown as CheckerInsides;
const CHECK_FLAG_READONLY = 8;

/** The property may not be assigned: `readonly`, a getter without a setter, a member of a read-only mapped type. */
export function isReadonlySymbol(symbol: ts.Symbol): boolean {
  if ((insides.getCheckFlags(symbol) & CHECK_FLAG_READONLY) !== 0) return true;
  if ((symbol.flags & ts.SymbolFlags.Property) !== 0) {
    return (insides.getDeclarationModifierFlagsFromSymbol(symbol) & ts.ModifierFlags.Readonly) !== 0;
  }
  return (symbol.flags & ts.SymbolFlags.Accessor) !== 0 && (symbol.flags & ts.SymbolFlags.SetAccessor) === 0;
}

const PRIMITIVE =
  ts.TypeFlags.StringLike |
  ts.TypeFlags.NumberLike |
  ts.TypeFlags.BigIntLike |
  ts.TypeFlags.BooleanLike |
  ts.TypeFlags.ESSymbolLike |
  ts.TypeFlags.Null |
  ts.TypeFlags.Undefined |
  ts.TypeFlags.Void |
  ts.TypeFlags.Never |
  ts.TypeFlags.TemplateLiteral |
  ts.TypeFlags.StringMapping;

/** Handed over by value: nothing can be written through it. */
export function isPrimitive(type: ts.Type): boolean {
  if (type.isUnion()) return type.types.every(isPrimitive);
  if (type.isIntersection()) return type.types.some(isPrimitive);
  return (type.flags & PRIMITIVE) !== 0;
}

/** `any`, also the one that stands for a type that could not be found. */
export function isAny(type: ts.Type): boolean {
  return (type.flags & ts.TypeFlags.Any) !== 0;
}

/** The `any` that stands for a name or module that could not be found. */
export function isUnresolved(type: ts.Type): boolean {
  const name = (type as { intrinsicName?: string }).intrinsicName;
  return isAny(type) && (name === 'error' || name === 'unresolved');
}

/** A function and nothing else. */
export function isFunctionType(type: ts.Type): boolean {
  return (
    type.getCallSignatures().length > 0 &&
    type.getProperties().every((property) => property.name === 'prototype')
  );
}

/** Declared by the compiler's library, or by Node's types. */
export function isLibrarySymbol(symbol: ts.Symbol | undefined): boolean {
  const file = symbol?.declarations?.[0]?.getSourceFile().fileName;
  return file !== undefined && (isLibraryFile(file) || file.includes('/node_modules/@types/node/'));
}

/** The name of a library type: `Uint8Array`, `Map`, `Buffer`. */
export function libraryName(type: ts.Type): string | undefined {
  const symbol = type.getSymbol();
  // `Readonly<T>` and the like are declared in the library too, and have no name of their own.
  return symbol !== undefined && !symbol.name.startsWith('__') && isLibrarySymbol(symbol)
    ? symbol.name
    : undefined;
}

const TYPED_ARRAY =
  /^(?:(?:Big)?(?:Ui|I)nt(?:8|16|32|64)(?:Clamped)?Array|Float(?:16|32|64)Array|Buffer|NonSharedBuffer)$/;

/** A typed array or Node's Buffer. */
export function isTypedArrayName(name: string | undefined): boolean {
  return name !== undefined && TYPED_ARRAY.test(name);
}

/** Without `null` and `undefined`. */
export function present(checker: ts.TypeChecker, type: ts.Type): ts.Type {
  return checker.getNonNullableType(type);
}
