// Where a statement leads: the states that fall through it, and those that jump. Walks nothing.
import type { ts } from 'ts-morph';
import { type Constant, distinct, fewer, keyOfState, NOTHING_KNOWN, type PathState } from './path-states.ts';

/** A way out of a statement that does not fall through it. */
export type Jump =
  | {
      readonly kind: 'break' | 'continue';
      readonly label: string | undefined;
      readonly state: PathState;
    }
  | {
      readonly kind: 'return';
      readonly value: Constant;
      /** The statement that answers. */
      readonly at: ts.Node;
      readonly state: PathState;
    };

/** What a statement does to some states. */
export interface StateFlow {
  readonly next: readonly PathState[];
  readonly jumps: readonly Jump[];
}

const MOST_JUMPS = 48;

/** The states that fall through, and no other. */
export function falling(next: readonly PathState[]): StateFlow {
  return { next: fewer(next), jumps: [] };
}

/** What several ways come to together. */
export function joined(flows: readonly StateFlow[]): StateFlow {
  return {
    next: fewer(flows.flatMap((flow) => flow.next)),
    jumps: fewerJumps(flows.flatMap((flow) => flow.jumps)),
  };
}

/** Parts the jumps of one kind and label that end here from those that go on. */
export function landed(
  jumps: readonly Jump[],
  kind: 'break' | 'continue',
  labels: readonly (string | undefined)[],
): { readonly here: readonly PathState[]; readonly on: readonly Jump[] } {
  const isHere = (jump: Jump): boolean => jump.kind === kind && labels.includes(jump.label);
  return {
    here: jumps.filter(isHere).map(({ state }) => state),
    on: jumps.filter((jump) => !isHere(jump)),
  };
}

/** Once each; with too many of them, what is known of variables is forgotten. */
function fewerJumps(jumps: readonly Jump[]): readonly Jump[] {
  const once = distinct(jumps, keyOfJump);
  if (once.length <= MOST_JUMPS) return once;
  return distinct(
    once.map((jump) => ({ ...jump, state: { ...jump.state, known: NOTHING_KNOWN } })),
    keyOfJump,
  );
}

function keyOfJump(jump: Jump): string {
  const to = jump.kind === 'return' ? `${jump.at.pos}=${String(jump.value)}` : (jump.label ?? '');
  return `${jump.kind}|${to}|${keyOfState(jump.state)}`;
}
