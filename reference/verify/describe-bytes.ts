// Bytes of a stream in words: packets where they are some, hexadecimal where they are not.
import { describePacket } from '../protocol/describe.ts';
import { HEADER_LENGTH } from '../protocol/header.ts';
import { PacketParser } from '../protocol/packet.ts';

/** Bytes of hexadecimal that are shown around a difference. */
const SHOWN = 16;

/** One packet as one line; as hexadecimal where it is none. */
export function describeBytes(bytes: Buffer): string {
  try {
    const parser = new PacketParser();
    const [packet] = parser.push(bytes);
    if (packet !== undefined && parser.pending === 0) return describePacket(packet);
  } catch {
    // Then it is shown as it is.
  }
  return `${bytes.length} bytes that are no packet: ${shown(bytes.subarray(0, 2 * SHOWN))}`;
}

/** The packet of a stream in which a byte lies, cut off where the stream is; undefined behind its end. */
export function packetAt(stream: Buffer, offset: number): Buffer | undefined {
  const start = startOf(stream, offset);
  if (start >= stream.length) return undefined;
  const end = stream.length - start < HEADER_LENGTH ? stream.length : start + lengthAt(stream, start);
  return stream.subarray(start, end);
}

/** A stream around one of its bytes: the packet before, the one in which it lies, and the bytes as they are. */
export function packetsAround(stream: Buffer, offset: number): readonly string[] {
  const lines: string[] = [];
  const start = startOf(stream, offset);
  if (start > 0) lines.push(`after ${describeBytes(packetAt(stream, start - 1) ?? NOTHING)}`);
  const packet = packetAt(stream, offset);
  if (packet === undefined) {
    lines.push('nothing more');
    return lines;
  }
  const missing = packet.length < HEADER_LENGTH ? '' : missingOf(packet);
  lines.push(`${describeBytes(packet)}${missing}`);
  const from = Math.max(start, offset - SHOWN);
  lines.push(
    `bytes ${from} to ${Math.min(stream.length, offset + SHOWN)}: ${shown(stream.subarray(from, offset + SHOWN))}`,
  );
  return lines;
}

const NOTHING: Buffer = Buffer.alloc(0);

function shown(bytes: Buffer): string {
  return bytes.toString('hex').replace(/(.{8})(?=.)/g, '$1 ');
}

function missingOf(packet: Buffer): string {
  const missing = HEADER_LENGTH + packet.readUInt32BE(8) - packet.length;
  return missing > 0 ? `, of which ${missing} bytes are missing` : '';
}

/** Where the packet starts that holds a byte, by the lengths in the headers before it. */
function startOf(stream: Buffer, offset: number): number {
  let start = 0;
  while (stream.length - start >= HEADER_LENGTH) {
    const next = start + lengthAt(stream, start);
    if (next > offset) return start;
    start = next;
  }
  return Math.min(start, stream.length);
}

const lengthAt = (stream: Buffer, start: number): number => HEADER_LENGTH + stream.readUInt32BE(start + 8);
