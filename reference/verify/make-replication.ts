// Steps of DCP clients, made from random numbers: as a consumer of the engine's changes, and as a producer to it.
import { allFlags, DcpAddStreamFlag, DcpOpenFlag } from '../protocol/dcp-flags.ts';
import {
  encodeDcpAddStream,
  encodeDcpBufferAcknowledgement,
  encodeDcpCloseStream,
  encodeDcpControl,
  encodeDcpGetFailoverLog,
  encodeDcpNoop,
  encodeDcpOpen,
  encodeDcpSetVbucketState,
  encodeDcpStreamEnd,
} from '../protocol/dcp-messages.ts';
import type { RequestPlan, Slot, Step } from './conversation.ts';
import type { RequestSource } from './make-requests.ts';

const packet = (bytes: Buffer): RequestPlan => ({ kind: 'bytes', bytes });
const send = (slot: Slot, seed: number, ...requests: readonly RequestPlan[]): Step => ({
  kind: 'send',
  slot,
  requests,
  seed,
});

const vbucketOf = ({ random }: RequestSource): number => (random.chance(0.85) ? 0 : 1);

type Setting = readonly [key: string, value: string];

const settings: readonly [Setting, ...Setting[]] = [
  ['enable_noop', 'true'],
  ['set_noop_interval', '20'],
  ['connection_buffer_size', '10240'],
  ['enable_ext_metadata', 'true'],
  ['a_setting_that_nobody_knows', '1'],
];

/** Opens a connection on which the engine produces, and asks for a stream. */
export function beginConsuming(source: RequestSource, slot: Slot): readonly Step[] {
  const { random } = source;
  const flags = DcpOpenFlag.Producer | (random.chance(0.2) ? DcpOpenFlag.IncludeXattrs : 0);
  const open = packet(encodeDcpOpen(source.nextOpaque(), 0, flags, `replica ${slot}`));
  return [send(slot, random.u32(), open), consume(source, slot, 'stream')];
}

/** One more step of a client that consumes. */
export function consumeOn(source: RequestSource, slot: Slot): Step {
  const kind = source.random.weighted([
    [10, 'answer'],
    [4, 'stream'],
    [2, 'control'],
    [1, 'close'],
    [1, 'log'],
    [1, 'noop'],
    [2, 'ack'],
  ] as const);
  if (kind === 'answer') return { kind, slot, seed: source.random.u32() };
  return consume(source, slot, kind);
}

function consume(
  source: RequestSource,
  slot: Slot,
  kind: 'stream' | 'control' | 'close' | 'log' | 'noop' | 'ack',
): Step {
  const { random } = source;
  const opaque = source.nextOpaque();
  const vbucket = vbucketOf(source);
  const seed = random.u32();
  switch (kind) {
    case 'stream':
      return send(slot, seed, {
        kind: 'stream-req',
        opaque,
        vbucket,
        from: random.weighted([
          [6, 'start'],
          [4, 'last'],
          [1, 'beyond'],
        ]),
        uuid: random.chance(0.85) ? 'known' : 'wrong',
        isEndless: random.chance(0.7),
      });
    case 'control': {
      const [key, value] = random.pick(settings);
      return send(slot, seed, packet(encodeDcpControl(opaque, key, value)));
    }
    case 'close':
      return send(slot, seed, packet(encodeDcpCloseStream(opaque, vbucket)));
    case 'log':
      return send(slot, seed, packet(encodeDcpGetFailoverLog(opaque, vbucket)));
    case 'noop':
      return send(slot, seed, packet(encodeDcpNoop(opaque)));
    case 'ack':
      return send(slot, seed, packet(encodeDcpBufferAcknowledgement(opaque, vbucket, random.below(4096))));
  }
}

/** Opens a connection on which the engine consumes, and has it ask for a stream. */
export function beginProducing(source: RequestSource, slot: Slot): readonly Step[] {
  const { random } = source;
  const open = packet(encodeDcpOpen(source.nextOpaque(), 0, 0, `active ${slot}`));
  return [
    send(slot, random.u32(), open),
    produce(source, slot, 'add'),
    { kind: 'answer', slot, seed: random.u32() },
  ];
}

/** One more step of a client that produces. */
export function produceOn(source: RequestSource, slot: Slot): Step {
  const { random } = source;
  const kind = random.weighted([
    [8, 'replicate'],
    [5, 'answer'],
    [3, 'add'],
    [1, 'close'],
    [1, 'end'],
    [1, 'state'],
    [1, 'noop'],
  ] as const);
  const seed = random.u32();
  if (kind === 'replicate') return { kind, slot, changes: random.between(1, 6), seed };
  if (kind === 'answer') return { kind, slot, seed };
  return produce(source, slot, kind);
}

function produce(source: RequestSource, slot: Slot, kind: 'add' | 'close' | 'end' | 'state' | 'noop'): Step {
  const { random } = source;
  const opaque = source.nextOpaque();
  const vbucket = vbucketOf(source);
  const seed = random.u32();
  switch (kind) {
    case 'add': {
      const flags = random.chance(0.8) ? 0 : random.below(32) & allFlags(DcpAddStreamFlag);
      return send(slot, seed, packet(encodeDcpAddStream(opaque, vbucket, flags)));
    }
    case 'close':
      return send(slot, seed, packet(encodeDcpCloseStream(opaque, vbucket)));
    case 'end':
      return send(slot, seed, packet(encodeDcpStreamEnd(opaque, vbucket, random.below(5))));
    case 'state':
      return send(slot, seed, packet(encodeDcpSetVbucketState(opaque, vbucket, random.between(1, 4))));
    case 'noop':
      return send(slot, seed, packet(encodeDcpNoop(opaque)));
  }
}
