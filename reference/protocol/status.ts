// The statuses that a response may have, their names and the short texts that go out as the body of an error.
import { hex, symbolicNames } from './symbolic-names.ts';

/** Every status (include/mcbp/protocol/status.h, 2017); 0xff00 to 0xffff are the user's own. */
export const Status = {
  Success: 0x00,
  KeyEnoent: 0x01,
  KeyEexists: 0x02,
  E2big: 0x03,
  Einval: 0x04,
  NotStored: 0x05,
  DeltaBadval: 0x06,
  NotMyVbucket: 0x07,
  NoBucket: 0x08,
  Locked: 0x09,
  AuthStale: 0x1f,
  AuthError: 0x20,
  AuthContinue: 0x21,
  Erange: 0x22,
  Rollback: 0x23,
  Eaccess: 0x24,
  NotInitialized: 0x25,
  UnknownCommand: 0x81,
  Enomem: 0x82,
  NotSupported: 0x83,
  Einternal: 0x84,
  Ebusy: 0x85,
  Etmpfail: 0x86,
  XattrEinval: 0x87,
  UnknownCollection: 0x88,
  SubdocPathEnoent: 0xc0,
  SubdocPathMismatch: 0xc1,
  SubdocPathEinval: 0xc2,
  SubdocPathE2big: 0xc3,
  SubdocDocE2deep: 0xc4,
  SubdocValueCantinsert: 0xc5,
  SubdocDocNotJson: 0xc6,
  SubdocNumErange: 0xc7,
  SubdocDeltaEinval: 0xc8,
  SubdocPathEexists: 0xc9,
  SubdocValueEtoodeep: 0xca,
  SubdocInvalidCombo: 0xcb,
  SubdocMultiPathFailure: 0xcc,
  SubdocSuccessDeleted: 0xcd,
  SubdocXattrInvalidFlagCombo: 0xce,
  SubdocXattrInvalidKeyCombo: 0xcf,
  SubdocXattrUnknownMacro: 0xd0,
  SubdocXattrUnknownVattr: 0xd1,
  SubdocXattrCantModifyVattr: 0xd2,
  SubdocMultiPathFailureDeleted: 0xd3,
  SubdocInvalidXattrOrder: 0xd4,
} as const;

/** One of {@link Status}. */
export type Status = (typeof Status)[keyof typeof Status];

const names = symbolicNames(Status);

/** The status's name as the protocol's documents write it: `KEY_ENOENT`, `E2BIG`; `0xff17` for one that has none. */
export function statusName(status: number): string {
  return names.get(status) ?? hex(status);
}

// The first ten are memcached 1.6's texts; the rest is this server's wording.
const texts = new Map<number, string>([
  [Status.Success, ''],
  [Status.KeyEnoent, 'Not found'],
  [Status.KeyEexists, 'Data exists for key.'],
  [Status.E2big, 'Too large.'],
  [Status.Einval, 'Invalid arguments'],
  [Status.NotStored, 'Not stored.'],
  [Status.DeltaBadval, 'Non-numeric server-side value for incr or decr'],
  [Status.AuthError, 'Auth failure.'],
  [Status.UnknownCommand, 'Unknown command'],
  [Status.Enomem, 'Out of memory'],
  [Status.NotMyVbucket, 'Not my vbucket'],
  [Status.NoBucket, 'Not connected to a bucket'],
  [Status.Locked, 'Locked'],
  [Status.AuthStale, 'Authentication stale'],
  [Status.AuthContinue, 'Continue authentication'],
  [Status.Erange, 'Out of range'],
  [Status.Rollback, 'Roll back'],
  [Status.Eaccess, 'No access'],
  [Status.NotInitialized, 'Not initialized'],
  [Status.NotSupported, 'Not supported'],
  [Status.Einternal, 'Internal error'],
  [Status.Ebusy, 'Too busy'],
  [Status.Etmpfail, 'Temporary failure'],
  [Status.XattrEinval, 'Invalid xattrs'],
  [Status.UnknownCollection, 'Unknown collection'],
]);

/** The text that an error's body says, as memcached words it where it knows the status; empty for Success. */
export function errorText(status: number): string {
  return texts.get(status) ?? `Error ${statusName(status)}`;
}
