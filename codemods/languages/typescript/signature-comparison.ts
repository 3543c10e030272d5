// Compares one implementation's signature with the slot's, parameter by parameter, regardless of what tsc would accept.
import { ts } from 'ts-morph';
import type { Mismatch } from '../../facts/implementation.ts';
import { declaredParameters, hasModifier, parameterNodes, type SlotOverload } from './contract-slots.ts';
import { alignParameters } from './parameter-alignment.ts';
import { type FileName, rangeOf, textOf } from './ranges.ts';
import { writablePath } from './read-only-types.ts';
import { returnMismatches } from './return-comparison.ts';
import { covers, relate } from './shapes.ts';
import type { ContractSlot } from './tree-contract.ts';
import { isAny, isUnresolved } from './type-facts.ts';

/** What comparing found. */
export interface Comparison {
  readonly mismatches: readonly Mismatch[];
  /** The implementation's parameters by the slot's index. */
  readonly parameters: readonly (ts.ParameterDeclaration | undefined)[];
}

/** One parameter, with the type that it has for callers. */
interface Given {
  readonly node: ts.ParameterDeclaration;
  readonly name: string | undefined;
  readonly type: ts.Type;
  readonly optional: boolean;
  /** Where several come from one rest parameter. */
  readonly rest: boolean;
}

const TAKES_MORE: ReadonlySet<Mismatch['kind']> = new Set(['extra-optional-parameter', 'wider-parameter']);

/** Compares a function with a slot; `filled` parameters at the front were filled by `bind`. */
export function compareSignatures(
  checker: ts.TypeChecker,
  name: FileName,
  wanted: ContractSlot,
  signature: ts.Signature,
  node: ts.SignatureDeclaration,
  filled: number,
): Comparison {
  let best: Comparison | undefined;
  for (const side of [{ slot: wanted.slot, signature }, ...wanted.overloads]) {
    for (const candidate of overloadsOf(checker, node)) {
      let comparison = compareOne(checker, name, side, candidate, filled);
      // One function for several overloads has to take what any of them brings.
      if (wanted.overloads.length > 0)
        comparison = {
          ...comparison,
          mismatches: comparison.mismatches.filter(({ kind }) => !TAKES_MORE.has(kind)),
        };
      if (comparison.mismatches.length === 0) return comparison;
      if (best === undefined || comparison.mismatches.length < best.mismatches.length) best = comparison;
    }
  }
  return best ?? { mismatches: [], parameters: [] };
}

/** The signatures that callers see: the overloads where there are any, else the function itself. */
function overloadsOf(
  checker: ts.TypeChecker,
  node: ts.SignatureDeclaration,
): readonly ts.SignatureDeclaration[] {
  if (!ts.isFunctionDeclaration(node) && !ts.isMethodDeclaration(node)) return [node];
  const symbol = node.name && checker.getSymbolAtLocation(node.name);
  const overloads = (symbol?.declarations ?? []).filter(
    (one): one is ts.FunctionDeclaration | ts.MethodDeclaration =>
      (ts.isFunctionDeclaration(one) || ts.isMethodDeclaration(one)) &&
      one.body === undefined &&
      !hasModifier(one, ts.SyntaxKind.AbstractKeyword),
  );
  return overloads.length > 0 && node.body !== undefined ? overloads : [node];
}

function compareOne(
  checker: ts.TypeChecker,
  name: FileName,
  wanted: SlotOverload,
  node: ts.SignatureDeclaration,
  filled: number,
): Comparison {
  const { signature } = wanted;
  const contractNodes = parameterNodes(signature);
  const contractTypes = contractNodes.map((parameter, index) => {
    const symbol = signature.parameters[index];
    const type =
      symbol === undefined
        ? checker.getTypeAtLocation(parameter)
        : checker.getTypeOfSymbolAtLocation(symbol, parameter);
    // A rest parameter is compared by what it holds, as the implementation's is.
    return parameter.dotDotDotToken === undefined
      ? type
      : (checker.getIndexTypeOfType(type, ts.IndexKind.Number) ?? type);
  });
  const slots = wanted.slot.parameters;
  const given = givenParameters(checker, node, slots.length + filled).slice(filled);
  const fits = (slot: number, index: number): boolean => {
    const type = contractTypes[slot];
    const mine = given[index]?.type;
    return (
      type !== undefined &&
      mine !== undefined &&
      !isAny(mine) &&
      covers(checker, type, mine) &&
      covers(checker, mine, type)
    );
  };
  const { bySlot, extra, swapped } = alignParameters(
    slots.map((slot) => slot.name),
    given.map((one) => one.name),
    fits,
  );
  const mismatches: Mismatch[] = [];
  const expected = wanted.slot.signature;
  const swappedSlots = new Set(swapped.flat());

  for (const [i, j] of swapped) {
    const first = given[i];
    if (first === undefined) continue;
    mismatches.push({
      kind: 'swapped-parameters',
      range: rangeOf(name, first.node),
      parameter: i,
      expected: `${nameOf(slots[i]?.name, i)}, ${nameOf(slots[j]?.name, j)}`,
      found: `${nameOf(given[i]?.name, i)}, ${nameOf(given[j]?.name, j)}`,
      detail: `${nameOf(slots[i]?.name, i)} and ${nameOf(slots[j]?.name, j)} changed places`,
    });
  }
  const absent = slots.flatMap((slot, index) =>
    bySlot[index] === undefined && !slot.optional && !slot.rest ? [nameOf(slot.name, index)] : [],
  );
  if (absent.length > 0) {
    mismatches.push({
      kind: 'fewer-parameters',
      range: listRange(name, node),
      expected: `${slots.length} parameters: ${slots.map((slot, index) => nameOf(slot.name, index)).join(', ')}`,
      found:
        given.length === 0
          ? 'none'
          : `${given.length}: ${given.map((one, index) => nameOf(one.name, index)).join(', ')}`,
      detail: `missing: ${absent.join(', ')}`,
    });
  }
  for (const index of extra) {
    const one = given[index];
    if (one === undefined || one.rest) continue;
    mismatches.push({
      kind: one.optional ? 'extra-optional-parameter' : 'extra-required-parameter',
      range: rangeOf(name, one.node),
      expected,
      found: textOf(one.node),
      detail: `the contract has no parameter ${nameOf(one.name, index)}`,
    });
  }
  const compared = new Set<ts.ParameterDeclaration>();
  for (const [slot, index] of bySlot.entries()) {
    const one = index === undefined ? undefined : given[index];
    const type = contractTypes[slot];
    const contract = slots[slot];
    if (one === undefined || type === undefined || contract === undefined) continue;
    // `...args: any[]` stands for many parameters and is told once.
    if (one.rest && compared.has(one.node)) continue;
    const found = compareParameter(checker, name, one, type, contract, slot).filter(
      ({ kind }) =>
        (!swappedSlots.has(slot) || kind === 'mutable-parameter' || kind === 'any-parameter') &&
        // With a parameter too many no other is typed by its context: that is one drift, not one for each.
        !(kind === 'any-parameter' && extra.length > 0 && one.node.type === undefined),
    );
    if (one.rest && found.length > 0) compared.add(one.node);
    mismatches.push(...found);
  }
  mismatches.push(...returnMismatches(checker, name, signature, wanted.slot, node));
  const atSlots = slots.map((_, slot) => {
    const index = bySlot[slot];
    const swap = swapped.find(([i, j]) => i === slot || j === slot);
    const other = swap === undefined ? index : swap[0] === slot ? swap[1] : swap[0];
    return other === undefined ? undefined : given[other]?.node;
  });
  return { mismatches, parameters: atSlots };
}

function compareParameter(
  checker: ts.TypeChecker,
  name: FileName,
  given: Given,
  contractType: ts.Type,
  contract: ContractSlot['slot']['parameters'][number],
  parameter: number,
): readonly Mismatch[] {
  const at = { range: rangeOf(name, given.node), parameter, expected: contract.type };
  const found = given.node.type === undefined ? spelled(checker, given) : textOf(given.node.type);
  if (isAny(contractType)) return [];
  if (isAny(given.type)) {
    if (isUnresolved(given.type) || (given.node.type === undefined && isTypedElsewhere(checker, given.node)))
      return [];
    const detail = given.rest
      ? 'a rest parameter of any takes everything'
      : given.node.type === undefined
        ? 'no type is spelled and none is inferred'
        : undefined;
    return [
      {
        kind: 'any-parameter',
        ...at,
        found: given.node.type === undefined ? 'any' : found,
        ...(detail === undefined ? {} : { detail }),
      },
    ];
  }
  // Typed by where the function stands: it follows the contract (or the copy of it that is reported) by itself.
  if (given.node.type === undefined && given.node.initializer === undefined) return [];
  const mismatches: Mismatch[] = [];
  const path = writablePath(checker, contractType, given.type);
  if (path !== undefined) {
    const detail = path === '' ? 'writable' : `${path} is writable`;
    mismatches.push({ kind: 'mutable-parameter', ...at, found, detail });
  }
  const wantedType = contract.optional ? checker.getNonNullableType(contractType) : contractType;
  const givenType = contract.optional || given.optional ? withoutUndefined(checker, given.type) : given.type;
  if (given.optional && !contract.optional && !contract.rest) {
    mismatches.push({
      kind: 'wider-parameter',
      ...at,
      found,
      detail: 'optional, although the contract always passes it',
    });
    return mismatches;
  }
  if (contract.optional && !given.optional && !acceptsUndefined(given.type)) {
    mismatches.push({
      kind: 'narrower-parameter',
      ...at,
      found,
      detail: 'required, although the contract may leave it out',
    });
    return mismatches;
  }
  const relation = sameSpelling(checker, wantedType, givenType)
    ? 'same'
    : relate(checker, wantedType, givenType);
  if (relation === 'wider') mismatches.push({ kind: 'wider-parameter', ...at, found });
  if (relation === 'narrower') mismatches.push({ kind: 'narrower-parameter', ...at, found });
  if (relation === 'different') mismatches.push({ kind: 'parameter-type', ...at, found });
  return mismatches;
}

/** A literal's member whose context is a type that could not be found: it is typed, only not here. */
function isTypedElsewhere(checker: ts.TypeChecker, node: ts.ParameterDeclaration): boolean {
  const member = ts.isMethodDeclaration(node.parent) ? node.parent : node.parent.parent;
  if (!ts.isObjectLiteralExpression(member.parent)) return false;
  const context = checker.getContextualType(member.parent);
  return context !== undefined && isUnresolved(context);
}

/** Two declarations of one name, in two versions of a contract, are one type to us. */
function sameSpelling(checker: ts.TypeChecker, a: ts.Type, b: ts.Type): boolean {
  const named = (type: ts.Type): boolean =>
    type.symbol !== undefined && type.symbol.name !== '__type' && type.isClass();
  return named(a) && named(b) && checker.typeToString(a) === checker.typeToString(b);
}

function acceptsUndefined(type: ts.Type): boolean {
  const loose = ts.TypeFlags.Undefined | ts.TypeFlags.Unknown | ts.TypeFlags.Void;
  return (type.isUnion() ? type.types : [type]).some((part) => (part.flags & loose) !== 0);
}

function withoutUndefined(checker: ts.TypeChecker, type: ts.Type): ts.Type {
  if (!type.isUnion()) return type;
  const hasNull = type.types.some((part) => (part.flags & ts.TypeFlags.Null) !== 0);
  return hasNull ? type : checker.getNonNullableType(type);
}

function spelled(checker: ts.TypeChecker, given: Given): string {
  return checker.typeToString(given.type, given.node, ts.TypeFormatFlags.NoTruncation).replace(/\s+/g, ' ');
}

const nameOf = (name: string | undefined, index: number): string => name ?? `parameter ${index + 1}`;

/** The parameters, a rest parameter spread out to as many as the slot has. */
function givenParameters(
  checker: ts.TypeChecker,
  node: ts.SignatureDeclaration,
  count: number,
): readonly Given[] {
  const given: Given[] = [];
  for (const parameter of declaredParameters(node)) {
    const type = checker.getTypeAtLocation(parameter);
    const name = ts.isIdentifier(parameter.name) ? parameter.name.text : undefined;
    if (parameter.dotDotDotToken === undefined) {
      const optional = parameter.questionToken !== undefined || parameter.initializer !== undefined;
      given.push({ node: parameter, name, type, optional, rest: false });
      continue;
    }
    const tuple = checker.isTupleType(type) ? checker.getTypeArguments(type as ts.TypeReference) : undefined;
    const labels =
      tuple === undefined ? [] : ((type as ts.TupleTypeReference).target.labeledElementDeclarations ?? []);
    const element = isAny(type) ? type : (checker.getIndexTypeOfType(type, ts.IndexKind.Number) ?? type);
    const many = tuple?.length ?? Math.max(1, count - given.length);
    for (let index = 0; index < many; index += 1) {
      const label = labels[index]?.name;
      const own = label !== undefined && ts.isIdentifier(label) ? label.text : undefined;
      given.push({
        node: parameter,
        name: own,
        type: tuple?.[index] ?? element,
        optional: false,
        rest: true,
      });
    }
  }
  return given;
}

/** From the opening parenthesis to the closing one. */
function listRange(name: FileName, node: ts.SignatureDeclaration): ReturnType<typeof rangeOf> {
  const source = node.getSourceFile();
  const [first] = node.parameters;
  const last = node.parameters.at(-1);
  if (first !== undefined && last !== undefined) {
    return { file: name(source.fileName), start: first.getStart(source), end: last.getEnd() };
  }
  const from = (node as { name?: ts.Node }).name?.getEnd() ?? node.getStart(source);
  const open = source.text.indexOf('(', from);
  return { file: name(source.fileName), start: open, end: node.parameters.end + 1 };
}
