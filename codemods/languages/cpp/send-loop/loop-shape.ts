// Recognises a server that owns its sendmsg loop by what its functions do, whatever they are called. Decides nothing.
import type { CppClass } from '../class-facts.ts';
import { type Document, type Node, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { CppFunction } from '../function-facts.ts';
import type { Library } from '../library.ts';
import { classBehind } from '../lineage.ts';
import { functionOf } from '../scope.ts';
import { functionsIn } from './functions-in.ts';
import { appendFacts, beginFacts, byteField, comparedWith, elementOf, regrows } from './loop-functions.ts';
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

function onlyOne<T extends { readonly fn: CppFunction }>(found: readonly T[]): T | undefined {
  const distinct = new Map(found.map((each) => [`${each.fn.doc.file}:${each.fn.node.startIndex}`, each]));
  const [first] = distinct.values();
  return distinct.size === 1 ? first : undefined;
}
