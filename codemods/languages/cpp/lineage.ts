// What a class inherits, what derives from it, and which class a type leads to.
import type { CppField } from './class-facts.ts';
import { textOf } from './document.ts';
import type { Library } from './library.ts';
import type { TypeName } from './type-name.ts';

/** A member variable of a class, its bases and the names it is an alias of. */
export function fieldOf(
  library: Library,
  className: string,
  name: string,
  seen: ReadonlySet<string> = new Set(),
): CppField | undefined {
  if (className === '' || seen.has(className)) return undefined;
  const visited = new Set(seen).add(className);
  for (const cls of library.classesNamed(className)) {
    const own = cls.fields.find((field) => field.name === name);
    if (own !== undefined) return own;
    const bases = cls.aliasOf === undefined ? cls.bases : [cls.aliasOf.base.replace(/^.*::/, '')];
    for (const base of bases) {
      const inherited = fieldOf(library, base, name, visited);
      if (inherited !== undefined) return inherited;
    }
  }
  return undefined;
}

/** The class and everything it derives from or is an alias of. */
export function lineage(
  library: Library,
  className: string,
  seen: Set<string> = new Set(),
): ReadonlySet<string> {
  if (className === '' || seen.has(className)) return seen;
  seen.add(className);
  for (const cls of library.classesNamed(className)) {
    if (cls.aliasOf !== undefined) lineage(library, cls.aliasOf.base.replace(/^.*::/, ''), seen);
    const tag = cls.node.childForFieldName('name');
    if (cls.aliasOf === undefined && tag !== null) lineage(library, textOf(cls.doc, tag), seen);
    for (const base of cls.bases) lineage(library, base, seen);
  }
  return seen;
}

/** Everything that derives from a class, transitively; the class itself is not in it. */
export function descendants(
  library: Library,
  className: string,
  seen: Set<string> = new Set(),
): ReadonlySet<string> {
  for (const cls of library.derivedFrom(className)) {
    if (seen.has(cls.name)) continue;
    seen.add(cls.name);
    descendants(library, cls.name, seen);
  }
  return seen;
}

/** What `->` reaches by spelling alone: the class of a pointer, a smart pointer's argument, or the class itself. */
export function pointee(type: TypeName): string {
  const smart = /^(?:\w+::)*\w*(?:ptr|Ptr|_pointer|optional|reference_wrapper)<([^<>,]+)/.exec(
    type.base,
  )?.[1];
  return (smart ?? type.base)
    .replace(/<[\s\S]*$/, '')
    .replace(/^const\s*/, '')
    .replace(/^.*::/, '')
    .trim();
}

/** The class that a value's members are looked up in, aliases of smart pointers looked through. */
export function classBehind(library: Library, type: TypeName): string {
  let current = type;
  for (let step = 0; step < 5; step++) {
    const name = pointee(current);
    const alias = library.classesNamed(name).find((cls) => cls.aliasOf?.base.includes('<') === true)?.aliasOf;
    if (alias === undefined) return name;
    current = alias;
  }
  return pointee(current);
}
