// The codes that engines answer with. Says nothing about what a code becomes on the wire.

/**
 * Every code an engine may answer with, by kv_engine's names and numbers
 * (`ENGINE_ERROR_CODE` in include/memcached/engine_error.h at 0dbb0e534).
 *
 * `ENGINE_EWOULDBLOCK`: the answer comes later. The engine keeps the cookie, calls `notifyIoComplete(cookie, code)`
 * exactly once, and the core then calls the same slot with the same arguments again (or fails the command with `code`).
 * `ENGINE_EWOULDBLOCK`, `ENGINE_WANT_MORE`, `ENGINE_DISCONNECT` and `ENGINE_PREDICATE_FAILED` never reach a client.
 */
export const EngineErrorCode = {
  ENGINE_SUCCESS: 0x00,
  ENGINE_KEY_ENOENT: 0x01,
  ENGINE_KEY_EEXISTS: 0x02,
  ENGINE_ENOMEM: 0x03,
  ENGINE_NOT_STORED: 0x04,
  ENGINE_EINVAL: 0x05,
  ENGINE_ENOTSUP: 0x06,
  ENGINE_EWOULDBLOCK: 0x07,
  ENGINE_E2BIG: 0x08,
  ENGINE_WANT_MORE: 0x09,
  ENGINE_DISCONNECT: 0x0a,
  ENGINE_EACCESS: 0x0b,
  ENGINE_NOT_MY_VBUCKET: 0x0c,
  ENGINE_TMPFAIL: 0x0d,
  ENGINE_ERANGE: 0x0e,
  ENGINE_ROLLBACK: 0x0f,
  ENGINE_NO_BUCKET: 0x10,
  ENGINE_EBUSY: 0x11,
  ENGINE_AUTH_STALE: 0x12,
  ENGINE_DELTA_BADVAL: 0x13,
  ENGINE_LOCKED: 0x14,
  ENGINE_LOCKED_TMPFAIL: 0x15,
  ENGINE_UNKNOWN_COLLECTION: 0x16,
  ENGINE_PREDICATE_FAILED: 0x17,
  ENGINE_FAILED: 0xff,
} as const;

/** One of the codes of {@link EngineErrorCode}. */
export type EngineErrorCode = (typeof EngineErrorCode)[keyof typeof EngineErrorCode];

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(EngineErrorCode).map(([name, code]) => [code, name]),
);

/** The name of a code for logs and messages (`ENGINE_TMPFAIL`); `unknown code 42` for a number that is none. */
export function engineErrorName(code: number): string {
  return NAMES.get(code) ?? `unknown code ${code}`;
}

/** Whether this is one of the codes; engines are not all type-checked. */
export function isEngineErrorCode(code: unknown): code is EngineErrorCode {
  return NAMES.has(code as number);
}

/** The code of an answer that carries a result. */
export type EngineSuccess = typeof EngineErrorCode.ENGINE_SUCCESS;

/** The code of an answer that carries none. */
export type EngineFailure = Exclude<EngineErrorCode, EngineSuccess>;

/** Any failure as a result; what the result types below it have in common. */
export interface EngineFailed {
  readonly status: EngineFailure;
}

/** A code with words for the log: kv_engine's `cb::engine_error` as a value. Not thrown. */
export interface EngineError {
  readonly status: EngineErrorCode;
  readonly message: string;
}
