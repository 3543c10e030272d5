// The commands that read and rewrite sources.
import { type CommandSpec, helpOption, type OptionSpec } from './command-spec.ts';

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
const exitStatuses: CommandSpec['exitStatuses'] = [
  ['done, or nothing to do'],
  ['drift found, or sites left for review (notes do not count)'],
  [
    'could not run: bad arguments, a file that cannot be read or parsed,',
    'no source file found, or nothing that mentions or implements the contract',
  ],
];

/** Sorted by name. */
export const migrationCommands: readonly CommandSpec[] = [
  {
    name: 'check',
    summary: 'report every implementation that drifted from the contract; change nothing',
    operands: '[PATH]...',
    maxOperands: Number.POSITIVE_INFINITY,
    details: [
      'PATH is a folder or a file (default: the current folder). Files are named relative to the given folder.',
      'In a git tree, what git ignores is left out; elsewhere only node_modules is. Links are not followed.',
      'The report goes to standard output, progress to standard error.',
    ],
    examples: [
      'kv-engine-migrate check                                    the current folder, shipped contract',
      'kv-engine-migrate check --contract include/memcached/dcp.h .',
      'kv-engine-migrate check --reporter json --output drift.json engines/',
    ],
    exitStatuses: exitStatuses,
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
    details: ["ID is the id of a codemod or of a rule, as 'list' and reports spell it."],
    examples: ['kv-engine-migrate explain readonly-response-header'],
    exitStatuses: exitStatuses,
    options: [helpOption],
  },
  {
    name: 'list',
    summary: 'list the codemods and the rules',
    operands: '',
    maxOperands: 0,
    details: [],
    examples: ['kv-engine-migrate list'],
    exitStatuses: exitStatuses,
    options: [helpOption],
  },
  {
    name: 'run',
    summary: 'migrate: print the change as a diff, or make it with --write',
    operands: '[PATH]...',
    maxOperands: Number.POSITIVE_INFINITY,
    details: [
      'PATH is a folder or a file (default: the current folder). Files are named relative to the given folder.',
      'In a git tree, what git ignores is left out; elsewhere only node_modules is. Links are not followed.',
      'Nothing is written without --write. With it, all files are written or none: files with uncommitted',
      'changes, read-only files and files that changed while they were looked at are refused by name.',
      'Sites that cannot be edited safely are left alone and reported for review.',
    ],
    examples: [
      'kv-engine-migrate run                                      print the diff of the current folder',
      'kv-engine-migrate run engines/ep | git apply --directory engines/ep',
      'kv-engine-migrate run --write --from old/dcp.h --to new/dcp.h .',
      'kv-engine-migrate run --write --clang-format-style ../tlm/.clang-format .',
    ],
    exitStatuses: exitStatuses,
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
