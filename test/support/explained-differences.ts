// Where this server's memcached profile answers otherwise than memcached 1.6 does, each with its reason.
import { Magic } from '../../reference/protocol/magic.ts';
import { Opcode } from '../../reference/protocol/opcode.ts';
import type { Packet } from '../../reference/protocol/packet.ts';
import { Status } from '../../reference/protocol/status.ts';
import type { Exchange, ExplainedDifference } from './differential.ts';

const MEBIBYTE = 1024 * 1024;

/** The longest body that this server reads. */
const MAX_BODY = 30 * MEBIBYTE;

/** Commands of this server that memcached does not have; of those that tests send. */
const extensions: ReadonlySet<number> = new Set([
  Opcode.Verbosity,
  Opcode.Hello,
  Opcode.SetVbucket,
  Opcode.DcpOpen,
  Opcode.ListBuckets,
  Opcode.SelectBucket,
  Opcode.GetLocked,
  Opcode.UnlockKey,
  Opcode.GetMeta,
]);

/** Commands that have a cas for nothing, in kv_engine's eyes; memcached compares it in ADD, INCR and DECR. */
const withoutCas: ReadonlySet<number> = new Set([
  Opcode.Get,
  Opcode.Getq,
  Opcode.Getk,
  Opcode.Getkq,
  Opcode.Touch,
  Opcode.Gat,
  Opcode.Gatq,
  Opcode.Add,
  Opcode.Addq,
  Opcode.Increment,
  Opcode.Incrementq,
  Opcode.Decrement,
  Opcode.Decrementq,
  Opcode.Flush,
  Opcode.Flushq,
  Opcode.Noop,
  Opcode.Version,
  Opcode.Quit,
  Opcode.Quitq,
  Opcode.Stat,
  Opcode.SaslListMechs,
  Opcode.SaslAuth,
  Opcode.SaslStep,
]);

/** The statuses of responses, as a text to compare: `0x04`, `0x81 0x00`. */
const statuses = (packets: readonly Packet[]): string =>
  packets.map(({ vbucketOrStatus }) => `0x${vbucketOrStatus.toString(16).padStart(2, '0')}`).join(' ');

/** What memcached says where it does not know the command: it may also wait for bytes that do not come. */
const isUnknownToThem = ({ request, theirs }: Exchange): boolean =>
  (request.keylen > 250 ? ['', '0x04'] : ['', '0x81', '0x81 0x00']).includes(statuses(theirs));

const hasTrueLengths = ({ request }: Exchange): boolean =>
  request.keylen + request.extlen <= request.bodylen && request.bodylen <= MAX_BODY;

const isSet = (opcode: number): boolean => opcode === Opcode.Set || opcode === Opcode.Setq;

/** Every difference, sorted by id; none without a test that meets it. */
export const explainedDifferences: readonly ExplainedDifference[] = [
  {
    id: 'bodies-of-unknown-commands',
    what: 'A command that nobody knows is answered with 0x81, and so is what follows it.',
    why: 'memcached takes the length of key and extras off the next requests, which are then never answered.',
    matches: (exchange) => {
      const { request, ours } = exchange;
      const isUnknown = !extensions.has(request.opcode) && ours[0]?.vbucketOrStatus === Status.UnknownCommand;
      return isUnknown && request.keylen + request.extlen > 0 && isUnknownToThem(exchange);
    },
  },
  {
    id: 'cas-that-is-not-compared',
    what: 'A cas in a command that does not compare it is refused with 0x04, and the connection is closed.',
    why: "kv_engine's validators refuse it; memcached ignores it, or compares it in ADD, INCR and DECR.",
    matches: (exchange) => {
      const { request, ours, theirs } = exchange;
      if (!hasTrueLengths(exchange) || !request.hasCas || !withoutCas.has(request.opcode)) return false;
      return statuses(ours) === '0x04' && statuses(theirs) !== '0x04';
    },
  },
  {
    id: 'contradictory-lengths',
    what: 'A header whose key and extras are longer than its body closes the connection without a response.',
    why: 'Nothing that follows can be understood; memcached answers 0x81 and closes, or waits for ever.',
    matches: ({ request, ours, theirs }) =>
      request.keylen + request.extlen > request.bodylen && ours.length === 0 && statuses(theirs) === '0x81',
  },
  {
    id: 'expiry-of-a-flush',
    what: 'FLUSH with an expiry is refused with 0x83; the quiet form as well.',
    why: "kv_engine's validators refuse it, and the contract's flush slot has no time.",
    matches: ({ request, ours, theirs }) => {
      const isFlush = request.opcode === Opcode.Flush || request.opcode === Opcode.Flushq;
      if (!isFlush || request.extlen !== 4 || request.u32(0) === 0) return false;
      return (
        statuses(ours) === '0x83' && statuses(theirs) === (request.opcode === Opcode.Flush ? '0x00' : '')
      );
    },
  },
  {
    id: 'item-size',
    what: 'A value of up to 1 MiB is stored.',
    why: "What is too large is the engine's to say; memcached counts key and overhead, this engine the value alone.",
    matches: ({ request, ours, theirs }) => {
      const { valueLength } = request;
      const isNear = valueLength <= MEBIBYTE && valueLength > MEBIBYTE - 512;
      return isSet(request.opcode) && isNear && statuses(ours) === '0x00' && statuses(theirs) === '0x03';
    },
  },
  {
    id: 'kv-engine-commands',
    what: 'The commands of kv_engine are there: HELLO, VERBOSITY, buckets, locks, vbuckets, DCP.',
    why: 'This server is for engines on that contract; memcached answers 0x81.',
    matches: (exchange) =>
      hasTrueLengths(exchange) && extensions.has(exchange.request.opcode) && isUnknownToThem(exchange),
  },
  {
    id: 'long-bodies',
    what: 'A body of more than 30 MiB closes the connection as soon as its header is there.',
    why: 'As in kv_engine (max_packet_size); memcached answers an error and waits for the body, up to 4 GiB of it.',
    matches: ({ request, ours }) => request.bodylen > MAX_BODY && ours.length === 0,
  },
  {
    id: 'responses-before-nonsense',
    what: 'What was asked before a packet that is none is still answered; then the connection is closed.',
    why: 'The request was carried out; memcached closes at once, with its response unsent.',
    matches: ({ request, ours, theirs }) => {
      const { bytes, end, opcode } = request;
      if (extensions.has(opcode) || bytes.length === end || bytes[end] === Magic.ClientRequest) return false;
      return ['0x00', '0x01', '0x02', '0x05'].includes(statuses(ours)) && theirs.length === 0;
    },
  },
  {
    id: 'result-too-large',
    what: 'APPEND and PREPEND answer 0x03 where the result is too large.',
    why: "It is the engine's ENGINE_E2BIG; memcached says 0x05, as if there were no document.",
    matches: ({ request, ours, theirs }) =>
      (request.opcode === Opcode.Append || request.opcode === Opcode.Prepend) &&
      statuses(ours) === '0x03' &&
      statuses(theirs) === '0x05',
  },
  {
    id: 'statistics',
    what: 'STAT without a group answers other statistics.',
    why: 'Those that clients look at have the names that they have in memcached; the rest is about this server.',
    matches: ({ request, ours, theirs }) =>
      request.opcode === Opcode.Stat &&
      request.keylen === 0 &&
      [ours, theirs].every((packets) => /^0x00( 0x00){20,}$/.test(statuses(packets))),
  },
  {
    id: 'value-where-none-belongs',
    what: 'TOUCH, GAT and STAT with a value are refused with 0x04, and the connection is closed.',
    why: 'memcached takes the value for the next request.',
    matches: (exchange) => {
      const { request, ours } = exchange;
      const opcodes: readonly number[] = [Opcode.Touch, Opcode.Gat, Opcode.Gatq, Opcode.Stat];
      if (!hasTrueLengths(exchange) || request.hasCas || !opcodes.includes(request.opcode)) return false;
      return request.valueLength > 0 && statuses(ours) === '0x04';
    },
  },
  {
    id: 'vbuckets',
    what: 'A document is in the vbucket that its request names; 0x07 where the engine has no such vbucket.',
    why: 'Engines on this contract have vbuckets; memcached does not look at the field. Its clients send 0.',
    matches: ({ request, ours }) =>
      !extensions.has(request.opcode) &&
      request.vbucket > 0 &&
      ours[0]?.vbucketOrStatus === Status.NotMyVbucket,
  },
  {
    id: 'version-text',
    what: 'VERSION answers another text.',
    why: 'It is another server.',
    matches: ({ request, ours, theirs }) =>
      request.opcode === Opcode.Version &&
      [ours, theirs].every(([first]) => first?.vbucketOrStatus === Status.Success && first.value.length > 0),
  },
];
