// What is queued at one place of a function, what its pointers point to, and what happens where branches meet.
import { type Document, type Node, textOf } from '../document.ts';
import type { CppFunction } from '../function-facts.ts';
import type { Library } from '../library.ts';
import type { LoopShape } from './loop-shape.ts';
import { overlaps, type Pointers, type Region, type Spot } from './memory-region.ts';

/** Memory that an add queued. */
export interface Queued {
  readonly region: Region;
  /** The same bytes as the function around the add sees them. */
  readonly own: Region;
  /** The call of the appending function itself. */
  readonly add: Node;
  readonly addDoc: Document;
  /** How many bytes, as spelled at the add. */
  readonly length: string;
  /** The call in the function at hand by which it came about: the add, or a helper's call. */
  readonly by: Node;
}

/** A store to queued memory. */
export interface LateStore {
  readonly queued: Queued;
  readonly fn: CppFunction;
  /** The assignment or call that stores, in the function at hand. */
  readonly store: Node;
  readonly region: Region;
}

/** A store of a function, whether late or not. */
export interface StoreSeen {
  readonly fn: CppFunction;
  readonly store: Node;
  readonly region: Region;
}

/** What a function does to a caller's queue. */
export interface QueueSummary {
  /** Queued when it returns: memory of the connection, of its parameters, or of its own. */
  readonly leaves: readonly Queued[];
  /** Stored to before it forgets what was queued. */
  readonly stores: readonly Region[];
  /** It forgets what was queued, whichever way it goes. */
  readonly forgets: boolean;
}

/** Which functions are looked into when they are called; `isGiven`: they are given memory that is queued. */
export type DefinitionsOf = (name: string, doc: Document, isGiven: boolean) => readonly CppFunction[];

/** What a walk over one tree shares. */
export interface Context {
  readonly fresh: () => number;
  readonly library: Library;
  readonly shape: LoopShape;
  readonly definitionsOf: DefinitionsOf;
  readonly summaryOf: (fn: CppFunction) => QueueSummary;
  readonly late: LateStore[];
  readonly seen: StoreSeen[];
}

/** What is known at one place of a function. */
export interface State {
  readonly queued: readonly Queued[];
  readonly aliases: ReadonlyMap<string, Spot>;
  readonly forgot: boolean;
  /** Stored to before anything was forgotten, and nothing was forgotten since. */
  readonly stores: readonly Region[];
  /** What was stored to late: it matters when the queue is not forgotten in the end. */
  readonly late: readonly LateStore[];
}

/** The walk of one function. */
export interface Frame extends Context {
  readonly fn: CppFunction;
  readonly exits: State[];
  /** States that leave the innermost loop or switch, or go on with the loop. */
  readonly breaks: State[][];
}

/** Memory of the function itself: nobody outside can name it. */
export function isOwn({ root }: Region): boolean {
  return /^(?:variable|target|call|at):/.test(root);
}

/** Where a pointer has moved on to is some place of the memory that it came from. */
export function outside(region: Region): Region {
  const base = baseOf(region.root);
  return base === region.root ? region : { root: base, from: undefined, to: undefined };
}

/** Regions, each once. */
export function distinctRegions(all: readonly Region[]): readonly Region[] {
  return [...new Map(all.map((each) => [`${each.root}:${each.from}:${each.to}`, each])).values()];
}

/** Queued memory, each once. */
export function distinct(all: readonly Queued[]): readonly Queued[] {
  const seen = new Map(all.map((each) => [keyOf(each), each]));
  return [...seen.values()];
}

function keyOf({ region, add, addDoc, by }: Queued): string {
  return `${addDoc.file}:${add.startIndex}:${by.startIndex}:${region.root}:${region.from}:${region.to}`;
}

/** What is known where two branches meet. */
export function joined(frame: Frame, a: State | undefined, b: State | undefined): State | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  const aliases = new Map<string, Spot>();
  for (const [name, one] of a.aliases) {
    const other = b.aliases.get(name);
    if (other === undefined) continue;
    const [base, otherBase] = [baseOf(one.root), baseOf(other.root)];
    if (one.root === other.root)
      aliases.set(name, { root: one.root, offset: one.offset === other.offset ? one.offset : undefined });
    // It has moved on in one of the branches at least.
    else if (base === otherBase) aliases.set(name, { root: `${base}>${frame.fresh()}`, offset: 0 });
  }
  return {
    queued: distinct([...a.queued, ...b.queued]),
    aliases,
    forgot: a.forgot && b.forgot,
    stores: distinctRegions([...a.stores, ...b.stores]),
    late: [...new Set([...a.late, ...b.late])],
  };
}

/** The root without the steps that a pointer has moved on. */
export function baseOf(root: string): string {
  return root.replace(/>\d+.*$/, '');
}

/** What is known where several branches meet. */
export function allJoined(frame: Frame, states: readonly (State | undefined)[]): State | undefined {
  return states.reduce<State | undefined>((a, b) => joined(frame, a, b), undefined);
}

/** The state with one more pointer known. */
export function withAlias(state: State, key: string, spot: Spot): State {
  return { ...state, aliases: new Map(state.aliases).set(key, spot) };
}

/** What the pointers of a state point to. */
export function pointersOf({ library, fn, fresh }: Frame, { aliases }: State): Pointers {
  return { library, doc: fn.doc, aliases, fresh };
}

/** A store to a region: it is late where the region is queued. */
export function stores(frame: Frame, store: Node, region: Region, state: State): State {
  frame.seen.push({ fn: frame.fn, store, region });
  const late = state.queued
    .filter((queued) => overlaps(queued.region, region) && !isBehindString(queued, region))
    .map((queued) => ({ queued, fn: frame.fn, store, region }));
  return {
    ...state,
    late: late.length === 0 ? state.late : [...state.late, ...late],
    stores: state.forgot ? state.stores : [...state.stores, region],
  };
}

// A string that was added up to its end lies before a place that begins behind its own.
function isBehindString({ length, region }: Queued, stored: Region): boolean {
  return (
    /^strlen\b/.test(length) &&
    region.from !== undefined &&
    stored.from !== undefined &&
    stored.from > region.from
  );
}

/** The state after the queue was forgotten. */
export function forgetting(state: State): State {
  return { ...state, queued: [], forgot: true, stores: [], late: [] };
}

/** What is stored to, for a message. */
export function storedName({ fn, store }: LateStore): string {
  const node = store.type === 'assignment_expression' ? (store.childForFieldName('left') ?? store) : store;
  return textOf(fn.doc, node).replace(/\s+/g, ' ');
}
