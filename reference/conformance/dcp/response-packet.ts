// Response packets of a DCP peer, and the header that an engine of either contract gets of them.
import type { ProtocolBinaryResponseHeader } from '../../engine/contract.ts';
import { readOnlyResponse } from '../../engine/guard.ts';
import type { DeepReadonly } from '../../engine/read-only.ts';
import { responseFields } from '../../engine/response-fields.ts';
import { HEADER_LENGTH, writeResponseHeader } from '../../protocol/header.ts';
import type { Contract } from '../mock-core/mock-core.ts';

/** What a peer answers. */
export interface ResponseSpec {
  readonly opcode: number;
  readonly status?: number;
  readonly opaque?: number;
  readonly keylen?: number;
  readonly extlen?: number;
  /** The bytes that are there; `bodylen` may say something else. */
  readonly body?: Uint8Array;
  readonly bodylen?: number;
}

/** Header and body, as they come off the wire. */
export function responsePacket(spec: ResponseSpec): Uint8Array {
  const { opcode, status = 0, opaque = 0, keylen = 0, extlen = 0, body = new Uint8Array(0) } = spec;
  const { bodylen = body.length } = spec;
  const packet = Buffer.alloc(HEADER_LENGTH + body.length);
  writeResponseHeader(packet, 0, opcode, keylen, extlen, 0, status, bodylen, opaque, 0n);
  packet.set(body, HEADER_LENGTH);
  return new Uint8Array(packet);
}

/** The header that `dcp.responseHandler` gets: read-only in today's contract, which `onWriteAttempt` is told of. */
export function responseHeader(
  contract: Contract,
  packet: Uint8Array,
  engineName: string,
  onWriteAttempt: (field: string) => void,
): DeepReadonly<ProtocolBinaryResponseHeader> {
  if (contract === 'current') return readOnlyResponse(packet, engineName, onWriteAttempt);
  return { response: responseFields(packet), bytes: packet };
}

/** A failover log as the body of a response, newest entry first; both numbers u64. */
export function failoverLogBody(...entries: readonly (readonly [uuid: bigint, seqno: bigint])[]): Uint8Array {
  const body = Buffer.alloc(entries.length * 16);
  for (const [at, [uuid, seqno]] of entries.entries()) {
    body.writeBigUInt64BE(uuid, at * 16);
    body.writeBigUInt64BE(seqno, at * 16 + 8);
  }
  return new Uint8Array(body);
}

/** A seqno as the body of a response that asks for a rollback. */
export function rollbackBody(seqno: bigint): Uint8Array {
  const body = Buffer.alloc(8);
  body.writeBigUInt64BE(seqno);
  return new Uint8Array(body);
}
