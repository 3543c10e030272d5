// Reads a contract out of C or C++ headers: structs of function pointers, and virtual member functions.
import { LanguageError } from '../../facts/language.ts';
import type { Contract, ContractText, Slot, SlotParameter } from '../../facts/slot.ts';
import { type CppClass, readClass } from './class-facts.ts';
import { type Document, enclosing, type Node, parts, rangeOf, textOf } from './document.ts';
import { type CppFunction, declaredName, functionNamedBy, readParameters } from './function-facts.ts';
import { createDocument } from './library.ts';
import type { Parse } from './parser.ts';
import { declaresTarget } from './sends/send-target.ts';
import { isReadOnly, spelled } from './type-name.ts';

/** Every name a container goes by (tag and typedefs) to the name its slots carry. */
export type ContainerNames = ReadonlyMap<string, string>;

/** @throws LanguageError when a text does not parse where it declares slots, or when none declares one or something to send with. */
export function readContract(parse: Parse, texts: readonly ContractText[]): Contract {
  const slots: Slot[] = [];
  const documents = texts.map((text) => createDocument(text.file, text.text, parse, true));
  for (const doc of documents) {
    const typedefs = functionTypedefs(doc);
    for (const node of containers(doc)) slots.push(...containerSlots(doc, node, typedefs));
    if (doc.root.hasError && !slots.some((slot) => slot.range.file === doc.file) && !declaresTarget([doc]))
      throw unparsable(doc);
  }
  if (slots.length === 0 && !declaresTarget(documents)) {
    throw new LanguageError(
      'contract-empty',
      `${texts.map((text) => text.file).join(', ')}: no struct of function pointers and no class with virtual functions, and nothing to send with; give the header that declares the engine interface or the connection`,
    );
  }
  return { texts, slots };
}

function unparsable(doc: Document): LanguageError {
  const error = firstError(doc.root);
  const line = doc.text.slice(0, error?.startIndex ?? 0).split('\n').length;
  return new LanguageError(
    'contract-unparsable',
    `${doc.file}:${line}: the contract does not parse here; give a header that compiles`,
  );
}

function firstError(node: Node): Node | undefined {
  if (node.isError || node.isMissing) return node;
  for (const child of node.children) {
    if (child?.hasError || child?.isMissing) return firstError(child);
  }
  return undefined;
}

function containers(doc: Document): readonly Node[] {
  return doc.root
    .descendantsOfType(['struct_specifier', 'class_specifier', 'union_specifier'])
    .filter((node): node is Node => node !== null && node.childForFieldName('body') !== null);
}

/** The name a container's slots carry: its tag, or the typedef of an anonymous one. */
export function containerName(doc: Document, node: Node): string {
  const tag = node.childForFieldName('name');
  if (tag !== null) return textOf(doc, tag);
  const definition = node.parent?.type === 'type_definition' ? node.parent : undefined;
  const declarator = definition?.childForFieldName('declarator');
  return declarator === null || declarator === undefined ? '' : textOf(doc, declarator);
}

/** Tag and typedef names of the containers that the contract's documents declare. */
export function containerNames(documents: readonly Document[]): ContainerNames {
  const names = new Map<string, string>();
  for (const doc of documents) {
    for (const node of containers(doc)) {
      const name = containerName(doc, node);
      if (name === '') continue;
      names.set(name, name);
      if (node.parent?.type !== 'type_definition') continue;
      for (const declarator of node.parent.childrenForFieldName('declarator')) {
        const alias = declarator === null ? undefined : declaredName(declarator);
        if (alias !== undefined) names.set(textOf(doc, alias), name);
      }
    }
    for (const match of doc.text.matchAll(/\btypedef\s+(?:struct\s+)?(\w+)\s+(\w+)\s*;/g)) {
      if (match[1] !== undefined && match[2] !== undefined && names.has(match[1]))
        names.set(match[2], names.get(match[1]) ?? match[1]);
    }
  }
  return names;
}

interface FunctionTypedef {
  readonly returns: string;
  readonly parameters: Node;
}

function functionTypedefs(doc: Document): ReadonlyMap<string, FunctionTypedef> {
  const found = new Map<string, FunctionTypedef>();
  for (const node of doc.root.descendantsOfType(['type_definition', 'alias_declaration'])) {
    if (node === null) continue;
    const type = node.childForFieldName('type');
    if (type === null) continue;
    if (node.type === 'alias_declaration') {
      const name = node.childForFieldName('name');
      const list = type.childForFieldName('declarator')?.childForFieldName('parameters');
      const result = type.childForFieldName('type');
      if (name !== null && list !== null && list !== undefined && result !== null)
        found.set(textOf(doc, name), {
          returns: spelled(doc.text.slice(type.startIndex, result.endIndex)),
          parameters: list,
        });
      continue;
    }
    for (const declarator of node.childrenForFieldName('declarator')) {
      const pointer = declarator === null ? undefined : functionPointer(declarator);
      if (pointer !== undefined)
        found.set(textOf(doc, pointer.name), {
          returns: returnsOf(doc, node, type, pointer.declarator),
          parameters: pointer.parameters,
        });
    }
  }
  return found;
}

interface FunctionPointer {
  readonly name: Node;
  readonly declarator: Node;
  readonly parameters: Node;
}

/** The parts of `R (*name)(...)`; undefined for any other declarator. */
export function functionPointer(declarator: Node): FunctionPointer | undefined {
  let at: Node | null = declarator;
  while (at !== null && /^(pointer|reference)_declarator$/.test(at.type))
    at = at.childForFieldName('declarator') ?? parts(at).at(-1) ?? null;
  if (at?.type !== 'function_declarator') return undefined;
  const inner = at.childForFieldName('declarator');
  const parameters = at.childForFieldName('parameters');
  const name = inner?.type === 'parenthesized_declarator' ? declaredName(inner) : undefined;
  return name === undefined || parameters === null ? undefined : { name, declarator: at, parameters };
}

/** What the function behind a function pointer returns, as spelled: `node` declares it, `declarator` is the pointer's own. */
export function returnsOf(doc: Document, node: Node, type: Node, declarator: Node): string {
  const head = doc.text.slice(node.startIndex, type.endIndex).replace(/^typedef\b/, '');
  let outer = declarator;
  while (outer.parent !== null && /^(pointer|reference)_declarator$/.test(outer.parent.type))
    outer = outer.parent;
  return spelled(`${head} ${doc.text.slice(outer.startIndex, declarator.startIndex)}`);
}

function containerSlots(
  doc: Document,
  node: Node,
  typedefs: ReadonlyMap<string, FunctionTypedef>,
): readonly Slot[] {
  const container = containerName(doc, node);
  if (container === '') return [];
  const cls = readClass(doc, node, container);
  return [...pointerSlots(doc, cls, container, typedefs), ...virtualSlots(doc, node, container)].sort(
    (a, b) => a.range.start - b.range.start,
  );
}

function pointerSlots(
  doc: Document,
  cls: CppClass,
  container: string,
  typedefs: ReadonlyMap<string, FunctionTypedef>,
): readonly Slot[] {
  return cls.fields.flatMap((field) => {
    const type = field.node.childForFieldName('type');
    const declarator = field.node
      .childrenForFieldName('declarator')
      .find(
        (child) =>
          child !== null &&
          field.nameNode.startIndex >= child.startIndex &&
          field.nameNode.endIndex <= child.endIndex,
      );
    if (type === null || declarator === undefined || declarator === null) return [];
    const pointer = functionPointer(declarator);
    const named = pointer === undefined ? typedefs.get(field.type.base) : undefined;
    if (pointer !== undefined) {
      return [
        slot(
          doc,
          container,
          field.name,
          field.nameNode,
          returnsOf(doc, field.node, type, pointer.declarator),
          pointer.parameters,
        ),
      ];
    }
    return named === undefined
      ? []
      : [slot(doc, container, field.name, field.nameNode, named.returns, named.parameters)];
  });
}

function virtualSlots(doc: Document, node: Node, container: string): readonly Slot[] {
  const body = node.childForFieldName('body');
  if (body === null || !/\bvirtual\b/.test(textOf(doc, body))) return [];
  return body
    .descendantsOfType('function_declarator')
    .map((declarator) => methodOf(doc, declarator))
    .filter((fn) => fn?.isVirtual === true && fn.owner === container && !fn.name.startsWith('~'))
    .flatMap((fn) => {
      const list =
        fn === undefined
          ? undefined
          : enclosing(fn.nameNode, 'function_declarator')?.childForFieldName('parameters');
      return fn === undefined || list === null || list === undefined
        ? []
        : [slot(doc, container, fn.name, fn.nameNode, fn.returns, list, `${container}::*`)];
    });
}

function methodOf(doc: Document, declarator: Node | null): CppFunction | undefined {
  const name = declarator?.childForFieldName('declarator');
  return name === null || name === undefined || !/identifier$/.test(name.type)
    ? undefined
    : functionNamedBy(doc, name);
}

function slot(
  doc: Document,
  container: string,
  name: string,
  nameNode: Node,
  returns: string,
  list: Node,
  pointer = '*',
): Slot {
  const parameters = readParameters(doc, list);
  return {
    container,
    name,
    parameters: parameters.map(
      (parameter): SlotParameter => ({
        name: parameter.name,
        type: parameter.spelling,
        readOnly: isReadOnly(parameter.type),
        optional: false,
        rest: false,
        range: rangeOf(doc, parameter.node),
      }),
    ),
    returns,
    required: false,
    signature: `${returns} (${pointer})(${parameters.map((parameter) => parameter.spelling).join(', ')})`,
    range: rangeOf(doc, nameNode),
  };
}
