// One valid request of every command that reaches an engine, by the slots that it needs.
import { Opcode } from '../../reference/protocol/opcode.ts';
import type { PacketFields } from '../../reference/protocol/packet.ts';

const STORE = Buffer.alloc(8);
const COUNTER = Buffer.alloc(20);
const EXPIRY = Buffer.alloc(4);
const KEY = 'walrus';

const byKey = (opcode: number, fields: PacketFields = {}): PacketFields => ({ opcode, key: KEY, ...fields });
const stores = { extras: STORE, value: 'tusks' };

/** Requests about documents, with the names of their commands. `walrus` is the only key. */
export const documentCommands: Readonly<Record<string, PacketFields>> = {
  GET: byKey(Opcode.Get),
  GETQ: byKey(Opcode.Getq),
  GETK: byKey(Opcode.Getk),
  GETKQ: byKey(Opcode.Getkq),
  SET: byKey(Opcode.Set, stores),
  SETQ: byKey(Opcode.Setq, stores),
  ADD: byKey(Opcode.Add, stores),
  ADDQ: byKey(Opcode.Addq, stores),
  REPLACE: byKey(Opcode.Replace, stores),
  REPLACEQ: byKey(Opcode.Replaceq, stores),
  APPEND: byKey(Opcode.Append, { value: '!' }),
  APPENDQ: byKey(Opcode.Appendq, { value: '!' }),
  PREPEND: byKey(Opcode.Prepend, { value: '!' }),
  PREPENDQ: byKey(Opcode.Prependq, { value: '!' }),
  DELETE: byKey(Opcode.Delete),
  DELETEQ: byKey(Opcode.Deleteq),
  INCREMENT: byKey(Opcode.Increment, { extras: COUNTER }),
  INCREMENTQ: byKey(Opcode.Incrementq, { extras: COUNTER }),
  DECREMENT: byKey(Opcode.Decrement, { extras: COUNTER }),
  DECREMENTQ: byKey(Opcode.Decrementq, { extras: COUNTER }),
  TOUCH: byKey(Opcode.Touch, { extras: EXPIRY }),
  GAT: byKey(Opcode.Gat, { extras: EXPIRY }),
  GATQ: byKey(Opcode.Gatq, { extras: EXPIRY }),
  GET_LOCKED: byKey(Opcode.GetLocked),
  UNLOCK_KEY: byKey(Opcode.UnlockKey, { cas: 1n }),
  FLUSH: { opcode: Opcode.Flush },
  FLUSHQ: { opcode: Opcode.Flushq },
  STAT: { opcode: Opcode.Stat },
  'an unknown command': byKey(0xe0, { extras: EXPIRY, value: 'whatever' }),
};

/** Bytes of extras with a 1 as their first number, of so many bytes, and zeros. */
function first(length: number, extlen: number): Buffer {
  const extras = Buffer.alloc(extlen);
  extras[length - 1] = 1;
  return extras;
}

/** Requests of replication. All but DCP_OPEN expect that the connection is open. */
export const dcpCommands: Readonly<Record<string, PacketFields>> = {
  DCP_OPEN: { opcode: Opcode.DcpOpen, key: 'replication', extras: first(8, 8) },
  DCP_ADD_STREAM: { opcode: Opcode.DcpAddStream, extras: Buffer.alloc(4) },
  DCP_CLOSE_STREAM: { opcode: Opcode.DcpCloseStream },
  DCP_STREAM_REQ: { opcode: Opcode.DcpStreamReq, extras: Buffer.alloc(48) },
  DCP_GET_FAILOVER_LOG: { opcode: Opcode.DcpGetFailoverLog },
  DCP_STREAM_END: { opcode: Opcode.DcpStreamEnd, extras: Buffer.alloc(4) },
  DCP_SNAPSHOT_MARKER: { opcode: Opcode.DcpSnapshotMarker, extras: Buffer.alloc(20) },
  DCP_MUTATION: { opcode: Opcode.DcpMutation, key: KEY, extras: first(8, 31), value: 'tusks' },
  DCP_DELETION: { opcode: Opcode.DcpDeletion, key: KEY, extras: first(8, 18) },
  DCP_EXPIRATION: { opcode: Opcode.DcpExpiration, key: KEY, extras: first(8, 18) },
  DCP_FLUSH: { opcode: Opcode.DcpFlush },
  DCP_SET_VBUCKET_STATE: { opcode: Opcode.DcpSetVbucketState, extras: Buffer.from([1]) },
  DCP_NOOP: { opcode: Opcode.DcpNoop },
  DCP_BUFFER_ACKNOWLEDGEMENT: { opcode: Opcode.DcpBufferAcknowledgement, extras: Buffer.alloc(4) },
  DCP_CONTROL: { opcode: Opcode.DcpControl, key: 'enable_noop', value: 'true' },
  DCP_SYSTEM_EVENT: { opcode: Opcode.DcpSystemEvent, extras: first(12, 12), key: KEY },
};
