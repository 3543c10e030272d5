// The help texts, made from what the argument parser knows, so that they cannot part.
import { type CommandSpec, commands, globalOptions, type OptionSpec } from './arguments.ts';

const program = 'kv-engine-migrate';

const exitStatuses = [
  'Exit status:',
  '  0  done, or nothing to do',
  '  1  drift found, or sites left for review (notes do not count)',
  '  2  could not run: bad arguments, a file that cannot be read or parsed,',
  '     no source file found, or nothing that mentions or implements the contract',
];

const examples: Readonly<Record<CommandSpec['name'], readonly string[]>> = {
  check: [
    `${program} check                                    the current folder, shipped contract`,
    `${program} check --contract include/memcached/dcp.h .`,
    `${program} check --reporter json --output drift.json engines/`,
  ],
  explain: [`${program} explain readonly-response-header`],
  list: [`${program} list`],
  run: [
    `${program} run                                      print the diff of the current folder`,
    `${program} run engines/ep | git apply --directory engines/ep`,
    `${program} run --write --from old/dcp.h --to new/dcp.h .`,
    `${program} run --write --clang-format-style ../tlm/.clang-format .`,
  ],
};

const details: Readonly<Record<CommandSpec['name'], readonly string[]>> = {
  check: [
    'PATH is a folder or a file (default: the current folder). Files are named relative to the given folder.',
    'In a git tree, what git ignores is left out; elsewhere only node_modules is. Links are not followed.',
    'The report goes to standard output, progress to standard error.',
  ],
  explain: ["ID is the id of a codemod or of a rule, as 'list' and reports spell it."],
  list: [],
  run: [
    'PATH is a folder or a file (default: the current folder). Files are named relative to the given folder.',
    'In a git tree, what git ignores is left out; elsewhere only node_modules is. Links are not followed.',
    'Nothing is written without --write. With it, all files are written or none: files with uncommitted',
    'changes, read-only files and files that changed while they were looked at are refused by name.',
    'Sites that cannot be edited safely are left alone and reported for review.',
  ],
};

/** What `kv-engine-migrate --help` prints. */
export function overallHelp(): string {
  return lines([
    `Usage: ${program} COMMAND [OPTION]... [PATH]...`,
    '',
    'Finds kv_engine plugins whose engine contract changed, and migrates them.',
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(9)}${summary}`),
    '',
    'Options:',
    ...globalOptions.flatMap(optionLines),
    '',
    `'${program} COMMAND --help' tells the options of a command.`,
    '',
    ...exitStatuses,
    '',
    'Environment: NO_COLOR switches colours off, FORCE_COLOR switches them on.',
  ]);
}

/** What `kv-engine-migrate COMMAND --help` prints. */
export function commandHelp({ name, summary, operands, options }: CommandSpec): string {
  const [first = '', ...rest] = summary;
  return lines([
    `Usage: ${[program, name, '[OPTION]...', operands].filter((part) => part !== '').join(' ')}`,
    '',
    `${first.toUpperCase()}${rest.join('')}.`,
    ...details[name].flatMap((line, index) => (index === 0 ? ['', line] : [line])),
    '',
    'Options:',
    ...options.flatMap(optionLines),
    '',
    ...exitStatuses,
    '',
    'Examples:',
    ...examples[name].map((example) => `  ${example}`),
  ]);
}

function optionLines({ name, value, summary }: OptionSpec): readonly string[] {
  const head = value === undefined ? `--${name}` : `--${name} ${value}`;
  const [first = '', ...rest] = summary;
  const margin = ' '.repeat(30);
  return [`  ${head.padEnd(28)}${first}`, ...rest.map((line) => margin + line)];
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
