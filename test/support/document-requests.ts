// The requests of documents, for tests of what carries them.

import { Opcode } from '../../reference/protocol/opcode.ts';
import type { PacketFields } from '../../reference/protocol/packet.ts';

/** Bytes of flags and expiry: none and never. */
const STORE_EXTRAS = Buffer.alloc(8);

/** GET; GETQ, GETK and GETKQ with another opcode. */
export const get = (key: string, opaque = 0, opcode: number = Opcode.Get): PacketFields => ({
  opcode,
  key,
  opaque,
});

/** SET; its relatives with another opcode. */
export const set = (
  key: string,
  value: string | Uint8Array,
  opaque = 0,
  opcode: number = Opcode.Set,
): PacketFields => ({ opcode, key, value, opaque, extras: STORE_EXTRAS });

/** DELETE. */
export const remove = (key: string, opaque = 0): PacketFields => ({ opcode: Opcode.Delete, key, opaque });

/** NOOP. */
export const noop = (opaque = 0): PacketFields => ({ opcode: Opcode.Noop, opaque });
