// Puts results on disk. Every refusal is found before the first byte is written; then each file is replaced whole.
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { git, gitTop } from './discover.ts';
import { MigrateError, systemCode } from './errors.ts';
import type { FileResult } from './outcome.ts';
import { readText } from './sources.ts';

/** Why a file must not be written. */
export type RefusalReason = 'changed' | 'read-only' | 'uncommitted' | 'vanished';

/** A file that must not be written; while there is one, nothing is. */
export interface Refusal {
  readonly file: string;
  readonly reason: RefusalReason;
}

/** How to write. */
export interface WriteOptions {
  /** Write files with uncommitted changes, too. */
  readonly allowDirty: boolean;
}

/** What was written, or what stands in the way. */
export type WriteOutcome = { readonly written: readonly string[] } | { readonly refused: readonly Refusal[] };

/**
 * Writes all results or none.
 * @throws MigrateError `write-failed` when the disk refuses halfway; the message names what was written by then.
 */
export function writeResults(
  root: string,
  results: readonly FileResult[],
  options: WriteOptions,
): WriteOutcome {
  const changed = results.filter(({ original, edited }) => original !== edited);
  const refused = findRefusals(root, changed, options);
  if (refused.length > 0) return { refused };
  const staged: Staged[] = [];
  const written: string[] = [];
  try {
    for (const result of changed) staged.push(stage(root, result));
    for (const { file, temporary, target } of staged) {
      renameSync(temporary, target);
      written.push(file);
    }
  } catch (error) {
    for (const { temporary } of staged) rmSync(temporary, { force: true });
    const sofar = written.length === 0 ? 'nothing was written' : `written before that: ${written.join(', ')}`;
    throw new MigrateError(
      'write-failed',
      `Writing failed (${systemCode(error) ?? String(error)}); ${sofar}.`,
    );
  }
  return { written };
}

/** Finds every file that must not be written, by file. */
export function findRefusals(
  root: string,
  results: readonly FileResult[],
  options: WriteOptions,
): readonly Refusal[] {
  const dirty = options.allowDirty || results.length === 0 ? new Set<string>() : uncommitted(root);
  return results.flatMap(({ file, original }): Refusal[] => {
    const now = readText(join(root, file));
    if (!('text' in now)) return [{ file, reason: now.reason === 'vanished' ? 'vanished' : 'changed' }];
    if (now.text !== original) return [{ file, reason: 'changed' }];
    if (!isWritable(join(root, file))) return [{ file, reason: 'read-only' }];
    return dirty.has(file) ? [{ file, reason: 'uncommitted' }] : [];
  });
}

/** Files below `root` that git calls changed or untracked, relative to it; none outside of a git tree. */
function uncommitted(root: string): ReadonlySet<string> {
  if (gitTop(root) === undefined) return new Set();
  const prefix = git(root, ['rev-parse', '--show-prefix'])?.replace(/\r?\n$/, '');
  const status = git(root, [
    'status',
    '--porcelain=v1',
    '-z',
    '--untracked-files=all',
    '--no-renames',
    '--',
    '.',
  ]);
  if (prefix === undefined || status === undefined) return new Set();
  // `XY name`, names from the top of the git tree.
  const names = status.split('\0').map((entry) => entry.slice(3));
  return new Set(names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)));
}

/** The permission bits count even where the user (root) could ignore them: somebody took the right to write away. */
function isWritable(path: string): boolean {
  if ((statSync(path).mode & 0o222) === 0) return false;
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

interface Staged {
  readonly file: string;
  readonly temporary: string;
  readonly target: string;
}

function stage(root: string, { file, edited }: FileResult): Staged {
  // A link stays a link: what it points to is replaced.
  const target = realpathSync(join(root, file));
  const { mode, uid, gid } = statSync(target);
  const temporary = join(dirname(target), `.${basename(target)}.${uniqueSuffix()}.tmp`);
  try {
    writeFileSync(temporary, edited, { flag: 'wx', mode: mode & 0o777 });
    // The mode above is cut by the umask.
    chmodSync(temporary, mode & 0o7777);
    keepOwner(temporary, uid, gid);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return { file, temporary, target };
}

function keepOwner(path: string, uid: number, gid: number): void {
  const now = statSync(path);
  if (now.uid === uid && now.gid === gid) return;
  try {
    chownSync(path, uid, gid);
  } catch {
    // Only root may give files away; the content is what matters.
  }
}

function uniqueSuffix(): string {
  return Math.random().toString(36).slice(2, 10).padEnd(8, '0');
}
