// The columns of the tables of layouts (command-layouts.ts, dcp-layouts.ts). Says nothing about any command.
import { Datatype } from './datatype.ts';
import { MAX_KEY_LENGTH } from './header.ts';
import type { RequestFrame } from './request-frame.ts';
import { Status } from './status.ts';
import { isValidXattrBlob } from './xattr.ts';

/** What a connection takes, as far as layouts depend on it. */
export interface Acceptance {
  /** The datatype bits that HELLO negotiated. */
  readonly datatypes: number;
  /** memcached looks neither at the datatype nor at the vbucket. */
  readonly ignoresDatatype: boolean;
  /** DCP messages carry the length of the collection (DCP_OPEN with Collections). */
  readonly collections: boolean;
  /** The bucket takes xattrs; without it the negotiated bit counts for nothing. */
  readonly xattr: boolean;
}

/** Least and greatest length in bytes. */
export interface Lengths {
  readonly least: number;
  readonly most: number;
}

/** What else has to hold of a packet whose lengths, cas and datatype are right: Success, or the status to answer. */
export type LayoutCheck = (frame: RequestFrame, accepts: Acceptance) => number;

/** One row: commands that look alike. */
export interface Layout {
  readonly opcodes: readonly number[];
  /** Every length that the extras may have, in bytes. */
  readonly extras: readonly number[];
  readonly key: Lengths;
  readonly value: Lengths;
  readonly cas: 'any' | 'zero' | 'not-zero';
  /** The bits that the command can take where the connection does; 0 for raw values only. */
  readonly datatypes: number;
  readonly check: LayoutCheck | undefined;
}

/** Makes a row, its columns in the order of the header's fields. */
export function layout(
  opcodes: readonly number[],
  extras: readonly number[],
  key: Lengths,
  value: Lengths,
  cas: Layout['cas'],
  datatypes: number,
  check?: LayoutCheck,
): Layout {
  return { opcodes, extras, key, value, cas, datatypes, check };
}

/** No byte. */
export const NONE: Lengths = { least: 0, most: 0 };

/** A document's key, or another name of that length. */
export const KEY: Lengths = { least: 1, most: MAX_KEY_LENGTH };

/** The same, where it may be left out. */
export const MAYBE_KEY: Lengths = { least: 0, most: MAX_KEY_LENGTH };

/** A value of any length but 0. */
export const VALUE: Lengths = { least: 1, most: 0xffff_ffff };

/** A value of any length. */
export const MAYBE_VALUE: Lengths = { least: 0, most: 0xffff_ffff };

/** The datatype that is no bit. */
export const RAW: number = Datatype.Raw;

/** What is true is a success; the rest is Einval. */
export const holds = (condition: boolean): number => (condition ? Status.Success : Status.Einval);

/** Whether this connection may send xattrs. */
export const mayHaveXattrs = (accepts: Acceptance): boolean =>
  accepts.xattr && (accepts.datatypes & Datatype.Xattr) !== 0;

/** XattrEinval for a value that says it starts with xattrs, and does not. */
export function checkXattrs(frame: RequestFrame, accepts: Acceptance): number {
  if ((frame.datatype & Datatype.Xattr) === 0 || accepts.ignoresDatatype) return Status.Success;
  return isValidXattrBlob(frame.bytes, frame.valueAt, frame.end) ? Status.Success : Status.XattrEinval;
}
