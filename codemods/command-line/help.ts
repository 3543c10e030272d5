// The help texts, made from what the argument parser knows, so that they cannot part.
import type { CommandSpec, OptionSpec } from './command-spec.ts';
import { commands, globalOptions } from './commands.ts';

const program = 'kv-engine-migrate';

/** Where the texts of options start. */
const COLUMN = 28;

/** What `kv-engine-migrate --help` prints. */
export function overallHelp(): string {
  return lines([
    `Usage: ${program} COMMAND [OPTION]... [PATH]...`,
    '',
    'Finds kv_engine plugins whose engine contract changed, migrates them, and runs them on a reference server.',
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(13)}${summary}`),
    '',
    'Options:',
    ...globalOptions.flatMap(optionLines),
    '',
    `'${program} COMMAND --help' tells the options of a command.`,
    '',
    'Exit status:',
    '  0  done, or nothing to do',
    '  1  drift, sites left for review, a difference, or a failed test',
    '  2  could not run: bad arguments, input that cannot be read or parsed, an engine that does not load,',
    '     nothing to look at',
    '',
    'Environment: NO_COLOR switches colours off, FORCE_COLOR switches them on.',
  ]);
}

/** What `kv-engine-migrate COMMAND --help` prints. */
export function commandHelp(command: CommandSpec): string {
  const { name, summary, operands, options, details, examples, exitStatuses } = command;
  const [first = '', ...rest] = summary;
  return lines([
    `Usage: ${[program, name, '[OPTION]...', operands].filter((part) => part !== '').join(' ')}`,
    '',
    `${first.toUpperCase()}${rest.join('')}.`,
    ...details.flatMap((line, index) => (index === 0 ? ['', line] : [line])),
    '',
    'Options:',
    ...options.flatMap(optionLines),
    '',
    'Exit status:',
    ...exitStatuses.flatMap((meaning, status) =>
      meaning.map((line, index) => `  ${index === 0 ? status : ' '}  ${line}`),
    ),
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
  ]);
}

function optionLines({ name, value, summary }: OptionSpec): readonly string[] {
  const head = value === undefined ? `--${name}` : `--${name} ${value}`;
  // A long name has a line of its own.
  const [first = '', ...rest] = head.length < COLUMN ? summary : ['', ...summary];
  const margin = ' '.repeat(COLUMN + 2);
  return [`  ${head.padEnd(COLUMN)}${first}`.trimEnd(), ...rest.map((line) => margin + line)];
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
