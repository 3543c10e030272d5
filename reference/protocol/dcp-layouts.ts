// What each DCP message looks like, as command-layouts.ts does for the other commands. That the engine has the slot at
// all is for the handlers to see.
import { ALL_DATATYPES, Datatype } from './datatype.ts';
import { allFlags, DcpAddStreamFlag, DcpOpenFlag, DcpSystemEvent } from './dcp-flags.ts';
import {
  checkXattrs,
  holds,
  KEY,
  type Layout,
  type LayoutCheck,
  layout,
  MAYBE_KEY,
  MAYBE_VALUE,
  NONE,
  RAW,
  VALUE,
} from './layout.ts';
import { Opcode } from './opcode.ts';
import { Status } from './status.ts';

const OPEN_FLAGS = allFlags(DcpOpenFlag);
const ADD_STREAM_FLAGS = allFlags(DcpAddStreamFlag) & ~DcpAddStreamFlag.NoValue;
const SYSTEM_EVENTS: ReadonlySet<number> = new Set(Object.values(DcpSystemEvent));

const opens: LayoutCheck = (frame) => {
  const flags = frame.u32(4);
  if ((flags & ~OPEN_FLAGS) !== 0) return Status.Einval;
  if (frame.valueLength !== 0 && (flags & DcpOpenFlag.Collections) === 0) return Status.Einval;
  return holds((flags & DcpOpenFlag.Notifier) === 0 || flags === DcpOpenFlag.Notifier);
};

const addsStream: LayoutCheck = (frame) => holds((frame.u32(0) & ~ADD_STREAM_FLAGS) === 0);

const knownState: LayoutCheck = (frame) => holds(frame.u8(0) >= 1 && frame.u8(0) <= 4);

const knownEvent: LayoutCheck = (frame) => holds(SYSTEM_EVENTS.has(frame.u32(8)));

/** The document's extras end with the length of its collection where the connection knows collections. */
const document =
  (extras: number, metaLengthAt: number): LayoutCheck =>
  (frame, accepts) => {
    if (frame.extlen !== extras + (accepts.collections ? 1 : 0)) return Status.Einval;
    // kv_engine trusts this length; the meta is the value's tail, so it cannot be longer.
    if (frame.u16(metaLengthAt) > frame.valueLength) return Status.Einval;
    return checkXattrs(frame, accepts);
  };

/** Every row of DCP: opcodes, extras, key, value, cas, datatypes, and what else has to hold. */
export const dcpLayouts: readonly Layout[] = [
  layout([Opcode.DcpOpen], [8], KEY, MAYBE_VALUE, 'any', RAW, opens),
  layout([Opcode.DcpAddStream], [4], NONE, NONE, 'any', RAW, addsStream),
  layout([Opcode.DcpCloseStream, Opcode.DcpGetFailoverLog], [0], NONE, NONE, 'any', RAW),
  layout([Opcode.DcpFlush, Opcode.DcpNoop], [0], NONE, NONE, 'any', RAW),
  layout([Opcode.DcpStreamReq], [48], NONE, MAYBE_VALUE, 'any', RAW),
  layout([Opcode.DcpStreamEnd, Opcode.DcpBufferAcknowledgement], [4], NONE, NONE, 'any', RAW),
  layout([Opcode.DcpSnapshotMarker], [20], NONE, NONE, 'any', RAW),
  layout([Opcode.DcpMutation], [31, 32], KEY, MAYBE_VALUE, 'any', ALL_DATATYPES, document(31, 28)),
  layout([Opcode.DcpDeletion], [18, 19], KEY, MAYBE_VALUE, 'any', Datatype.Xattr, document(18, 16)),
  layout([Opcode.DcpExpiration], [18, 19], KEY, NONE, 'any', RAW, document(18, 16)),
  layout([Opcode.DcpSetVbucketState], [1], NONE, NONE, 'any', RAW, knownState),
  layout([Opcode.DcpControl], [0], KEY, VALUE, 'any', RAW),
  layout([Opcode.DcpSystemEvent], [12], MAYBE_KEY, MAYBE_VALUE, 'any', ALL_DATATYPES, knownEvent),
];
