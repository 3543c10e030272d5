#!/usr/bin/env node
// The command line: argv in, text out, exit status. The only file here that prints or exits.
import { realpathSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import type { ParsedCommand } from './command-line/arguments.ts';
import type { ExitStatus, Outcome } from './runner/outcome.ts';
import type { Paint } from './runner/reporters/report.ts';
import type { Refusal } from './runner/write.ts';

/** Where a command's text goes and what it knows of its surroundings. */
export interface Io {
  readonly cwd: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly colour: boolean;
  /** Standard error is a terminal. */
  readonly progress: boolean;
  /** Calls back once, when the process is asked to end; `withInput` also when standard input ends. */
  readonly onStop: (stop: () => void, withInput: boolean) => void;
}

/** Runs one command line and answers its exit status; never throws. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const { MigrateError } = await import('./runner/errors.ts');
  try {
    return await dispatch(argv, io);
  } catch (error) {
    const isExpected = error instanceof MigrateError || isCommandFailure(error);
    const what = isExpected
      ? error.message
      : `internal error: ${error instanceof Error ? error.stack : String(error)}`;
    io.err(`kv-engine-migrate: ${what}\n`);
    return 2;
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const { badArguments, parseCommandLine } = await import('./command-line/arguments.ts');
  const parsed = parseCommandLine(argv);
  if (parsed.help) {
    const { commandHelp, overallHelp } = await import('./command-line/help.ts');
    io.out(parsed.command === undefined ? overallHelp() : commandHelp(parsed.command));
    return 0;
  }
  if (parsed.version) {
    io.out(`${await version()}\n`);
    return 0;
  }
  switch (parsed.command?.name) {
    case 'check':
    case 'run':
      return await migrateCommand(parsed, parsed.command.name, io);
    case 'list':
      return await listCommand(io);
    case 'explain':
      return await explainCommand(parsed, io);
    case 'conformance':
    case 'serve':
    case 'verify': {
      const { runCommand } = await import('../reference/commands/index.ts');
      return await runCommand(parsed.command.name, parsed, io);
    }
    case undefined:
      throw badArguments("No command was given: try 'kv-engine-migrate --help'");
  }
}

/** What the other half of the package has words for. */
function isCommandFailure(error: unknown): error is Error {
  return error instanceof Error && (error.name === 'CommandError' || error.name === 'EngineLoadError');
}

async function migrateCommand(parsed: ParsedCommand, mode: 'check' | 'run', io: Io): Promise<number> {
  const { badArguments } = await import('./command-line/arguments.ts');
  const { noProgressBar, progressBar } = await import('./command-line/progress-bar.ts');
  const api = await import('./index.ts');
  const { reportOf } = await import('./runner/reporters/index.ts');
  const pick = <T extends { readonly id: string }>(kind: string, id: string, all: readonly T[]): T => {
    const found = all.find((each) => each.id === id);
    if (found === undefined)
      throw badArguments(
        `There is no ${kind} "${id}"`,
        id,
        all.map((each) => each.id),
      );
    return found;
  };
  const reporter = pick('reporter', parsed.values('reporter')[0] ?? 'pretty', api.reporters);
  const wanted = parsed.values('codemod').map((id) => pick('codemod', id, api.codemods));
  const editing = api.codemods.filter((codemod) => codemod !== api.check);
  const format = parsed.values('format')[0] ?? 'auto';
  if (format !== 'auto' && format !== 'off')
    throw badArguments(`"--format ${format}" is neither auto nor off`);
  const style = parsed.values('clang-format-style')[0];
  const outcome = await api
    .migrate({
      mode,
      cwd: io.cwd,
      paths: parsed.operands,
      codemodsAreNamed: wanted.length > 0,
      codemods: mode === 'check' ? [api.check] : wanted.length > 0 ? wanted : editing,
      contracts: api.contractChoices(parsed.values('from'), [
        ...parsed.values('contract'),
        ...parsed.values('to'),
      ]),
      languages: api.languages,
      changesBetween: api.readOnlyChanges,
      format: { mode: format, styleFile: style === undefined ? undefined : resolve(io.cwd, style) },
      ...(io.progress ? { onStep: (step, done, total) => io.err(progressBar(step, done, total)) } : {}),
    })
    .finally(() => io.progress && io.err(noProgressBar));

  const output = parsed.values('output')[0];
  const paint = output === undefined ? painter(io.colour) : painter(false);
  const isWrite = parsed.given('write');
  let written: readonly string[] | undefined;
  let refused: readonly Refusal[] = [];
  if (isWrite) {
    const attempt = api.writeResults(outcome.root, outcome.results, {
      allowDirty: parsed.given('allow-dirty'),
    });
    if ('refused' in attempt) refused = attempt.refused;
    else written = attempt.written;
  }
  const diff = mode === 'run' && !isWrite ? await api.unifiedDiff(outcome.results) : undefined;
  await print(reporter.render(reportOf(outcome, { diff, written }), paint), output, io);
  return explainStatus(outcome, refused, api.exitStatus(outcome), io);
}

async function print(text: string, file: string | undefined, io: Io): Promise<void> {
  if (file === undefined) return io.out(text);
  try {
    await writeFile(resolve(io.cwd, file), text);
  } catch (error) {
    const { MigrateError, systemCode } = await import('./runner/errors.ts');
    throw new MigrateError(
      'output-unwritable',
      `The report cannot be written to "${file}" (${systemCode(error)}).`,
    );
  }
}

/** Says on standard error why the status is 2, where the report cannot. */
function explainStatus(
  outcome: Outcome,
  refused: readonly Refusal[],
  status: ExitStatus,
  io: Io,
): ExitStatus {
  if (outcome.nothing !== undefined) io.err(`kv-engine-migrate: ${outcome.nothing}\n`);
  if (refused.length === 0) return status;
  io.err('kv-engine-migrate: nothing was written, because of:\n');
  for (const { file, reason } of refused) io.err(`  ${file} ${refusals[reason]}\n`);
  return 2;
}

const refusals: Readonly<Record<Refusal['reason'], string>> = {
  changed: 'changed while it was looked at',
  'read-only': 'is read-only',
  uncommitted: 'has uncommitted changes: commit them, or give --allow-dirty',
  vanished: 'vanished while it was looked at',
};

async function listCommand(io: Io): Promise<number> {
  const { codemods, hazards, rules } = await import('./index.ts');
  const width = Math.max(...[...codemods, ...rules, ...hazards].map(({ id }) => id.length)) + 2;
  io.out('Codemods:\n');
  for (const { id, summary } of codemods) io.out(`  ${id.padEnd(width)}${summary}\n`);
  io.out('\nRules:\n');
  for (const { id, severity, summary } of rules)
    io.out(`  ${id.padEnd(width)}${severity.padEnd(9)}${summary}\n`);
  io.out('\nWhy buffer-copy-send leaves a site for review:\n');
  for (const { id, summary } of hazards) io.out(`  ${id.padEnd(width)}${summary}\n`);
  return 0;
}

async function explainCommand(parsed: ParsedCommand, io: Io): Promise<number> {
  const { badArguments } = await import('./command-line/arguments.ts');
  const { codemods, hazards, rules } = await import('./index.ts');
  const [id] = parsed.operands;
  if (id === undefined) throw badArguments("explain needs an id: 'kv-engine-migrate list' tells them");
  const all = [...codemods, ...rules, ...hazards];
  const found = all.find((each) => each.id === id);
  if (found === undefined)
    throw badArguments(
      `There is no rule or codemod "${id}"`,
      id,
      all.map((each) => each.id),
    );
  const kind = 'severity' in found ? `rule, ${found.severity}` : 'codemod';
  io.out(`${found.id} (${kind})\n${found.summary}\n\n${found.explanation.trim()}\n`);
  return 0;
}

async function version(): Promise<string> {
  // The build lies one folder deeper than the sources.
  const place = import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json';
  const manifest: unknown = JSON.parse(await readFile(new URL(place, import.meta.url), 'utf8'));
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest ? String(manifest.version) : 'unknown';
}

function painter(colour: boolean): Paint {
  // Whether the stream takes colours was decided by whoever made `Io`.
  return colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}

function isProgram(): boolean {
  const [, started] = process.argv;
  if (started === undefined) return false;
  try {
    // npm starts the program through a link.
    return realpathSync(started) === fileURLToPath(import.meta.url);
  } catch {
    return false;
  }
}

if (isProgram()) {
  // Whoever reads the report may stop early (`| head`): that is no error of this program.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  process.exitCode = await main(process.argv.slice(2), {
    cwd: process.cwd(),
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    colour: (await import('./command-line/wants-colour.ts')).wantsColour(process.env, process.stdout.isTTY),
    progress: process.stderr.isTTY === true,
    onStop: (stop, withInput) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
      if (withInput) process.stdin.once('end', stop).once('close', stop).resume();
    },
  });
}
