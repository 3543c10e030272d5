// Takes out what an engine may make up anew in each run: cas and vbucket uuids become numbers in order of appearance.
import { HEADER_LENGTH, readU64, writeU64 } from '../protocol/header.ts';
import { Magic } from '../protocol/magic.ts';
import { Opcode } from '../protocol/opcode.ts';
import { Status } from '../protocol/status.ts';
import type { Recording } from './recording.ts';

/** What {@link normalised} does not compare. */
export const normalisedFields: readonly string[] = ['cas', 'vbucket uuid'];

/** What the clients of a recording got, with those fields replaced. What is no packet stays as it is. */
export function normalised({ connections }: Recording): readonly Buffer[] {
  const numbers = new Map<bigint, bigint>();
  return connections.map(({ received }) => {
    const stream = Buffer.from(received);
    for (let at = 0; stream.length - at >= HEADER_LENGTH; ) {
      const end = at + HEADER_LENGTH + stream.readUInt32BE(at + 8);
      if (end > stream.length) break;
      for (const field of madeUp(stream.subarray(at, end))) replace(stream, at + field, numbers);
      at = end;
    }
    return stream;
  });
}

function replace(stream: Buffer, at: number, numbers: Map<bigint, bigint>): void {
  const value = readU64(stream, at);
  if (value === 0n) return;
  let number = numbers.get(value);
  if (number === undefined) {
    number = BigInt(numbers.size + 1);
    numbers.set(value, number);
  }
  writeU64(stream, at, number);
}

/** Where in a packet the u64s are. */
function madeUp(packet: Buffer): readonly number[] {
  const fields = [16];
  const opcode = packet[1] ?? 0;
  const extlen = packet[4] ?? 0;
  if (packet[0] === Magic.ClientRequest) {
    if (opcode === Opcode.DcpStreamReq && extlen === 48) fields.push(HEADER_LENGTH + 24);
    return fields;
  }
  // The extras of a mutation's response: uuid and seqno.
  if (extlen === 16) fields.push(HEADER_LENGTH);
  const isLog = opcode === Opcode.DcpStreamReq || opcode === Opcode.DcpGetFailoverLog;
  if (isLog && packet.readUInt16BE(6) === Status.Success)
    for (let at = HEADER_LENGTH; at + 16 <= packet.length; at += 16) fields.push(at);
  return fields;
}
