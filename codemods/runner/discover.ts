// From the given paths to the list of files. Git says what belongs to a git tree; elsewhere folders are walked.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { MigrateError } from './errors.ts';

/** What there is to look at. */
export interface Discovery {
  /** Absolute path that every file is relative to. */
  readonly root: string;
  /** Relative to the root with `/`, sorted, each once; symbolic links are left out. */
  readonly files: readonly string[];
  /** Something the user did not ask for and should know. */
  readonly warning: string | undefined;
}

/** What is asked for. */
export interface DiscoverRequest {
  /** Absolute path that `paths` are relative to. */
  readonly cwd: string;
  /** Files and folders; none means `cwd` itself. */
  readonly paths: readonly string[];
  /** True for the name of a file that some language reads. */
  readonly wanted: (file: string) => boolean;
}

const neverWalked = new Set(['node_modules', '.git']);

/**
 * Lists the wanted files below the given paths. The root is the given folder; with several paths, the folder they share.
 * @throws MigrateError `path-missing`.
 */
export function discover(request: DiscoverRequest): Discovery {
  const given = (request.paths.length === 0 ? ['.'] : request.paths).map((path) => {
    const absolute = resolve(request.cwd, path);
    const stat = statSync(absolute, { throwIfNoEntry: false });
    if (stat === undefined) throw new MigrateError('path-missing', `There is no file or folder "${path}".`);
    return { absolute, isFolder: stat.isDirectory() };
  });
  const root = rootOf(given, request.cwd);
  const folders = given
    .filter((each) => each.isFolder)
    .map((each) => toSlashes(relative(root, each.absolute)));
  const files = new Set(
    given
      .filter((each) => !each.isFolder)
      .map((each) => toSlashes(relative(root, each.absolute)))
      .filter(request.wanted),
  );
  let warning: string | undefined;
  if (folders.length > 0) {
    const listed = gitTop(root) === undefined ? undefined : askGit(root, folders, request.wanted);
    if (listed === 'failed') {
      warning = 'git could not list the files of this tree, so .gitignore was not honoured';
    }
    const below = Array.isArray(listed)
      ? listed
      : folders.flatMap((folder) => walk(root, folder, request.wanted));
    for (const file of below) files.add(file);
  }
  return { root, files: [...files].sort(), warning };
}

/** The nearest folder at or above `folder` that holds a `.git`; undefined outside of any git tree. */
export function gitTop(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (at === dirname(at)) return undefined;
  }
}

/** Runs git in `folder` and answers its standard output; undefined when git is absent or says no. */
export function git(folder: string, args: readonly string[]): string | undefined {
  const run = spawnSync('git', ['-C', folder, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return run.status === 0 ? run.stdout : undefined;
}

interface Given {
  readonly absolute: string;
  readonly isFolder: boolean;
}

function rootOf(given: readonly Given[], cwd: string): string {
  const holders = given.map((each) => (each.isFolder ? each.absolute : dirname(each.absolute)));
  // Files alone are named from where the user stands, as every other tool names them.
  if (given.every((each) => !each.isFolder) && holders.every((holder) => isWithin(cwd, holder))) return cwd;
  let [shared = cwd] = holders;
  for (const holder of holders) {
    while (!isWithin(shared, holder)) shared = dirname(shared);
  }
  return shared;
}

/** True when `path` is `folder` or lies below it; both absolute. */
export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** A path with `/` as the separator, as findings spell it. */
export function toSlashes(path: string): string {
  return sep === '/' ? path : path.split(sep).join('/');
}

function askGit(
  root: string,
  folders: readonly string[],
  wanted: (file: string) => boolean,
): string[] | 'failed' | 'ignored' {
  const listing = git(root, [
    '--literal-pathspecs',
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    '-z',
    '--',
    ...folders.map((folder) => (folder === '' ? '.' : folder)),
  ]);
  if (listing === undefined) return 'failed';
  // The index also names files that were deleted, links and submodules: only plain files that are there count.
  const files = listing
    .split('\0')
    .filter((file) => wanted(file) && lstatSync(join(root, file), { throwIfNoEntry: false })?.isFile());
  // A folder that is ignored as a whole was still asked for by name.
  if (files.length === 0 && git(root, ['check-ignore', '-q', root]) !== undefined) return 'ignored';
  return files;
}

function walk(root: string, folder: string, wanted: (file: string) => boolean): string[] {
  const files: string[] = [];
  const pending = [folder];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const prefix = at === '' ? '' : `${at}/`;
    for (const entry of readdirSync(join(root, at), { withFileTypes: true })) {
      // A link is neither here, so links cannot loop.
      if (entry.isDirectory()) {
        if (!neverWalked.has(entry.name)) pending.push(prefix + entry.name);
      } else if (entry.isFile() && wanted(entry.name)) {
        files.push(prefix + entry.name);
      }
    }
  }
  return files;
}
