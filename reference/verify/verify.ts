// Plays the same conversations to an engine before its migration, on the old send path, and to the engine after, on
// today's, and compares what clients got, what was given back, and who wrote to response headers.

import type { EngineModule } from '../engine/contract.ts';
import { type LoadOptions, loadEngine } from '../engine/load.ts';
import type { EngineChoice } from '../server-options.ts';
import { compare } from './compare.ts';
import type { Conversation } from './conversation.ts';
import { engineOpcodes, makeConversation } from './make-conversation.ts';
import { normalisedFields } from './normalise.ts';
import { probe } from './probe.ts';
import type { PlayCounts, Recording } from './recording.ts';
import type { Difference, DifferentRun, VerifyReport } from './report.ts';
import { shrink } from './shrink.ts';
import { play, type SideOptions } from './side.ts';
import { tellConversation } from './tell-conversation.ts';
import type { TraceEvent } from './trace.ts';
import { traceConversation } from './trace-conversation.ts';
import { VerifyError } from './verify-error.ts';

/** What `verify` is told. */
export interface VerifyOptions {
  /** The engine on the old contract. */
  readonly before: EngineChoice;
  /** The migrated engine. */
  readonly after: EngineChoice;
  /** What `initialize` of both gets; nothing where it is left out. */
  readonly config?: string;
  /** What `initialize` of the engine after gets, where that is something else. */
  readonly afterConfig?: string;
  /** 1 where it is left out. */
  readonly seed?: number;
  /** How many conversations; 100. */
  readonly runs?: number;
  /** Only this one of the seed's conversations, from 1 up. */
  readonly run?: number;
  /** Plays this instead of conversations that it makes up. */
  readonly trace?: readonly TraceEvent[];
  /** Ends after so many conversations that differ; where it is left out, all are played. */
  readonly stopAfter?: number;
  /** Where relative engine paths start; the process's working directory. */
  readonly cwd?: string;
  /** Told after each conversation. */
  readonly onProgress?: (progress: {
    readonly done: number;
    readonly of: number;
    readonly different: number;
  }) => void;
}

/** Conversations that are made short and told; a migration that fails everywhere needs no longer list. */
const MAX_TOLD = 3;

/**
 * Compares two engines. Rejects with EngineLoadError where one does not start, and with VerifyError where nothing was
 * played, or where the engine before answers differently each time in more than what it may make up.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const { seed = 1, config = '', afterConfig = config, stopAfter = Number.POSITIVE_INFINITY } = options;
  const before = await sideOf(options.before, 'v1', config, options);
  const after = await sideOf(options.after, 'current', afterConfig, options);
  const comparison = new Comparison(before, after);
  const opcodes = await probe(engineOpcodes, before);
  const conversations = conversationsOf(options, seed, opcodes);
  await comparison.settle(conversations[0] ?? makeConversation(seed, 1, opcodes));
  const different: DifferentRun[] = [];
  const total = emptyCounts();
  let headerWritesBefore = 0;
  let played = 0;
  for (const [at, conversation] of conversations.entries()) {
    const outcome = await comparison.run(conversation);
    add(total, outcome.before.counts);
    played += 1;
    headerWritesBefore += outcome.before.headerWrites.length;
    if (outcome.differences.length > 0 && different.length < MAX_TOLD)
      different.push(await comparison.tell(conversation));
    else if (outcome.differences.length > 0) different.push(untold(conversation, outcome.differences));
    options.onProgress?.({ done: at + 1, of: conversations.length, different: different.length });
    if (different.length >= stopAfter) break;
  }
  if (total.requests === 0 || total.slotCalls === 0)
    throw new VerifyError(
      'nothing-played',
      `Nothing was compared: ${played} conversations, ${total.requests} requests, ${total.slotCalls} calls of the engine. Play something that reaches it.`,
    );
  return {
    isEqual: different.length === 0,
    seed,
    counts: { ...total, conversations: played, headerWritesBefore },
    normalised: comparison.isNormalised ? normalisedFields : [],
    different,
    repeat: commandFor(options, seed),
  };
}

async function sideOf(
  engine: EngineChoice,
  contract: 'current' | 'v1',
  config: string,
  { cwd }: VerifyOptions,
): Promise<SideOptions> {
  const where: LoadOptions = cwd === undefined ? {} : { cwd };
  const module: EngineModule = await loadEngine(engine, where);
  return { module, config, contract };
}

function conversationsOf(
  { run, runs = 100, trace }: VerifyOptions,
  seed: number,
  opcodes: readonly number[],
): readonly Conversation[] {
  if (trace !== undefined)
    return trace.length === 0
      ? []
      : [traceConversation(trace, { seed, profile: 'memcached', send: 'auto', injection: 0 })];
  if (run !== undefined) return [makeConversation(seed, run, opcodes)];
  return Array.from({ length: runs }, (_, at) => makeConversation(seed, at + 1, opcodes));
}

interface Outcome {
  readonly before: Recording;
  readonly differences: readonly Difference[];
}

/** Two engines, and what is known of the first one's moods. */
class Comparison {
  isNormalised = false;
  readonly #before: SideOptions;
  readonly #after: SideOptions;

  constructor(before: SideOptions, after: SideOptions) {
    this.#before = before;
    this.#after = after;
  }

  /** Finds out whether the engine before answers twice alike. */
  async settle(conversation: Conversation): Promise<void> {
    const [one, other] = [await play(conversation, this.#before), await play(conversation, this.#before)];
    if (compareBytes(one, other, this.isNormalised).length === 0) return;
    this.isNormalised = true;
    const [difference] = compareBytes(one, other, true);
    if (difference === undefined) return;
    const shown = `${difference.message}, after ${difference.request}`;
    throw new VerifyError(
      'not-deterministic',
      `The engine before does not answer the same conversation twice alike (${shown}): make its choices depend on nothing but what it is told.`,
    );
  }

  async run(conversation: Conversation): Promise<Outcome> {
    const before = await play(conversation, this.#before);
    const after = await play(conversation, this.#after);
    const differences = compare(before, after, { isNormalised: this.isNormalised });
    if (differences.length === 0 || this.isNormalised) return { before, differences };
    // It may be the engine before that changed its mind.
    await this.settle(conversation);
    if (!this.isNormalised) return { before, differences };
    return { before, differences: compare(before, after, { isNormalised: true }) };
  }

  /** Looks for a short conversation that shows a difference of the same kind. */
  async tell(conversation: Conversation): Promise<DifferentRun> {
    const options = { isNormalised: this.isNormalised };
    const outcome = async (candidate: Conversation): Promise<readonly [Recording, readonly Difference[]]> => {
      const before = await play(candidate, this.#before);
      return [before, compare(before, await play(candidate, this.#after), options)];
    };
    const [, [first]] = await outcome(conversation);
    const short = await shrink(conversation, async (candidate) => {
      const [, found] = await outcome(candidate);
      return found[0]?.kind === first?.kind;
    });
    const [before, differences] = await outcome(short);
    return {
      ...untold(conversation, differences),
      conversation: tellConversation(short, before),
    };
  }
}

function compareBytes(one: Recording, other: Recording, isNormalised: boolean): readonly Difference[] {
  return compare(one, other, { isNormalised }).filter(({ kind }) => kind === 'bytes' || kind === 'close');
}

function untold(conversation: Conversation, differences: readonly Difference[]): DifferentRun {
  const { run, profile, send, injection, steps } = conversation;
  return { run, profile, send, injection, differences, conversation: [], steps: steps.length };
}

function emptyCounts(): PlayCounts {
  return {
    requests: 0,
    replies: 0,
    bytes: 0,
    slotCalls: 0,
    dcpMessages: 0,
    headerHandlings: 0,
    releases: 0,
    injected: 0,
  };
}

function add(total: PlayCounts, counts: PlayCounts): void {
  for (const name of Object.keys(total) as (keyof PlayCounts)[]) total[name] += counts[name];
}

/** The command that plays the same conversations; `--run` picks one of them. */
function commandFor({ before, after, config = '', trace }: VerifyOptions, seed: number): string {
  const words = ['kv-engine-migrate', 'verify', nameOf(before), nameOf(after)];
  if (config !== '') words.push('--config', config);
  words.push(...(trace === undefined ? ['--seed', String(seed)] : ['--trace', 'FILE']));
  return words.map(quoted).join(' ');
}

const quoted = (word: string): string =>
  /^[\w./:<>@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const nameOf = (engine: EngineChoice): string => (typeof engine === 'string' ? engine : '<module>');
