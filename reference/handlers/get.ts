// GET, GETK and their quiet forms.
import type { Command, CommandDefinition } from '../command.ts';
import type { EngineErrorCode, EngineFailed } from '../engine/contract.ts';
import { EngineErrorCode as Code, DocStateFilter } from '../engine/contract.ts';
import { Opcode } from '../protocol/opcode.ts';
import { Status } from '../protocol/status.ts';

function run(command: Command, withKey: boolean): EngineErrorCode | EngineFailed {
  const { engine, host, request } = command;
  const found = engine.get(engine, command.cookie, command.key, request.vbucket, DocStateFilter.Alive);
  if (found.status !== Code.ENGINE_SUCCESS) {
    if (found.status === Code.ENGINE_EWOULDBLOCK) return found;
    host.stats.cmdGet += 1;
    if (found.status !== Code.ENGINE_KEY_ENOENT) return found;
    host.stats.getMisses += 1;
    // A miss of GETK names its key as well.
    if (request.opcode !== Opcode.Getk) return found;
    return command.respond({ status: Status.KeyEnoent, key: request.key() });
  }
  host.stats.cmdGet += 1;
  host.stats.getHits += 1;
  return command.sendDocument(found.item, command.infoOf(found.item), withKey);
}

const get = (command: Command): EngineErrorCode | EngineFailed => run(command, false);
const getk = (command: Command): EngineErrorCode | EngineFailed => run(command, true);

/** The commands of this file. */
export const getCommands: readonly CommandDefinition[] = [
  { opcode: Opcode.Get, run: get },
  { opcode: Opcode.Getq, run: get, quiet: 'miss' },
  { opcode: Opcode.Getk, run: getk },
  { opcode: Opcode.Getkq, run: getk, quiet: 'miss' },
];
