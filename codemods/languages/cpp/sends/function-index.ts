// The functions of the senders by name, and which calls lead to which of them.

import { type Document, enclosing, type Node, occurrences, parts, textOf } from '../document.ts';
import type { CppFunction } from '../function-facts.ts';
import type { Library } from '../library.ts';
import { enclosingOwner, resolveVariable } from '../scope.ts';
import { type DraftFunction, draftFunction } from './site-draft.ts';
import { visibleFunctions } from './visible-functions.ts';

/** A call of one of the drafted functions. */
export interface HelperCall {
  readonly caller: DraftFunction;
  readonly callee: DraftFunction;
  readonly call: Node;
  readonly args: readonly Node[];
}

/** The drafted functions and the calls among them. */
export interface FunctionIndex {
  readonly functions: readonly DraftFunction[];
  /** Calls in one function, in file order. */
  callsIn(fn: DraftFunction): readonly HelperCall[];
  callersOf(fn: DraftFunction): readonly HelperCall[];
}

const ROUNDS = 4;

/** Takes the callers of the given functions in as well, and theirs, as far as the documents reach. */
export function indexFunctions(
  library: Library,
  documents: readonly Document[],
  seeds: readonly DraftFunction[],
): FunctionIndex {
  const known = new Map(seeds.map((seed) => [seed.key, seed]));
  const calls: HelperCall[] = [];
  let fresh: readonly DraftFunction[] = seeds;
  for (let round = 0; round < ROUNDS && fresh.length > 0; round++) {
    const next: DraftFunction[] = [];
    for (const callee of fresh) {
      for (const { doc, call, args } of callsOf(library, documents, callee)) {
        const node = enclosing(call, 'function_definition');
        if (node === undefined) continue;
        const key = `${doc.file}:${node.startIndex}`;
        let caller = known.get(key);
        if (caller === undefined) {
          caller = draftFunction(doc, node);
          known.set(key, caller);
          next.push(caller);
        }
        calls.push({ caller, callee, call, args });
      }
    }
    fresh = next;
  }
  const byPlace = (a: HelperCall, b: HelperCall): number => a.call.startIndex - b.call.startIndex;
  return {
    functions: [...known.values()],
    callsIn: (fn) => calls.filter(({ caller }) => caller === fn).sort(byPlace),
    callersOf: (fn) => calls.filter(({ callee }) => callee === fn),
  };
}

function callsOf(
  library: Library,
  documents: readonly Document[],
  callee: DraftFunction,
): readonly { readonly doc: Document; readonly call: Node; readonly args: readonly Node[] }[] {
  const { fn } = callee;
  if (fn === undefined || fn.name === 'main') return [];
  return documents
    .filter((doc) => !fn.isStatic || fn.owner !== '' || doc.file === callee.doc.file)
    .flatMap((doc) =>
      occurrences(doc, fn.name).flatMap((name) => {
        const call = callBy(name);
        const list = call?.childForFieldName('arguments');
        if (call === undefined || list === null || list === undefined) return [];
        const args = parts(list);
        if (args.length < fn.requiredParameters || args.length > fn.parameters.length) return [];
        return leadsTo(library, doc, call, callee) ? [{ doc, call, args }] : [];
      }),
    );
}

function callBy(name: Node): Node | undefined {
  let callee = name;
  while (
    callee.parent !== null &&
    /^(?:qualified_identifier|field_expression|template_function)$/.test(callee.parent.type) &&
    (callee.parent.childForFieldName('name')?.id === callee.id ||
      callee.parent.childForFieldName('field')?.id === callee.id)
  )
    callee = callee.parent;
  const call = callee.parent;
  return call?.type === 'call_expression' && call.childForFieldName('function')?.id === callee.id
    ? call
    : undefined;
}

// Told from what is parsed already: a look at every type on the way would cost more than all the rest.
function leadsTo(library: Library, doc: Document, call: Node, { fn, doc: home }: DraftFunction): boolean {
  const callee = call.childForFieldName('function');
  if (fn === undefined || callee === null) return false;
  const isMethodCall = callee.type === 'field_expression';
  if (fn.owner === '') {
    if (isMethodCall) return false;
    return doc.file === home.file || isOnlyOne(library, fn);
  }
  if (!isMethodCall) {
    const scope =
      callee.type === 'qualified_identifier'
        ? textOf(doc, callee.childForFieldName('scope') ?? callee)
        : undefined;
    return scope === undefined ? enclosingOwner(doc, call) === fn.owner : scope.endsWith(fn.owner);
  }
  const className = spelledClass(doc, callee.childForFieldName('argument'));
  return className === undefined ? isOnlyOne(library, fn) : className === fn.owner;
}

// No other class, and no other function, has one of that name and arity.
function isOnlyOne(library: Library, fn: CppFunction): boolean {
  return visibleFunctions(library, fn.name).every(
    (other) => other.owner === fn.owner || other.parameters.length !== fn.parameters.length,
  );
}

function spelledClass(doc: Document, object: Node | null): string | undefined {
  if (object?.type === 'this') return enclosingOwner(doc, object);
  if (object?.type !== 'identifier') return undefined;
  const type = resolveVariable(doc, object)?.node.childForFieldName('type');
  if (type === null || type === undefined || !/identifier$/.test(type.type)) return undefined;
  const name = textOf(doc, type).replace(/^.*::/, '');
  return name === 'auto' ? undefined : name;
}

/** The text of the function's name at a call. */
export function calleeText(doc: Document, call: Node): string {
  const callee = call.childForFieldName('function');
  return callee === null ? '' : textOf(doc, callee);
}
