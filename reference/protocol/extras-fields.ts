// The names and widths of what stands in extras: for people who read packets. The server itself reads by offset.
import { readU16, readU32, readU64 } from './header.ts';
import { Opcode } from './opcode.ts';
import { hex } from './symbolic-names.ts';

// A name, its width in bytes, and `x` where the number is a set of bits or an identity.
type Field = readonly [name: string, width: 1 | 2 | 4 | 8, radix?: 'x'];

const flags: Field = ['flags', 4, 'x'];
const expiration: Field = ['expiration', 4];
const bySeqno: Field = ['by_seqno', 8];
const revSeqno: Field = ['rev_seqno', 8];
const nmeta: Field = ['nmeta', 2];
const collectionLen: Field = ['collection_len', 1];

const store: readonly Field[] = [flags, expiration];
const touch: readonly Field[] = [expiration];
const count: readonly Field[] = [['delta', 8], ['initial', 8], expiration];
const removal: readonly Field[] = [bySeqno, revSeqno, nmeta, collectionLen];

const ofRequests = new Map<number, readonly Field[]>([
  [Opcode.Set, store],
  [Opcode.Setq, store],
  [Opcode.Add, store],
  [Opcode.Addq, store],
  [Opcode.Replace, store],
  [Opcode.Replaceq, store],
  [Opcode.Increment, count],
  [Opcode.Incrementq, count],
  [Opcode.Decrement, count],
  [Opcode.Decrementq, count],
  [Opcode.Flush, touch],
  [Opcode.Flushq, touch],
  [Opcode.Touch, touch],
  [Opcode.Gat, touch],
  [Opcode.Gatq, touch],
  [Opcode.GetLocked, [['lock_timeout', 4]]],
  [Opcode.Verbosity, [['level', 4]]],
  [Opcode.GetAllVbSeqnos, [['state', 4]]],
  [Opcode.DcpOpen, [['seqno', 4], flags]],
  [Opcode.DcpAddStream, [flags]],
  [
    Opcode.DcpStreamReq,
    [
      flags,
      ['reserved', 4],
      ['start', 8],
      ['end', 8],
      ['vbucket_uuid', 8, 'x'],
      ['snap_start', 8],
      ['snap_end', 8],
    ],
  ],
  [Opcode.DcpStreamEnd, [['reason', 4]]],
  [Opcode.DcpSnapshotMarker, [['start', 8], ['end', 8], flags]],
  [
    Opcode.DcpMutation,
    [bySeqno, revSeqno, flags, expiration, ['lock_time', 4], nmeta, ['nru', 1], collectionLen],
  ],
  [Opcode.DcpDeletion, removal],
  [Opcode.DcpExpiration, removal],
  [Opcode.DcpSetVbucketState, [['state', 1]]],
  [Opcode.DcpBufferAcknowledgement, [['buffer_bytes', 4]]],
  [Opcode.DcpSystemEvent, [bySeqno, ['event', 4]]],
]);

const hit: readonly Field[] = [flags];
const mutation: readonly Field[] = [
  ['vbucket_uuid', 8, 'x'],
  ['seqno', 8],
];

const ofResponses = new Map<number, readonly Field[]>([
  [Opcode.Get, hit],
  [Opcode.Getq, hit],
  [Opcode.Getk, hit],
  [Opcode.Getkq, hit],
  [Opcode.Gat, hit],
  [Opcode.Gatq, hit],
  [Opcode.GetLocked, hit],
  [Opcode.Set, mutation],
  [Opcode.Add, mutation],
  [Opcode.Replace, mutation],
  [Opcode.Append, mutation],
  [Opcode.Prepend, mutation],
  [Opcode.Delete, mutation],
  [Opcode.Increment, mutation],
  [Opcode.Decrement, mutation],
  [Opcode.DcpAddStream, [['stream_opaque', 4, 'x']]],
]);

/** `flags=0x02000000 expiration=0`; as hexadecimal where the bytes do not fit the fields; empty for no extras. */
export function describeExtras(opcode: number | undefined, isRequest: boolean, extras: Uint8Array): string {
  if (extras.length === 0) return '';
  const fields = opcode === undefined ? [] : ((isRequest ? ofRequests : ofResponses).get(opcode) ?? []);
  const words: string[] = [];
  let at = 0;
  for (const [name, width, radix] of fields) {
    if (at === extras.length) break;
    if (at + width > extras.length) return raw(extras);
    const value = read(extras, at, width);
    words.push(`${name}=${radix === 'x' ? hex(value) : value}`);
    at += width;
  }
  return at === extras.length ? words.join(' ') : raw(extras);
}

const raw = (extras: Uint8Array): string => `extras=${Buffer.from(extras).toString('hex')}`;

function read(bytes: Uint8Array, at: number, width: Field[1]): number | bigint {
  if (width === 8) return readU64(bytes, at);
  if (width === 4) return readU32(bytes, at);
  if (width === 2) return readU16(bytes, at);
  return bytes[at] as number;
}
