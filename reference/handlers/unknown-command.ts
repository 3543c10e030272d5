// Every opcode that the core has no command for: the engine may know it.

import type { Handler } from '../command.ts';
import { type AddResponse, DocNamespace, EngineErrorCode } from '../engine/contract.ts';
import { lentBytes } from '../engine/lent-bytes.ts';
import { type CheckedResponse, checkedResponse } from '../protocol/checked-response.ts';
import { Status } from '../protocol/status.ts';

/**
 * Asks the engine; what it does not support is an unknown command. Its responses go out when it has succeeded: none of a
 * call that fails or has to wait, and none that comes when the slot has returned.
 */
export const unknownCommand: Handler = (command) => {
  const { engine, host, request } = command;
  const { magic, opcode, keylen, extlen, datatype, vbucket, bodylen, opaque, cas } = request;
  const bytes = lentBytes(request.bytes, request.at, request.end);
  const header = {
    request: { magic, opcode, keylen, extlen, datatype, vbucket, bodylen, opaque, cas },
    bytes,
  };
  const responses: CheckedResponse[] = [];
  let isInSlot = true;
  const take: AddResponse = (key, extras, value, valueDatatype, status, newCas) => {
    if (isInSlot) {
      responses.push(
        copied(checkedResponse({ key, extras, value, datatype: valueDatatype, status, cas: newCas })),
      );
      return true;
    }
    host.stats.engineFaults += 1;
    host.log('error', 'a response failed', { opcode, error: 'The slot that it is for has returned.' });
    return false;
  };
  let code: EngineErrorCode;
  try {
    code = engine.unknownCommand(engine, command.cookie, header, take, DocNamespace.DefaultCollection);
  } finally {
    isInSlot = false;
  }
  if (code === EngineErrorCode.ENGINE_ENOTSUP) return command.fail(Status.UnknownCommand);
  if (code === EngineErrorCode.ENGINE_SUCCESS) for (const response of responses) command.respond(response);
  return code;
};

/** The engine may use its memory again as soon as it has called. */
function copied(response: CheckedResponse): CheckedResponse {
  const { extras, key, value } = response;
  return { ...response, extras: Buffer.from(extras), key: Buffer.from(key), value: Buffer.from(value) };
}
