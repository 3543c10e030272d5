// GET, GETK and their quiet forms.
import type { Command, CommandDefinition } from '../command.ts';
import type { EngineErrorCode, EngineFailed } from '../engine/contract.ts';
import { EngineErrorCode as Code, DocStateFilter } from '../engine/contract.ts';
import { Opcode } from '../protocol/opcode.ts';

function run(command: Command, withKey: boolean): EngineErrorCode | EngineFailed {
  const { engine, host } = command;
  const found = engine.get(
    engine,
    command.cookie,
    command.key,
    command.request.vbucket,
    DocStateFilter.Alive,
  );
  if (found.status !== Code.ENGINE_SUCCESS) {
    if (found.status === Code.ENGINE_EWOULDBLOCK) return found;
    host.stats.cmdGet += 1;
    if (found.status === Code.ENGINE_KEY_ENOENT) host.stats.getMisses += 1;
    return found;
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
