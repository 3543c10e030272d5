// The bodies of responses that a consumer gets. Reads; never writes.
import {
  type DeepReadonly,
  HEADER_LENGTH,
  type ProtocolBinaryResponseHeader,
  type ReadonlyBytes,
  type VbucketFailover,
} from '../../engine/contract.ts';

/** Statuses of a response to a stream request (docs/BinaryProtocol.md). */
export const ResponseStatus = { Success: 0x00, Rollback: 0x23 } as const;

type Response = DeepReadonly<ProtocolBinaryResponseHeader>;

/** The seqno to go back to (u64); undefined where the body is not one. */
export function rollbackSeqno(response: Response): bigint | undefined {
  const value = bodyOf(response);
  return value.length === 8 ? readU64(value, 0) : undefined;
}

/** The producer's failover log; undefined where the body is none, or an empty one. */
export function failoverLog(response: Response): VbucketFailover[] | undefined {
  const value = bodyOf(response);
  if (value.length === 0 || value.length % 16 !== 0) return undefined;
  const entries: VbucketFailover[] = [];
  for (let at = 0; at < value.length; at += 16) {
    entries.push({ uuid: readU64(value, at), seqno: readU64(value, at + 8) });
  }
  return entries;
}

function bodyOf({ response, bytes }: Response): ReadonlyBytes {
  const start = HEADER_LENGTH + response.extlen + response.keylen;
  return bytes.subarray(start, HEADER_LENGTH + response.bodylen);
}

function readU64(bytes: ReadonlyBytes, start: number): bigint {
  let number = 0n;
  for (let at = start; at < start + 8; at += 1) number = (number << 8n) | BigInt(bytes[at] ?? 0);
  return number;
}
