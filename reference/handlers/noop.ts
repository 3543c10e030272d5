// NOOP, VERSION and QUIT: what needs no engine.
import type { CommandDefinition } from '../command.ts';
import { EngineErrorCode } from '../engine/contract.ts';
import { Opcode } from '../protocol/opcode.ts';

/** The commands of this file. */
export const noopCommands: readonly CommandDefinition[] = [
  { opcode: Opcode.Noop, run: (command) => command.succeed() },
  {
    opcode: Opcode.Version,
    beforeLogin: true,
    run: (command) => command.respond({ value: Buffer.from(command.host.version) }),
  },
  {
    opcode: Opcode.Quit,
    beforeLogin: true,
    run: (command) => {
      command.closeAfterFlush();
      return command.succeed();
    },
  },
  {
    opcode: Opcode.Quitq,
    beforeLogin: true,
    run: (command) => {
      command.closeAfterFlush();
      return EngineErrorCode.ENGINE_SUCCESS;
    },
  },
];
