// Compares a function's signature with a slot's, parameter by parameter. States what differs, never what to do.
import type { Mismatch } from '../../facts/implementation.ts';
import type { Slot } from '../../facts/slot.ts';
import type { TextRange } from '../../facts/text.ts';
import type { Library } from './library.ts';
import { isIndirect, parseTypeName, sameLevels, sameShape, type TypeName } from './type-name.ts';

/** One parameter of what is compared: its type and where it stands. */
export interface ComparedParameter {
  readonly name: string | undefined;
  readonly spelling: string;
  readonly type: TypeName;
  readonly range: TextRange;
}

/** A signature that claims to fit a slot. */
export interface ComparedSignature {
  readonly parameters: readonly ComparedParameter[];
  readonly variadic: boolean;
  readonly returns: string;
  /** Where the name is: what to point at when no single parameter is wrong. */
  readonly range: TextRange;
  readonly templateNames: ReadonlySet<string>;
}

type Relation = 'same' | 'mutable' | 'read-only' | 'different';

/** Every way in which a signature departs from the slot; empty when it fits. */
export function compareSignature(
  library: Library,
  slot: Slot,
  found: ComparedSignature,
): readonly Mismatch[] {
  const mismatches: Mismatch[] = [];
  const expected = slot.parameters.map((parameter) => parseTypeName(parameter.type));
  const relations = found.parameters.map((parameter, i): Relation => {
    const type = expected[i];
    return type === undefined ? 'different' : relate(library, type, parameter.type, found.templateNames);
  });
  const count = slot.parameters.length;
  if (found.parameters.length !== count && !found.variadic) mismatches.push(countMismatch(slot, found));
  const swapped =
    found.parameters.length === count ? swappedPair(library, slot, found, relations) : undefined;
  if (swapped !== undefined) mismatches.push(swapped);
  found.parameters.forEach((parameter, i) => {
    const wanted = slot.parameters[i];
    const relation = relations[i];
    if (wanted === undefined || relation === 'same') return;
    const shared = { range: parameter.range, parameter: i, expected: wanted.type, found: parameter.spelling };
    if (relation === 'mutable') mismatches.push({ kind: 'mutable-parameter', ...shared });
    else if (relation === 'read-only') mismatches.push({ kind: 'read-only-parameter', ...shared });
    // With another count every later type is shifted: one finding says it all.
    else if (found.parameters.length === count && swapped === undefined)
      mismatches.push({ kind: 'parameter-type', ...shared });
  });
  const wantedReturn = parseTypeName(slot.returns);
  const foundReturn = parseTypeName(found.returns);
  if (
    found.returns !== '' &&
    !/\bauto\b/.test(found.returns) &&
    relate(library, wantedReturn, foundReturn, found.templateNames) !== 'same'
  ) {
    mismatches.push({
      kind: 'return-type',
      range: found.range,
      expected: slot.returns,
      found: found.returns,
    });
  }
  return mismatches;
}

function countMismatch(slot: Slot, found: ComparedSignature): Mismatch {
  const missing = slot.parameters.length - found.parameters.length;
  if (missing > 0) {
    const absent = slot.parameters
      .slice(found.parameters.length)
      .map((parameter) => parameter.type)
      .join(', ');
    return {
      kind: 'fewer-parameters',
      range: found.range,
      expected: `${slot.parameters.length} parameters`,
      found: `${found.parameters.length}`,
      detail: `missing: ${absent}`,
    };
  }
  const extra = found.parameters[slot.parameters.length];
  return {
    kind: 'extra-required-parameter',
    range: extra?.range ?? found.range,
    parameter: slot.parameters.length,
    expected: `${slot.parameters.length} parameters`,
    found: `${found.parameters.length}`,
  };
}

function swappedPair(
  library: Library,
  slot: Slot,
  found: ComparedSignature,
  relations: readonly Relation[],
): Mismatch | undefined {
  for (let i = 0; i < found.parameters.length; i++) {
    for (let j = i + 1; j < found.parameters.length; j++) {
      const [a, b, x, y] = [slot.parameters[i], slot.parameters[j], found.parameters[i], found.parameters[j]];
      if (a === undefined || b === undefined || x === undefined || y === undefined) continue;
      const byName = sameWord(a.name, y.name) && sameWord(b.name, x.name) && !sameWord(a.name, b.name);
      const byType =
        relations[i] === 'different' &&
        relations[j] === 'different' &&
        relate(library, parseTypeName(a.type), y.type, found.templateNames) !== 'different' &&
        relate(library, parseTypeName(b.type), x.type, found.templateNames) !== 'different';
      if (!byName && !byType) continue;
      const say = (type: string, name: string | undefined): string =>
        name === undefined ? type : `${type} ${name}`;
      return {
        kind: 'swapped-parameters',
        range: x.range,
        parameter: i,
        expected: `${say(a.type, a.name)}, ${say(b.type, b.name)}`,
        found: `${say(x.spelling, x.name)}, ${say(y.spelling, y.name)}`,
      };
    }
  }
  return undefined;
}

function sameWord(a: string | undefined, b: string | undefined): boolean {
  const plain = (name: string): string => name.replace(/_/g, '').toLowerCase();
  return a !== undefined && b !== undefined && plain(a) === plain(b);
}

/** How a found type stands to the expected one, aliases looked through. */
export function relate(
  library: Library,
  expected: TypeName,
  found: TypeName,
  templateNames: ReadonlySet<string>,
): Relation {
  if (templateNames.has(found.base)) return 'same';
  const direct = relateSpelled(expected, found);
  if (direct !== 'different') return direct;
  return relateSpelled(resolveAlias(library, expected), resolveAlias(library, found));
}

function relateSpelled(expected: TypeName, found: TypeName): Relation {
  if (!sameShape(expected, found)) return 'different';
  if (!isIndirect(expected) || expected.baseConst === found.baseConst) return 'same';
  return expected.baseConst ? 'mutable' : 'read-only';
}

/** The type behind typedefs and using-declarations of the tree or the contract. */
export function resolveAlias(library: Library, type: TypeName): TypeName {
  let current = type;
  for (let step = 0; step < 8; step++) {
    const alias = library
      .classesNamed(current.base.replace(/^.*::/, ''))
      .find((cls) => cls.aliasOf !== undefined)?.aliasOf;
    if (alias === undefined || (alias.base === current.base && sameLevels(alias, { ...alias, levels: [] })))
      return current;
    // `const` before a pointer alias belongs to the pointer, not to what it points at.
    const levels = alias.levels.map((level, i) =>
      i === alias.levels.length - 1 && current.baseConst ? { ...level, const: true } : level,
    );
    current = {
      base: alias.base,
      baseConst: alias.baseConst || (alias.levels.length === 0 && current.baseConst),
      levels: [...levels, ...current.levels],
    };
  }
  return current;
}
