// A whole packet, from its header to the end of its command: login, validators, handler. Knows no bytes but the packet's.
import { handlerFor } from './dispatch.ts';
import { Magic } from './protocol/magic.ts';
import { Status } from './protocol/status.ts';
import { validateRequest } from './protocol/validators.ts';
import type { Ending, RunningCommand } from './running-command.ts';

/** Runs the packet in `command.request`. */
export function runPacket(command: RunningCommand): Ending {
  const { host, request, session } = command;
  command.engine = session.bucket.engine;
  const definition = handlerFor(request, session);
  if (definition === undefined) {
    host.stats.invalidRequests += 1;
    return 'close';
  }
  if (request.magic !== Magic.ClientRequest) return command.run(definition);
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
