// Walks an engine's code along every path and says what is queued where: what a message header, an answer of the core or
// the end of a slot would find. A small interpreter over two states, nothing or something queued, and known constants.
import { ts } from 'ts-morph';
import type { Look } from './engine-look.ts';
import { type Constant, distinct, fewer, keyOfQueued, NOTHING_KNOWN, type PathState } from './path-states.ts';
import type { QueueWalk, QueueWatcher } from './queue-walk.ts';
import type { FunctionNode } from './reference-index.ts';
import { walkExpression } from './walk-expressions.ts';
import { walkStatement } from './walk-statements.ts';

/** A way out of a function. */
export interface Ending {
  readonly queued: ts.CallExpression | undefined;
  readonly value: Constant;
  /** The statement or expression that answers. */
  readonly at: ts.Node;
}

/** Runs functions of one engine. */
export interface QueueStates {
  /** Every way out of a function that is entered with something queued, or nothing; throwing is none. */
  run(fn: FunctionNode, queued: ts.CallExpression | undefined): readonly Ending[];
}

/** What one run of a function comes to. */
interface Outcome {
  readonly endings: readonly Ending[];
  /** What may be queued when it throws. */
  readonly thrown: readonly (ts.CallExpression | undefined)[];
}

const MOST_ROUNDS = 3;

/** Remembers what each function comes to, and tells the watcher on the way. */
export function queueStates(look: Look, watcher: QueueWatcher): QueueStates {
  const outcomes = new Map<string, Outcome>();
  const inProgress = new Set<string>();
  const askedAgain = new Set<string>();
  let thrown: PathState[] = [];

  const catching: QueueWalk['catching'] = (body) => {
    const outer = thrown;
    const own: PathState[] = [];
    thrown = own;
    const answer = body();
    thrown = outer;
    return [answer, fewer(own)];
  };
  const walk: QueueWalk = {
    look,
    watcher,
    enter: (fn, state) => {
      const outcome = outcomeOf(fn, state.queued);
      walk.throws(outcome.thrown.map((queued) => ({ ...state, queued })));
      return outcome.endings.map(({ queued, value }) => [{ ...state, queued }, value]);
    },
    value: (expression, state) => walkExpression(walk, expression, state),
    statement: (node, from) => walkStatement(walk, node, from),
    throws: (states) => {
      thrown.push(...states);
    },
    catching,
  };
  const once = (fn: FunctionNode, queued: ts.CallExpression | undefined): Outcome => {
    const start: PathState = { queued, known: NOTHING_KNOWN };
    const [endings, left] = catching(() => endingsOf(walk, fn, start));
    return {
      endings: distinct(endings, keyOfEnding),
      thrown: distinct(
        left.map((state) => state.queued),
        keyOfQueued,
      ),
    };
  };
  const outcomeOf = (fn: FunctionNode, queued: ts.CallExpression | undefined): Outcome => {
    const key = `${fn.getSourceFile().fileName}:${fn.pos}:${fn.end}|${keyOfQueued(queued)}`;
    if (inProgress.has(key)) askedAgain.add(key);
    const known = outcomes.get(key);
    if (known !== undefined) return known;
    // What calls itself leaves the queue as it was, or as a round before has left it.
    const entered: Ending = { queued, value: 'unknown', at: fn };
    let outcome: Outcome = { endings: [], thrown: [] };
    inProgress.add(key);
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const { endings } = outcome;
      outcomes.set(key, { ...outcome, endings: [entered, ...endings] });
      outcome = once(fn, queued);
      if (!askedAgain.has(key) || outcome.endings.length === endings.length) break;
    }
    inProgress.delete(key);
    outcomes.set(key, outcome);
    return outcome;
  };
  return { run: (fn, queued) => outcomeOf(fn, queued).endings };
}

function endingsOf(walk: QueueWalk, fn: FunctionNode, start: PathState): readonly Ending[] {
  const { body } = fn;
  if (!ts.isBlock(body))
    return walk.value(body, start).map(([{ queued }, value]) => ({ queued, value, at: body }));
  const { next, jumps } = walkStatement(walk, body, [start]);
  return [
    ...jumps.flatMap((jump) =>
      jump.kind === 'return' ? [{ queued: jump.state.queued, value: jump.value, at: jump.at }] : [],
    ),
    ...next.map(({ queued }) => ({ queued, value: undefined, at: body })),
  ];
}

function keyOfEnding({ queued, value, at }: Ending): string {
  return `${keyOfQueued(queued)}|${String(value)}|${at.pos}`;
}
