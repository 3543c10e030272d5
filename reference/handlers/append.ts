// APPEND, PREPEND and their quiet forms.
import type { Command, CommandDefinition, Handler } from '../command.ts';
import { type Change, rewriteDocument } from '../document-rewrite.ts';
import { EngineErrorCode as Code, type EngineErrorCode, type EngineFailed } from '../engine/contract.ts';
import { Opcode } from '../protocol/opcode.ts';
import { Status } from '../protocol/status.ts';

function run(command: Command, change: Change): EngineErrorCode | EngineFailed {
  const stored = rewriteDocument(command, change);
  if (stored.status === Code.ENGINE_EWOULDBLOCK) return stored;
  command.host.stats.cmdSet += 1;
  // What is not there cannot be longer; the protocol has a status of its own for it.
  if (stored.status === Code.ENGINE_KEY_ENOENT) return command.fail(Status.NotStored);
  if (stored.status !== Code.ENGINE_SUCCESS) return stored;
  if (!command.session.mutationExtras) return command.succeed(stored.cas);
  return command.succeed(stored.cas, command.infoOf(stored.item));
}

const append: Handler = (command) => run(command, (body, { request }) => [body, request.value()]);
const prepend: Handler = (command) => run(command, (body, { request }) => [request.value(), body]);

/** The commands of this file. */
export const appendCommands: readonly CommandDefinition[] = [
  { opcode: Opcode.Append, run: append },
  { opcode: Opcode.Appendq, run: append, quiet: 'success' },
  { opcode: Opcode.Prepend, run: prepend },
  { opcode: Opcode.Prependq, run: prepend, quiet: 'success' },
];
