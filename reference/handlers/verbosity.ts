// VERBOSITY: accepted, and without effect. Who started the server decides what is logged.
import type { CommandDefinition } from '../command.ts';
import { Opcode } from '../protocol/opcode.ts';

/** The commands of this file. */
export const verbosityCommands: readonly CommandDefinition[] = [
  { opcode: Opcode.Verbosity, run: (command) => command.succeed() },
];
