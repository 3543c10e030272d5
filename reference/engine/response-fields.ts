// Decodes the 24 bytes of a response's header for engines. Knows nothing of bodies.
import { HEADER_LENGTH, type ResponseFields } from './header.ts';

// A cas is rarely there; where it is, the two halves become one bigint without an intermediate one.
const halves = new DataView(new ArrayBuffer(8));

/**
 * The fields of a response packet as numbers in host order (docs/BinaryProtocol.md, "Response header").
 * @throws RangeError for a packet that is shorter than a header.
 */
export function responseFields(packet: Uint8Array): ResponseFields {
  if (packet.length < HEADER_LENGTH) {
    throw new RangeError(`A response header has ${HEADER_LENGTH} bytes, this packet has ${packet.length}.`);
  }
  const casHigh = u32(packet, 16);
  const casLow = u32(packet, 20);
  return {
    magic: u8(packet, 0),
    opcode: u8(packet, 1),
    keylen: u16(packet, 2),
    extlen: u8(packet, 4),
    datatype: u8(packet, 5),
    status: u16(packet, 6),
    bodylen: u32(packet, 8),
    opaque: u32(packet, 12),
    cas: casHigh === 0 && casLow === 0 ? 0n : u64(casHigh, casLow),
  };
}

function u8(packet: Uint8Array, at: number): number {
  return packet[at] ?? 0;
}

function u16(packet: Uint8Array, at: number): number {
  return (u8(packet, at) << 8) | u8(packet, at + 1);
}

function u32(packet: Uint8Array, at: number): number {
  return ((u16(packet, at) << 16) | u16(packet, at + 2)) >>> 0;
}

function u64(high: number, low: number): bigint {
  halves.setUint32(0, high);
  halves.setUint32(4, low);
  return halves.getBigUint64(0);
}
