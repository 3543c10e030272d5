// `verify`: an engine before and after its migration, under the same conversations.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  formatVerifyReport,
  readTrace,
  type TraceEvent,
  VerifyError,
  type VerifyOptions,
  verify,
} from '../verify/index.ts';
import { CommandError, type CommandIo, type CommandWords, choiceOption, numberOption } from './command-io.ts';

const CLEAR_LINE = '\r\u001b[2K';

/** 0: no difference. 1: a difference. @throws CommandError, EngineLoadError */
export async function verifyEngines(words: CommandWords, io: CommandIo): Promise<number> {
  const [before, after] = words.operands;
  if (before === undefined || after === undefined)
    throw new CommandError('verify needs two engines: the one before the migration, and the one after.');
  const reporter = choiceOption(words, 'reporter', ['json', 'pretty']) ?? 'pretty';
  try {
    const report = await verify({ before, after, ...optionsFrom(words, io) });
    if (io.progress) io.err(CLEAR_LINE);
    io.out(reporter === 'json' ? `${JSON.stringify(report, plain, 2)}\n` : formatVerifyReport(report));
    return report.different.length > 0 ? 1 : 0;
  } catch (error) {
    if (error instanceof VerifyError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}

function optionsFrom(words: CommandWords, io: CommandIo): Omit<VerifyOptions, 'before' | 'after'> {
  const [config] = words.values('config');
  const [file] = words.values('trace');
  const seed = numberOption(words, 'seed');
  const run = numberOption(words, 'run');
  const runs = numberOption(words, 'runs');
  return {
    cwd: io.cwd,
    ...(config === undefined ? {} : { config }),
    ...(seed === undefined ? {} : { seed }),
    ...(run === undefined ? {} : { run }),
    ...(runs === undefined ? {} : { runs }),
    ...(file === undefined ? {} : { trace: traceIn(file, io) }),
    ...(io.progress
      ? { onProgress: ({ done, of }) => io.err(`${CLEAR_LINE}conversation ${done} of ${of}`) }
      : {}),
  };
}

function traceIn(file: string, io: CommandIo): readonly TraceEvent[] {
  let text: string;
  try {
    text = readFileSync(resolve(io.cwd, file), 'utf8');
  } catch (error) {
    throw new CommandError(`The trace "${file}" cannot be read: ${(error as Error).message}`);
  }
  return readTrace(text);
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
