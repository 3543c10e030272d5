// Finds where functions are put into slots: assignments, initialisers, and overrides of a contract's virtual functions.
import type { Concealment } from '../../facts/implementation.ts';
import type { Slot } from '../../facts/slot.ts';
import type { ContainerNames } from './contract-reader.ts';
import { type Document, enclosing, type Node, occurrences, parts, rangeOf, textOf } from './document.ts';
import { typeOf } from './expression-type.ts';
import { declaredName } from './function-facts.ts';
import { definition, elementLists, isArrayList, listType, memberClass } from './initialiser-lists.ts';
import type { Library } from './library.ts';
import { classBehind, lineage, pointee } from './lineage.ts';
import { enclosingOwner, resolveVariable } from './scope.ts';

/** One slot given a value. */
export interface Binding {
  readonly slot: Slot;
  readonly doc: Document;
  /** The slot's name at the left. */
  readonly nameNode: Node;
  /** The `=` (or the element of a positional initialiser): what compilers and build logs name. */
  readonly at: { readonly start: number; readonly end: number };
  /** The engine's table: file, owner and variable. */
  readonly group: string;
  /** The value without casts; undefined for an explicit null or a copy from another table. */
  readonly value: Node | undefined;
  readonly cast: Concealment | undefined;
  /** The value as it stands there, with casts. */
  readonly element: Node | undefined;
  /** False when the receiver's type could not be told. */
  readonly receiverKnown: boolean;
}

/** The slots of a contract, by name, and how its containers may be called. */
export interface SlotNames {
  readonly byName: ReadonlyMap<string, readonly Slot[]>;
  readonly containers: ContainerNames;
}

/** Groups a contract's slots by name. */
export function slotNames(slots: readonly Slot[], containers: ContainerNames): SlotNames {
  const byName = new Map<string, Slot[]>();
  for (const slot of slots) byName.set(slot.name, [...(byName.get(slot.name) ?? []), slot]);
  return { byName, containers };
}

/** Every binding of one document, in text order. */
export function bindingsIn(library: Library, names: SlotNames, doc: Document): readonly Binding[] {
  const words = [...names.byName.keys()].filter((name) => name !== '');
  if (words.length === 0) return [];
  const assigned = new RegExp(`(?<![\\w])(${words.join('|')})(?:\\s*=(?!=)|\\s*:(?!:))`, 'g');
  const found: Binding[] = [];
  for (const match of doc.text.matchAll(assigned)) {
    const word = match[1] ?? '';
    const node = doc.root.descendantForIndex(match.index, match.index + word.length);
    if (node === null || node.startIndex !== match.index || !/identifier$/.test(node.type)) continue;
    const binding = bindingAt(library, names, doc, node, word);
    if (binding !== undefined) found.push(binding);
  }
  for (const container of names.containers.keys())
    found.push(...positionalBindings(library, names, doc, container));
  return found.sort((a, b) => a.nameNode.startIndex - b.nameNode.startIndex);
}

function bindingAt(
  library: Library,
  names: SlotNames,
  doc: Document,
  node: Node,
  word: string,
): Binding | undefined {
  const pair = enclosing(
    node,
    'initializer_pair',
    'assignment_expression',
    'compound_statement',
    'field_declaration_list',
  );
  if (pair?.type === 'initializer_pair') return designated(library, names, doc, node, word, pair);
  if (pair?.type !== 'assignment_expression') return undefined;
  const left = pair.childForFieldName('left');
  const right = pair.childForFieldName('right');
  if (left === null || right === null || left.endIndex !== node.endIndex) return undefined;
  const operator = pair.childForFieldName('operator') ?? pair.children.find((child) => child?.type === '=');
  if (operator === null || operator === undefined || textOf(doc, operator) !== '=') return undefined;
  const receiver = receiverClass(library, doc, left, node);
  const slot = pick(library, names, word, receiver);
  if (slot === undefined) return undefined;
  return {
    slot,
    doc,
    nameNode: node,
    at: { start: operator.startIndex, end: operator.endIndex },
    group: groupOf(doc, node, ''),
    receiverKnown: receiver !== undefined,
    ...unwrap(doc, right),
  };
}

// The class whose member is assigned: '' for a bare name that is a variable, undefined when nothing tells.
function receiverClass(library: Library, doc: Document, left: Node, node: Node): string | undefined {
  if (left.type === 'identifier')
    return resolveVariable(doc, node) === undefined ? enclosingOwner(doc, node) : '';
  if (left.type === 'qualified_identifier')
    return textOf(doc, left.childForFieldName('scope') ?? left).replace(/^.*::/, '');
  const object = left.type === 'field_expression' ? left.childForFieldName('argument') : null;
  if (object === null) return '';
  const type = typeOf(library, doc, object);
  return type === undefined ? undefined : classBehind(library, type.type);
}

function pick(
  library: Library,
  names: SlotNames,
  word: string,
  receiver: string | undefined,
): Slot | undefined {
  const slots = names.byName.get(word) ?? [];
  if (receiver === undefined) return slots.length === 1 ? slots[0] : undefined;
  if (receiver === '') return undefined;
  const known = lineage(library, receiver);
  return slots.find((slot) =>
    [...known, receiver].some((name) => names.containers.get(name) === slot.container),
  );
}

function designated(
  library: Library,
  names: SlotNames,
  doc: Document,
  node: Node,
  word: string,
  pair: Node,
): Binding | undefined {
  const value = pair.childForFieldName('value');
  const designators = pair
    .childrenForFieldName('designator')
    .filter((child): child is Node => child !== null);
  const list = pair.parent;
  if (value === null || list === null || designators.at(-1)?.endIndex !== node.endIndex) return undefined;
  let holder = listType(library, doc, list);
  for (const designator of designators.slice(0, -1))
    holder =
      holder === undefined
        ? undefined
        : memberClass(library, holder, textOf(doc, designator).replace(/^\./, ''));
  const slot = pick(library, names, word, holder ?? '');
  if (slot === undefined) return undefined;
  const equals = pair.children.find((child) => child?.type === '=' || child?.type === ':') ?? node;
  return {
    slot,
    doc,
    nameNode: node,
    at: { start: equals.startIndex, end: equals.endIndex },
    group: groupOf(doc, node, variableOf(doc, list)),
    receiverKnown: true,
    ...unwrap(doc, value),
  };
}

function positionalBindings(
  library: Library,
  names: SlotNames,
  doc: Document,
  container: string,
): readonly Binding[] {
  if (!doc.text.includes(container)) return [];
  return occurrences(doc, container).flatMap((node) => {
    const holder = enclosing(
      node,
      'declaration',
      'compound_literal_expression',
      'parameter_list',
      'compound_statement',
      'field_declaration_list',
    );
    if (holder === undefined || !/^(declaration|compound_literal_expression)$/.test(holder.type)) return [];
    const type = holder.childForFieldName('type');
    if (type === null || node.startIndex < type.startIndex || node.endIndex > type.endIndex) return [];
    const lists =
      holder.type === 'declaration'
        ? holder.childrenForFieldName('declarator').map((child) => child?.childForFieldName('value'))
        : [holder.childForFieldName('value')];
    return lists
      .filter((list): list is Node => list?.type === 'initializer_list')
      .flatMap((list) => (isArrayList(list) ? elementLists(list) : [list]))
      .flatMap((list) => positional(library, names, doc, container, list));
  });
}

function positional(
  library: Library,
  names: SlotNames,
  doc: Document,
  container: string,
  list: Node,
): readonly Binding[] {
  const cls = definition(library, container);
  if (cls === undefined) return [];
  // Behind an #if the count is no longer certain.
  const hash = doc.text.slice(list.startIndex, list.endIndex).search(/^[ \t]*#/m);
  const certain = hash === -1 ? list.endIndex : list.startIndex + hash;
  return parts(list).flatMap((element, i): readonly Binding[] => {
    if (element.startIndex > certain || element.type.startsWith('preproc')) return [];
    const pair = element.type === 'initializer_pair';
    const designator = pair ? element.childForFieldName('designator') : null;
    const nested = pair ? element.childForFieldName('value') : element;
    const field =
      designator === null
        ? cls.fields[i]
        : cls.fields.find((candidate) => candidate.name === textOf(doc, designator).replace(/^\./, ''));
    if (field !== undefined && nested?.type === 'initializer_list') {
      const inner = names.containers.has(pointee(field.type)) ? pointee(field.type) : undefined;
      const lists = field.isArray ? elementLists(nested) : [nested];
      return inner === undefined ? [] : lists.flatMap((one) => positional(library, names, doc, inner, one));
    }
    if (field === undefined || pair) return [];
    const slot = pick(library, names, field.name, container);
    if (slot === undefined) return [];
    return [
      {
        slot,
        doc,
        nameNode: element,
        at: { start: element.startIndex, end: element.endIndex },
        group: groupOf(doc, element, variableOf(doc, list)),
        receiverKnown: true,
        ...unwrap(doc, element),
      },
    ];
  });
}

function variableOf(doc: Document, list: Node): string {
  const declarator = enclosing(list, 'init_declarator')?.childForFieldName('declarator');
  const name = declarator === null || declarator === undefined ? undefined : declaredName(declarator);
  return name === undefined ? '' : textOf(doc, name);
}

function groupOf(doc: Document, node: Node, variable: string): string {
  return [doc.file, enclosingOwner(doc, node), variable].filter((part) => part !== '').join('#');
}

/** Takes parentheses, `&` and casts off a value; a cast is remembered, it silences the compiler. */
export function unwrap(doc: Document, node: Node): Pick<Binding, 'value' | 'cast' | 'element'> {
  let value: Node | undefined = node;
  let cast: Concealment | undefined;
  for (;;) {
    if (value === undefined) return { value, cast, element: node };
    if (value.type === 'parenthesized_expression') value = parts(value)[0];
    else if (value.type === 'pointer_expression' && doc.text[value.startIndex] === '&')
      value = value.childForFieldName('argument') ?? undefined;
    else if (value.type === 'cast_expression') {
      cast ??= { kind: 'cast', range: rangeOf(doc, value), text: textOf(doc, value) };
      value = value.childForFieldName('value') ?? undefined;
    } else if (
      value.type === 'call_expression' &&
      /^(?:reinterpret|static)_cast\b/.test(textOf(doc, value))
    ) {
      cast ??= { kind: 'cast', range: rangeOf(doc, value), text: textOf(doc, value) };
      const list = value.childForFieldName('arguments');
      value = list === null ? undefined : parts(list)[0];
    } else break;
  }
  const isFunction =
    /^(identifier|qualified_identifier|template_function|lambda_expression|conditional_expression)$/.test(
      value.type,
    );
  return {
    value: isFunction && !/^(NULL|nullptr)$/.test(textOf(doc, value)) ? value : undefined,
    cast,
    element: node,
  };
}
