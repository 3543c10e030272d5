// What an engine's code becomes on the wire (kv_engine: engine_error_2_mcbp_protocol_error, Connection::remapErrorCode).
import { EngineErrorCode } from './engine/error-code.ts';
import { Status } from './protocol/status.ts';

/** Answers that no client may see: the connection is closed instead. */
export const DISCONNECT = -1;

const E = EngineErrorCode;

const statuses: Readonly<Record<number, number>> = {
  [E.ENGINE_SUCCESS]: Status.Success,
  [E.ENGINE_KEY_ENOENT]: Status.KeyEnoent,
  [E.ENGINE_KEY_EEXISTS]: Status.KeyEexists,
  [E.ENGINE_ENOMEM]: Status.Enomem,
  [E.ENGINE_NOT_STORED]: Status.NotStored,
  [E.ENGINE_EINVAL]: Status.Einval,
  [E.ENGINE_ENOTSUP]: Status.NotSupported,
  [E.ENGINE_E2BIG]: Status.E2big,
  [E.ENGINE_DISCONNECT]: DISCONNECT,
  [E.ENGINE_EACCESS]: Status.Eaccess,
  [E.ENGINE_NOT_MY_VBUCKET]: Status.NotMyVbucket,
  [E.ENGINE_TMPFAIL]: Status.Etmpfail,
  [E.ENGINE_ERANGE]: Status.Erange,
  [E.ENGINE_ROLLBACK]: Status.Rollback,
  [E.ENGINE_NO_BUCKET]: Status.NoBucket,
  [E.ENGINE_EBUSY]: Status.Ebusy,
  [E.ENGINE_AUTH_STALE]: Status.AuthStale,
  [E.ENGINE_DELTA_BADVAL]: Status.DeltaBadval,
  [E.ENGINE_LOCKED]: Status.Locked,
  [E.ENGINE_LOCKED_TMPFAIL]: Status.Locked,
  [E.ENGINE_UNKNOWN_COLLECTION]: Status.UnknownCollection,
  [E.ENGINE_FAILED]: Status.Einternal,
};

/** Where the client did not ask for extended errors (HELLO XERROR), newer codes become older ones. */
const withoutXerror: Readonly<Record<number, number>> = {
  [E.ENGINE_LOCKED]: Status.KeyEexists,
  [E.ENGINE_LOCKED_TMPFAIL]: Status.Etmpfail,
  [E.ENGINE_UNKNOWN_COLLECTION]: Status.Einval,
  [E.ENGINE_EACCESS]: DISCONNECT,
  [E.ENGINE_NO_BUCKET]: DISCONNECT,
  [E.ENGINE_AUTH_STALE]: DISCONNECT,
};

/** The status for a code; {@link DISCONNECT} closes the connection, and what is no code is an internal error. */
export function statusOfEngineCode(code: number, hasXerror: boolean): number {
  return (hasXerror ? undefined : withoutXerror[code]) ?? statuses[code] ?? Status.Einternal;
}
