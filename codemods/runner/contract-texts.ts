// Reads contract files and gives them the name that reports use.
import { relative, resolve } from 'node:path';
import type { ContractText } from '../facts/slot.ts';
import { isWithin, toSlashes } from './discover.ts';
import { MigrateError } from './errors.ts';
import { readText } from './sources.ts';

/** Where contract files are looked for and what else has a name there. */
export interface ContractPlace {
  readonly cwd: string;
  readonly root: string;
  /** Files of the tree, relative to the root. */
  readonly files: readonly string[];
}

/**
 * Reads the given files, absolute or relative to `cwd`.
 * @throws MigrateError `contract-unreadable`.
 */
export function readContractTexts(place: ContractPlace, given: readonly string[]): readonly ContractText[] {
  return given.map((name) => {
    const path = resolve(place.cwd, name);
    const result = readText(path);
    if ('text' in result) return { file: contractName(place, path, name), path, text: result.text };
    const why = result.reason === 'vanished' ? 'There is no contract file' : 'No contract can be read from';
    const detail = result.reason === 'vanished' ? '' : ` (${result.detail ?? result.reason})`;
    throw new MigrateError('contract-unreadable', `${why} "${name}"${detail}.`);
  });
}

/** A contract of the tree is named like its other files; another one as it was given, unless a file is called so, too. */
function contractName({ root, files }: ContractPlace, path: string, given: string): string {
  if (isWithin(root, path)) return toSlashes(relative(root, path));
  const name = toSlashes(given);
  return files.includes(name) ? toSlashes(path) : name;
}
