// Functions that must be spelled alike: declaration and definition, base method and overrides.
import type { Flow } from '../../facts/place.ts';
import { rangeOf } from './document.ts';
import { type CppFunction, sameFunction, sameParameters } from './function-facts.ts';
import type { Library } from './library.ts';
import { descendants, lineage } from './lineage.ts';
import type { Places } from './places.ts';

/** The same parameter (or the return type) of every other declaration, definition, base method and override. */
export function peersOf(
  library: Library,
  places: Places,
  fn: CppFunction,
  what: number | 'return',
): readonly Flow[] {
  if (fn.node.type === 'lambda_expression') return [];
  const others = library
    .functionsNamed(fn.name)
    .filter((other) => other.nameNode.id !== fn.nameNode.id || other.doc.file !== fn.doc.file);
  const place = (other: CppFunction, how: Flow['how']): readonly Flow[] => {
    const to = what === 'return' ? places.returned(other) : places.parameter(other, what);
    return to === undefined ? [] : [{ to, at: rangeOf(other.doc, other.nameNode), how }];
  };
  const visible = (other: CppFunction): boolean =>
    other.doc.file === fn.doc.file || fn.owner !== '' || !(other.isStatic || fn.isStatic);
  const twins = others.filter((other) => sameFunction(fn, other) && visible(other));
  const family = fn.owner === '' || fn.isStatic ? [] : overrideFamily(library, fn, others);
  return [
    ...twins.flatMap((other) => place(other, 'declaration')),
    ...family.flatMap((other) => place(other, 'override')),
  ];
}

function overrideFamily(
  library: Library,
  fn: CppFunction,
  others: readonly CppFunction[],
): readonly CppFunction[] {
  const alike = others.filter(
    (other) => other.owner !== '' && other.owner !== fn.owner && sameParameters(fn, other),
  );
  if (alike.length === 0) return [];
  const up = lineage(library, fn.owner);
  const owners = new Set<string>();
  for (const base of up) {
    if (base !== fn.owner && !alike.some((other) => other.owner === base)) continue;
    owners.add(base);
    for (const heir of descendants(library, base)) owners.add(heir);
  }
  const related = alike.filter((other) => owners.has(other.owner));
  // Without `virtual` anywhere a derived method hides; it is no override and may differ.
  const isVirtual =
    fn.isVirtual ||
    library
      .functionsNamed(fn.name)
      .some(
        (other) =>
          (up.has(other.owner) || owners.has(other.owner)) && other.isVirtual && sameParameters(fn, other),
      );
  return isVirtual ? related : [];
}
