// A packet as one line for people. Passwords are not shown.
import { datatypeName } from './datatype.ts';
import { describeExtras } from './extras-fields.ts';
import { readFailoverLog, readRollbackSeqno } from './failover-log.ts';
import { featureName } from './feature.ts';
import { readU16, readU64 } from './header.ts';
import { isRequestMagic, Magic } from './magic.ts';
import { Opcode, opcodeName, serverOpcodeName } from './opcode.ts';
import type { Packet } from './packet.ts';
import { errorText, Status, statusName } from './status.ts';
import { hex } from './symbolic-names.ts';

// As much of a value as helps to tell one from another.
const SHOWN_BYTES = 40;

/**
 * `SET key="user::1" flags=0x00 expiration=0 value 9 bytes "Not found" opaque=0x07 vbucket=0`, or
 * `response to GET: KEY_ENOENT (Not found) value 9 bytes "Not found" opaque=0x07`. What is 0 and says nothing is left out.
 */
export function describePacket(packet: Packet): string {
  const isRequest = isRequestMagic(packet.magic);
  const words = [isRequest ? nameOf(packet) : responseHead(packet)];
  if (packet.key.length > 0) words.push(`key=${quote(packet.key, packet.key.length)}`);
  // The server's opcodes are numbered anew: what a client's command means by its extras does not hold for them.
  const opcode = isServers(packet.magic) ? undefined : packet.opcode;
  const extras = describeExtras(opcode, isRequest, packet.extras);
  if (extras !== '') words.push(extras);
  if (packet.value.length > 0) words.push(describeValue(packet, isRequest));
  words.push(`opaque=${hex(packet.opaque)}`);
  if (isRequest) words.push(`vbucket=${packet.vbucketOrStatus}`);
  if (packet.cas !== 0n) words.push(`cas=${hex(packet.cas)}`);
  if (packet.datatype !== 0) words.push(`datatype=${datatypeName(packet.datatype)}`);
  return words.join(' ');
}

const isServers = (magic: number): boolean => magic === Magic.ServerRequest || magic === Magic.ServerResponse;

function nameOf({ magic, opcode }: Packet): string {
  return isServers(magic) ? `server's ${serverOpcodeName(opcode)}` : opcodeName(opcode);
}

function responseHead(packet: Packet): string {
  const status = packet.vbucketOrStatus;
  const text = errorText(status);
  return `response to ${nameOf(packet)}: ${statusName(status)}${text === '' ? '' : ` (${text})`}`;
}

function describeValue(packet: Packet, isRequest: boolean): string {
  const { opcode, value } = packet;
  const size = `value ${value.length} ${value.length === 1 ? 'byte' : 'bytes'}`;
  if (opcode === Opcode.SaslAuth || opcode === Opcode.SaslStep) return `${size} (not shown)`;
  const meaning = isRequest ? requestMeaning : responseMeaning;
  return (isServers(packet.magic) ? undefined : meaning(packet)) ?? `${size} ${quote(value, SHOWN_BYTES)}`;
}

function requestMeaning({ opcode, value }: Packet): string | undefined {
  return opcode === Opcode.Hello ? features(value) : undefined;
}

function responseMeaning({ opcode, value, vbucketOrStatus: status }: Packet): string | undefined {
  if (opcode === Opcode.DcpStreamReq && status === Status.Rollback) {
    const seqno = readRollbackSeqno(value);
    return seqno === undefined ? undefined : `seqno=${seqno}`;
  }
  if (status !== Status.Success) return undefined;
  switch (opcode) {
    case Opcode.Hello:
      return features(value);
    case Opcode.Increment:
    case Opcode.Decrement:
      return value.length === 8 ? `count=${readU64(value, 0)}` : undefined;
    case Opcode.DcpStreamReq:
    case Opcode.DcpGetFailoverLog: {
      const log = readFailoverLog(value)?.map(({ uuid, seqno }) => `${hex(uuid)}@${seqno}`);
      return log && `failover_log=[${log.join(', ')}]`;
    }
    default:
      return undefined;
  }
}

function features(value: Buffer): string | undefined {
  if (value.length % 2 !== 0) return undefined;
  const names: string[] = [];
  for (let at = 0; at < value.length; at += 2) names.push(featureName(readU16(value, at)));
  return `features=[${names.join(', ')}]`;
}

/** Bytes as text in quotes: one line, printable ASCII, the rest as `\x00`. */
function quote(bytes: Buffer, most: number): string {
  const text = bytes
    .toString('latin1', 0, most)
    .replace(/["\\]|[^ -~]/g, (character) =>
      character === '"' || character === '\\'
        ? `\\${character}`
        : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );
  return bytes.length > most ? `"${text}"...` : `"${text}"`;
}
