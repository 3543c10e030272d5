// The commands of this half, for the command line. Errors that it can show in one line: CommandError, EngineLoadError.
import type { CommandIo, CommandWords } from './command-io.ts';

/** Runs a command; the exit status. */
export async function runCommand(
  name: 'conformance' | 'serve' | 'verify',
  words: CommandWords,
  io: CommandIo,
): Promise<number> {
  switch (name) {
    case 'conformance':
      return await (await import('./conformance.ts')).conformance(words, io);
    case 'serve':
      return await (await import('./serve.ts')).serve(words, io);
    case 'verify':
      return await (await import('./verify.ts')).verifyEngines(words, io);
  }
}
