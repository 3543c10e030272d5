// What the commands of this half need of the command line: parsed words, and where text goes.

/** Parsed words; the command line owns names, defaults and help. */
export interface CommandWords {
  readonly operands: readonly string[];
  /** Values of an option in order; empty when it was not given. */
  readonly values: (name: string) => readonly string[];
  readonly given: (name: string) => boolean;
}

/** Where a command's text goes, and what it hears of the outside. */
export interface CommandIo {
  readonly cwd: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Standard error is a terminal. */
  readonly progress: boolean;
  /** Calls back once, when the process is asked to end; `withInput` also when standard input ends. */
  readonly onStop: (stop: () => void, withInput: boolean) => void;
}

/** A command line that cannot be carried out; the message is one line and says what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** The number that an option gives. @throws CommandError for anything but a whole number. */
export function numberOption(words: CommandWords, name: string): number | undefined {
  const [text] = words.values(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new CommandError(`--${name} takes a whole number, not "${text}".`);
  return Number(text);
}

/** One of a few words. @throws CommandError for any other. */
export function choiceOption<T extends string>(
  words: CommandWords,
  name: string,
  choices: readonly T[],
): T | undefined {
  const [text] = words.values(name);
  const found = choices.find((choice) => choice === text);
  if (text !== undefined && found === undefined)
    throw new CommandError(`--${name} is one of ${choices.join(', ')}, not "${text}".`);
  return found;
}
