// Finds methods that no longer override: the virtual base method took a read-only parameter of the contract, they did not.
import type { Implementation } from '../../facts/implementation.ts';
import type { Contract, Slot } from '../../facts/slot.ts';
import { type Document, rangeOf } from './document.ts';
import { type CppFunction, sameParameters } from './function-facts.ts';
import type { Library } from './library.ts';
import type { Places } from './places.ts';
import { descendants } from './scope.ts';
import { isReadOnly, parseTypeName, sameBase } from './type-name.ts';

/** One implementation for each derived method that hides its base's because only the constness differs. */
export function hidingMethods(library: Library, places: Places, contract: Contract, documents: readonly Document[]): readonly Implementation[] {
  const found = new Map<string, Implementation>();
  for (const doc of documents) {
    for (const match of doc.text.matchAll(/\bvirtual\b[^;{}()]*?\b(\w+)\s*\(([^;{}]*?)\)/g)) {
      const [, name, list] = match;
      if (name === undefined || list === undefined) continue;
      const slot = slotTaking(contract, list);
      if (slot === undefined || !library.hasMutableTwin(name, slot.base)) continue;
      const bases = library.functionsNamed(name).filter((fn) => fn.doc.file === doc.file && fn.isVirtual && fn.owner !== '');
      for (const base of bases) for (const hit of hiding(library, places, slot.slot, base)) found.set(`${hit.range.file}:${hit.range.start}`, hit);
    }
  }
  return [...found.values()];
}

// The slot whose read-only parameter the base method passes on.
function slotTaking(contract: Contract, list: string): { readonly slot: Slot; readonly base: string } | undefined {
  for (const slot of contract.slots) {
    for (const parameter of slot.parameters) {
      const { base } = parseTypeName(parameter.type);
      if (!parameter.readOnly || /^(?:void|char|bool|unsigned char|int|u?int\d+_t)$/.test(base)) continue;
      if (new RegExp(`\\bconst\\s+(?:struct\\s+)?${base}\\s*[*&]`).test(list)) return { slot, base };
    }
  }
  return undefined;
}

function hiding(library: Library, places: Places, slot: Slot, base: CppFunction): readonly Implementation[] {
  const heirs = descendants(library, base.owner);
  return library.functionsNamed(base.name).flatMap((fn): readonly Implementation[] => {
    if (!heirs.has(fn.owner) || !sameParameters(fn, base) || fn.node.type === 'function_definition' && fn.nameNode.parent?.type === 'qualified_identifier') return [];
    const index = fn.parameters.findIndex((parameter, i) => {
      const wanted = base.parameters[i];
      return wanted !== undefined && isReadOnly(wanted.type) && !isReadOnly(parameter.type) && sameBase(wanted.type.base, parameter.type.base);
    });
    const parameter = fn.parameters[index];
    const wanted = base.parameters[index];
    if (parameter === undefined || wanted === undefined) return [];
    return [{
      slot,
      kind: 'function',
      implementer: fn.qualified,
      group: `${fn.doc.file}#${fn.owner}`,
      range: rangeOf(fn.doc, fn.nameNode),
      binding: rangeOf(base.doc, base.nameNode),
      confidence: 'certain',
      parameters: slot.parameters.map((_, i) => (slot.parameters[i]?.type === wanted.spelling ? places.parameter(fn, index) : undefined)),
      signature: `${fn.returns} (*)(${fn.parameters.map((candidate) => candidate.spelling).join(', ')})`,
      mismatches: [{
        kind: 'hides-base',
        range: rangeOf(fn.doc, parameter.node),
        parameter: index,
        expected: wanted.spelling,
        found: parameter.spelling,
        detail: `${fn.hasOverride ? 'overrides nothing: ' : 'hides '}${base.qualified}`,
      }],
      concealed: undefined,
    }];
  });
}
