// What the packet of each command looks like, DCP apart: the checks of kv_engine's daemon/mcbp_validators.cc at 0dbb0e534
// as a table. A command without a row is the engine's to judge (`unknownCommand`).
import { ALL_DATATYPES, Datatype } from './datatype.ts';
import {
  checkXattrs,
  holds,
  KEY,
  type Layout,
  type LayoutCheck,
  type Lengths,
  layout,
  MAYBE_KEY,
  MAYBE_VALUE,
  NONE,
  RAW,
  VALUE,
} from './layout.ts';
import { Opcode } from './opcode.ts';
import { Status } from './status.ts';

const DOCUMENT: number = Datatype.Json | Datatype.Snappy;
const BUCKET_NAME: Lengths = { least: 1, most: 100 };
const SELECTED_NAME: Lengths = { least: 0, most: 1023 };
const IOCTL_KEY: Lengths = { least: 1, most: 128 };
const IOCTL_VALUE: Lengths = { least: 0, most: 128 };
const exactly = (length: number): Lengths => ({ least: length, most: length });

const noDelay: LayoutCheck = (frame) =>
  frame.extlen === 4 && frame.u32(0) !== 0 ? Status.NotSupported : Status.Success;
const evenValue: LayoutCheck = (frame) => holds(frame.valueLength % 2 === 0);
// 1 asks for the conflict resolution mode, 2 for the datatype.
const knownMetaVersion: LayoutCheck = (frame) => holds(frame.extlen === 0 || frame.u8(0) <= 2);
const newToken: LayoutCheck = (frame) => holds(frame.u32(0) !== 0 || frame.u32(4) !== 0);
const knownVbucketState: LayoutCheck = (frame) =>
  holds(frame.extlen === 0 || (frame.u32(0) >= 1 && frame.u32(0) <= 4));
const vbucketZero: LayoutCheck = (frame, accepts) => holds(frame.vbucket === 0 || accepts.ignoresDatatype);

const bodiless: readonly number[] = [
  Opcode.Noop,
  Opcode.Version,
  Opcode.Quit,
  Opcode.Quitq,
  Opcode.SaslListMechs,
  Opcode.IsaslRefresh,
  Opcode.SslCertsRefresh,
  Opcode.RbacRefresh,
  Opcode.GetCtrlToken,
  Opcode.AuditConfigReload,
  Opcode.GetAdjustedTime,
];

const withMeta: readonly number[] = [
  Opcode.SetWithMeta,
  Opcode.SetqWithMeta,
  Opcode.AddWithMeta,
  Opcode.AddqWithMeta,
  Opcode.DelWithMeta,
  Opcode.DelqWithMeta,
];

/** Every row but DCP's: opcodes, extras, key, value, cas, datatypes, and what else has to hold. */
export const commandLayouts: readonly Layout[] = [
  layout([Opcode.Get, Opcode.Getq, Opcode.Getk, Opcode.Getkq], [0], KEY, NONE, 'zero', RAW),
  layout([Opcode.Gat, Opcode.Gatq, Opcode.Touch], [4], KEY, NONE, 'zero', RAW),
  layout([Opcode.Set, Opcode.Setq], [8], KEY, MAYBE_VALUE, 'any', DOCUMENT),
  layout([Opcode.Replace, Opcode.Replaceq], [8], KEY, MAYBE_VALUE, 'any', DOCUMENT),
  layout([Opcode.Add, Opcode.Addq], [8], KEY, MAYBE_VALUE, 'zero', DOCUMENT),
  layout([Opcode.Append, Opcode.Appendq], [0], KEY, MAYBE_VALUE, 'any', DOCUMENT),
  layout([Opcode.Prepend, Opcode.Prependq], [0], KEY, MAYBE_VALUE, 'any', DOCUMENT),
  layout([Opcode.Delete, Opcode.Deleteq], [0], KEY, NONE, 'any', RAW),
  layout([Opcode.Increment, Opcode.Incrementq], [20], KEY, NONE, 'zero', RAW),
  layout([Opcode.Decrement, Opcode.Decrementq], [20], KEY, NONE, 'zero', RAW),
  layout([Opcode.Flush, Opcode.Flushq], [0, 4], NONE, NONE, 'zero', RAW, noDelay),
  layout([Opcode.Stat], [0], MAYBE_KEY, NONE, 'zero', RAW),
  layout(bodiless, [0], NONE, NONE, 'zero', RAW),
  layout([Opcode.Verbosity], [4], NONE, NONE, 'zero', RAW),
  layout([Opcode.Hello], [0], MAYBE_KEY, MAYBE_VALUE, 'zero', RAW, evenValue),
  layout([Opcode.SaslAuth, Opcode.SaslStep], [0], KEY, MAYBE_VALUE, 'zero', RAW),
  layout([Opcode.GetLocked], [0, 4], KEY, NONE, 'zero', RAW),
  layout([Opcode.UnlockKey], [0], KEY, NONE, 'not-zero', RAW),
  layout([Opcode.GetMeta, Opcode.GetqMeta], [0, 1], KEY, NONE, 'zero', RAW, knownMetaVersion),
  // 24 bytes, and with the length of the meta (2), with the options (4), or with both.
  layout(withMeta, [24, 26, 28, 30], KEY, MAYBE_VALUE, 'any', ALL_DATATYPES, checkXattrs),
  layout([Opcode.SetCtrlToken], [8], NONE, NONE, 'any', RAW, newToken),
  layout([Opcode.Shutdown], [0], NONE, NONE, 'not-zero', RAW),
  layout([Opcode.IoctlGet], [0], IOCTL_KEY, NONE, 'zero', RAW),
  layout([Opcode.IoctlSet], [0], IOCTL_KEY, IOCTL_VALUE, 'zero', RAW),
  layout([Opcode.AuditPut], [4], NONE, VALUE, 'zero', RAW),
  layout([Opcode.CreateBucket], [0], BUCKET_NAME, VALUE, 'any', RAW),
  layout([Opcode.DeleteBucket], [0], KEY, MAYBE_VALUE, 'any', RAW),
  layout([Opcode.ListBuckets], [0], NONE, NONE, 'any', RAW),
  layout([Opcode.SelectBucket], [0], SELECTED_NAME, NONE, 'any', RAW),
  layout([Opcode.GetAllVbSeqnos], [0, 4], NONE, NONE, 'zero', RAW, knownVbucketState),
  layout([Opcode.ObserveSeqno], [0], NONE, exactly(8), 'any', RAW),
  layout([Opcode.GetErrorMap], [0], NONE, exactly(2), 'zero', RAW, vbucketZero),
  layout([Opcode.GetCmdTimer], [1], MAYBE_KEY, NONE, 'zero', RAW),
  layout([Opcode.SetDriftCounterState], [9], NONE, NONE, 'any', RAW),
  layout([Opcode.CollectionsSetManifest], [0], NONE, VALUE, 'zero', RAW, vbucketZero),
];
