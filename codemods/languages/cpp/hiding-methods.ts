// Finds methods that no longer override: the virtual base method took a read-only parameter of the contract, they did not.
import type { Implementation } from '../../facts/implementation.ts';
import type { Contract, Slot } from '../../facts/slot.ts';
import { rangeOf } from './document.ts';
import { type CppFunction, sameParameters } from './function-facts.ts';
import type { Library } from './library.ts';
import { descendants } from './lineage.ts';
import type { Places } from './places.ts';
import { isReadOnly, parseTypeName, sameBase } from './type-name.ts';

/** One implementation for each derived method that hides its base's because only the constness differs. */
export function hidingMethods(
  library: Library,
  places: Places,
  contract: Contract,
): readonly Implementation[] {
  const found = new Map<string, Implementation>();
  for (const [type, slot] of readOnlyTypes(contract)) {
    for (const name of splitMethods(library, type)) {
      const bases = library.functionsNamed(name).filter((fn) => fn.isVirtual && fn.owner !== '');
      for (const base of bases)
        for (const hit of hiding(library, places, slot, base))
          found.set(`${hit.range.file}:${hit.range.start}`, hit);
    }
  }
  return [...found.values()];
}

// The struct types that the contract hands out read-only, each with a slot that does.
function readOnlyTypes(contract: Contract): ReadonlyMap<string, Slot> {
  const types = new Map<string, Slot>();
  for (const slot of contract.slots) {
    for (const parameter of slot.parameters) {
      const base = parseTypeName(parameter.type).base.replace(/^.*::/, '');
      const scalar =
        /^(?:void|char|bool|unsigned char|int|u?int\d+_t|size_t)$/.test(base) || !/^\w+$/.test(base);
      if (parameter.readOnly && !scalar && !types.has(base)) types.set(base, slot);
    }
  }
  return types;
}

// Names of methods that are virtual with a const `type` in one text and take a mutable one in another; text alone, no parse.
function splitMethods(library: Library, type: string): ReadonlySet<string> {
  const mutable = new RegExp(
    `\\b(\\w+)\\s*\\((?:[^;{}()]*,)?\\s*(?:struct\\s+)?(?:\\w+::)*${type}\\s*[*&][^;{}()]*\\)\\s*(?:const\\b\\s*)?(?:noexcept\\b\\s*)?(?:override\\b\\s*)?(?:final\\b\\s*)?[;{=]`,
    'g',
  );
  const constant = new RegExp(
    `\\bvirtual\\b[^;{}()]*?\\b(\\w+)\\s*\\([^;{}()]*\\b(?:const\\s+(?:struct\\s+)?(?:\\w+::)*${type}|${type}\\s+const)\\s*[*&]`,
    'g',
  );
  const names = (pattern: RegExp): ReadonlySet<string> =>
    new Set(
      library
        .textsMentioning(type)
        .flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')),
    );
  const guarded = names(constant);
  return guarded.size === 0 ? guarded : new Set([...names(mutable)].filter((name) => guarded.has(name)));
}

function hiding(library: Library, places: Places, slot: Slot, base: CppFunction): readonly Implementation[] {
  const heirs = descendants(library, base.owner);
  return library.functionsNamed(base.name).flatMap((fn): readonly Implementation[] => {
    if (
      !heirs.has(fn.owner) ||
      !sameParameters(fn, base) ||
      (fn.node.type === 'function_definition' && fn.nameNode.parent?.type === 'qualified_identifier')
    )
      return [];
    const index = fn.parameters.findIndex((parameter, i) => {
      const wanted = base.parameters[i];
      return (
        wanted !== undefined &&
        isReadOnly(wanted.type) &&
        !isReadOnly(parameter.type) &&
        sameBase(wanted.type.base, parameter.type.base)
      );
    });
    const parameter = fn.parameters[index];
    const wanted = base.parameters[index];
    if (parameter === undefined || wanted === undefined) return [];
    return [
      {
        slot,
        kind: 'function',
        implementer: fn.qualified,
        group: `${fn.doc.file}#${fn.owner}`,
        range: rangeOf(fn.doc, fn.nameNode),
        binding: rangeOf(base.doc, base.nameNode),
        confidence: 'certain',
        parameters: slot.parameters.map((_, i) =>
          slot.parameters[i]?.type === wanted.spelling ? places.parameter(fn, index) : undefined,
        ),
        signature: `${fn.returns} (*)(${fn.parameters.map((candidate) => candidate.spelling).join(', ')})`,
        mismatches: [
          {
            kind: 'hides-base',
            range: rangeOf(fn.doc, parameter.node),
            parameter: index,
            expected: wanted.spelling,
            found: parameter.spelling,
            detail: `${fn.hasOverride ? 'overrides nothing: ' : 'hides '}${base.qualified}`,
          },
        ],
        concealed: undefined,
      },
    ];
  });
}
