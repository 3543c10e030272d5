// DCP commands about the connection: open, control, noop, buffer acknowledgement. What opening means to the engine, and
// that nothing else works before it, is the engine's to say.
//
// What is said on success (kv_engine daemon/protocol/mcbp/dcp_*_executor.cc at 0dbb0e534); failures are always answered,
// but for DCP_SET_VBUCKET_STATE's, which close the connection:
//   a response now             open, close_stream, stream_req, get_failover_log, noop, control
//   by `producers.addStreamRsp`       add_stream
//   by another producer, or nothing   snapshot_marker, set_vbucket_state
//   nothing                    stream_end, mutation, deletion, expiration, flush, buffer_acknowledgement, system_event
import type { Command, CommandDefinition, Handler } from '../command.ts';
import { EngineErrorCode as Code, type EngineErrorCode } from '../engine/contract.ts';
import { lentBytes } from '../engine/lent-bytes.ts';
import { Datatype } from '../protocol/datatype.ts';
import { readDcpBufferAcknowledgement, readDcpOpen } from '../protocol/dcp-extras.ts';
import { DcpOpenFlag } from '../protocol/dcp-flags.ts';
import { Opcode } from '../protocol/opcode.ts';

const open: Handler = (command) => {
  const { engine, request, session } = command;
  const { dcp } = engine;
  if (dcp?.open === undefined) return Code.ENGINE_ENOTSUP;
  // ep-engine answers so too: one connection is one DCP conversation, and its cookie the engine's key to it.
  if (session.dcp !== 'none') return Code.ENGINE_DISCONNECT;
  const { flags, seqno } = readDcpOpen(request);
  // Collections would change the layout of every message.
  if ((flags & DcpOpenFlag.Collections) !== 0) return Code.ENGINE_ENOTSUP;
  const name = request.key().toString();
  const extras = lentBytes(request.bytes, request.valueAt, request.end);
  const code = dcp.open(engine, command.cookie, request.opaque, seqno, flags, name, extras);
  if (code !== Code.ENGINE_SUCCESS) return code;
  becomeDcp(command, flags, name);
  return command.succeed();
};

function becomeDcp(command: Command, flags: number, name: string): void {
  const { engine, session } = command;
  if ((flags & DcpOpenFlag.Producer) !== 0) session.dcp = 'producer';
  else session.dcp = (flags & DcpOpenFlag.Notifier) !== 0 ? 'notifier' : 'consumer';
  session.dcpName = name;
  // Documents are passed on as they are, whatever HELLO said.
  session.datatypes |= Datatype.Json | Datatype.Snappy;
  if ((flags & DcpOpenFlag.IncludeXattrs) !== 0 && command.settle(engine.isXattrEnabled(engine)) === true) {
    session.datatypes |= Datatype.Xattr;
    session.xattr = true;
  }
}

const control: Handler = (command) => {
  const { engine, request } = command;
  const { dcp } = engine;
  if (dcp?.control === undefined) return Code.ENGINE_ENOTSUP;
  const key = request.key().toString();
  const value = request.value().toString();
  return answered(command, dcp.control(engine, command.cookie, request.opaque, key, value));
};

const noop: Handler = (command) => {
  const { engine } = command;
  const { dcp } = engine;
  if (dcp?.noop === undefined) return Code.ENGINE_ENOTSUP;
  return answered(command, dcp.noop(engine, command.cookie, command.request.opaque));
};

const bufferAcknowledgement: Handler = (command) => {
  const { cookie, engine, request } = command;
  const { dcp } = engine;
  if (dcp?.bufferAcknowledgement === undefined) return Code.ENGINE_ENOTSUP;
  const { bufferBytes } = readDcpBufferAcknowledgement(request);
  return dcp.bufferAcknowledgement(engine, cookie, request.opaque, request.vbucket, bufferBytes);
};

function answered(command: Command, code: EngineErrorCode): EngineErrorCode {
  return code === Code.ENGINE_SUCCESS ? command.succeed() : code;
}

/** The commands of this file. */
export const dcpConnectionCommands: readonly CommandDefinition[] = [
  { opcode: Opcode.DcpOpen, run: open },
  { opcode: Opcode.DcpNoop, run: noop },
  { opcode: Opcode.DcpBufferAcknowledgement, run: bufferAcknowledgement },
  { opcode: Opcode.DcpControl, run: control },
];
