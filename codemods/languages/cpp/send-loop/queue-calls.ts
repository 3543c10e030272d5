// What a call does to a queue: an add, a library function that stores, or a function of the tree by its summary.
import { type Node, textOf } from '../document.ts';
import { libraryCall } from '../library-calls.ts';
import { isNothing } from './field-uses.ts';
import { pointed, type Region, regionAt, type Spot } from './memory-region.ts';
import {
  distinct,
  type Frame,
  forgetting,
  pointersOf,
  type Queued,
  type State,
  stores,
} from './queue-state.ts';
import { argumentsOf, bare, calledName } from './tree-walk.ts';
import { constantOf } from './type-layout.ts';

/** What a call does to the queue. */
export function called(frame: Frame, call: Node, state: State): State {
  const { doc } = frame.fn;
  const name = calledName(doc, call);
  const given = argumentsOf(call);
  if (name === undefined) return state;
  const { append } = frame.shape;
  if (name === append.fn.name) return added(frame, call, state);
  const definitions = frame.definitionsOf(name, doc, isGivenQueued(frame, given, state));
  if (definitions.length === 0) return byLibrary(frame, call, name, state);
  let at = state;
  for (const definition of definitions) {
    const summary = frame.summaryOf(definition);
    const here = (region: Region): Region | undefined => instantiated(frame, given, region, at);
    if (summary.forgets && definitions.length === 1) at = forgetting(at);
    for (const region of summary.stores) {
      const own = here(region);
      if (own !== undefined) at = stores(frame, call, own, at);
    }
    const leaves = summary.leaves.flatMap((each) => {
      const region = here(each.region);
      return region === undefined ? [] : [{ ...each, region, by: call }];
    });
    at = { ...at, queued: distinct([...at.queued, ...leaves]) };
  }
  return at;
}

function isGivenQueued(frame: Frame, given: readonly Node[], state: State): boolean {
  if (state.queued.length === 0) return false;
  const pointers = pointersOf(frame, state);
  return given.some((each) => {
    const root = pointed(pointers, each)?.root;
    return root !== undefined && state.queued.some(({ region }) => region.root === root);
  });
}

function added(frame: Frame, call: Node, state: State): State {
  const { append } = frame.shape;
  const given = argumentsOf(call);
  const memory = given[append.memory];
  const length = given[append.length];
  if (
    memory === undefined ||
    length === undefined ||
    /string_literal|concatenated_string/.test(bare(memory).type)
  )
    return state;
  const spot = pointed(pointersOf(frame, state), memory);
  if (spot === undefined || isNothing(frame.fn.doc, memory)) return state;
  const region = regionAt(spot, constantOf(frame.library, frame.fn.doc, length));
  const queued: Queued = {
    region,
    own: region,
    add: call,
    addDoc: frame.fn.doc,
    length: textOf(frame.fn.doc, bare(length)),
    by: call,
  };
  return { ...state, queued: distinct([...state.queued, queued]) };
}

// A region of a callee's parameter is one of the argument.
function instantiated(
  frame: Frame,
  given: readonly Node[],
  region: Region,
  state: State,
): Region | undefined {
  const [, at, rest = ''] = /^parameter:(\d+)(.*)$/.exec(region.root) ?? [];
  if (at === undefined) return region;
  const argument = given[Number(at)];
  const spot = argument === undefined ? undefined : pointed(pointersOf(frame, state), argument);
  if (spot === undefined) return undefined;
  if (rest !== '') return { ...region, ...deeperIn(spot, rest, region, state) };
  const from = spot.offset === undefined || region.from === undefined ? undefined : spot.offset + region.from;
  const to = spot.offset === undefined || region.to === undefined ? undefined : spot.offset + region.to;
  return { root: spot.root, from, to };
}

// `parameter:0.wbuf` of a callee, for what was given to it.
function deeperIn({ root, offset }: Spot, rest: string, region: Region, state: State): Region {
  const inner = `${root}${offset === 0 ? '' : `@${offset ?? '?'}`}${rest}`;
  const alias = state.aliases.get(inner);
  if (alias === undefined) return { ...region, root: inner };
  const moved = (at: number | undefined): number | undefined =>
    at === undefined || alias.offset === undefined ? undefined : at + alias.offset;
  return { root: alias.root, from: moved(region.from), to: moved(region.to) };
}

const LENGTH_AT: Readonly<Record<string, number>> = {
  memcpy: 2,
  memmove: 2,
  memset: 2,
  snprintf: 1,
  strncpy: 2,
  vsnprintf: 1,
  read: 2,
  recv: 2,
};

function byLibrary(frame: Frame, call: Node, name: string, state: State): State {
  let at = state;
  argumentsOf(call).forEach((argument, index) => {
    if (libraryCall(name, index) !== 'stores') return;
    const spot = pointed(pointersOf(frame, at), argument);
    if (spot === undefined) return;
    const length = argumentsOf(call)[Object.hasOwn(LENGTH_AT, name) ? (LENGTH_AT[name] ?? -1) : -1];
    const bytes = length === undefined ? undefined : constantOf(frame.library, frame.fn.doc, length);
    at = stores(frame, call, regionAt(spot, bytes), at);
  });
  return at;
}
