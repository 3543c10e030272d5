// What a client of DCP says by itself: answers to what the engine sent or asked for, and snapshots to a consuming engine.
import { DcpMarkerFlag } from '../protocol/dcp-flags.ts';
import {
  encodeDcpDeletion,
  encodeDcpExpiration,
  encodeDcpMarker,
  encodeDcpMutation,
} from '../protocol/dcp-messages.ts';
import { encodeFailoverLog, encodeRollbackSeqno } from '../protocol/failover-log.ts';
import { Magic } from '../protocol/magic.ts';
import { Opcode } from '../protocol/opcode.ts';
import { encodePacket, type Packet } from '../protocol/packet.ts';
import { Status } from '../protocol/status.ts';
import type { Random } from '../random.ts';
import type { Client, UpStream } from './client.ts';
import { someKey, someValue } from './make-requests.ts';

/** Answers to everything that the server asked on this connection until now. */
export function answers(client: Client, random: Random): readonly Buffer[] {
  const { asked } = client;
  client.asked = [];
  const packets: Buffer[] = [];
  for (const packet of asked) {
    const answer = answerTo(packet, client, random);
    if (answer !== undefined) packets.push(answer);
  }
  return packets;
}

function answerTo(packet: Packet, client: Client, random: Random): Buffer | undefined {
  switch (packet.opcode) {
    case Opcode.DcpStreamReq:
      return answerStream(packet, client, random);
    case Opcode.DcpMutation:
    case Opcode.DcpExpiration:
      // Acknowledged by some consumers only.
      return random.chance(0.3) ? response(packet, Status.Success) : undefined;
    case Opcode.DcpDeletion:
      return random.chance(0.6)
        ? response(packet, random.chance(0.7) ? Status.KeyEnoent : Status.Success)
        : undefined;
    case Opcode.DcpSnapshotMarker:
    case Opcode.DcpSetVbucketState:
    case Opcode.DcpControl:
    case Opcode.DcpNoop:
      return response(packet, random.chance(0.97) ? Status.Success : Status.Etmpfail);
    case Opcode.DcpGetFailoverLog:
      return response(packet, Status.Success, encodeFailoverLog(someLog(random)));
    default:
      return undefined;
  }
}

/** As a producer answers: a failover log, a rollback, an error, and now and then something that is none of these. */
function answerStream(packet: Packet, client: Client, random: Random): Buffer {
  const kind = random.weighted([
    [12, 'stream'],
    [4, 'rollback'],
    [1, 'error'],
    [1, 'malformed'],
  ] as const);
  switch (kind) {
    case 'stream':
      client.upStreams.push({ opaque: packet.opaque, vbucket: packet.vbucketOrStatus });
      return response(packet, Status.Success, encodeFailoverLog(someLog(random)));
    case 'rollback':
      return response(packet, Status.Rollback, encodeRollbackSeqno(BigInt(random.below(4))));
    case 'error':
      return response(packet, random.pick([Status.KeyEnoent, Status.Erange, Status.NotMyVbucket]));
    case 'malformed':
      return response(packet, random.pick([Status.Success, Status.Rollback]), Buffer.alloc(random.below(12)));
  }
}

function someLog(random: Random): { readonly uuid: bigint; readonly seqno: bigint }[] {
  return Array.from({ length: random.between(1, 3) }, (_, at) => ({
    uuid: BigInt(0xfa11_0000 + random.below(1000)),
    seqno: BigInt(10 - at),
  }));
}

function response(request: Packet, status: number, value?: Uint8Array): Buffer {
  const { opcode, opaque } = request;
  const magic = Magic.ClientResponse;
  return encodePacket({ magic, opcode, opaque, vbucketOrStatus: status, ...(value && { value }) });
}

/** A snapshot marker and the changes after it, on one of the streams that this client feeds. */
export function snapshot(client: Client, changes: number, random: Random): readonly Buffer[] {
  const { upStreams } = client;
  if (upStreams.length === 0) return [];
  const stream = upStreams[random.below(upStreams.length)] as UpStream;
  const first = client.nextSeqno;
  client.nextSeqno += BigInt(changes);
  const { opaque, vbucket } = stream;
  const flags =
    random.pick([DcpMarkerFlag.Memory, DcpMarkerFlag.Disk]) | (random.chance(0.5) ? DcpMarkerFlag.Ack : 0);
  const packets = [encodeDcpMarker(opaque, vbucket, first, client.nextSeqno - 1n, flags)];
  for (let bySeqno = first; bySeqno < client.nextSeqno; bySeqno += 1n)
    packets.push(change(stream, bySeqno, random));
  return packets;
}

function change({ opaque, vbucket }: UpStream, bySeqno: bigint, random: Random): Buffer {
  const key = Buffer.from(someKey(random));
  const fields = { vbucket, cas: 0x1_0000n + bySeqno, datatype: 0, bySeqno, revSeqno: 1n, nmeta: 0 };
  const removal = { ...fields, collectionLen: undefined };
  const kind = random.weighted([
    [6, 'mutation'],
    [2, 'deletion'],
    [1, 'expiration'],
  ] as const);
  if (kind === 'deletion') return encodeDcpDeletion(opaque, key, 0, removal);
  if (kind === 'expiration') return encodeDcpExpiration(opaque, key, 0, removal);
  const value = someValue(random);
  const expiration = random.chance(0.2) ? 1_700_000_000 + random.below(200) : 0;
  const more = { flags: random.below(3), expiration, lockTime: 0, nru: 0 };
  return Buffer.concat([encodeDcpMutation(opaque, key, value.length, { ...removal, ...more }), value]);
}
