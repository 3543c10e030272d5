// Whether a store that stands behind an add may move above it: everything in between stays what it was, and so does the add.
import { type Document, type Node, parts, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { Library } from '../library.ts';
import { libraryCall } from '../library-calls.ts';
import { resolveVariable } from '../scope.ts';
import { calleeText } from './function-index.ts';
import { type MemoryReader, memoryReader, overlaps, type Path } from './memory.ts';
import type { Store } from './stores-after.ts';
import { visibleFunctions } from './visible-functions.ts';

/** What a store reads, and what it goes through. */
export function operandPaths(library: Library, doc: Document, store: Store): readonly Path[] {
  const reader = memoryReader(library, doc);
  return operandsOf(store.node).flatMap((operand) => reader.object(operand));
}

/**
 * The statement of a store if it may move above `first` (a statement of the same block that adds by `add`): the statements
 * between neither read nor write what it stores, change nothing that it is computed from, and the add itself reads none of it.
 */
export function hoistable(
  library: Library,
  doc: Document,
  store: Store,
  first: Node,
  add: Node,
): Node | undefined {
  const statement = store.node.parent;
  if (store.isGuess || (store.node.type === 'call_expression' && !isLibraryStore(doc, store.node)))
    return undefined;
  if (statement?.type !== 'expression_statement' || statement.parent?.id !== first.parent?.id)
    return undefined;
  if (first.type !== 'expression_statement' || statement.startIndex < first.endIndex) return undefined;
  const reader = memoryReader(library, doc);
  if (readsStored(library, doc, reader, add, store)) return undefined;
  const operands = operandsOf(store.node);
  // `add(p++, n)` moves what the store goes through.
  const list = add.childForFieldName('arguments');
  if (list !== null && setsAny(list, operands, reader, true)) return undefined;
  const calls = store.node
    .descendantsOfType('call_expression')
    .filter((call) => call !== null && call.id !== store.node.id);
  if (calls.some((call) => call !== null && !isPureCall(library, doc, call))) return undefined;
  for (let at: Node | null = first; at !== null && at.id !== statement.id; at = at.nextNamedSibling) {
    if (at.type === 'comment' || at.id === first.id) continue;
    if (at.type !== 'expression_statement' && at.type !== 'declaration') return undefined;
    if (at.descendantsOfType('call_expression').length > 0) return undefined;
    if (touches(at, store.paths, reader)) return undefined;
    if (setsAny(at, operands, reader)) return undefined;
    if (at.type === 'declaration' && declaresAny(doc, at, operands)) return undefined;
  }
  // What the store reads must not be what the added memory holds.
  const right = store.node.childForFieldName('right');
  return right !== null && touches(right, store.paths, reader, true) ? undefined : statement;
}

const OPERANDS = ['identifier', 'field_expression', 'subscript_expression', 'pointer_expression', 'this'];

function operandsOf(store: Node): readonly Node[] {
  const own = store.type === 'assignment_expression' ? store.childForFieldName('right') : store;
  const left = store.type === 'assignment_expression' ? store.childForFieldName('left') : null;
  // What the left side goes through is read as well.
  const through =
    left === null ? [] : left.descendantsOfType(OPERANDS).filter((node) => node?.id !== left.id);
  return [...(own === null ? [] : [own, ...own.descendantsOfType(OPERANDS)]), ...through].filter(
    (node) => node !== null,
  );
}

// The add's own pointer and length: `add(&h, h.len)` reads h.len, `add(s.data(), s.size())` all of the string.
function readsStored(
  library: Library,
  doc: Document,
  reader: MemoryReader,
  add: Node,
  store: Store,
): boolean {
  const list = add.childForFieldName('arguments');
  if (list === null) return true;
  const isElement = store.node.childForFieldName('left')?.type === 'subscript_expression';
  return list.descendantsOfType(['identifier', 'field_expression']).some((node) => {
    if (node === null || isAddressOnly(library, doc, node) || (isElement && isHolderOf(node))) return false;
    return reader
      .object(node)
      .some((path) => store.paths.some((stored) => isPart(stored, path) || isPart(path, stored)));
  });
}

// `&x`, an array, a member's holder, and what sizeof measures: no value is read.
function isAddressOnly(library: Library, doc: Document, node: Node): boolean {
  for (let at: Node | null = node; at !== null; at = at.parent) {
    const parent: Node | null = at.parent;
    if (parent === null || parent.type === 'argument_list') break;
    if (parent.type === 'sizeof_expression') return true;
    if (parent.type === 'pointer_expression' && doc.text[parent.startIndex] === '&') return true;
    if (parent.type === 'field_expression' && parent.childForFieldName('argument')?.id === at.id) {
      if (!isHolderOf(at)) return true;
    }
  }
  return typeOf(library, doc, node)?.isArray === true;
}

// `s` of `s.data()`
function isHolderOf(node: Node): boolean {
  const member = node.parent;
  return (
    member?.type === 'field_expression' &&
    member.parent?.type === 'call_expression' &&
    member.parent.childForFieldName('function')?.id === member.id
  );
}

function isPart(whole: Path, part: Path): boolean {
  return overlaps(whole, part);
}

function isLibraryStore(doc: Document, call: Node): boolean {
  const list = call.childForFieldName('arguments');
  return list !== null && parts(list).some((_, i) => libraryCall(calleeText(doc, call), i) === 'stores');
}

const PURE =
  /^(?:(?:std::)?(?:min|max|move|strlen|strnlen|memcmp|strcmp|abs)|hton(?:s|l|ll)|ntoh(?:s|l|ll)|htobe\d+|be\d+toh|htole\d+|le\d+toh|bswap_\d+|__builtin_bswap\d+|u?int\d*(?:_t)?|size_t|char|bool|\w+_cast<[^()]*>)$/;
const PURE_METHOD = /^(?:size|length|data|c_str|empty|begin|end|get|count)$/;

/** It computes something and changes nothing. */
export function isPureCall(library: Library, doc: Document, call: Node, depth = 0): boolean {
  const name = calleeText(doc, call);
  if (PURE.test(name)) return true;
  const callee = call.childForFieldName('function');
  const isMethod = callee?.type === 'field_expression';
  const word = isMethod ? textOf(doc, callee.childForFieldName('field') ?? callee) : name;
  if (isMethod && PURE_METHOD.test(word)) return true;
  if ((callee?.type !== 'identifier' && !isMethod) || depth > 2) return false;
  const functions = visibleFunctions(library, word).filter((fn) => fn.body !== undefined);
  return (
    functions.length > 0 &&
    functions.every((fn) => {
      const inner = fn.node.descendantsOfType('call_expression');
      const sets = fn.node.descendantsOfType(['assignment_expression', 'update_expression']).some((node) => {
        const target = node?.childForFieldName(node.type === 'assignment_expression' ? 'left' : 'argument');
        const variable = target?.type === 'identifier' ? resolveVariable(fn.doc, target) : undefined;
        return (
          variable === undefined ||
          variable.node.startIndex < fn.node.startIndex ||
          variable.node.endIndex > fn.node.endIndex
        );
      });
      return !sets && inner.every((one) => one !== null && isPureCall(library, fn.doc, one, depth + 1));
    })
  );
}

function touches(node: Node, stored: readonly Path[], reader: MemoryReader, whole = false): boolean {
  return [node, ...node.descendantsOfType(OPERANDS)].some((part) => {
    if (part === null) return false;
    const paths = [...reader.object(part), ...(whole ? reader.pointee(part) : [])];
    return paths.some((path) => stored.some((one) => overlaps(one, path)));
  });
}

// Something that the store is computed from is set in between; through a pointer that may be anything that is read through one.
function setsAny(node: Node, operands: readonly Node[], reader: MemoryReader, isAdd = false): boolean {
  const reads = operands.flatMap((operand) => reader.object(operand));
  // What is added by side effect of its own arguments stays where it is.
  if (isAdd && node.descendantsOfType(['assignment_expression', 'update_expression']).length > 0) return true;
  return node.descendantsOfType(['assignment_expression', 'update_expression']).some((part) => {
    const target = part?.childForFieldName(part.type === 'assignment_expression' ? 'left' : 'argument');
    if (target === null || target === undefined) return true;
    const set = reader.object(target);
    if (set.length === 0) return true;
    if (set.some((one) => reads.some((read) => overlaps(one, read)))) return true;
    const isThroughPointer = set.some(({ steps }) => steps.includes('*'));
    return isThroughPointer && reads.some(({ steps }) => steps.includes('*'));
  });
}

function declaresAny(doc: Document, node: Node, operands: readonly Node[]): boolean {
  return operands.some((operand) => {
    const variable = operand.type === 'identifier' ? resolveVariable(doc, operand) : undefined;
    return variable !== undefined && variable.node.id === node.id;
  });
}
