// Functions that can be seen without parsing anything more: those of the files parsed so far and of the contract.
import { type Document, occurrences } from '../document.ts';
import { type CppFunction, functionNamedBy } from '../function-facts.ts';
import type { Library } from '../library.ts';

const known = new WeakMap<Document, Map<string, readonly CppFunction[]>>();

/** Declarations and definitions of that name; what stands in a file that nobody needed yet is not among them. */
export function visibleFunctions(library: Library, name: string): readonly CppFunction[] {
  if (!/^[A-Za-z_]\w*$/.test(name)) return [];
  return [...library.parsed(), ...library.contractDocuments()].flatMap((doc) => functionsIn(doc, name));
}

function functionsIn(doc: Document, name: string): readonly CppFunction[] {
  const names = known.get(doc) ?? new Map<string, readonly CppFunction[]>();
  known.set(doc, names);
  const hit = names.get(name);
  if (hit !== undefined) return hit;
  const found = doc.text.includes(name)
    ? occurrences(doc, name).flatMap((node) => functionNamedBy(doc, node) ?? [])
    : [];
  names.set(name, found);
  return found;
}
