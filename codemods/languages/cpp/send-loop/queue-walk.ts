// Walks a function along its branches and keeps what is queued: finds stores to memory that was added before them.
import { type Node, parts, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { CppFunction } from '../function-facts.ts';
import type { Library } from '../library.ts';
import { resolveVariable, variableNamedBy } from '../scope.ts';
import { assignedValue, isNothing } from './field-uses.ts';
import type { LoopShape } from './loop-shape.ts';
import { addressed, pointed, regionAt, type Spot, variableKey } from './memory-region.ts';
import { called } from './queue-calls.ts';
import {
  allJoined,
  type Context,
  type DefinitionsOf,
  distinct,
  distinctRegions,
  type Frame,
  forgetting,
  isOwn,
  joined,
  type LateStore,
  outside,
  pointersOf,
  type QueueSummary,
  type State,
  type StoreSeen,
  stores,
  withAlias,
} from './queue-state.ts';
import { argumentsOf, bare, fieldUse, operatorOf } from './tree-walk.ts';
import { constantOf, sizeOfExpression } from './type-layout.ts';

const NOTHING: QueueSummary = { leaves: [], stores: [], forgets: false };

/** The walk over one tree. */
export interface QueueWalk {
  summaryOf(fn: CppFunction): QueueSummary;
  readonly late: readonly LateStore[];
  readonly seen: readonly StoreSeen[];
}

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
