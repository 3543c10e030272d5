// FLUSH and FLUSHQ, at once: one in the future is refused before it gets here.
import type { CommandDefinition, Handler } from '../command.ts';
import { EngineErrorCode as Code } from '../engine/contract.ts';
import { Opcode } from '../protocol/opcode.ts';

const flush: Handler = (command) => {
  const { engine, host } = command;
  const code = engine.flush(engine, command.cookie);
  if (code !== Code.ENGINE_SUCCESS) return code;
  host.stats.cmdFlush += 1;
  return command.succeed();
};

/** The commands of this file. */
export const flushCommands: readonly CommandDefinition[] = [
  { opcode: Opcode.Flush, run: flush },
  { opcode: Opcode.Flushq, run: flush, quiet: 'success' },
];
