// Every command and option there is.
import { type CommandSpec, helpOption, type OptionSpec, versionOption } from './command-spec.ts';
import { migrationCommands } from './migration-commands.ts';
import { serverCommands } from './server-commands.ts';

/** Every command, sorted by name. */
export const commands: readonly CommandSpec[] = [...migrationCommands, ...serverCommands].sort((a, b) =>
  a.name < b.name ? -1 : 1,
);

/** Options that stand without a command. */
export const globalOptions: readonly OptionSpec[] = [helpOption, versionOption];
