// A whole packet, from its header to the end of its command: login, validators, handler. Knows no bytes but the packet's.
import { commandFor, responseHandlerFor } from './dispatch.ts';
import { Magic } from './protocol/magic.ts';
import { Status } from './protocol/status.ts';
import { validateRequest } from './protocol/validators.ts';
import type { Ending, RunningCommand } from './running-command.ts';

/** Runs the packet in `command.request`. */
export function runPacket(command: RunningCommand): Ending {
  const { host, request, session } = command;
  command.engine = session.bucket.engine;
  if (request.magic !== Magic.ClientRequest) {
    const handler = responseHandlerFor(request.opcode, session);
    if (handler !== undefined) return command.run(handler);
    host.stats.invalidRequests += 1;
    return 'close';
  }
  const definition = commandFor(request.opcode);
  if (host.hasUsers && session.user === undefined && definition.beforeLogin !== true) {
    command.fail(host.profile.unauthenticatedStatus);
    if (host.profile.closesUnauthenticated) command.closeAfterFlush();
    return 'done';
  }
  const status = validateRequest(request, session);
  if (status === Status.Success) return command.run(definition);
  host.stats.invalidRequests += 1;
  command.fail(status);
  if (host.profile.closesAfterInvalid && status === Status.Einval) command.closeAfterFlush();
  return 'done';
}
