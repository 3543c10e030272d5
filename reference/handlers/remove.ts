// DELETE and DELETEQ.
import type { CommandDefinition, Handler } from '../command.ts';
import { EngineErrorCode as Code } from '../engine/contract.ts';
import { Opcode } from '../protocol/opcode.ts';

const remove: Handler = (command) => {
  const { engine, host, request } = command;
  const removed = engine.remove(engine, command.cookie, command.key, request.cas, request.vbucket);
  if (removed.status === Code.ENGINE_SUCCESS) {
    host.stats.deleteHits += 1;
    return command.succeed(host.profile.deleteSendsCas ? removed.cas : 0n, removed.mutation);
  }
  if (removed.status === Code.ENGINE_KEY_ENOENT) host.stats.deleteMisses += 1;
  return removed;
};

/** The commands of this file. */
export const removeCommands: readonly CommandDefinition[] = [
  { opcode: Opcode.Delete, run: remove },
  { opcode: Opcode.Deleteq, run: remove, quiet: 'success' },
];
