// From argv to a command with its options. Knows every option of every command; prints nothing.
import { parseArgs } from 'node:util';
import { MigrateError } from '../runner/errors.ts';
import type { CommandSpec, OptionSpec } from './command-spec.ts';
import { commands, globalOptions } from './commands.ts';
import { nearestName } from './nearest-name.ts';

/** A parsed command line. */
export interface ParsedCommand {
  readonly command: CommandSpec | undefined;
  readonly help: boolean;
  readonly version: boolean;
  readonly operands: readonly string[];
  /** Values of an option in order; empty when it was not given. */
  readonly values: (name: string) => readonly string[];
  readonly given: (name: string) => boolean;
}

/**
 * Parses what follows the program's name.
 * @throws MigrateError `bad-arguments`, with the nearest name where there is one.
 */
export function parseCommandLine(argv: readonly string[]): ParsedCommand {
  const [name] = argv;
  if (name === undefined || name.startsWith('-')) return parseOptions(argv, undefined, globalOptions, 0);
  const command = commands.find((each) => each.name === name);
  if (command === undefined) {
    throw badArguments(
      `There is no command "${name}"`,
      name,
      commands.map((each) => each.name),
    );
  }
  return parseOptions(argv.slice(1), command, command.options, command.maxOperands);
}

function parseOptions(
  args: readonly string[],
  command: CommandSpec | undefined,
  options: readonly OptionSpec[],
  maxOperands: number,
): ParsedCommand {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      options.map(({ name, value }) => [
        name,
        { type: value === undefined ? ('boolean' as const) : ('string' as const) },
      ]),
    ),
  });
  const operands: string[] = [];
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const name = token.rawName === '-h' ? 'help' : token.name;
    const option =
      token.rawName.startsWith('--') || name === 'help'
        ? options.find((each) => each.name === name)
        : undefined;
    if (option === undefined) {
      throw badArguments(
        `There is no option "${token.rawName}"`,
        token.name,
        options.map((each) => each.name),
        '--',
      );
    }
    if (option.value === undefined) {
      if (token.value !== undefined) throw badArguments(`The option "--${name}" takes no value`);
      values.set(name, []);
    } else {
      // A forgotten value must not swallow the option after it; `--name=-value` is still possible.
      const swallowed = token.inlineValue === false && token.value?.startsWith('-') && token.value !== '-';
      if (token.value === undefined || token.value === '' || swallowed) {
        throw badArguments(`The option "--${name}" needs a value: --${name} ${option.value}`);
      }
      values.set(name, [...(option.repeatable ? (values.get(name) ?? []) : []), token.value]);
    }
  }
  if (operands.length > maxOperands) {
    throw badArguments(`"${operands[maxOperands]}" is one argument too many`);
  }
  return {
    command,
    operands,
    help: values.has('help'),
    version: values.has('version'),
    values: (name) => values.get(name) ?? [],
    given: (name) => values.has(name),
  };
}

/** An error about the command line that suggests the nearest of `names`. */
export function badArguments(
  message: string,
  word: string = '',
  names: readonly string[] = [],
  prefix: string = '',
): MigrateError {
  const nearest = nearestName(word, names);
  const hint = nearest === undefined ? '' : ` Did you mean "${prefix}${nearest}"?`;
  return new MigrateError('bad-arguments', `${message}.${hint}`);
}
