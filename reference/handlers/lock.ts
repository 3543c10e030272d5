// GET_LOCKED and UNLOCK_KEY.
import type { CommandDefinition, Handler } from '../command.ts';
import { EngineErrorCode as Code } from '../engine/contract.ts';
import { Opcode } from '../protocol/opcode.ts';

const getLocked: Handler = (command) => {
  const { engine, host, request } = command;
  const seconds = request.extlen === 4 ? request.u32(0) : 0;
  const found = engine.getLocked(engine, command.cookie, command.key, request.vbucket, seconds);
  if (found.status === Code.ENGINE_SUCCESS) {
    host.stats.cmdLock += 1;
    return command.sendDocument(found.item, command.infoOf(found.item), false);
  }
  if (found.status === Code.ENGINE_EWOULDBLOCK) return found;
  host.stats.lockErrors += 1;
  // Old clients know a temporary failure only (kv_engine get_locked_context.cc).
  return found.status === Code.ENGINE_LOCKED ? Code.ENGINE_LOCKED_TMPFAIL : found;
};

const unlock: Handler = (command) => {
  const { engine, request } = command;
  const code = engine.unlock(engine, command.cookie, command.key, request.vbucket, request.cas);
  return code === Code.ENGINE_SUCCESS ? command.succeed() : code;
};

/** The commands of this file. */
export const lockCommands: readonly CommandDefinition[] = [
  { opcode: Opcode.GetLocked, run: getLocked },
  { opcode: Opcode.UnlockKey, run: unlock },
];
