// Turns bindings into implementations: names, places, differences, and what hides them.
import { ts } from 'ts-morph';
import type { Implementation, Mismatch } from '../../facts/implementation.ts';
import { type Slot, slotKey } from '../../facts/slot.ts';
import { type Absence, type Binding, findBindings } from './bindings.ts';
import { declaredParameters, parameterNodes, signatureText } from './contract-slots.ts';
import { isInside } from './is-inside.ts';
import { nameNode, type Owner } from './owners.ts';
import { functionName, type PlaceRegistry } from './place-registry.ts';
import { rangeOf, textOf } from './ranges.ts';
import type { Session } from './session.ts';
import { compareSignatures } from './signature-comparison.ts';
import { suppressionOf } from './suppressions.ts';
import type { ContractSlot } from './tree-contract.ts';

/** Every implementation and declaration in the given files, in file order. */
export function findImplementations(
  session: Session,
  places: PlaceRegistry,
  files: readonly ts.SourceFile[],
): readonly Implementation[] {
  const { bindings, absences } = findBindings(session.checker(), session.tree(), session.name, files);
  const found = [
    ...distinct(bindings).flatMap((binding) => implementationOf(session, places, binding)),
    ...distinctAbsences(absences).flatMap((absence) => absenceOf(session, absence)),
    ...declarations(session, places),
  ];
  return found.sort((a, b) =>
    a.range.file < b.range.file
      ? -1
      : a.range.file > b.range.file
        ? 1
        : a.range.start - b.range.start || (slotKey(a.slot) < slotKey(b.slot) ? -1 : 1),
  );
}

/** One binding per function and slot: the certain one, and a member rather than the callback type of the member. */
function distinct(bindings: readonly Binding[]): readonly Binding[] {
  const best = new Map<string, Binding>();
  const named = new Set<ts.Node>();
  for (const binding of bindings) {
    const key = `${binding.fn.getSourceFile().fileName}:${binding.fn.pos}:${slotKey(binding.slot.slot)}:${binding.filled}`;
    const known = best.get(key);
    const better =
      known === undefined ||
      (known.confidence === 'likely' && binding.confidence === 'certain') ||
      (known.confidence === binding.confidence &&
        known.concealed === undefined &&
        binding.concealed !== undefined &&
        known.owner.name === '');
    if (better) best.set(key, binding);
    if (binding.slot.slot.name !== '' && binding.confidence === 'certain') named.add(binding.fn);
  }
  const certain = new Set(
    [...best.values()].filter((one) => one.confidence === 'certain').map((one) => one.fn),
  );
  return [...best.values()].filter((one) => {
    if (one.slot.slot.name === '' && named.has(one.fn)) return false;
    return one.confidence === 'certain' || !certain.has(one.fn);
  });
}

function distinctAbsences(absences: readonly Absence[]): readonly Absence[] {
  const best = new Map<string, Absence>();
  for (const absence of absences) {
    const key = `${absence.owner.node.getSourceFile().fileName}:${absence.owner.node.pos}:${slotKey(absence.slot.slot)}`;
    const known = best.get(key);
    if (known === undefined || (known.confidence === 'likely' && absence.confidence === 'certain'))
      best.set(key, absence);
  }
  return [...best.values()];
}

function implementationOf(
  session: Session,
  places: PlaceRegistry,
  binding: Binding,
): readonly Implementation[] {
  const { fn, slot } = binding;
  if (!session.isInTree(fn.getSourceFile().fileName)) return [];
  const { mismatches, parameters } = compareSignatures(
    session.checker(),
    session.name,
    slot,
    binding.signature,
    fn,
    binding.filled,
  );
  const owner = binding.owner.name;
  return [
    {
      slot: slot.slot,
      kind: 'function',
      implementer: implementerName(fn, owner, slot.slot),
      group: groupOf(session, binding.owner),
      range: rangeOf(session.name, nameNode(fn)),
      binding: rangeOf(session.name, binding.at),
      confidence: binding.confidence,
      parameters: parameters.map(
        (node, index) => node && places.at('parameter', node, targetOf(slot.slot, index)),
      ),
      signature: signatureOf(session, fn),
      mismatches: [...mismatches].sort(byPosition),
      concealed:
        mismatches.length === 0
          ? undefined
          : (binding.concealed ?? suppressionOf(session.name, nodesOf(binding))),
    },
  ];
}

const byPosition = (a: Mismatch, b: Mismatch): number => a.range.start - b.range.start;

/** A slot's parameter as the target of a place. */
export function targetOf(
  slot: Pick<Slot, 'container' | 'name'>,
  parameter: number,
): { container: string; slot: string; parameter: number; path: readonly string[] } {
  return { container: slot.container, slot: slot.name, parameter, path: [] };
}

function implementerName(fn: ts.SignatureDeclaration, owner: string, slot: Slot): string {
  const own = functionName(fn);
  if (own !== '' && (own.includes('.') || ts.isFunctionDeclaration(fn))) return own;
  if (own !== '' && own !== slot.name && own !== owner) return own;
  const member = slot.name === '' ? slot.container : slot.name;
  return owner === '' || owner === member ? (own === '' ? member : own) : `${owner}.${member}`;
}

/** Where a suppression would hide the difference: the function, its parameters, the binding, the owner. */
function nodesOf(binding: Binding): readonly ts.Node[] {
  return [
    binding.fn,
    ...declaredParameters(binding.fn),
    binding.at,
    statementOf(binding.at),
    binding.owner.node,
  ];
}

function statementOf(node: ts.Node): ts.Node {
  let at = node;
  while (!ts.isStatement(at) && !ts.isSourceFile(at.parent)) at = at.parent;
  return at;
}

function groupOf(session: Session, owner: Owner): string {
  return `${session.name(owner.node.getSourceFile().fileName)}#${owner.name}`;
}

function absenceOf(session: Session, absence: Absence): readonly Implementation[] {
  const { slot, owner, at } = absence;
  if (!session.isInTree(at.getSourceFile().fileName)) return [];
  const mismatch: Mismatch = {
    kind: absence.kind,
    range: rangeOf(session.name, at),
    expected: slot.slot.name,
    found: absence.found,
    ...(absence.kind === 'missing-slot' ? { detail: slot.slot.signature } : {}),
  };
  return [
    {
      slot: slot.slot,
      kind: 'function',
      implementer: owner.name === '' ? slot.slot.container : owner.name,
      group: groupOf(session, owner),
      range: rangeOf(session.name, owner.node),
      binding: undefined,
      confidence: absence.confidence,
      parameters: [],
      signature: '',
      mismatches: [mismatch],
      concealed: absence.concealed ?? suppressionOf(session.name, [owner.node, statementOf(owner.node)]),
    },
  ];
}

/** The contract's own declarations where they are part of the tree, and the tree's copies of them. */
function declarations(session: Session, places: PlaceRegistry): readonly Implementation[] {
  const tree = session.tree();
  const sources = [
    ...tree.copies.map(({ container, slots }) => ({ container, slots })),
    ...tree.own.map((container) => ({ container, slots: tree.containers.get(container.name) })),
  ];
  return sources.flatMap(({ container, slots }) => {
    const path = container.declaration.getSourceFile().fileName;
    if (!session.isInTree(path) || slots === undefined) return [];
    const isOwn = tree.isContractFile(path);
    const present = container.slots.flatMap((declared) => {
      const slot = slots.get(declared.slot.name);
      const node = declared.signature.getDeclaration() as ts.SignatureDeclaration | undefined;
      // An inherited slot is told where it is declared; a slot typed by a callback type is told there.
      if (slot === undefined || node === undefined || !isInside(node, container.declaration)) return [];
      return [declarationOf(session, places, slot, declared.member, node, container.name, isOwn)];
    });
    if (isOwn) return present;
    const names = new Set(container.slots.map(({ slot }) => slot.name));
    const missing = [...slots.values()].filter(({ slot }) => slot.required && !names.has(slot.name));
    const at = container.declaration.name ?? container.declaration;
    return [
      ...present,
      ...missing.map(
        (slot): Implementation => ({
          slot: slot.slot,
          kind: 'declaration',
          implementer: container.name,
          group: `${session.name(path)}#${container.name}`,
          range: rangeOf(session.name, at),
          binding: undefined,
          confidence: 'certain',
          parameters: [],
          signature: '',
          mismatches: [
            {
              kind: 'missing-slot',
              range: rangeOf(session.name, at),
              expected: slot.slot.name,
              found: 'nothing',
              detail: slot.slot.signature,
            },
          ],
          concealed: undefined,
        }),
      ),
    ];
  });
}

function declarationOf(
  session: Session,
  places: PlaceRegistry,
  slot: ContractSlot,
  member: ts.Node,
  node: ts.SignatureDeclaration,
  container: string,
  isOwn: boolean,
): Implementation {
  const compared = isOwn
    ? { mismatches: [], parameters: parameterNodes(slot.signature) }
    : compareSignatures(session.checker(), session.name, slot, slot.signature, node, 0);
  return {
    slot: slot.slot,
    kind: 'declaration',
    implementer: slot.slot.name === '' ? container : `${container}.${slot.slot.name}`,
    group: `${session.name(node.getSourceFile().fileName)}#${container}`,
    range: rangeOf(session.name, nameNode(member)),
    binding: undefined,
    confidence: 'certain',
    parameters: compared.parameters.map(
      (one, index) => one && places.at('parameter', one, targetOf(slot.slot, index)),
    ),
    signature: signatureOf(session, node),
    mismatches: [...compared.mismatches].sort(byPosition),
    concealed: undefined,
  };
}

function signatureOf(session: Session, node: ts.SignatureDeclaration): string {
  const parameters = declaredParameters(node).map((parameter) => ({
    name: textOf(parameter.name),
    type: parameter.type === undefined ? '' : textOf(parameter.type),
    optional: parameter.questionToken !== undefined || parameter.initializer !== undefined,
    rest: parameter.dotDotDotToken !== undefined,
  }));
  const checker = session.checker();
  const signature = checker.getSignatureFromDeclaration(node);
  const returns =
    node.type !== undefined
      ? textOf(node.type)
      : signature === undefined
        ? 'any'
        : checker.typeToString(signature.getReturnType());
  return signatureText(parameters, returns);
}
