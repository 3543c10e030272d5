// Compares what two sides were seen to do, and says where they part. The first difference of each kind is told.
import { HEADER_LENGTH } from '../protocol/header.ts';
import { describeBytes, packetAt, packetsAround } from './describe-bytes.ts';
import { normalised } from './normalise.ts';
import type { ConnectionRecord, Recording, SentPacket, Sighting } from './recording.ts';
import type { Difference } from './report.ts';

/** How two recordings are compared. */
export interface CompareOptions {
  /** Cas and vbucket uuids are compared by their order of appearance. */
  readonly isNormalised: boolean;
}

/** Everything that differs, the most telling first; nothing where the two are equal. */
export function compare(before: Recording, after: Recording, options: CompareOptions): readonly Difference[] {
  const found = [
    ...headerWrites(after),
    ...failures(before, after),
    ...bytes(before, after, options),
    ...closes(before, after),
    ...violations(before, after),
    ...releases(before, after),
  ];
  return found;
}

function headerWrites(after: Recording): readonly Difference[] {
  const first = after.headerWrites[0];
  if (first === undefined) return [];
  const more = after.headerWrites.length - 1;
  return [
    {
      kind: 'header-write',
      message: `the engine after wrote to ${first.field}, and the header is read-only`,
      request: describeBytes(first.response),
      before: ['a write to the header was allowed by the old contract'],
      after: [`wrote to ${first.field}${more > 0 ? `, and ${more} more times to this or other fields` : ''}`],
    },
  ];
}

function failures(before: Recording, after: Recording): readonly Difference[] {
  const failed = [before.failure, after.failure];
  if (failed.every((each) => each === undefined)) return [];
  const [first] = failed.filter((each) => each !== undefined);
  const say = (failure: Sighting | undefined): readonly string[] => [failure?.text ?? 'went on to the end'];
  return [
    {
      kind: 'failure',
      message: `the conversation could not be played to its end`,
      request: requestIn(before, first?.step ?? 0),
      before: say(before.failure),
      after: say(after.failure),
    },
  ];
}

function bytes(before: Recording, after: Recording, { isNormalised }: CompareOptions): readonly Difference[] {
  const streams = (recording: Recording): readonly Buffer[] =>
    isNormalised ? normalised(recording) : recording.connections.map(({ received }) => received);
  const [one, other] = [streams(before), streams(after)];
  let first: { readonly at: number; readonly offset: number; readonly step: number } | undefined;
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const offset = firstDifference(one[at] ?? NOTHING, other[at] ?? NOTHING);
    if (offset === undefined) continue;
    const step = Math.min(stepOf(before.connections[at], offset), stepOf(after.connections[at], offset));
    if (first === undefined || step < first.step) first = { at, offset, step };
  }
  if (first === undefined) return [];
  const { at, offset, step } = first;
  const [mine, theirs] = [one[at] ?? NOTHING, other[at] ?? NOTHING];
  const slot = (before.connections[at] ?? after.connections[at])?.slot;
  return [
    {
      kind: 'bytes',
      message: `byte ${offset} of what connection ${at + 1} (client ${slot}) got differs`,
      request: requestFor(before, after, at, step, [packetAt(mine, offset), packetAt(theirs, offset)]),
      before: packetsAround(mine, offset),
      after: packetsAround(theirs, offset),
    },
  ];
}

function closes(before: Recording, after: Recording): readonly Difference[] {
  for (let at = 0; at < Math.max(before.connections.length, after.connections.length); at++) {
    const [one, other] = [before.connections[at]?.closedIn, after.connections[at]?.closedIn];
    if (one === other) continue;
    const step = Math.min(one ?? Number.POSITIVE_INFINITY, other ?? Number.POSITIVE_INFINITY);
    const say = (closedIn: number | undefined): string =>
      closedIn === undefined ? 'the server kept it open' : `the server closed it in step ${closedIn + 1}`;
    return [
      {
        kind: 'close',
        message: `connection ${at + 1} was not closed alike`,
        request: requestFor(before, after, at, step, []),
        before: [say(one)],
        after: [say(other)],
      },
    ];
  }
  return [];
}

function violations(before: Recording, after: Recording): readonly Difference[] {
  return [['before', before] as const, ['after', after] as const].flatMap(
    ([name, recording]): readonly Difference[] => {
      const first = recording.violations[0];
      if (first === undefined) return [];
      const told = recording.violations.slice(0, MAX_TOLD).map(({ text }) => text);
      return [
        {
          kind: 'violation',
          message: `on the side of the engine ${name}, ${first.text}`,
          request: requestIn(recording, first.step),
          before: name === 'before' ? told : ['kept the rule'],
          after: name === 'after' ? told : ['kept the rule'],
        },
      ];
    },
  );
}

/** Counts are compared for the whole run: when an item is given back is a matter of the send path. */
function releases(before: Recording, after: Recording): readonly Difference[] {
  const [one, other] = [tally(before.releases), tally(after.releases)];
  const labels = [...new Set([...one.keys(), ...other.keys()])].filter(
    (label) => one.get(label)?.length !== other.get(label)?.length,
  );
  const [label] = labels;
  if (label === undefined) return [];
  const steps = [one.get(label) ?? [], other.get(label) ?? []];
  // The first release that has no counterpart.
  const shared = Math.min(...steps.map((each) => each.length));
  const step = Math.max(...steps.map((each) => each[shared] ?? -1));
  const say = (count: number): readonly string[] => [`given back ${count === 1 ? 'once' : `${count} times`}`];
  const others = labels.length > 1 ? `, and ${labels.length - 1} more items, were` : ' was';
  return [
    {
      kind: 'release',
      message: `${label}${others} not given back to the engine equally often`,
      request: requestIn(before, step),
      before: say(steps[0]?.length ?? 0),
      after: say(steps[1]?.length ?? 0),
    },
  ];
}

const MAX_TOLD = 5;
const NOTHING: Buffer = Buffer.alloc(0);

function tally(sightings: readonly Sighting[]): ReadonlyMap<string, readonly number[]> {
  const steps = new Map<string, number[]>();
  for (const { text, step } of sightings) {
    const known = steps.get(text);
    if (known === undefined) steps.set(text, [step]);
    else known.push(step);
  }
  return steps;
}

function firstDifference(one: Buffer, other: Buffer): number | undefined {
  if (one.equals(other)) return undefined;
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) if (one[at] !== other[at]) return at;
  return length;
}

/** The step in which this byte came, or would have come. */
function stepOf(connection: ConnectionRecord | undefined, offset: number): number {
  if (connection === undefined) return Number.POSITIVE_INFINITY;
  const at = connection.marks.findIndex((length) => length > offset);
  return at < 0 ? Number.POSITIVE_INFINITY : connection.openedIn + at;
}

/** The request with the opaque of what came; else the last that the client sent in this step. */
function requestFor(
  before: Recording,
  after: Recording,
  connection: number,
  step: number,
  packets: readonly (Buffer | undefined)[],
): string {
  const record = before.connections[connection] ?? after.connections[connection];
  const sent = record?.sent ?? [];
  for (const packet of packets) {
    if (packet === undefined) continue;
    const opaque = opaqueOf(packet);
    const asked = sent.findLast(
      (each) => each.step <= step && opaqueOf(each.bytes) === opaque && isRequest(each),
    );
    if (asked !== undefined && !isDcpMessage(packet)) return describeBytes(asked.bytes);
  }
  const last = sent.findLast((each) => each.step === step);
  return last === undefined ? requestIn(before, step) : describeBytes(last.bytes);
}

/** What clients did in a step, in one line. */
function requestIn({ connections }: Recording, step: number): string {
  const sent = connections.flatMap((each) => each.sent.filter((packet) => packet.step === step));
  const last = sent.at(-1);
  if (last === undefined) return 'no request: time passed, or a client hung up';
  const others = sent.length - 1;
  return `${describeBytes(last.bytes)}${others > 0 ? ` (and ${others} before it in the same step)` : ''}`;
}

const opaqueOf = (packet: Buffer): number | undefined =>
  packet.length < HEADER_LENGTH ? undefined : packet.readUInt32BE(12);
const isRequest = ({ bytes: [magic] }: SentPacket): boolean => magic === 0x80;
/** Sent by the server without being asked. */
const isDcpMessage = (packet: Buffer): boolean => packet[0] === 0x80;
