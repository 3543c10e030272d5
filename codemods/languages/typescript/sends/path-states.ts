// What is true at one point of the paths through a function, and how many such states are kept apart. Walks nothing.
import type { ts } from 'ts-morph';

/** A value that is known, or not. */
export type Constant = boolean | number | undefined | 'unknown';

/** What is true at one point of one path. */
export interface PathState {
  /** The add that queued something nobody sent yet. */
  readonly queued: ts.CallExpression | undefined;
  /** Variables that have one value here. */
  readonly known: ReadonlyMap<ts.Node, Constant>;
}

/** A state behind an expression, and the expression's value there. */
export type Valued = readonly [PathState, Constant];

const MOST_STATES = 24;

/** No variable has a known value. */
export const NOTHING_KNOWN: PathState['known'] = new Map();

/** The variable has this value from here on. */
export function remembered(state: PathState, declaration: ts.Node, value: Constant): PathState {
  const known = new Map(state.known);
  if (value === 'unknown') known.delete(declaration);
  else known.set(declaration, value);
  return { ...state, known };
}

/** Nothing is known of these variables any more. */
export function forgotten(state: PathState, declarations: ReadonlySet<ts.Node>): PathState {
  if (![...declarations].some((one) => state.known.has(one))) return state;
  return { ...state, known: new Map([...state.known].filter(([one]) => !declarations.has(one))) };
}

/** The same states once; with too many of them, what is known of variables is forgotten. */
export function fewer(states: readonly PathState[]): readonly PathState[] {
  const once = distinct(states, keyOfState);
  return once.length <= MOST_STATES ? once : distinct(once.map(withNothingKnown), keyOfState);
}

/** The same for states with a value. */
export function fewerValued(all: readonly Valued[]): readonly Valued[] {
  const key = ([state, value]: Valued): string => `${keyOfState(state)}|${String(value)}`;
  const once = distinct(all, key);
  if (once.length <= MOST_STATES) return once;
  return distinct(
    once.map(([state, value]): Valued => [withNothingKnown(state), value]),
    key,
  );
}

/** The first one of each key. */
export function distinct<T>(all: readonly T[], key: (one: T) => string): readonly T[] {
  const seen = new Set<string>();
  return all.filter((one) => {
    const own = key(one);
    if (seen.has(own)) return false;
    seen.add(own);
    return true;
  });
}

/** A key of something queued; the same one for the same add. */
export function keyOfQueued(queued: ts.CallExpression | undefined): string {
  return queued === undefined ? '' : `${queued.getSourceFile().fileName}:${queued.pos}`;
}

/** A key of what is true; the same one for the same. */
export function keyOfState({ queued, known }: PathState): string {
  const variables = [...known].map(([one, value]) => `${one.pos}=${String(value)}`);
  return `${keyOfQueued(queued)}|${variables.sort().join()}`;
}

function withNothingKnown({ queued }: PathState): PathState {
  return { queued, known: NOTHING_KNOWN };
}
