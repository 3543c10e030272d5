// Finds the memory that is stored to after it was added, over all functions of the tree that queue something.
import type { Document } from '../document.ts';
import type { CppFunction } from '../function-facts.ts';
import type { Library } from '../library.ts';
import { functionsIn } from './functions-in.ts';
import type { LoopShape } from './loop-shape.ts';
import type { LateStore, StoreSeen } from './queue-state.ts';
import { queueWalk } from './queue-walk.ts';
import { calledName, every } from './tree-walk.ts';

/** The late stores of a tree, and every store that was seen on the way. */
export interface LateStores {
  readonly late: readonly LateStore[];
  readonly seen: readonly StoreSeen[];
}

/** Every late store, in the order of its function; each store and add once. */
export function lateStores(library: Library, shape: LoopShape): LateStores {
  const silent = new Set([shape.append.fn.name, shape.begin.name, shape.transmit.fn.name, shape.grow?.name]);
  const callers = callersOf(library, shape);
  const queueing = new Map<string, CppFunction[]>();
  for (const fn of callers) queueing.set(fn.name, [...(queueing.get(fn.name) ?? []), fn]);
  const touching = functionsTouching(library, [shape.fields.used, ...bytePointers(shape)]);
  const definitionsOf = (name: string, doc: Document, isGiven: boolean): readonly CppFunction[] => {
    // Elsewhere only what stores to memory like the queued one matters, and what forgets the queue.
    const all = queueing.get(name) ?? (isGiven ? library.functionsNamed(name) : touching.get(name));
    return (all ?? []).filter((fn) => fn.body !== undefined && (!fn.isStatic || fn.doc === doc));
  };
  const sends = (fn: CppFunction): boolean => callNames(fn).has(shape.transmit.fn.name);
  const walk = queueWalk(library, shape, definitionsOf, (fn) => silent.has(fn.name) || sends(fn));
  for (const fn of callers) walk.summaryOf(fn);
  const seen = new Map<string, LateStore>();
  for (const each of walk.late) {
    const key = `${each.fn.doc.file}:${each.store.startIndex}:${each.queued.addDoc.file}:${each.queued.add.startIndex}`;
    if (!seen.has(key)) seen.set(key, each);
  }
  return { late: [...seen.values()], seen: walk.seen };
}

const known = new WeakMap<CppFunction, ReadonlySet<string | undefined>>();

function callNames(fn: CppFunction): ReadonlySet<string | undefined> {
  const hit = known.get(fn);
  if (hit !== undefined) return hit;
  const names = new Set(every(fn.node, 'call_expression').map((call) => calledName(fn.doc, call)));
  known.set(fn, names);
  return names;
}

// The functions that add, and those that call one of these, up to what sends: there a response ends.
function callersOf(library: Library, { append, transmit }: LoopShape): readonly CppFunction[] {
  const found = new Map<string, CppFunction>();
  const names = [append.fn.name];
  const done = new Set<string>();
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (done.has(name)) continue;
    done.add(name);
    for (const doc of library.mentioning(name))
      for (const fn of functionsIn(doc)) {
        const calls = callNames(fn);
        if (!calls.has(name)) continue;
        found.set(`${doc.file}:${fn.node.startIndex}`, fn);
        if (!calls.has(transmit.fn.name) && fn.name !== transmit.fn.name) names.push(fn.name);
      }
  }
  return [...found.values()];
}

// The pointers to bytes that a connection has: `->wbuf`.
function bytePointers({ connection }: LoopShape): readonly string[] {
  return connection.fields
    .filter(
      ({ type }) =>
        type.levels.length === 1 && /^(?:unsigned |signed )?(?:char|void)$|^u?int8_t$/.test(type.base),
    )
    .map(({ name }) => name);
}

function functionsTouching(
  library: Library,
  fields: readonly string[],
): ReadonlyMap<string, readonly CppFunction[]> {
  const pattern = new RegExp(`(?:->|\\.)\\s*(?:${fields.join('|')})\\b`);
  const docs = new Set(fields.flatMap((field) => library.mentioningLike(field, pattern)));
  const found = new Map<string, readonly CppFunction[]>();
  for (const doc of docs)
    for (const fn of functionsIn(doc))
      if (fn.body !== undefined && pattern.test(doc.text.slice(fn.body.startIndex, fn.body.endIndex)))
        found.set(fn.name, [...(found.get(fn.name) ?? []), fn]);
  return found;
}
