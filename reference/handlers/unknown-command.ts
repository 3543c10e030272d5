// Every opcode that the core has no command for: the engine may know it.
import type { Handler } from '../command.ts';
import { DocNamespace, EngineErrorCode } from '../engine/contract.ts';
import { lentBytes } from '../engine/lent-bytes.ts';
import { Status } from '../protocol/status.ts';

/** Asks the engine; what it does not support is an unknown command. */
export const unknownCommand: Handler = (command) => {
  const { engine, request } = command;
  const { magic, opcode, keylen, extlen, datatype, vbucket, bodylen, opaque, cas } = request;
  const bytes = lentBytes(request.bytes, request.at, request.end);
  const code = engine.unknownCommand(
    engine,
    command.cookie,
    { request: { magic, opcode, keylen, extlen, datatype, vbucket, bodylen, opaque, cas }, bytes },
    (key, extras, value, responseDatatype, status, responseCas) => {
      command.respond({ key, extras, value, datatype: responseDatatype, status, cas: responseCas });
      return true;
    },
    DocNamespace.DefaultCollection,
  );
  return code === EngineErrorCode.ENGINE_ENOTSUP ? command.fail(Status.UnknownCommand) : code;
};
