// The requests that steer the engine "ewouldblock" (opcode 0xfd): which calls of this connection get which code.
import { EngineErrorCode } from '../../reference/engine/contract.ts';
import { EwbMode } from '../../reference/engines/ewouldblock/control-request.ts';
import type { PacketFields } from '../../reference/protocol/packet.ts';

const PASS = 0xffff_ffff;

function control(mode: number, value: number, code: number, sequence: readonly number[] = []): PacketFields {
  const extras = Buffer.alloc(12);
  extras.writeUInt32BE(mode, 0);
  extras.writeUInt32BE(value, 4);
  extras.writeUInt32BE(code, 8);
  const body = Buffer.alloc(4 * sequence.length);
  for (const [at, each] of sequence.entries()) body.writeUInt32BE(each, 4 * at);
  return { opcode: 0xfd, opaque: 0xfd, extras, value: body };
}

/** So many percent of the calls get the code. */
export const faultAtRandom = (
  percent: number,
  code: number = EngineErrorCode.ENGINE_EWOULDBLOCK,
): PacketFields => control(EwbMode.Random, percent, code);

/** The call after so many others gets the code, and no other. */
export const faultAfter = (calls: number, code: number = EngineErrorCode.ENGINE_EWOULDBLOCK): PacketFields =>
  control(EwbMode.Sequence, 0, 0, [...new Array<number>(calls).fill(PASS), code]);

/** So many calls wait, and nobody ever tells them to go on. */
export const neverNotify = (calls: number): PacketFields =>
  control(EwbMode.No_Notify, calls, EngineErrorCode.ENGINE_EWOULDBLOCK);

/** So many stores that compare the cas find another one. */
export const casMismatch = (stores: number): PacketFields =>
  control(EwbMode.CasMismatch, stores, EngineErrorCode.ENGINE_KEY_EEXISTS);

/** No more faults. */
export const noFaults: PacketFields = control(EwbMode.Next_N, 0, 0);
