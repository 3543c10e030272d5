// Memory that is stored to after it was added: with iovecs the later bytes are sent, with a copy they are lost.
// A store that stands in the open moves above the add; every other one is for a person.
import { type Document, type Node, parts, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import { type CppFunction, isConstMethod } from '../function-facts.ts';
import type { Library } from '../library.ts';
import { libraryCall } from '../library-calls.ts';
import { classBehind, lineage } from '../lineage.ts';
import { enclosingOwner } from '../scope.ts';
import { isReadOnly } from '../type-name.ts';
import { runsAt } from './effects.ts';
import { calleeText } from './function-index.ts';
import { namesStoredByMacro, storedByMacro } from './macro-stores.ts';
import { type MemoryReader, memoryReader, overlaps, type Path } from './memory.ts';
import { visibleFunctions } from './visible-functions.ts';

/** One store in a function. */
export interface Store {
  readonly node: Node;
  readonly paths: readonly Path[];
  /** `rsp->cas is assigned`, `memcpy() writes to c->wbuf`. */
  readonly what: string;
  /** It is only guessed that it stores: what it is given has to be the memory itself, not something around it. */
  readonly isGuess: boolean;
}

const MUTATORS =
  /^(?:set|add|append|assign|clear|emplace|erase|fill|insert|pop|prepend|push|put|replace|reset|resize|swap|write|encode|update|increment)(?:[A-Z_]\w*|_?back|_?front)?$/;
const HARMLESS =
  /(?:^|[^a-z])(?:free|release|delete|unref|decref|log|print|dump|trace|debug|assert|check|expect|strlen|hash|len|size|length|sum|is|get|find|cmp|compare|equal)(?:$|[^a-z])/i;

/** The stores of one function to memory near the given memory, in file order. */
export function storesIn(
  library: Library,
  doc: Document,
  fn: Node,
  memory: readonly Path[],
): readonly Store[] {
  const reader = memoryReader(library, doc);
  const nodes = fn.descendantsOfType(['assignment_expression', 'update_expression', 'call_expression']);
  const found = nodes.flatMap((node): readonly Store[] => {
    if (node === null) return [];
    if (node.type === 'call_expression') return storesOfCall(library, doc, reader, node, memory);
    const target = node.childForFieldName(node.type === 'assignment_expression' ? 'left' : 'argument');
    if (target === null) return [];
    const paths = near(reader.object(target), memory);
    return paths.length === 0
      ? []
      : [{ node, paths, what: `${textOf(doc, target)} is stored to`, isGuess: false }];
  });
  // What stands in a lambda that has a name happens where it is called.
  return found.flatMap((store) =>
    runsAt(doc, store.node).map((at) =>
      at.id === store.node.id ? store : { ...store, node: at, isGuess: true },
    ),
  );
}

// Paths that lead towards the memory or on from it; behind an accessor lies something else.
function near(paths: readonly Path[], memory: readonly Path[]): readonly Path[] {
  return paths.filter((path) =>
    memory.some((one) => {
      if (one.key !== path.key) return false;
      const length = Math.min(one.steps.length, path.steps.length);
      for (let i = 0; i < length; i++) if (one.steps[i] !== path.steps[i]) return overlaps(path, one);
      return !one.steps.slice(length).some((name) => name.endsWith('()'));
    }),
  );
}

function storesOfCall(
  library: Library,
  doc: Document,
  reader: MemoryReader,
  call: Node,
  memory: readonly Path[],
): readonly Store[] {
  const list = call.childForFieldName('arguments');
  const callee = call.childForFieldName('function');
  if (list === null || callee === null) return [];
  const name = calleeText(doc, call);
  if (SENDING.test(name)) return [];
  const stores = parts(list).flatMap((arg, i): Store[] => {
    if (
      !POINTERS.test(arg.type) ||
      near([...reader.pointee(arg), ...reader.object(arg)], memory).length === 0
    )
      return [];
    const { paths, isGuess } = storedThrough(library, reader, doc, name, i, arg);
    const own = near([...paths, ...through(reader, storedByMacro(library, name, i), arg)], memory);
    const what = `${name}() writes to ${textOf(doc, arg).replace(/\s+/g, ' ')}`;
    return own.length === 0 ? [] : [{ node: call, paths: own, what, isGuess }];
  });
  const named = namesStoredByMacro(library, name).flatMap((one) =>
    memory.filter((path) => path.key === one || isDeclared(path.origin, one)),
  );
  const byName: readonly Store[] =
    named.length === 0 ? [] : [{ node: call, paths: named, what: `${name}() stores to it`, isGuess: true }];
  const all = [...stores, ...byName, ...storesOfBody(library, doc, call, callee, name, memory)];
  return callee.type === 'field_expression'
    ? [...all, ...storesOfMethod(library, doc, reader, call, callee, memory)]
    : all;
}

function isDeclared(origin: Node | undefined, name: string): boolean {
  return origin !== undefined && new RegExp(`\\b${name}\\b`).test(origin.text.replace(/=[\s\S]*/, ''));
}

// What a function stores to by itself: members of the same object, variables of the file.
function storesOfBody(
  library: Library,
  doc: Document,
  call: Node,
  callee: Node,
  name: string,
  memory: readonly Path[],
): readonly Store[] {
  const isOwn = callee.type === 'identifier' || callee.childForFieldName('argument')?.type === 'this';
  const isShared = (path: Path): boolean => path.origin === undefined || isGlobal(path.origin);
  if (!isOwn || !memory.some(isShared)) return [];
  const owner = enclosingOwner(doc, call);
  const word = /(\w+)$/.exec(name)?.[1] ?? '';
  const functions = visibleFunctions(library, word).filter(
    (fn) =>
      fn.body !== undefined &&
      (fn.owner === '' || fn.owner === owner) &&
      !(fn.node.startIndex <= call.startIndex && fn.node.endIndex >= call.endIndex && fn.doc === doc),
  );
  return functions.flatMap((fn) => {
    const paths = near(storedOutside(library, fn), memory.filter(isShared));
    return paths.length === 0 ? [] : [{ node: call, paths, what: `${name}() stores to it`, isGuess: false }];
  });
}

function isGlobal(origin: Node): boolean {
  if (/^static\b/.test(origin.text)) return true;
  for (let at = origin.parent; at !== null; at = at.parent)
    if (/^(?:function_definition|lambda_expression)$/.test(at.type)) return false;
  return true;
}

const outside = new WeakMap<Document, Map<number, readonly Path[]>>();

function storedOutside(library: Library, fn: CppFunction): readonly Path[] {
  const known = outside.get(fn.doc) ?? new Map<number, readonly Path[]>();
  outside.set(fn.doc, known);
  const hit = known.get(fn.node.startIndex);
  if (hit !== undefined) return hit;
  const reader = memoryReader(library, fn.doc);
  const paths = fn.node
    .descendantsOfType(['assignment_expression', 'update_expression', 'call_expression'])
    .flatMap((node): readonly Path[] => {
      if (node === null) return [];
      if (node.type !== 'call_expression') {
        const target = node.childForFieldName(node.type === 'assignment_expression' ? 'left' : 'argument');
        return target === null ? [] : reader.object(target);
      }
      const list = node.childForFieldName('arguments');
      const callee = calleeText(fn.doc, node);
      return list === null
        ? []
        : parts(list).flatMap((arg, i) => (libraryCall(callee, i) === 'stores' ? reader.pointee(arg) : []));
    })
    .filter(({ origin }) => origin === undefined || isGlobal(origin));
  known.set(fn.node.startIndex, paths);
  return paths;
}

// The calls that add and send are looked at as such.
const SENDING =
  /(?:^|\.|->|::|_)(?:addIov|add_iov|addMsgHdr|add_msghdr|pushTempAlloc|reserveItem|copyToOutputStream|chainDataToOutputStream|evbuffer_add\w*|bufferevent_write\w*|transmit|sendmsg|drain|flush)$/;

const POINTERS =
  /^(?:identifier|field_expression|pointer_expression|binary_expression|cast_expression|subscript_expression|call_expression)$/;

const NO_STORE: Pick<Store, 'paths' | 'isGuess'> = { paths: [], isGuess: false };

function storedThrough(
  library: Library,
  reader: MemoryReader,
  doc: Document,
  name: string,
  index: number,
  arg: Node,
): Pick<Store, 'paths' | 'isGuess'> {
  if (/_cast\b/.test(name)) return NO_STORE;
  const known = libraryCall(name, index);
  if (known === 'stores') return { paths: reader.pointee(arg), isGuess: false };
  if (known === 'exchanges') return { paths: reader.object(arg), isGuess: false };
  if (known !== 'unknown') return NO_STORE;
  const word = /(\w+)$/.exec(name)?.[1] ?? '';
  const functions = visibleFunctions(library, word).filter((fn) => fn.parameters.length > index);
  const bodies = functions.filter((fn) => fn.body !== undefined);
  if (bodies.length > 0) {
    const paths = bodies.flatMap((fn) => through(reader, storedBy(library, fn, index, 0), arg));
    return { paths, isGuess: false };
  }
  const types = functions.flatMap((fn) => fn.parameters[index]?.type ?? []);
  const writable = types.some((type) => type.levels.length > 0 && !isReadOnly(type));
  const isReference = types.some((type) => type.levels[0]?.kind === '&');
  // Nobody sees what it does: a name that only looks or lets go is believed, and so is one that gets all of a connection.
  if (HARMLESS.test(word) || !/^[a-z]/.test(word) || (functions.length > 0 && !writable)) return NO_STORE;
  const isAddress = arg.type === 'pointer_expression' && doc.text[arg.startIndex] === '&';
  if (writable && isReference) return { paths: reader.object(arg), isGuess: true };
  return isAddress || writable ? { paths: reader.pointee(arg), isGuess: true } : NO_STORE;
}

/** Steps from a parameter to what is stored through it: `*, cas`. */
type Steps = readonly string[];

function through(reader: MemoryReader, stored: readonly Steps[], arg: Node): readonly Path[] {
  return stored.flatMap((steps) =>
    steps[0] === '*'
      ? reader.pointee(arg).map((path) => ({ ...path, steps: [...path.steps, ...steps.slice(1)] }))
      : reader.object(arg).map((path) => ({ ...path, steps: [...path.steps, ...steps] })),
  );
}

// What a function stores through one of its parameters, by itself and one call deeper.
function storedBy(library: Library, fn: CppFunction, index: number, depth: number): readonly Steps[] {
  const parameter = fn.parameters[index];
  if (parameter?.nameNode === undefined || fn.body === undefined || depth > 3) return [];
  if (parameter.type.levels.length === 0) return [];
  const { doc } = fn;
  const reader = memoryReader(library, doc);
  const key = `${doc.file}:${parameter.nameNode.startIndex}`;
  const ours = (paths: readonly Path[]): readonly Steps[] =>
    paths.filter((path) => path.key === key).map(({ steps }) => steps);
  return fn.node
    .descendantsOfType(['assignment_expression', 'update_expression', 'call_expression'])
    .flatMap((node): readonly Steps[] => {
      if (node === null) return [];
      if (node.type !== 'call_expression') {
        const target = node.childForFieldName(node.type === 'assignment_expression' ? 'left' : 'argument');
        if (target === null) return [];
        const steps = ours(reader.object(target));
        // Setting the parameter itself to another place stores to nothing.
        return target.type === 'identifier' && parameter.type.levels[0]?.kind === '*' ? [] : steps;
      }
      const list = node.childForFieldName('arguments');
      const callee = calleeText(doc, node);
      return list === null
        ? []
        : parts(list).flatMap((arg, i): readonly Steps[] => {
            if (libraryCall(callee, i) === 'stores') return ours(reader.pointee(arg));
            if (
              !POINTERS.test(arg.type) ||
              ours([...reader.pointee(arg), ...reader.object(arg)]).length === 0
            )
              return [];
            const word = /(\w+)$/.exec(callee)?.[1] ?? '';
            const inner = visibleFunctions(library, word).filter(
              (one) => one.body !== undefined && one.parameters.length > i,
            );
            const deeper = inner.flatMap((one) => storedBy(library, one, i, depth + 1));
            return ours(through(reader, [...deeper, ...storedByMacro(library, word, i)], arg));
          });
    });
}

function storesOfMethod(
  library: Library,
  doc: Document,
  reader: MemoryReader,
  call: Node,
  callee: Node,
  memory: readonly Path[],
): readonly Store[] {
  const [holder, field] = [callee.childForFieldName('argument'), callee.childForFieldName('field')];
  if (holder === null || field === null) return [];
  const name = textOf(doc, field);
  const isArrow = doc.text.slice(holder.endIndex, field.startIndex).includes('->');
  const paths = near(isArrow ? reader.pointee(holder) : reader.object(holder), memory);
  if (paths.length === 0) return [];
  const type = typeOf(library, doc, holder);
  const cls = type === undefined ? '' : classBehind(library, type.type);
  const family = lineage(library, cls);
  const own = visibleFunctions(library, name).filter((fn) => family.has(fn.owner));
  if (own.length > 0 ? own.every(isConstMethod) : !MUTATORS.test(name)) return [];
  // A smart pointer's own reset stores to nothing.
  if (!isArrow && type !== undefined && /ptr</.test(type.type.base)) return [];
  const what = `${textOf(doc, holder)}${isArrow ? '->' : '.'}${name}() changes it`;
  return [{ node: call, paths, what, isGuess: true }];
}

/** Whether a store changes bytes of the memory. */
export function changes(store: Store, memory: readonly Path[]): boolean {
  return store.paths.some((stored) =>
    memory.some(
      (path) => overlaps(stored, path) && (!store.isGuess || stored.steps.length >= path.steps.length),
    ),
  );
}
