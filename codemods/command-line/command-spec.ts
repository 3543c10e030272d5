// What a command takes, as data: the parser and the help read it.

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
  readonly name: 'check' | 'conformance' | 'explain' | 'list' | 'run' | 'serve' | 'verify';
  readonly summary: string;
  /** What follows the options, in help's notation. */
  readonly operands: string;
  readonly maxOperands: number;
  readonly options: readonly OptionSpec[];
  /** What the help says beside the summary. */
  readonly details: readonly string[];
  readonly examples: readonly string[];
  /** What the exit statuses mean: 0, 1 and 2, each in one or more lines. */
  readonly exitStatuses: readonly (readonly string[])[];
}

/** Every command has it. */
export const helpOption: OptionSpec = {
  name: 'help',
  value: undefined,
  repeatable: false,
  summary: ['print this help'],
};
/** Only the program has it. */
export const versionOption: OptionSpec = {
  name: 'version',
  value: undefined,
  repeatable: false,
  summary: ['print the version'],
};
