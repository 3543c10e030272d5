// Spells a place read-only as the contract does: wraps or replaces parts of its annotation, and imports what that needs.
import { ts } from 'ts-morph';
import type { Spelling } from '../../facts/place.ts';
import type { TextEdit } from '../../facts/text.ts';
import { type ContractSpelling, contractSpelling } from './contract-spelling.ts';
import { importName } from './import-edits.ts';
import { moveImport } from './move-import.ts';
import { annotationOf, type PlaceRecord, type PlaceRegistry } from './place-registry.ts';
import { textOf } from './ranges.ts';
import { anyWritablePath, isReadOnlySomewhere, writablePath } from './read-only-types.ts';
import type { Session } from './session.ts';
import { relate } from './shapes.ts';
import { isAny, isFunctionType, isPrimitive } from './type-facts.ts';
import { valueTypeNodes } from './value-type-nodes.ts';

interface Job {
  readonly session: Session;
  readonly record: PlaceRecord;
  readonly spelling: ContractSpelling;
  /** The contract's type for this value, where it is known. */
  readonly wanted: ts.Type | undefined;
  readonly edits: TextEdit[];
}

/** The edits for one place; none where it is read-only already or nothing is spelled there. */
export function spellReadOnly(session: Session, places: PlaceRegistry, record: PlaceRecord): Spelling {
  const { place, node, target } = record;
  if (place.kind === 'slot') return moveImport(session, record);
  if (place.access !== 'mutable') return { edits: [] };
  const annotation = annotationOf(node);
  if (annotation === undefined) return { edits: [] };
  if (!session.isInTree(node.getSourceFile().fileName))
    return { cannot: `${place.name} is declared outside of this tree` };
  if (target === undefined) return { cannot: `${place.name} has no counterpart in the contract` };
  const spelling = contractSpelling(session, target);
  if (spelling === undefined)
    return { cannot: 'the contract spells its read-only type in place, without a name' };
  const job: Job = { session, record, spelling, wanted: places.typeOf(target), edits: [] };
  const parts = valueTypeNodes(annotation, record.wrappings);
  const refused = first(parts, (part) => spellNode(job, part));
  if (refused !== undefined) return { cannot: refused };
  if (job.edits.length === 0) return { cannot: `nothing in ${textOf(annotation)} can be spelled read-only` };
  return { edits: job.edits };
}

/** Adds edits for a type node; returns why it cannot be spelled. */
function spellNode(job: Job, node: ts.TypeNode): string | undefined {
  if (!needsSpelling(job, node)) return undefined;
  if (ts.isTypePredicateNode(node)) return 'a type predicate cannot be spelled read-only';
  const constraint = constraintNode(job.session, node);
  if (constraint !== undefined) {
    return constraint === 'none'
      ? undefined
      : first(valueTypeNodes(constraint, []), (part) => spellNode(job, part));
  }
  const { spelling } = job;
  switch (spelling.kind) {
    case 'wrapper':
      return wrap(job, node, spelling.symbol);
    case 'array':
      return spellArray(job, node);
    case 'named':
      return rename(job, node, spelling.symbol);
  }
}

function needsSpelling(job: Job, node: ts.TypeNode): boolean {
  const checker = job.session.checker();
  const type = checker.getNonNullableType(checker.getTypeAtLocation(node));
  if (isAny(type) || isPrimitive(type) || isFunctionType(type)) return false;
  const { wanted } = job;
  if (
    wanted !== undefined &&
    isReadOnlySomewhere(checker, wanted) &&
    writablePath(checker, wanted, type) !== undefined
  )
    return true;
  return anyWritablePath(checker, type) !== undefined;
}

/** For a type parameter, its constraint: `T extends Header` is what has to change. */
function constraintNode(session: Session, node: ts.TypeNode): ts.TypeNode | 'none' | undefined {
  if (!ts.isTypeReferenceNode(node) || node.typeArguments !== undefined) return undefined;
  const symbol = session.checker().getSymbolAtLocation(node.typeName);
  const declaration = symbol?.declarations?.[0];
  if (declaration === undefined || !ts.isTypeParameterDeclaration(declaration)) return undefined;
  return declaration.constraint ?? 'none';
}

function replace(job: Job, node: ts.Node, text: string): void {
  const source = node.getSourceFile();
  job.edits.push({
    file: job.session.name(source.fileName),
    start: node.getStart(source),
    end: node.end,
    text,
  });
}

function imported(job: Job, symbol: ts.Symbol, near: ts.Node): string | { readonly cannot: string } {
  const name = importName(job.session, near.getSourceFile(), symbol, near);
  if ('cannot' in name) return name;
  job.edits.push(...name.edits);
  return name.text;
}

function wrap(job: Job, node: ts.TypeNode, symbol: ts.Symbol): string | undefined {
  const name = imported(job, symbol, node);
  if (typeof name !== 'string') return name.cannot;
  // A shallower wrapper gives way to the contract's own.
  const shallow = shallowWrapper(node);
  if (shallow !== undefined && symbol.name !== shallow.typeName.getText()) {
    replace(job, shallow.typeName, name);
    return undefined;
  }
  // One replacement, so that a second wrapper for a part of the same type is seen to collide with it.
  replace(job, node, `${name}<${node.getText()}>`);
  return undefined;
}

function shallowWrapper(node: ts.TypeNode): ts.TypeReferenceNode | undefined {
  return ts.isTypeReferenceNode(node) &&
    node.typeName.getText() === 'Readonly' &&
    node.typeArguments?.length === 1
    ? node
    : undefined;
}

function spellArray(job: Job, node: ts.TypeNode): string | undefined {
  if (ts.isArrayTypeNode(node) || ts.isTupleTypeNode(node)) {
    const text = `readonly ${node.getText()}`;
    replace(job, node, ts.isArrayTypeNode(node.parent) ? `(${text})` : text);
    return undefined;
  }
  if (ts.isTypeReferenceNode(node) && /^(?:Array|Map|Set)$/.test(node.typeName.getText())) {
    replace(job, node.typeName, `Readonly${node.typeName.getText()}`);
    return undefined;
  }
  return `the contract makes an array read-only; ${textOf(node)} is none`;
}

/** The contract has a read-only type of its own: its name, or the part of it that stands here. */
function rename(job: Job, node: ts.TypeNode, symbol: ts.Symbol): string | undefined {
  const { session, wanted, record } = job;
  const checker = session.checker();
  const type = checker.getNonNullableType(checker.getTypeAtLocation(node));
  if (wanted === undefined || relate(checker, checker.getNonNullableType(wanted), type) === 'different') {
    return `the contract's ${symbol.name} says nothing about ${textOf(node)}`;
  }
  const name = imported(job, symbol, node);
  if (typeof name !== 'string') return name.cannot;
  const path = record.target?.path ?? [];
  replace(job, node, `${name}${path.map((step) => (step === '[]' ? '[number]' : `['${step}']`)).join('')}`);
  return undefined;
}

function first<T>(items: readonly T[], answer: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = answer(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
