// Recognises a server that owns its sendmsg loop by what its functions do, whatever they are called. Decides nothing.
import type { CppClass } from '../class-facts.ts';
import { type Document, type Node, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { CppFunction } from '../function-facts.ts';
import type { Library } from '../library.ts';
import { classBehind } from '../lineage.ts';
import { functionOf, resolveVariable } from '../scope.ts';
import {
  argumentsOf,
  bare,
  calledName,
  collapsed,
  definitionAround,
  every,
  fieldUse,
  operatorOf,
} from './tree-walk.ts';

/** The fields of the connection that keep the loop, by what they are for. */
export interface LoopFields {
  /** The array of msghdr. */
  readonly messages: string;
  /** The message that is being sent. */
  readonly current: string;
  /** Messages in use. */
  readonly used: string;
  /** The array of iovec. */
  readonly vectors: string;
  /** Vectors in use. */
  readonly vectorsUsed: string;
  /** Elements allocated in the two arrays, and bytes in the message that is being filled; undefined where nothing counts. */
  readonly size: string | undefined;
  readonly vectorsSize: string | undefined;
  readonly bytes: string | undefined;
}

/** The function that adds memory, with the places of its three parameters. */
export interface Append {
  readonly fn: CppFunction;
  readonly connection: number;
  readonly memory: number;
  readonly length: number;
}

/** The function that sends. */
export interface Transmit {
  readonly fn: CppFunction;
  readonly call: Node;
  /** `c` in `sendmsg(c->sfd, &c->list[c->current], 0)`. */
  readonly object: string;
  /** Undefined where the message is handed to another function and not to sendmsg. */
  readonly descriptor: Node | undefined;
  readonly flags: string;
}

/** A recognised loop. */
export interface LoopShape {
  readonly connection: CppClass;
  readonly fields: LoopFields;
  readonly begin: CppFunction;
  readonly append: Append;
  /** Makes room for more vectors; undefined where another function does it. */
  readonly grow: CppFunction | undefined;
  readonly transmit: Transmit;
}

/** The loops of some documents; a call of sendmsg with a message of its own is none. */
export function loopShapes(library: Library, documents: readonly Document[]): readonly LoopShape[] {
  const found = documents.flatMap((doc) =>
    every(doc.root, 'call_expression').flatMap((call) => {
      const sending = sendingCall(library, doc, call);
      const shape = sending === undefined ? undefined : shapeOf(library, doc, call, sending);
      return shape === undefined ? [] : [shape];
    }),
  );
  return [...new Map(found.map((shape) => [shape.transmit.fn.nameNode.id, shape])).values()];
}

interface Sending {
  readonly message: Node;
  /** Undefined when the message goes to another function, which may send it or not. */
  readonly descriptor: Node | undefined;
  readonly flags: Node | undefined;
}

// `sendmsg(c->sfd, m, 0)`, or a call that hands a message to a function of the tree or through a pointer.
function sendingCall(library: Library, doc: Document, call: Node): Sending | undefined {
  const given = argumentsOf(call);
  const name = calledName(doc, call);
  if (name === 'sendmsg') {
    const [descriptor, message, flags] = given;
    return message === undefined ? undefined : { message, descriptor, flags };
  }
  const isPointer = call.childForFieldName('function')?.type === 'field_expression';
  // Only what has to do with messages is worth a look at its arguments' types.
  if (!/\bmsghdr\b/.test(definitionAround(call)?.text ?? '')) return undefined;
  if (given.length === 0 || (name === undefined && !isPointer)) return undefined;
  const takes = (at: number): boolean =>
    isPointer || library.functionsNamed(name ?? '').some((fn) => fn.parameters[at]?.type.base === 'msghdr');
  const message = given.find((each, at) => isMessage(library, doc, each) && takes(at));
  return message === undefined ? undefined : { message, descriptor: undefined, flags: undefined };
}

function isMessage(library: Library, doc: Document, argument: Node): boolean {
  const expression = bare(argument);
  if (!/^(?:identifier|pointer_expression|binary_expression)$/.test(expression.type)) return false;
  const type = typeOf(library, doc, expression)?.type;
  return type?.base === 'msghdr' && type.levels.length === 1;
}

function shapeOf(library: Library, doc: Document, call: Node, sending: Sending): LoopShape | undefined {
  const { message, descriptor, flags } = sending;
  const definition = definitionAround(call);
  const fn = definition === undefined ? undefined : functionOf(doc, definition);
  if (fn?.body === undefined) return undefined;
  const element = elementOf(doc, fn.body, message);
  if (element === undefined) return undefined;
  const { object, array, index } = element;
  const connection = classWith(library, doc, object, array);
  const used = connection === undefined ? undefined : usedField(doc, fn.body, index);
  if (connection === undefined || used === undefined) return undefined;
  const others = library.mentioning(array);
  const functions = others.flatMap((other) => functionsIn(other));
  const begin = onlyOne(functions.flatMap((each) => beginFacts(each, array, used)));
  if (begin === undefined) return undefined;
  const callers = library.mentioning(begin.vectors).flatMap((other) => functionsIn(other));
  const append = onlyOne([...new Set([...functions, ...callers])].flatMap((each) => appendFacts(each)));
  if (append === undefined) return undefined;
  const growers = callers.filter((each) => regrows(each, array, begin.vectors));
  const grow = growers.find(
    (each) => each.node.id !== append.fn.node.id && each.node.id !== begin.fn.node.id,
  );
  const makers = [begin.fn, append.fn, ...(grow === undefined ? [] : [grow])];
  const fields: LoopFields = {
    messages: array,
    current: index,
    used,
    vectors: begin.vectors,
    vectorsUsed: begin.vectorsUsed,
    size: comparedWith(makers, used, [index]),
    vectorsSize: comparedWith(makers, begin.vectorsUsed, []),
    bytes: byteField(append),
  };
  return {
    connection,
    fields,
    begin: begin.fn,
    append,
    grow,
    transmit: {
      fn,
      call,
      object: textOf(doc, object),
      descriptor,
      flags: flags === undefined ? '0' : collapsed(textOf(doc, flags)),
    },
  };
}

interface Element {
  readonly object: Node;
  readonly array: string;
  readonly index: string;
}

// `&c->list[c->current]` or `c->list + c->current`, at once or by way of a local.
function elementOf(doc: Document, body: Node, message: Node): Element | undefined {
  const expression = bare(message);
  if (expression.type === 'identifier') {
    const name = textOf(doc, expression);
    const given = [
      resolveVariable(doc, expression)?.initialiser,
      ...every(body, 'assignment_expression')
        .filter((each) => textOf(doc, each.childForFieldName('left') ?? each) === name)
        .map((each) => each.childForFieldName('right') ?? undefined),
    ].filter((each) => each !== undefined);
    return given.map((each) => directElement(doc, bare(each))).find((each) => each !== undefined);
  }
  return directElement(doc, expression);
}

function directElement(doc: Document, expression: Node): Element | undefined {
  const pair =
    expression.type === 'pointer_expression' && doc.text[expression.startIndex] === '&'
      ? subscripted(bare(expression.childForFieldName('argument') ?? expression))
      : expression.type === 'binary_expression' && operatorOf(doc, expression) === '+'
        ? ([expression.childForFieldName('left'), expression.childForFieldName('right')] as const)
        : undefined;
  if (pair === undefined) return undefined;
  const array = fieldUse(doc, pair[0]);
  const index = fieldUse(doc, pair[1]);
  if (array === undefined || index === undefined) return undefined;
  if (textOf(doc, array.object) !== textOf(doc, index.object)) return undefined;
  return { object: array.object, array: array.name, index: index.name };
}

function subscripted(node: Node): readonly [Node | null, Node | null] | undefined {
  if (node.type !== 'subscript_expression') return undefined;
  const list = node.childForFieldName('indices');
  const index = list === null ? node.childForFieldName('index') : (list.namedChildren[0] ?? null);
  return [node.childForFieldName('argument'), index];
}

// `struct { struct msghdr *list; struct iovec *vectors; }`, by the type of what is sent, or by its field alone.
function classWith(library: Library, doc: Document, object: Node, array: string): CppClass | undefined {
  const type = typeOf(library, doc, object)?.type;
  const name = type === undefined ? '' : classBehind(library, type);
  return ownClass(library, name, array, new Set());
}

function ownClass(
  library: Library,
  name: string,
  field: string,
  seen: ReadonlySet<string>,
): CppClass | undefined {
  if (name === '' || seen.has(name)) return undefined;
  for (const cls of library.classesNamed(name)) {
    if (cls.fields.some((each) => each.name === field && each.type.base === 'msghdr')) return cls;
    const alias = cls.aliasOf?.base;
    const behind = alias === undefined ? undefined : ownClass(library, alias, field, new Set(seen).add(name));
    if (behind !== undefined) return behind;
  }
  return undefined;
}

// `c->current < c->used`, whichever way round.
function usedField(doc: Document, body: Node, current: string): string | undefined {
  for (const test of every(body, 'binary_expression')) {
    if (!/^(?:<|>|<=|>=|==|!=)$/.test(operatorOf(doc, test))) continue;
    const left = fieldUse(doc, test.childForFieldName('left'))?.name;
    const right = fieldUse(doc, test.childForFieldName('right'))?.name;
    if (left === current && right !== undefined) return right;
    if (right === current && left !== undefined) return left;
  }
  return undefined;
}

interface BeginFacts {
  readonly fn: CppFunction;
  readonly vectors: string;
  readonly vectorsUsed: string;
}

// Points the next message's msg_iov to the next free vector, and counts the message.
function beginFacts(fn: CppFunction, array: string, used: string): readonly BeginFacts[] {
  const { doc, body } = fn;
  if (body === undefined || !mentionsField(fn, array) || !counts(fn, used)) return [];
  for (const assignment of every(body, 'assignment_expression')) {
    if (fieldUse(doc, assignment.childForFieldName('left'))?.name !== 'msg_iov') continue;
    const right = assignment.childForFieldName('right');
    const element = right === null ? undefined : directElement(doc, bare(right));
    if (element !== undefined) return [{ fn, vectors: element.array, vectorsUsed: element.index }];
  }
  return [];
}

function counts(fn: CppFunction, field: string): boolean {
  const { doc, body } = fn;
  if (body === undefined) return false;
  const updated = every(body, 'update_expression').some(
    (each) => fieldUse(doc, each.childForFieldName('argument'))?.name === field,
  );
  return (
    updated ||
    every(body, 'assignment_expression').some(
      (each) =>
        /^(?:=|\+=)$/.test(operatorOf(doc, each)) &&
        fieldUse(doc, each.childForFieldName('left'))?.name === field &&
        !/^0$/.test(textOf(doc, each.childForFieldName('right') ?? each)),
    )
  );
}

// Stores a pointer and a length that it was given into a vector.
function appendFacts(fn: CppFunction): readonly Append[] {
  const { doc, body } = fn;
  if (body === undefined || fn.parameters.length < 3) return [];
  const parameter = (node: Node | null): number => {
    const value = node === null ? undefined : bare(node);
    return fn.parameters.findIndex(
      (each) => each.name !== undefined && value !== undefined && textOf(doc, value) === each.name,
    );
  };
  let memory = -1;
  let length = -1;
  for (const assignment of every(body, 'assignment_expression')) {
    const field = fieldUse(doc, assignment.childForFieldName('left'))?.name;
    const at = parameter(assignment.childForFieldName('right'));
    if (field === 'iov_base' && at !== -1) memory = at;
    if (field === 'iov_len' && at !== -1) length = at;
  }
  const connection = fn.parameters.findIndex((_, at) => at !== memory && at !== length);
  return memory === -1 || length === -1 ? [] : [{ fn, connection, memory, length }];
}

// Points the messages' msg_iov into an array that it made larger.
function regrows(fn: CppFunction, array: string, vectors: string): boolean {
  const { doc, body } = fn;
  if (body === undefined || !mentionsField(fn, array)) return false;
  const grows = every(body, 'assignment_expression').some(
    (each) => fieldUse(doc, each.childForFieldName('left'))?.name === vectors,
  );
  return grows && /\bmsg_iov\b/.test(textOf(doc, body));
}

// The field that a count is compared with: `c->size == c->used`.
function comparedWith(
  functions: readonly CppFunction[],
  count: string,
  but: readonly string[],
): string | undefined {
  for (const { doc, body } of functions) {
    for (const test of body === undefined ? [] : every(body, 'binary_expression')) {
      if (!/^(?:<|>|<=|>=|==|!=)$/.test(operatorOf(doc, test))) continue;
      const left = fieldUse(doc, test.childForFieldName('left'))?.name;
      const right = fieldUse(doc, test.childForFieldName('right'))?.name;
      const other = left === count ? right : right === count ? left : undefined;
      if (other !== undefined && !but.includes(other)) return other;
    }
  }
  return undefined;
}

// `c->bytes += length`
function byteField({ fn, length }: Append): string | undefined {
  const { doc, body } = fn;
  for (const assignment of body === undefined ? [] : every(body, 'assignment_expression')) {
    const right = assignment.childForFieldName('right');
    if (operatorOf(doc, assignment) !== '+=' || right === null) continue;
    const field = fieldUse(doc, assignment.childForFieldName('left'));
    if (
      field !== undefined &&
      textOf(doc, bare(right)) === fn.parameters[length]?.name &&
      bare(field.object).type === 'identifier'
    )
      return field.name;
  }
  return undefined;
}

function mentionsField({ doc, body }: CppFunction, field: string): boolean {
  return body !== undefined && new RegExp(`(?:->|\\.)\\s*${field}\\b`).test(textOf(doc, body));
}

const known = new WeakMap<Document, readonly CppFunction[]>();

/** The functions that a document defines. */
export function functionsIn(doc: Document): readonly CppFunction[] {
  const hit = known.get(doc);
  if (hit !== undefined) return hit;
  const found = every(doc.root, 'function_definition')
    .map((node) => functionOf(doc, node))
    .filter((fn) => fn !== undefined);
  known.set(doc, found);
  return found;
}

function onlyOne<T extends { readonly fn: CppFunction }>(found: readonly T[]): T | undefined {
  const distinct = new Map(found.map((each) => [`${each.fn.doc.file}:${each.fn.node.startIndex}`, each]));
  const [first] = distinct.values();
  return distinct.size === 1 ? first : undefined;
}
