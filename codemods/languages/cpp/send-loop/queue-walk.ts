// Walks a function along its branches and keeps what is queued: finds stores to memory that was added before them.
import { type Document, type Node, parts, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { CppFunction } from '../function-facts.ts';
import type { Library } from '../library.ts';
import { libraryCall } from '../library-calls.ts';
import { resolveVariable, variableNamedBy } from '../scope.ts';
import { assignedValue, isNothing } from './field-uses.ts';
import type { LoopShape } from './loop-shape.ts';
import {
  addressed,
  overlaps,
  type Pointers,
  pointed,
  type Region,
  regionAt,
  type Spot,
  variableKey,
} from './memory-region.ts';
import { argumentsOf, bare, calledName, fieldUse, operatorOf } from './tree-walk.ts';
import { constantOf, sizeOfExpression } from './type-layout.ts';

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

const NOTHING: QueueSummary = { leaves: [], stores: [], forgets: false };

/** The walk over one tree. */
export interface QueueWalk {
  summaryOf(fn: CppFunction): QueueSummary;
  readonly late: readonly LateStore[];
  readonly seen: readonly StoreSeen[];
}

/** Which functions are looked into when they are called; `isGiven`: they are given memory that is queued. */
export type DefinitionsOf = (name: string, doc: Document, isGiven: boolean) => readonly CppFunction[];

/** A walk; `isSilent` names the functions of the loop itself and those that send. */
export function queueWalk(
  library: Library,
  shape: LoopShape,
  definitionsOf: DefinitionsOf,
  isSilent: (fn: CppFunction) => boolean,
): QueueWalk {
  const known = new Map<string, QueueSummary>();
  const late: LateStore[] = [];
  const seen: StoreSeen[] = [];
  let count = 0;
  const fresh = (): number => ++count;
  const summaryOf = (fn: CppFunction): QueueSummary => {
    const key = `${fn.doc.file}:${fn.node.startIndex}`;
    const hit = known.get(key);
    if (hit !== undefined) return hit;
    known.set(key, NOTHING);
    const summary = isSilent(fn)
      ? NOTHING
      : walkFunction({ library, shape, definitionsOf, summaryOf, late, seen, fresh }, fn);
    known.set(key, summary);
    return summary;
  };
  return { summaryOf, late, seen };
}

interface Context {
  readonly fresh: () => number;
  readonly library: Library;
  readonly shape: LoopShape;
  readonly definitionsOf: DefinitionsOf;
  readonly summaryOf: (fn: CppFunction) => QueueSummary;
  readonly late: LateStore[];
  readonly seen: StoreSeen[];
}

interface State {
  readonly queued: readonly Queued[];
  readonly aliases: ReadonlyMap<string, Spot>;
  readonly forgot: boolean;
  /** Stored to before anything was forgotten, and nothing was forgotten since. */
  readonly stores: readonly Region[];
  /** What was stored to late: it matters when the queue is not forgotten in the end. */
  readonly late: readonly LateStore[];
}

interface Frame extends Context {
  readonly fn: CppFunction;
  readonly exits: State[];
  /** States that leave the innermost loop or switch, or go on with the loop. */
  readonly breaks: State[][];
}

function walkFunction(context: Context, fn: CppFunction): QueueSummary {
  if (fn.body === undefined) return NOTHING;
  const aliases = new Map<string, Spot>();
  fn.parameters.forEach((parameter, at) => {
    if (parameter.nameNode !== undefined && parameter.type.levels.length > 0)
      aliases.set(variableKey(parameter.nameNode), { root: `parameter:${at}`, offset: 0 });
  });
  const frame: Frame = { ...context, fn, exits: [], breaks: [] };
  const start: State = { queued: [], aliases, forgot: false, stores: [], late: [] };
  const end = statement(frame, fn.body, start);
  const exits = end === undefined ? frame.exits : [...frame.exits, end];
  context.late.push(...exits.flatMap((exit) => exit.late));
  return {
    leaves: distinct(
      exits
        .flatMap((exit) => exit.queued)
        .map((each) => ({ ...each, region: outside(each.region) }))
        .filter(({ region }) => !isOwn(region)),
    ),
    stores: distinctRegions(
      exits
        .flatMap((exit) => exit.stores)
        .map(outside)
        .filter((region) => !isOwn(region)),
    ),
    forgets: exits.length > 0 && exits.every((exit) => exit.forgot),
  };
}

function isOwn({ root }: Region): boolean {
  return /^(?:variable|target|call|at):/.test(root);
}

// Where a pointer has moved on to is some place of the memory that it came from.
function outside(region: Region): Region {
  const base = baseOf(region.root);
  return base === region.root ? region : { root: base, from: undefined, to: undefined };
}

function distinctRegions(all: readonly Region[]): readonly Region[] {
  return [...new Map(all.map((each) => [`${each.root}:${each.from}:${each.to}`, each])).values()];
}

function distinct(all: readonly Queued[]): readonly Queued[] {
  const seen = new Map(all.map((each) => [keyOf(each), each]));
  return [...seen.values()];
}

function keyOf({ region, add, addDoc, by }: Queued): string {
  return `${addDoc.file}:${add.startIndex}:${by.startIndex}:${region.root}:${region.from}:${region.to}`;
}

function joined(frame: Frame, a: State | undefined, b: State | undefined): State | undefined {
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

function baseOf(root: string): string {
  return root.replace(/>\d+.*$/, '');
}

function allJoined(frame: Frame, states: readonly (State | undefined)[]): State | undefined {
  return states.reduce<State | undefined>((a, b) => joined(frame, a, b), undefined);
}

function statement(frame: Frame, node: Node | null, state: State | undefined): State | undefined {
  if (node === null || state === undefined) return state;
  switch (node.type) {
    case 'compound_statement':
    case 'else_clause':
    case 'labeled_statement':
      return parts(node).reduce<State | undefined>((at, child) => statement(frame, child, at), state);
    case 'if_statement': {
      const tested = expression(frame, node.childForFieldName('condition'), state);
      const otherwise = node.childForFieldName('alternative');
      return joined(
        frame,
        statement(frame, node.childForFieldName('consequence'), tested),
        otherwise === null ? tested : statement(frame, otherwise, tested),
      );
    }
    case 'for_statement':
    case 'while_statement':
    case 'do_statement':
    case 'for_range_loop':
      return loop(frame, node, state);
    case 'switch_statement':
      return cases(frame, node, state);
    case 'return_statement':
    case 'goto_statement':
      frame.exits.push(parts(node).reduce((at, child) => expression(frame, child, at), state));
      return undefined;
    case 'break_statement':
    case 'continue_statement':
      (frame.breaks.at(-1) ?? frame.exits).push(state);
      return undefined;
    case 'declaration':
      return node
        .childrenForFieldName('declarator')
        .reduce<State>((at, each) => declared(frame, each, at), state);
    default:
      return node.type.startsWith('preproc_')
        ? parts(node).reduce<State | undefined>(
            (at, child) => joined(frame, at, statement(frame, child, at)),
            state,
          )
        : parts(node).reduce((at, child) => expression(frame, child, at), state);
  }
}

// Twice: what a round leaves queued meets the stores of the next.
function loop(frame: Frame, node: Node, state: State): State | undefined {
  const left: State[] = [];
  const inner: Frame = { ...frame, breaks: [...frame.breaks, left] };
  const part = (name: string): Node | null => node.childForFieldName(name);
  const initialiser = part('initializer');
  let at: State | undefined =
    initialiser === null
      ? state
      : initialiser.type === 'declaration'
        ? statement(frame, initialiser, state)
        : expression(frame, initialiser, state);
  for (let round = 0; round < 2 && at !== undefined; round++) {
    const before: State = expression(frame, part('condition'), at);
    const after = statement(inner, part('body'), before);
    const ended = allJoined(frame, [after, ...left.splice(0)]);
    at = joined(frame, before, ended === undefined ? undefined : expression(frame, part('update'), ended));
  }
  return at;
}

function cases(frame: Frame, node: Node, state: State): State | undefined {
  const left: State[] = [];
  const inner: Frame = { ...frame, breaks: [...frame.breaks, left] };
  const entry = expression(frame, node.childForFieldName('condition'), state);
  const body = node.childForFieldName('body');
  let at: State | undefined = entry;
  for (const child of body === null ? [] : parts(body)) {
    if (child.type === 'case_statement') {
      at = joined(frame, entry, at);
      const value = child.childForFieldName('value');
      for (const each of parts(child)) if (each.id !== value?.id) at = statement(inner, each, at);
    } else at = statement(inner, child, at);
  }
  return allJoined(frame, [at, entry, ...left]);
}

function declared(frame: Frame, node: Node | null, state: State): State {
  if (node?.type !== 'init_declarator') return state;
  const value = node.childForFieldName('value');
  const after = expression(frame, value, state);
  let name = node.childForFieldName('declarator');
  const isPointer = name?.type === 'pointer_declarator';
  while (name !== null && name.type !== 'identifier') name = name.childForFieldName('declarator');
  if (name === null || value === null || !isPointer) return after;
  const variable = variableNamedBy(frame.fn.doc, name);
  return variable === undefined ? after : aliased(frame, variableKey(variable.nameNode), value, after);
}

function aliased(frame: Frame, key: string, value: Node, state: State): State {
  const spot = pointed(pointersOf(frame, state), value);
  return withAlias(state, key, spot ?? { root: `call:${frame.fresh()}`, offset: 0 });
}

function withAlias(state: State, key: string, spot: Spot): State {
  return { ...state, aliases: new Map(state.aliases).set(key, spot) };
}

function pointersOf({ library, fn, fresh }: Frame, { aliases }: State): Pointers {
  return { library, doc: fn.doc, aliases, fresh };
}

function expression(frame: Frame, node: Node | null, state: State): State {
  if (node === null || node.type === 'comment') return state;
  if (node.type === 'assignment_expression') return assigned(frame, node, state);
  if (node.type === 'update_expression')
    return storedTo(frame, node, node.childForFieldName('argument'), state);
  if (node.type === 'call_expression') {
    const after = argumentsOf(node).reduce((at, each) => expression(frame, each, at), state);
    return called(frame, node, after);
  }
  if (node.type === 'sizeof_expression') return state;
  return parts(node).reduce((at, child) => expression(frame, child, at), state);
}

function assigned(frame: Frame, node: Node, state: State): State {
  const { doc } = frame.fn;
  const left = node.childForFieldName('left');
  const right = node.childForFieldName('right');
  const after = expression(frame, right, left === null ? state : expression(frame, inside(left), state));
  if (left === null || right === null) return after;
  const target = bare(left);
  if (fieldUse(doc, target)?.name === frame.shape.fields.used) {
    const value = assignedValue(doc, node);
    if (value !== undefined && isNothing(doc, value)) return forgetting(after);
  }
  const stored = storedTo(frame, node, target, after);
  const key = keyOfPointer(frame, target, stored);
  if (key === undefined) return stored;
  const operator = operatorOf(doc, node);
  if (operator === '=') return aliased(frame, key, right, stored);
  const spot = operator === '+=' ? pointed(pointersOf(frame, stored), target) : undefined;
  return spot === undefined ? stored : withAlias(stored, key, movedOn(frame, spot, right, stored));
}

// A local or a field that points somewhere.
function keyOfPointer(frame: Frame, target: Node, state: State): string | undefined {
  const { doc } = frame.fn;
  const type = typeOf(frame.library, doc, target);
  if (
    type !== undefined &&
    (type.isArray ||
      (type.type.levels.length === 0 && /^[a-z_ ]*(?:int|char|short|long|_t|bool)\b/.test(type.type.base)))
  )
    return undefined;
  if (target.type === 'identifier') {
    const variable = resolveVariable(doc, target);
    return variable === undefined ? undefined : variableKey(variable.nameNode);
  }
  if (target.type !== 'field_expression') return undefined;
  const unaliased = { ...pointersOf(frame, state), aliases: withoutFields(state.aliases) };
  return pointed(unaliased, target)?.root;
}

function withoutFields(aliases: ReadonlyMap<string, Spot>): ReadonlyMap<string, Spot> {
  return new Map([...aliases].filter(([key]) => key.startsWith('#')));
}

// A pointer that moves by as much as was added leaves that behind; by anything else, it may point into it.
function movedOn(frame: Frame, spot: Spot, distance: Node, state: State): Spot {
  const added = state.queued.filter(({ region }) => region.root === spot.root);
  const isConstant = constantOf(frame.library, frame.fn.doc, distance) !== undefined;
  const by = textOf(frame.fn.doc, bare(distance));
  return added.every(
    ({ length }) =>
      (isConstant && /^strlen\b/.test(length)) || length.replace(/\s/g, '') === by.replace(/\s/g, ''),
  )
    ? { root: `${spot.root}>${frame.fresh()}`, offset: 0 }
    : { root: spot.root, offset: undefined };
}

// What is evaluated in `a[i()]->b` before the store.
function inside(target: Node): Node | null {
  return /^(?:field_expression|subscript_expression)$/.test(target.type)
    ? target.childForFieldName('argument')
    : null;
}

function storedTo(frame: Frame, store: Node, target: Node | null, state: State): State {
  if (target === null) return state;
  const place = bare(target);
  const spot = addressed(pointersOf(frame, state), place);
  if (spot === undefined) return state;
  return stores(frame, store, regionAt(spot, sizeOfExpression(frame.library, frame.fn.doc, place)), state);
}

function stores(frame: Frame, store: Node, region: Region, state: State): State {
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

function forgetting(state: State): State {
  return { ...state, queued: [], forgot: true, stores: [], late: [] };
}

function called(frame: Frame, call: Node, state: State): State {
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

/** What is stored to, for a message. */
export function storedName({ fn, store }: LateStore): string {
  const node = store.type === 'assignment_expression' ? (store.childForFieldName('left') ?? store) : store;
  return textOf(fn.doc, node).replace(/\s+/g, ' ');
}
