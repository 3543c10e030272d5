// Lays out the lines that edits touched, as the tree's own clang-format style has it. Never looks at other lines.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { gitTop, isWithin } from './discover.ts';
import { MigrateError } from './errors.ts';
import { lineMap } from './line-map.ts';

/** Lines from 1, both ends included. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

/** How results are laid out. */
export interface FormatOptions {
  /** `off` keeps edits exactly as the codemods spelled them. */
  readonly mode: 'auto' | 'off';
  /** Absolute path of a clang-format style that is used in place of the tree's own; undefined for the tree's own. */
  readonly styleFile: string | undefined;
}

/** The laid-out text, or why the text stays as it was. `skipped`: no style applies, which is no cause for a warning. */
export type Formatted = { readonly text: string } | { readonly warning: string } | { readonly skipped: true };

/** Formats one file's new text. `file` is relative to the root. */
export type Formatter = (file: string, text: string, touched: readonly LineRange[]) => Promise<Formatted>;

const styleNames = ['.clang-format', '_clang-format'];

/**
 * A formatter for one tree.
 * @throws MigrateError `style-missing`, `formatter-missing`: what was asked for by name has to be there.
 */
export async function touchedLineFormatter(root: string, options: FormatOptions): Promise<Formatter> {
  if (options.mode === 'off') return async () => ({ skipped: true });
  const { styleFile } = options;
  if (styleFile !== undefined) {
    if (!existsSync(styleFile)) {
      throw new MigrateError('style-missing', `There is no clang-format style file "${styleFile}".`);
    }
    if (!(await isInstalled())) {
      throw new MigrateError(
        'formatter-missing',
        'A clang-format style was given and clang-format is not on PATH: install it, or leave the option out.',
      );
    }
  }
  const top = gitTop(root) ?? root;
  return async (file, text, touched) => {
    const path = join(root, file);
    if (touched.length === 0 || (styleFile === undefined && !hasStyle(dirname(path), top)))
      return { skipped: true };
    const style = styleFile === undefined ? 'file' : `file:${resolve(styleFile)}`;
    const lines = touched.map(({ first, last }) => `--lines=${first}:${last}`);
    const run = await clangFormat(
      [`--style=${style}`, '--fallback-style=none', `--assume-filename=${path}`, ...lines],
      text,
    );
    if (run.status === 0 && (run.output !== '' || text === '')) return { text: run.output };
    if (run.status === 'absent') {
      return { warning: 'clang-format is not on PATH: edited lines keep the layout they had' };
    }
    const [why = `exit status ${run.status}`] = run.errors.split(/\r?\n/).filter((line) => line !== '');
    return {
      warning: `${relative(root, path)}: clang-format failed, the edited lines keep the layout they had (${why})`,
    };
  };
}

/** Lines of `text` that the given ranges of it stand on; a range that ends with a line end does not reach the next line. */
export function touchedLines(
  text: string,
  ranges: readonly { readonly start: number; readonly end: number }[],
): readonly LineRange[] {
  const lines = lineMap(text);
  const touched = ranges
    .map(({ start, end }) => ({
      first: lines.position(start).line,
      last: lines.position(Math.max(start, end - 1)).line,
    }))
    .sort((a, b) => a.first - b.first || a.last - b.last);
  const merged: LineRange[] = [];
  for (const range of touched) {
    const previous = merged.at(-1);
    if (previous !== undefined && range.first <= previous.last + 1) {
      merged[merged.length - 1] = { first: previous.first, last: Math.max(previous.last, range.last) };
    } else {
      merged.push(range);
    }
  }
  return merged;
}

/** True when a style stands at or above `folder`, not above `top`. */
function hasStyle(folder: string, top: string): boolean {
  for (let at = folder; isWithin(top, at); at = dirname(at)) {
    if (styleNames.some((name) => existsSync(join(at, name)))) return true;
    if (at === dirname(at)) return false;
  }
  return false;
}

interface ToolRun {
  readonly status: number | 'absent' | 'killed';
  readonly output: string;
  readonly errors: string;
}

async function isInstalled(): Promise<boolean> {
  return (await clangFormat(['--version'], '')).status === 0;
}

function clangFormat(args: readonly string[], input: string): Promise<ToolRun> {
  return new Promise((done) => {
    const child = spawn('clang-format', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.on('error', () => done({ status: 'absent', output: '', errors: '' }));
    child.on('close', (status) =>
      done({
        status: status ?? 'killed',
        output: Buffer.concat(output).toString('utf8'),
        errors: Buffer.concat(errors).toString('utf8'),
      }),
    );
    // A formatter that stops before it has read everything says why by its status.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
