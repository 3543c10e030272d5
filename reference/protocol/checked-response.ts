// Makes sure that a header can describe a response before any of it is queued: half of one could not be taken back.
import { Status } from './status.ts';

interface Bytes {
  readonly length: number;
  slice(): Uint8Array;
}

/** The parts of a response, as somebody made them. What is left out is empty or 0. */
export interface ResponseParts {
  readonly status?: number;
  readonly extras?: Bytes;
  readonly key?: Bytes;
  readonly value?: Bytes;
  readonly datatype?: number;
  readonly cas?: bigint;
}

/** A response whose parts are bytes, and fit into the fields of a header. */
export interface CheckedResponse {
  readonly status: number;
  readonly extras: Uint8Array;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly datatype: number;
  readonly cas: bigint;
}

const NO_BYTES: Uint8Array = new Uint8Array(0);

/**
 * The same response with nothing left out. Bytes that can only be read are copied, others are the same.
 * @throws TypeError, RangeError for what is no response.
 */
export function checkedResponse(parts: ResponseParts): CheckedResponse {
  const extras = bytesOf(parts.extras);
  const key = bytesOf(parts.key);
  const value = bytesOf(parts.value);
  const { cas = 0n, datatype = 0, status = Status.Success } = parts;
  if (typeof cas !== 'bigint') throw new TypeError('The cas of a response is no bigint.');
  if (extras.length > 0xff || key.length > 0xffff || !(status <= 0xffff))
    throw new RangeError('The extras, the key or the status of a response are more than a header can say.');
  return { status, extras, key, value, datatype, cas };
}

function bytesOf(data: Bytes = NO_BYTES): Uint8Array {
  const bytes: unknown = data instanceof Uint8Array ? data : data.slice();
  if (bytes instanceof Uint8Array) return bytes;
  throw new TypeError('A part of a response is no bytes.');
}
