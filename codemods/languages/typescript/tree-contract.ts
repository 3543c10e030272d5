// The contract as one program sees it: its own declarations, and every copy of it that the program can reach.
import { ts } from 'ts-morph';
import { type Contract, type Slot, slotKey } from '../../facts/slot.ts';
import {
  type DeclaredContainer,
  type DeclaredSlot,
  declaredContainers,
  type SlotOverload,
} from './contract-slots.ts';
import { isLibraryFile } from './library-files.ts';
import { normalizePath } from './paths.ts';
import type { FileName } from './ranges.ts';

/** A slot of the contract, with the signature to conform to. */
export interface ContractSlot {
  readonly slot: Slot;
  readonly signature: ts.Signature;
  readonly overloads: readonly SlotOverload[];
}

/** A declaration of a contract's container that is not the contract's own file: a stale copy, perhaps. */
export interface ContainerCopy {
  readonly container: DeclaredContainer;
  /** The contract's slots of the same container, by name. */
  readonly slots: ReadonlyMap<string, ContractSlot>;
}

/** Answers which slot of the contract a type, member or signature stands for. */
export interface TreeContract {
  /** Slots by container, then by name. */
  readonly containers: ReadonlyMap<string, ReadonlyMap<string, ContractSlot>>;
  readonly copies: readonly ContainerCopy[];
  /** The contract's own containers. */
  readonly own: readonly DeclaredContainer[];
  isContractFile(path: string): boolean;
  /** The slot that this member of a container declares. */
  slotOfMember(node: ts.Node): ContractSlot | undefined;
  /** The slot that a function type declares. */
  slotOfSignature(signature: ts.Signature): ContractSlot | undefined;
  /** The slots that a value of this type has to fill, by name; empty for a type that is no container. */
  slotsOfType(type: ts.Type): ReadonlyMap<string, ContractSlot>;
  /** The type is a container as declared, not something made from it. */
  isContainer(type: ts.Type): boolean;
}

const NO_SLOTS: ReadonlyMap<string, ContractSlot> = new Map();

/** Finds the contract and its copies among the files of a program. */
export function treeContract(program: ts.Program, contract: Contract, name: FileName): TreeContract {
  const checker = program.getTypeChecker();
  const ownPaths = new Set(contract.texts.map((text) => normalizePath(text.path)));
  const byKey = new Map(contract.slots.map((slot) => [slotKey(slot), slot]));
  const containers = new Map<string, Map<string, ContractSlot>>();
  const members = new Map<ts.Node, ContractSlot>();
  const signatures = new Map<ts.Node, ContractSlot>();
  const declarations = new Set<ts.Node>();
  const own: DeclaredContainer[] = [];
  const copies: ContainerCopy[] = [];

  const register = (declared: DeclaredSlot, slot: ContractSlot): void => {
    if (!members.has(declared.member)) members.set(declared.member, slot);
    const declaration = declared.signature.getDeclaration() as ts.Node | undefined;
    if (declaration !== undefined && !signatures.has(declaration)) signatures.set(declaration, slot);
  };
  const ownFirst = (callbacks: boolean): void => {
    for (const container of own) {
      for (const declared of container.slots) {
        const slot = containers.get(container.name)?.get(declared.slot.name);
        if (slot !== undefined && (declared.slot.name === '') === callbacks) register(declared, slot);
      }
    }
  };
  for (const path of ownPaths) {
    const source = program.getSourceFile(path);
    if (source === undefined) continue;
    for (const container of declaredContainers(checker, source, name)) {
      own.push(container);
      declarations.add(container.declaration);
      const slots = containers.get(container.name) ?? new Map<string, ContractSlot>();
      for (const { slot, signature, overloads } of container.slots) {
        const known = byKey.get(slotKey(slot));
        if (known !== undefined) slots.set(slot.name, { slot: known, signature, overloads });
      }
      containers.set(container.name, slots);
    }
  }
  // A callback type that types a member is known by its own name, so that both the member and other uses find a slot.
  ownFirst(true);
  ownFirst(false);

  const wanted = new Set(containers.keys());
  for (const source of program.getSourceFiles()) {
    if (ownPaths.has(source.fileName) || isLibraryFile(source.fileName) || !mayDeclare(source, wanted))
      continue;
    for (const container of declaredContainers(checker, source, name, wanted)) {
      const slots = containers.get(container.name);
      if (slots === undefined || !isCopy(container, slots)) continue;
      declarations.add(container.declaration);
      copies.push({ container, slots });
      for (const declared of container.slots) {
        const slot = slots.get(declared.slot.name);
        if (slot !== undefined) register(declared, slot);
      }
    }
  }

  const bySlots = new Map<ts.Type, ReadonlyMap<string, ContractSlot>>();
  const slotsOfType = (type: ts.Type): ReadonlyMap<string, ContractSlot> => {
    const known = bySlots.get(type);
    if (known !== undefined) return known;
    bySlots.set(type, NO_SLOTS);
    const found = findSlots(checker, type, members, slotsOfType);
    bySlots.set(type, found);
    return found;
  };
  return {
    containers,
    copies,
    own,
    isContractFile: (path) => ownPaths.has(path),
    slotOfMember: (node) => members.get(node),
    slotOfSignature: (signature) => {
      const declaration = signature.getDeclaration() as ts.Node | undefined;
      return declaration === undefined ? undefined : signatures.get(declaration);
    },
    slotsOfType,
    isContainer: (type) =>
      type.symbol?.declarations?.some((node) => declarations.has(node)) === true ||
      type.aliasSymbol?.declarations?.some((node) => declarations.has(node)) === true,
  };
}

function mayDeclare(source: ts.SourceFile, wanted: ReadonlySet<string>): boolean {
  return source.statements.some(
    (statement) =>
      ts.isModuleDeclaration(statement) ||
      ((ts.isInterfaceDeclaration(statement) ||
        ts.isClassDeclaration(statement) ||
        ts.isTypeAliasDeclaration(statement)) &&
        wanted.has(statement.name?.text ?? '')),
  );
}

/** The same name and at least half of the slots; for a callback type, half of the parameters. */
function isCopy(container: DeclaredContainer, slots: ReadonlyMap<string, ContractSlot>): boolean {
  const callback = slots.get('');
  const declared = container.slots.find(({ slot }) => slot.name === '');
  if (callback !== undefined || declared !== undefined) {
    if (callback === undefined || declared === undefined) return false;
    const known = new Set(callback.slot.parameters.flatMap((parameter) => [parameter.name, parameter.type]));
    const same = declared.slot.parameters.filter(
      ({ name, type }) => known.has(name) || known.has(type),
    ).length;
    return same * 2 >= callback.slot.parameters.length && (same > 0 || callback.slot.parameters.length === 0);
  }
  const shared = container.slots.filter(({ slot }) => slots.has(slot.name)).length;
  return shared > 0 && shared * 2 >= slots.size;
}

function findSlots(
  checker: ts.TypeChecker,
  type: ts.Type,
  members: ReadonlyMap<ts.Node, ContractSlot>,
  inner: (type: ts.Type) => ReadonlyMap<string, ContractSlot>,
): ReadonlyMap<string, ContractSlot> {
  const found = new Map<string, ContractSlot>();
  const merge = (more: ReadonlyMap<string, ContractSlot>): void => {
    for (const [slotName, slot] of more) if (!found.has(slotName)) found.set(slotName, slot);
  };
  if (type.isUnion()) {
    for (const part of type.types) merge(inner(part));
    return found;
  }
  if ((type.flags & ts.TypeFlags.TypeParameter) !== 0) {
    const constraint = checker.getBaseConstraintOfType(type);
    return constraint === undefined || constraint === type ? NO_SLOTS : inner(constraint);
  }
  if ((type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0) return NO_SLOTS;
  for (const member of checker.getPropertiesOfType(type)) {
    for (const node of member.declarations ?? []) {
      const slot = members.get(node);
      if (slot !== undefined) found.set(member.name, slot);
    }
  }
  for (const base of basesOf(checker, type)) merge(inner(base));
  return found;
}

/** Base classes, base interfaces and implemented interfaces of a type. */
export function basesOf(checker: ts.TypeChecker, type: ts.Type): readonly ts.Type[] {
  const bases: ts.Type[] = [];
  if (type.isClassOrInterface()) bases.push(...checker.getBaseTypes(type));
  for (const node of type.symbol?.declarations ?? []) {
    if (!ts.isClassLike(node)) continue;
    for (const clause of node.heritageClauses ?? []) {
      if (clause.token !== ts.SyntaxKind.ImplementsKeyword) continue;
      for (const expression of clause.types) bases.push(checker.getTypeAtLocation(expression));
    }
  }
  return bases;
}
