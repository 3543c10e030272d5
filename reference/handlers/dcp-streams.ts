// DCP commands that begin and end streams: add_stream of a consumer's owner; the others of a consumer to its producer.
// Which of them say something on success is in dcp-connection.ts.
import type { Command, CommandDefinition, Handler } from '../command.ts';
import { EngineErrorCode as Code, type DcpAddFailoverLog } from '../engine/contract.ts';
import { readDcpAddStream, readDcpStreamReq } from '../protocol/dcp-extras.ts';
import { encodeFailoverLog, encodeRollbackSeqno } from '../protocol/failover-log.ts';
import { Opcode } from '../protocol/opcode.ts';
import { Status } from '../protocol/status.ts';

const addStream: Handler = (command) => {
  const { cookie, engine, request } = command;
  const { dcp } = engine;
  if (dcp?.addStream === undefined) return Code.ENGINE_ENOTSUP;
  // Answered when the other side has answered: `producers.addStreamRsp`.
  return dcp.addStream(engine, cookie, request.opaque, request.vbucket, readDcpAddStream(request).flags);
};

const closeStream: Handler = (command) => {
  const { cookie, engine, request } = command;
  const { dcp } = engine;
  if (dcp?.closeStream === undefined) return Code.ENGINE_ENOTSUP;
  const code = dcp.closeStream(engine, cookie, request.opaque, request.vbucket);
  return code === Code.ENGINE_SUCCESS ? command.succeed() : code;
};

const streamReq: Handler = (command) => {
  const { cookie, engine, request } = command;
  const { dcp } = engine;
  if (dcp?.streamReq === undefined) return Code.ENGINE_ENOTSUP;
  const asked = readDcpStreamReq(request);
  const log = new LogTaker();
  const result = dcp.streamReq(
    engine,
    cookie,
    asked.flags,
    request.opaque,
    request.vbucket,
    asked.startSeqno,
    asked.endSeqno,
    asked.vbucketUuid,
    asked.snapStartSeqno,
    asked.snapEndSeqno,
    log.take,
  );
  if (result.status === Code.ENGINE_SUCCESS) return log.send(command);
  if (result.status !== Code.ENGINE_ROLLBACK) return result;
  return command.respond({ status: Status.Rollback, value: encodeRollbackSeqno(result.rollbackSeqno) });
};

const getFailoverLog: Handler = (command) => {
  const { cookie, engine, request } = command;
  const { dcp } = engine;
  if (dcp?.getFailoverLog === undefined) return Code.ENGINE_ENOTSUP;
  const log = new LogTaker();
  const code = dcp.getFailoverLog(engine, cookie, request.opaque, request.vbucket, log.take);
  return code === Code.ENGINE_SUCCESS ? log.send(command) : code;
};

/**
 * Takes the failover log that a slot hands over while it is called. It goes out once, and only if the slot succeeds: the
 * last log that was taken, or none.
 */
class LogTaker {
  #value: Uint8Array = new Uint8Array(0);

  readonly take: DcpAddFailoverLog = (entries) => {
    this.#value = encodeFailoverLog(entries);
    return Code.ENGINE_SUCCESS;
  };

  send(command: Command): ReturnType<Handler> {
    return command.respond({ value: this.#value });
  }
}

/** The commands of this file. */
export const dcpStreamsCommands: readonly CommandDefinition[] = [
  { opcode: Opcode.DcpAddStream, run: addStream },
  { opcode: Opcode.DcpCloseStream, run: closeStream },
  { opcode: Opcode.DcpStreamReq, run: streamReq },
  { opcode: Opcode.DcpGetFailoverLog, run: getFailoverLog },
];
