// The functions that call the old send path, each call with the connection's class and what it is sent with instead.
import { type Document, enclosing, type Node, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { CppFunction } from '../function-facts.ts';
import type { Library } from '../library.ts';
import { classBehind, descendants, lineage } from '../lineage.ts';
import { enclosingOwner, functionOf } from '../scope.ts';
import { type OldCall, oldCallsIn } from './old-calls.ts';
import type { SendTarget, SendTargets } from './send-target.ts';

/** A call that is known to be about a connection. */
export interface SendCall extends OldCall {
  /** The connection's class; undefined where no spelling tells. */
  readonly className: string | undefined;
  /** Undefined: nothing is known to send with. */
  readonly target: SendTarget | undefined;
}

/** A function definition and its calls of the old path, in file order. */
export interface SendFunction {
  readonly doc: Document;
  readonly node: Node;
  readonly fn: CppFunction | undefined;
  /** `ship_mutation` or `Cookie::sendResponse`. */
  readonly name: string;
  readonly calls: readonly SendCall[];
}

/** The functions of the senders that have such calls, in file order. */
export function sendFunctions(
  library: Library,
  targets: SendTargets,
  documents: readonly Document[],
): readonly SendFunction[] {
  return documents.flatMap((doc) => {
    const calls = aboutConnections(library, targets, doc, oldCallsIn(doc));
    const byFunction = new Map<number, { readonly node: Node; readonly calls: SendCall[] }>();
    for (const call of calls) {
      const node = outermostFunction(call.call);
      if (node === undefined) continue;
      const known = byFunction.get(node.id) ?? { node, calls: [] };
      known.calls.push(call);
      byFunction.set(node.id, known);
    }
    return [...byFunction.values()].map(({ node, calls: own }) => sendFunction(doc, node, own));
  });
}

/** The facts of one function definition. */
export function sendFunction(doc: Document, node: Node, calls: readonly SendCall[]): SendFunction {
  const fn = functionOf(doc, node);
  return { doc, node, fn, name: fn?.qualified ?? 'a function', calls };
}

/** The function around a place, local classes and lambdas looked through. */
export function outermostFunction(node: Node): Node | undefined {
  return enclosing(node, 'function_definition');
}

// The names of the old path may mean something else: then the class is known, and it is no connection.
function aboutConnections(
  library: Library,
  targets: SendTargets,
  doc: Document,
  calls: readonly OldCall[],
): readonly SendCall[] {
  const read = calls.map((call) => {
    const className = classOf(library, doc, call);
    const isC = doc.isC || !call.isMethod;
    const isOurs = className === undefined ? undefined : isConnection(library, className, targets.isNamed);
    const target = isOurs === false ? undefined : targets.of(className, isC);
    return { call: { ...call, className, target }, isOurs };
  });
  const isSure = read.some(
    ({ call, isOurs }) => isOurs !== false && (call.role === 'add' || call.role === 'begin'),
  );
  return read
    .filter(({ call, isOurs }) => {
      if (isOurs === false) return false;
      if (call.role === 'add' || call.role === 'begin') return true;
      // Names that others have, too, count beside an add, or on a class that has one.
      return isOurs === true || isSure;
    })
    .map(({ call }) => call);
}

function classOf(library: Library, doc: Document, call: OldCall): string | undefined {
  if (call.receiver === undefined) {
    const owner = enclosingOwner(doc, call.call);
    return owner === '' ? undefined : owner;
  }
  const type = typeOf(library, doc, call.receiver);
  if (type === undefined) return undefined;
  const name = classBehind(library, type.type);
  return name === '' || name === 'void' || name === 'auto' ? undefined : name;
}

const PATH_WORDS = /\b(?:iovec|msghdr|sendmsg|bufferevent|evbuffer|copyToOutputStream)\b/;

/** True: the class has the old path or the new one. False: it is the tree's own and has neither. Undefined: not to be seen. */
export function isConnection(
  library: Library,
  className: string,
  contractIsNamed: boolean,
): boolean | undefined {
  const family = new Set([...lineage(library, className), ...descendants(library, className)]);
  const methods = ['addIov', 'addMsgHdr'].flatMap((word) =>
    library.functionsNamed(word).filter((fn) => family.has(fn.owner)),
  );
  const classes = library.classesNamed(className).filter((cls) => cls.aliasOf === undefined);
  if (methods.some((fn) => PATH_WORDS.test(textOf(fn.doc, fn.node)))) return true;
  const owners = new Set(methods.map((fn) => fn.owner));
  const text = [...owners]
    .flatMap((name) => library.classesNamed(name))
    .map((cls) => textOf(cls.doc, cls.node));
  if (text.some((one) => PATH_WORDS.test(one))) return true;
  if (methods.some((fn) => fn.body !== undefined)) return false;
  // With a contract named, a class that is no relative of its connection has to look like one.
  if (methods.length > 0 && !contractIsNamed) return true;
  const published = new Set(library.contractDocuments());
  const all = [...family].flatMap((name) => library.classesNamed(name));
  if (all.some((cls) => published.has(cls.doc))) return true;
  if (classes.some((cls) => PATH_WORDS.test(textOf(cls.doc, cls.node)))) return true;
  // A class that derives from one that is not to be seen may have anything.
  return classes.length === 0 || [...family].some((name) => library.classesNamed(name).length === 0)
    ? undefined
    : false;
}
