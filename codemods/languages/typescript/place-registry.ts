// Gives every declared spot one identity and says how it is typed. What happens to its value is looked at elsewhere.
import { ts } from 'ts-morph';
import type { Place, PlaceKind } from '../../facts/place.ts';
import { parameterNodes } from './contract-slots.ts';
import { nameOfHolder } from './owners.ts';
import { collapse, rangeOf, textOf } from './ranges.ts';
import { anyWritablePath, isReadOnlySomewhere, writablePath } from './read-only-types.ts';
import type { Session } from './session.ts';
import { isAny, isPrimitive } from './type-facts.ts';
import { valueTypeNodes } from './value-type-nodes.ts';

/** Where in the contract's parameter a value comes from: its path below the parameter. */
export interface Target {
  readonly container: string;
  readonly slot: string;
  readonly parameter: number;
  /** Member names; `[]` for what an array or map holds. */
  readonly path: readonly string[];
}

/**
 * Something made freshly around the value: `{ ...header }`, `[header]`. Writing to it is no write to the value; what is
 * reached through one of its members is the value's own memory again.
 */
export interface Wrapping {
  /** It was copied member by member: its members are the value's own members. Else it holds the value itself. */
  readonly copy?: true;
  /** The only member behind which the value is. */
  readonly only?: string;
  /** Members that were replaced and lead elsewhere. */
  readonly except?: readonly string[];
}

/** A place, and what the adapter has to remember of it. */
export interface PlaceRecord {
  readonly place: Place;
  readonly node: ts.Node;
  readonly target: Target | undefined;
  readonly wrappings: readonly Wrapping[];
  /** The assignment from which on the variable has the value; undefined where it has it from the start. */
  readonly since: ts.Node | undefined;
}

/** Every place that was given out, by id. */
export interface PlaceRegistry {
  at(
    kind: PlaceKind,
    node: ts.Node,
    target: Target | undefined,
    wrappings?: readonly Wrapping[],
    since?: ts.Node,
  ): Place;
  record(id: string): PlaceRecord | undefined;
  /** The contract's type behind a target, for the checker of the moment. */
  typeOf(target: Target | undefined): ts.Type | undefined;
}

/** A registry for one session. */
export function placeRegistry(session: Session): PlaceRegistry {
  const records = new Map<string, PlaceRecord>();

  const typeOf = (target: Target | undefined): ts.Type | undefined => {
    if (target === undefined) return undefined;
    const checker = session.checker();
    const slot = session.tree().containers.get(target.container)?.get(target.slot);
    const node = slot && parameterNodes(slot.signature)[target.parameter];
    let type: ts.Type | undefined = node && checker.getTypeAtLocation(node);
    for (const step of target.path) {
      if (type === undefined) return undefined;
      const holder: ts.Type = checker.getNonNullableType(type);
      if (step === '[]') type = elementType(checker, holder);
      else {
        const member: ts.Symbol | undefined = checker.getPropertyOfType(holder, step);
        type = member === undefined ? elementType(checker, holder) : checker.getTypeOfSymbol(member);
      }
    }
    return type;
  };

  const accessOf = (
    node: ts.Node,
    target: Target | undefined,
    wrappings: readonly Wrapping[],
  ): Place['access'] => {
    // The contract itself says what it means.
    if (session.tree().isContractFile(node.getSourceFile().fileName)) return 'read-only';
    const checker = session.checker();
    const own = annotationOf(node);
    const wanted = typeOf(target);
    const parts =
      own === undefined ? [] : valueTypeNodes(own, wrappings).map((part) => checker.getTypeAtLocation(part));
    // What is any cannot be spelled read-only in a way that says anything; the value is followed through it all the same.
    const types = parts.filter((type) => !isAny(type) && !isPrimitive(type));
    if (types.length === 0) return 'inferred';
    // The contract leaves this part of the value writable: nobody asks for more.
    const asks = wanted !== undefined && isReadOnlySomewhere(checker, wanted);
    if (target !== undefined && target.path.length > 0 && wanted !== undefined && !asks) return 'read-only';
    const isWritable = (type: ts.Type): boolean =>
      (asks && isRelated(checker, wanted, type)
        ? writablePath(checker, wanted, type)
        : anyWritablePath(checker, type)) !== undefined;
    return types.some(isWritable) ? 'mutable' : 'read-only';
  };

  return {
    at(kind, node, target, wrappings = [], since = undefined) {
      const source = node.getSourceFile();
      const file = session.name(source.fileName);
      const wrapped = wrappings.length === 0 ? '' : JSON.stringify(wrappings);
      const id = `${file}:${node.getStart(source)}-${node.getEnd()}:${kind}${wrapped}${since === undefined ? '' : `@${since.pos}`}`;
      const known = records.get(id);
      if (known !== undefined) return known.place;
      const own = annotationOf(node);
      const place: Place = {
        id,
        kind,
        name: placeName(node),
        range: kind === 'return' ? returnRange(session, node) : rangeOf(session.name, spotOf(node)),
        access: accessOf(node, target, wrappings),
        type: own === undefined ? '' : textOf(own),
      };
      records.set(id, { place, node, target, wrappings, since });
      return place;
    },
    record: (id) => records.get(id),
    typeOf,
  };
}

/** The two types have members in common, so that one tells something about the other. */
function isRelated(checker: ts.TypeChecker, wanted: ts.Type, given: ts.Type): boolean {
  const holder = checker.getNonNullableType(given);
  const own = checker.getNonNullableType(wanted);
  const indexed = (type: ts.Type): boolean => checker.getIndexInfosOfType(type).length > 0;
  if (indexed(own) && indexed(holder)) return true;
  return checker
    .getPropertiesOfType(own)
    .some(
      (member) =>
        !member.name.startsWith('__@') && checker.getPropertyOfType(holder, member.name) !== undefined,
    );
}

/** The spelled type of a declared spot. */
export function annotationOf(node: ts.Node): ts.TypeNode | undefined {
  if (ts.isBindingElement(node)) return undefined;
  const type = (node as { type?: ts.Node }).type;
  return type !== undefined && ts.isTypeNode(type) ? type : undefined;
}

/** What an array, map, set or promise holds. */
export function elementType(checker: ts.TypeChecker, type: ts.Type): ts.Type | undefined {
  const indexed =
    checker.getIndexTypeOfType(type, ts.IndexKind.Number) ??
    checker.getIndexTypeOfType(type, ts.IndexKind.String);
  if (indexed !== undefined) return indexed;
  if (((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference) === 0) return undefined;
  return checker.getTypeArguments(type as ts.TypeReference).at(-1);
}

function spotOf(node: ts.Node): ts.Node {
  if (ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node) || ts.isPropertySignature(node))
    return node;
  return node;
}

function returnRange(session: Session, node: ts.Node): Place['range'] {
  const own = annotationOf(node);
  const named = (node as { name?: ts.Node }).name;
  return rangeOf(session.name, own ?? named ?? node);
}

/** `Consumer.handleResponse(header)`, `body`, `Consumer.last`. */
export function placeName(node: ts.Node): string {
  if (ts.isParameter(node)) {
    const owner = functionName(node.parent);
    return owner === '' ? textOf(node.name) : `${owner}(${textOf(node.name)})`;
  }
  if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) return collapse(node.getText());
  if (ts.isPropertyDeclaration(node) || ts.isMethodDeclaration(node) || ts.isPropertySignature(node))
    return functionName(node);
  if (ts.isFunctionLike(node)) return `${functionName(node)}()`;
  const named = (node as { name?: ts.Node }).name;
  return textOf(named ?? node);
}

/** A function or member with its owner. */
export function functionName(node: ts.Node): string {
  const named = (node as { name?: ts.Node }).name;
  const own = named === undefined ? nameOfHolder(node.parent) : textOf(named);
  const parent = node.parent;
  if (ts.isClassLike(parent) || ts.isInterfaceDeclaration(parent)) {
    const owner = parent.name?.text ?? nameOfHolder(parent.parent);
    return owner === '' ? own : `${owner}.${own}`;
  }
  if (ts.isObjectLiteralExpression(parent)) {
    const owner = nameOfHolder(parent.parent);
    return owner === '' ? own : `${owner}.${own}`;
  }
  return own;
}
