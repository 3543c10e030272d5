// Absolute paths of one tree, with `/` only. String work; no file system.

/** `a/./b/../c` without its dots. */
export function normalizePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.replace(/\\/g, '/').split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '') parts.pop();
    else if (part !== '.' && (part !== '' || parts.length === 0)) parts.push(part);
  }
  return parts.length === 1 && parts[0] === '' ? '/' : parts.join('/');
}

/** The folder of a file. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** `path` as seen from the folder `from`, starting with a dot. */
export function relativePath(from: string, path: string): string {
  const here = from.split('/').filter((part) => part !== '');
  const there = path.split('/').filter((part) => part !== '');
  let same = 0;
  while (same < here.length && same < there.length - 1 && here[same] === there[same]) same += 1;
  const up = here.slice(same).map(() => '..');
  return [...(up.length === 0 ? ['.'] : up), ...there.slice(same)].join('/');
}

/** A path without its TypeScript extension. */
export function withoutExtension(path: string): string {
  return path.replace(/(?:\.d)?\.[cm]?tsx?$/, '');
}
