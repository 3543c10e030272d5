// A whole conversation, made from a seed: a few clients of documents, and in most runs some that replicate.
import { commandFor } from '../dispatch.ts';
import { unknownCommand } from '../handlers/unknown-command.ts';
import { Opcode } from '../protocol/opcode.ts';
import { Random } from '../random.ts';
import type { Conversation, RequestPlan, Slot, Step } from './conversation.ts';
import { beginConsuming, beginProducing, consumeOn, produceOn } from './make-replication.ts';
import { type RequestSource, someRequest } from './make-requests.ts';

/** The most steps of a conversation. */
export const MAX_STEPS = 60;

const DOCUMENT_SLOTS: readonly [Slot, ...Slot[]] = [1, 2, 3];
const CONSUMER_SLOT: Slot = 4;
const PRODUCER_SLOT: Slot = 5;

/** Opcodes that the core has no command for and that are safe to try. */
export const engineOpcodes: readonly number[] = Array.from({ length: 256 }, (_, opcode) => opcode).filter(
  (opcode) =>
    commandFor(opcode).run === unknownCommand &&
    opcode !== Opcode.Shutdown &&
    opcode !== Opcode.EwouldblockCtl,
);

/** Makes the conversation of one run. `knownOpcodes` are those of {@link engineOpcodes} that the engine answers. */
export function makeConversation(
  seed: number,
  run: number,
  knownOpcodes: readonly number[] = [],
): Conversation {
  const random = new Random(seed, run);
  const length = random.between(15, MAX_STEPS);
  let opaque = 0x1000 * run;
  const nextOpaque = (): number => {
    opaque += 1;
    return opaque;
  };
  const source: RequestSource = { random, engineOpcodes, knownOpcodes, nextOpaque };
  const steps: Step[] = [];
  const isOpen = { consumer: false, producer: false };
  const replicates = random.chance(0.75);
  while (steps.length < length) {
    const kind = random.weighted([
      [20, 'documents'],
      [2, 'time'],
      [1, 'hang-up'],
      [1, 'abandon'],
      [replicates ? 18 : 0, 'consumer'],
      [replicates ? 10 : 0, 'producer'],
    ] as const);
    if (kind === 'consumer' || kind === 'producer') steps.push(...replication(kind, source, isOpen));
    else steps.push(otherStep(kind, source));
    // What was stored comes to whoever replicates it, and is answered.
    if (kind === 'documents' && isOpen.consumer && random.chance(0.4))
      steps.push({ kind: 'answer', slot: CONSUMER_SLOT, seed: random.u32() });
  }
  return {
    run,
    seed: random.u32(),
    profile: random.pick(['memcached', 'couchbase']),
    send: random.pick(['auto', 'copy', 'ref']),
    injection: random.pick([0, 0.05, 0.15]),
    steps,
  };
}

function replication(
  kind: 'consumer' | 'producer',
  source: RequestSource,
  isOpen: { consumer: boolean; producer: boolean },
): readonly Step[] {
  const slot = kind === 'consumer' ? CONSUMER_SLOT : PRODUCER_SLOT;
  // A connection that was closed, by whomever, is opened again now and then.
  if (!isOpen[kind] || source.random.chance(0.06)) {
    const first: Step[] = isOpen[kind] ? [{ kind: 'hang-up', slot, how: 'reset' }] : [];
    isOpen[kind] = true;
    return [...first, ...(kind === 'consumer' ? beginConsuming : beginProducing)(source, slot)];
  }
  return [kind === 'consumer' ? consumeOn(source, slot) : produceOn(source, slot)];
}

function otherStep(kind: 'documents' | 'time' | 'hang-up' | 'abandon', source: RequestSource): Step {
  const { random } = source;
  const slot = random.pick(DOCUMENT_SLOTS);
  switch (kind) {
    case 'documents':
      return { kind: 'send', slot, requests: someRequests(source), seed: random.u32() };
    case 'time':
      return { kind: 'time', seconds: random.pick([1, 1, 2, 5, 20, 61]) };
    case 'hang-up':
      return { kind, slot, how: random.pick(['end', 'reset']) };
    case 'abandon':
      return { kind, slot, request: someRequest(source) };
  }
}

function someRequests(source: RequestSource): readonly RequestPlan[] {
  const { random } = source;
  const count = random.weighted([
    [6, 1],
    [4, random.between(2, 5)],
    [1, random.between(6, 30)],
  ]);
  const requests = Array.from({ length: count }, () => someRequest(source));
  if (random.chance(0.03))
    requests.push({
      kind: 'packet',
      fields: { opcode: random.pick([Opcode.Quit, Opcode.Quitq]), opaque: source.nextOpaque() },
      cas: 'given',
    });
  return requests;
}
