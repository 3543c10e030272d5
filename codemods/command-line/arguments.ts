// From argv to a command with its options. Knows every option of every command; prints nothing.
import { parseArgs } from 'node:util';
import { MigrateError } from '../runner/errors.ts';
import { nearestName } from './nearest-name.ts';

/** One option of a command. */
export interface OptionSpec {
  readonly name: string;
  /** What stands for the value in help; undefined for a switch. */
  readonly value: string | undefined;
  readonly repeatable: boolean;
  /** One or more lines for help. */
  readonly summary: readonly string[];
}

/** One command: what it takes and what its help says. */
export interface CommandSpec {
  readonly name: 'check' | 'explain' | 'list' | 'run';
  readonly summary: string;
  /** What follows the options, in help's notation. */
  readonly operands: string;
  readonly maxOperands: number;
  readonly options: readonly OptionSpec[];
}

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

const contractOption: OptionSpec = {
  name: 'contract',
  value: 'FILE',
  repeatable: true,
  summary: [
    'contract to check against: a C or C++ header, or a .ts or .d.ts file;',
    'may be repeated; its kind decides which files are looked at.',
    'Default: the contract shipped with this package, for every language',
  ],
};
const reporterOption: OptionSpec = {
  name: 'reporter',
  value: 'NAME',
  repeatable: false,
  summary: ['form of the report: gcc, json or pretty (default: pretty)'],
};
const helpOption: OptionSpec = {
  name: 'help',
  value: undefined,
  repeatable: false,
  summary: ['print this help'],
};
const versionOption: OptionSpec = {
  name: 'version',
  value: undefined,
  repeatable: false,
  summary: ['print the version'],
};

/** Every command, sorted by name. */
export const commands: readonly CommandSpec[] = [
  {
    name: 'check',
    summary: 'report every implementation that drifted from the contract; change nothing',
    operands: '[PATH]...',
    maxOperands: Number.POSITIVE_INFINITY,
    options: [
      contractOption,
      {
        name: 'output',
        value: 'FILE',
        repeatable: false,
        summary: ['write the report to FILE (default: standard output)'],
      },
      reporterOption,
      helpOption,
    ],
  },
  {
    name: 'explain',
    summary: 'say what a rule or a codemod is about',
    operands: 'ID',
    maxOperands: 1,
    options: [helpOption],
  },
  {
    name: 'list',
    summary: 'list the codemods and the rules',
    operands: '',
    maxOperands: 0,
    options: [helpOption],
  },
  {
    name: 'run',
    summary: 'migrate: print the change as a diff, or make it with --write',
    operands: '[PATH]...',
    maxOperands: Number.POSITIVE_INFINITY,
    options: [
      {
        name: 'allow-dirty',
        value: undefined,
        repeatable: false,
        summary: ['with --write: change files with uncommitted changes, too'],
      },
      {
        name: 'clang-format-style',
        value: 'FILE',
        repeatable: false,
        summary: [
          'style for the edited lines of C and C++ files',
          "(default: the tree's own .clang-format; without one, lines are not laid out)",
        ],
      },
      {
        name: 'codemod',
        value: 'ID',
        repeatable: true,
        summary: ["codemod to run; may be repeated (default: all that edit; see 'list')"],
      },
      {
        name: 'format',
        value: 'auto|off',
        repeatable: false,
        summary: [
          'auto: lay out edited lines by clang-format when it is on PATH and a style applies;',
          'off: keep them as edited (default: auto)',
        ],
      },
      {
        name: 'from',
        value: 'FILE',
        repeatable: true,
        summary: [
          'contract before the change; may be repeated. Default: the shipped one,',
          'or with --to alone: everything read-only in that contract is taken as new',
        ],
      },
      reporterOption,
      {
        name: 'to',
        value: 'FILE',
        repeatable: true,
        summary: ['contract to conform to; may be repeated (default: the shipped one)'],
      },
      {
        name: 'write',
        value: undefined,
        repeatable: false,
        summary: ['change the files (default: only print the diff)'],
      },
      helpOption,
    ],
  },
];

/** Options that stand without a command. */
export const globalOptions: readonly OptionSpec[] = [helpOption, versionOption];

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
