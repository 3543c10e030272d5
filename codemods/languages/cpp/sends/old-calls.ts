// The calls of the old send path by their names in kv_engine (methods) and in memcached (functions of a connection).
import type { SendKind } from '../../../facts/send.ts';
import { type Document, enclosing, type Node, occurrences, parts, textOf } from '../document.ts';

/** What a call of the old path does; `release` and `state` are its neighbours: they release what was kept, or tell what is queued. */
export type OldCallRole =
  | Extract<SendKind, 'begin' | 'add' | 'keep' | 'send'>
  | 'release'
  | 'shrink'
  | 'state';

/** One call of the old path. */
export interface OldCall {
  readonly role: OldCallRole;
  readonly word: string;
  readonly call: Node;
  /** The callee's last name. */
  readonly name: Node;
  /** The connection: the object of a method call, the first argument of a function; undefined for the object itself. */
  readonly receiver: Node | undefined;
  readonly isMethod: boolean;
  /** Arguments without the connection. */
  readonly args: readonly Node[];
  /** It has another number of arguments than the call of that name: what it does is not known. */
  readonly isOdd: boolean;
}

const METHODS: Readonly<Record<string, OldCallRole>> = {
  addIov: 'add',
  addMsgHdr: 'begin',
  getIovUsed: 'state',
  pushTempAlloc: 'keep',
  releaseReservedItems: 'release',
  releaseTempAlloc: 'release',
  reserveItem: 'keep',
  shrinkBuffers: 'shrink',
  transmit: 'send',
};
const FUNCTIONS: Readonly<Record<string, OldCallRole>> = {
  add_iov: 'add',
  add_msghdr: 'begin',
  conn_add_iov: 'add',
  transmit: 'send',
};

/** Every name of the old path that is called, methods and functions. */
export const OLD_NAMES: readonly string[] = [
  ...new Set([...Object.keys(METHODS), ...Object.keys(FUNCTIONS)]),
].sort();

/** The calls of one document, in file order. Prototypes and definitions are none. */
export function oldCallsIn(doc: Document): readonly OldCall[] {
  return OLD_NAMES.flatMap((word) => occurrences(doc, word))
    .flatMap((name) => oldCall(doc, name) ?? [])
    .sort((a, b) => a.call.startIndex - b.call.startIndex);
}

function oldCall(doc: Document, name: Node): OldCall | undefined {
  const word = textOf(doc, name);
  const parent = name.parent;
  if (parent === null || enclosing(name, 'function_definition') === undefined) return undefined;
  const isMember = parent.type === 'field_expression' && parent.childForFieldName('field')?.id === name.id;
  // `Connection::addIov(p, n)` in a class that derives from it.
  const isQualified =
    parent.type === 'qualified_identifier' && parent.childForFieldName('name')?.id === name.id;
  const callee = isMember || isQualified ? parent : name;
  const call = callee.parent;
  if (call?.type !== 'call_expression' || call.childForFieldName('function')?.id !== callee.id)
    return undefined;
  const list = call.childForFieldName('arguments');
  if (list === null) return undefined;
  const args = parts(list);
  const method = METHODS[word];
  if (isMember) {
    const receiver = parent.childForFieldName('argument') ?? undefined;
    return method === undefined || !mayBe(word, method, args)
      ? undefined
      : { role: method, word, call, name, receiver, isMethod: true, args, isOdd: !fits(word, args) };
  }
  const role = isQualified ? undefined : FUNCTIONS[word];
  if (role !== undefined && args.length > 0) {
    const [receiver, ...rest] = args;
    if (mayBe(word, role, rest))
      return { role, word, call, name, receiver, isMethod: false, args: rest, isOdd: !fits(word, rest) };
  }
  // A method of its own object.
  return method === undefined || doc.isC || !mayBe(word, method, args)
    ? undefined
    : { role: method, word, call, name, receiver: undefined, isMethod: true, args, isOdd: !fits(word, args) };
}

/** Where a method that adds or begins is taken as a value (`&Connection::addIov`): nobody sees when it is called. */
export function oldMethodsTaken(doc: Document): readonly Node[] {
  return ['addIov', 'addMsgHdr'].flatMap((word) =>
    occurrences(doc, word).flatMap((name) => {
      const path = name.parent;
      const address = path?.type === 'qualified_identifier' ? path.parent : null;
      return address?.type === 'pointer_expression' ? [address] : [];
    }),
  );
}

const ARITY: Readonly<Record<string, readonly number[]>> = {
  addIov: [2],
  addMsgHdr: [0, 1],
  add_iov: [2],
  add_msghdr: [0],
  conn_add_iov: [2],
  pushTempAlloc: [1],
  reserveItem: [1],
};

// What adds or begins is never overlooked; the other names are common, and mean this with their own arguments only.
function mayBe(word: string, role: OldCallRole, args: readonly Node[]): boolean {
  return role === 'add' || role === 'begin' || fits(word, args);
}

function fits(word: string, args: readonly Node[]): boolean {
  return (ARITY[word] ?? [0]).includes(args.length);
}

/** A begin that forgets what is queued; `addMsgHdr(false)` and memcached's add_msghdr never do. */
export function discards(doc: Document, { role, isMethod, args }: OldCall): boolean {
  const reset = args[0];
  return role === 'begin' && isMethod && reset !== undefined && textOf(doc, reset) !== 'false';
}
