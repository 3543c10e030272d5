// What a DCP peer answers to messages that the engine produced. Responses are not validated, and not answered: whatever
// the engine says but ENGINE_DISCONNECT, the conversation goes on (kv_engine daemon/mcbp_executors.cc at 0dbb0e534,
// process_bin_dcp_response). An engine that throws, as it does when it writes to the header, loses the connection.
import type { CommandDefinition, Handler } from '../command.ts';
import { EngineErrorCode as Code, type EngineInterface } from '../engine/contract.ts';
import { readOnlyResponse } from '../engine/guard.ts';
import { lentBytes } from '../engine/lent-bytes.ts';
import { responseFields } from '../engine/response-fields.ts';
import { Opcode } from '../protocol/opcode.ts';

const handleResponse: Handler = (command) => {
  const { engine, host, request } = command;
  const { dcp } = engine;
  if (dcp?.responseHandler === undefined) return Code.ENGINE_DISCONNECT;
  const packet = lentBytes(request.bytes, request.at, request.end);
  // The old contract let engines write to the header.
  const response =
    host.settings.get('contract') === 'v1'
      ? { response: responseFields(packet), bytes: packet }
      : readOnlyResponse(packet, nameOf(engine));
  return dcp.responseHandler(engine, command.cookie, response);
};

const names = new WeakMap<EngineInterface, string>();

/** What the engine calls itself. */
function nameOf(engine: EngineInterface): string {
  const known = names.get(engine);
  if (known !== undefined) return known;
  const name = String(engine.getInfo(engine)?.description ?? 'unnamed');
  names.set(engine, name);
  return name;
}

/** Nobody waits for the answer to a NOOP that was none of DCP's. */
const ignore: Handler = () => Code.ENGINE_SUCCESS;

/** What handles responses, by the opcode that they answer. */
export const dcpResponses: readonly CommandDefinition[] = [
  { opcode: Opcode.Noop, run: ignore },
  { opcode: Opcode.DcpOpen, run: handleResponse },
  { opcode: Opcode.DcpAddStream, run: handleResponse },
  { opcode: Opcode.DcpCloseStream, run: handleResponse },
  { opcode: Opcode.DcpStreamReq, run: handleResponse },
  { opcode: Opcode.DcpGetFailoverLog, run: handleResponse },
  { opcode: Opcode.DcpStreamEnd, run: handleResponse },
  { opcode: Opcode.DcpSnapshotMarker, run: handleResponse },
  { opcode: Opcode.DcpMutation, run: handleResponse },
  { opcode: Opcode.DcpDeletion, run: handleResponse },
  { opcode: Opcode.DcpExpiration, run: handleResponse },
  { opcode: Opcode.DcpFlush, run: handleResponse },
  { opcode: Opcode.DcpSetVbucketState, run: handleResponse },
  { opcode: Opcode.DcpNoop, run: handleResponse },
  { opcode: Opcode.DcpBufferAcknowledgement, run: handleResponse },
  { opcode: Opcode.DcpControl, run: handleResponse },
  { opcode: Opcode.DcpSystemEvent, run: handleResponse },
];
