// The facts of one C or C++ tree under one contract: who fills which slot, and how each signature compares.

import type {
  CrossedGuard,
  Implementation,
  Mismatch,
  UnassignedSlot,
  UnresolvedBinding,
} from '../../facts/implementation.ts';
import type { FileHealth, OpenOptions, Program, Sources } from '../../facts/language.ts';
import type { Place } from '../../facts/place.ts';
import type { Contract, Slot } from '../../facts/slot.ts';
import { type Binding, bindingsIn, slotNames } from './bindings.ts';
import { boundFunctions } from './bound-functions.ts';
import type { CppClass } from './class-facts.ts';
import { type ComparedParameter, type ComparedSignature, compareSignature } from './compare.ts';
import { containerName, containerNames, functionPointer, returnsOf } from './contract-reader.ts';
import { createSends } from './create-sends.ts';
import { crossedGuards } from './crossed-guards.ts';
import { type Document, rangeOf, textOf } from './document.ts';
import { type CppFunction, type CppParameter, readParameters } from './function-facts.ts';
import { brokenRanges, verifyTexts } from './health.ts';
import { hidingMethods } from './hiding-methods.ts';
import { createLibrary, type Library } from './library.ts';
import { descendants, fieldOf } from './lineage.ts';
import { createLook } from './look.ts';
import type { Parse } from './parser.ts';
import { createPlaces, type Places } from './places.ts';
import { enclosingOwner, resolveVariable } from './scope.ts';
import { spellCopy } from './spell-copy.ts';
import { spellReadOnly } from './spell-read-only.ts';
import { parseTypeName } from './type-name.ts';

/** Opens a tree: parses the candidates, everything else on demand. */
export function openProgram(
  parse: Parse,
  sources: Sources,
  contract: Contract,
  candidates: readonly string[],
  { senders = [], contractIsNamed = false }: OpenOptions = {},
): Program {
  const library = createLibrary(sources, parse, contract.texts);
  const names = slotNames(contract.slots, containerNames(library.contractDocuments()));
  const places = createPlaces(library);
  const documents = candidates.map((file) => library.document(file)).filter((doc) => doc !== undefined);
  const bindings = documents.flatMap((doc) => bindingsIn(library, names, doc));
  const sends = createSends(library, senders, contractIsNamed);
  const look = createLook(library, places, names, bindings);
  let implementations: readonly Implementation[] | undefined;
  // A run that only asks for sends does not pay for the rest.
  const implementationsOf = (): readonly Implementation[] =>
    [
      ...documents.flatMap((doc) => declarations(library, places, contract, doc)),
      ...bindings.flatMap((binding) => bound(library, places, binding)),
      ...overrides(library, places, contract),
      ...hidingMethods(library, places, contract),
    ].sort((a, b) =>
      a.range.file === b.range.file ? a.range.start - b.range.start : a.range.file < b.range.file ? -1 : 1,
    );
  return {
    implementations: () => (implementations ??= implementationsOf()),
    unassigned: () => unassigned(contract, bindings),
    guards: (): readonly CrossedGuard[] => documents.flatMap((doc) => crossedGuards(library, names, doc)),
    unresolved: () => unresolved(library, bindings),
    look,
    spellReadOnly: (place) => spellReadOnly(places, place),
    spellCopy: (parameter, _like, writes) => spellCopy(library, places, parameter, writes),
    sends: sends.groups,
    spellSends: sends.spell,
    health: (): readonly FileHealth[] =>
      library.parsed().map((doc) => ({ file: doc.file, broken: brokenRanges(doc) })),
    verify: (edited) => verifyTexts(parse, library, edited),
  };
}

function signatureOf(fn: CppFunction): ComparedSignature {
  return {
    parameters: compared(fn.doc, fn.parameters),
    variadic: fn.variadic,
    returns: fn.returns,
    range: rangeOf(fn.doc, fn.nameNode),
    templateNames: fn.templateNames,
  };
}

function compared(doc: Document, parameters: readonly CppParameter[]): readonly ComparedParameter[] {
  return parameters.map(({ name, spelling, type, node }) => ({
    name,
    spelling,
    type,
    range: rangeOf(doc, node),
  }));
}

function spellSignature(signature: ComparedSignature): string {
  return `${signature.returns} (*)(${signature.parameters.map((parameter) => parameter.spelling).join(', ')})`;
}

function implementation(
  library: Library,
  places: Places,
  slot: Slot,
  fn: CppFunction,
  group: string,
  rest: Pick<Implementation, 'binding' | 'confidence' | 'concealed'>,
  mismatches: readonly Mismatch[] = compareSignature(library, slot, signatureOf(fn)),
): Implementation {
  return {
    slot,
    kind: 'function',
    implementer: fn.qualified,
    group,
    range: rangeOf(fn.doc, fn.nameNode),
    parameters: slot.parameters.map((_, i): Place | undefined => places.parameter(fn, i)),
    signature: spellSignature(signatureOf(fn)),
    mismatches,
    ...rest,
  };
}

function bound(library: Library, places: Places, binding: Binding): readonly Implementation[] {
  const functions = boundFunctions(library, binding);
  // One implementer, one entry: its first declaration stands for all, the flow's peers know the others.
  const first = new Map<string, CppFunction>();
  for (const fn of functions)
    if (!first.has(`${fn.qualified}/${fn.parameters.length}`))
      first.set(`${fn.qualified}/${fn.parameters.length}`, fn);
  return [...first.values()].flatMap((fn): readonly Implementation[] => {
    const mismatches = compareSignature(library, binding.slot, signatureOf(fn));
    if (!binding.receiverKnown && !resembles(binding.slot, fn)) return [];
    const at = { file: binding.doc.file, start: binding.at.start, end: binding.at.end };
    return [
      implementation(
        library,
        places,
        binding.slot,
        fn,
        binding.group,
        {
          binding: at,
          confidence: binding.receiverKnown ? 'certain' : 'likely',
          concealed: mismatches.length > 0 ? binding.cast : undefined,
        },
        mismatches,
      ),
    ];
  });
}

// Without a receiver's type only the shape speaks: as many parameters, at least half of them alike.
function resembles(slot: Slot, fn: CppFunction): boolean {
  if (slot.parameters.length !== fn.parameters.length) return false;
  const alike = slot.parameters.filter(
    (parameter, i) => parseTypeName(parameter.type).base === fn.parameters[i]?.type.base,
  );
  return alike.length * 2 >= slot.parameters.length;
}

// The tree's own copy of the contract: every slot of a container of the same name.
function declarations(
  library: Library,
  places: Places,
  contract: Contract,
  doc: Document,
): readonly Implementation[] {
  const found: Implementation[] = [];
  for (const container of new Set(contract.slots.map((slot) => slot.container))) {
    for (const cls of library.classesNamed(container)) {
      if (
        cls.doc.file !== doc.file ||
        cls.aliasOf !== undefined ||
        containerName(doc, cls.node) !== container
      )
        continue;
      for (const slot of contract.slots)
        if (slot.container === container) found.push(...declared(library, places, slot, cls));
    }
  }
  return found;
}

function declared(library: Library, places: Places, slot: Slot, cls: CppClass): readonly Implementation[] {
  const { doc } = cls;
  const field = cls.fields.find((candidate) => candidate.name === slot.name);
  const declarator = field?.node
    .childrenForFieldName('declarator')
    .map((child) => (child === null ? undefined : functionPointer(child)))
    .find((pointer) => pointer !== undefined);
  if (field === undefined || declarator === undefined) return [];
  const type = field.node.childForFieldName('type');
  const parameters = readParameters(doc, declarator.parameters);
  const signature: ComparedSignature = {
    parameters: compared(doc, parameters),
    variadic: false,
    returns: type === null ? '' : returnsOf(doc, field.node, type, declarator.declarator),
    range: rangeOf(doc, declarator.name),
    templateNames: new Set(),
  };
  return [
    {
      slot,
      kind: 'declaration',
      implementer: `${cls.name}.${slot.name}`,
      group: `${doc.file}#${cls.name}`,
      range: rangeOf(doc, declarator.name),
      binding: undefined,
      confidence: 'certain',
      parameters: slot.parameters.map((_, i) => {
        const parameter = parameters[i];
        return parameter === undefined
          ? undefined
          : places.slotParameter(doc, `${cls.name}.${slot.name}`, parameter);
      }),
      signature: spellSignature(signature),
      mismatches: compareSignature(library, slot, signature),
      concealed: undefined,
    },
  ];
}

// Overrides of the contract's own virtual functions.
function overrides(library: Library, places: Places, contract: Contract): readonly Implementation[] {
  const found: Implementation[] = [];
  for (const slot of contract.slots) {
    if (!slot.signature.includes('::*)')) continue;
    const heirs = descendants(library, slot.container);
    const named = library.functionsNamed(slot.name).filter((fn) => heirs.has(fn.owner) && !fn.isStatic);
    for (const fn of named) {
      if (isOverload(library, slot, fn, named)) continue;
      found.push(
        implementation(library, places, slot, fn, `${fn.doc.file}#${fn.owner}`, {
          binding: rangeOf(fn.doc, fn.nameNode),
          confidence: 'certain',
          concealed: undefined,
        }),
      );
    }
  }
  return found;
}

// Beside the override a class may have a method of the same name that never meant the slot.
function isOverload(library: Library, slot: Slot, fn: CppFunction, named: readonly CppFunction[]): boolean {
  const fits = (candidate: CppFunction): boolean =>
    compareSignature(library, slot, signatureOf(candidate)).every(({ kind }) =>
      /^(?:mutable|read-only)-parameter$/.test(kind),
    );
  return (
    !fn.hasOverride &&
    !fits(fn) &&
    named.some((other) => other !== fn && other.owner === fn.owner && fits(other))
  );
}

// A name that is neither a function of the tree nor a variable that holds one.
function unresolved(library: Library, bindings: readonly Binding[]): readonly UnresolvedBinding[] {
  return bindings.flatMap((binding) => {
    const { doc, slot, value } = binding;
    if (
      !binding.receiverKnown ||
      value === undefined ||
      !/^(?:identifier|qualified_identifier)$/.test(value.type)
    )
      return [];
    if (boundFunctions(library, binding).length > 0) return [];
    if (
      value.type === 'identifier' &&
      (resolveVariable(doc, value) !== undefined ||
        fieldOf(library, enclosingOwner(doc, value), textOf(doc, value)) !== undefined)
    )
      return [];
    return [{ slot, text: textOf(doc, value), range: rangeOf(doc, value) }];
  });
}

function unassigned(contract: Contract, bindings: readonly Binding[]): readonly UnassignedSlot[] {
  const groups = new Map<string, Binding[]>();
  for (const binding of bindings.filter((candidate) => candidate.receiverKnown)) {
    const key = `${binding.group}\n${binding.slot.container}`;
    groups.set(key, [...(groups.get(key) ?? []), binding]);
  }
  return [...groups.values()].flatMap((group) => {
    const first = group[0];
    if (first === undefined) return [];
    const filled = new Set(group.map((binding) => binding.slot.name));
    return contract.slots
      .filter((slot) => slot.container === first.slot.container && !filled.has(slot.name))
      .map((slot) => ({ slot, group: first.group, range: rangeOf(first.doc, first.nameNode) }));
  });
}
