// A packet made, laid into memory and validated: what the tests of the validators have in common.
import { encodePacket, type PacketFields } from '../../../reference/protocol/packet.ts';
import { RequestFrame } from '../../../reference/protocol/request-frame.ts';
import { type Acceptance, validateRequest } from '../../../reference/protocol/validators.ts';
import { bytesOf } from './golden-packets.ts';

/** Everything negotiated. */
export const EVERYTHING: Acceptance = {
  datatypes: 7,
  ignoresDatatype: false,
  collections: false,
  xattr: true,
};

/** A connection that said no HELLO. */
export const PLAIN: Acceptance = { datatypes: 0, ignoresDatatype: false, collections: false, xattr: false };

/** A connection of the memcached profile. */
export const MEMCACHED: Acceptance = {
  datatypes: 0,
  ignoresDatatype: true,
  collections: false,
  xattr: false,
};

/** The status that the packet is answered with. */
export function validate(fields: PacketFields, accepts: Acceptance = EVERYTHING): number {
  const frame = new RequestFrame();
  // Not at the start of its memory, so that an offset forgotten shows.
  frame.read(Buffer.concat([Buffer.alloc(5, 0xff), encodePacket(fields)]), 5);
  return validateRequest(frame, accepts);
}

/** The same for extras in the notation of the golden packets. */
export const validateExtras = (opcode: number, extras: string): number =>
  validate({ opcode, extras: bytesOf(extras) });
