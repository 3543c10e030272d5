// A tree that exists only in a test: texts by relative path. Other files can be lent, or are read from the disk.
import { existsSync, readFileSync } from 'node:fs';
import type { Sources } from '../../codemods/facts/language.ts';

/** Sources over texts. `root` need not exist; `others` (by absolute path, undefined: hidden) come before the disk. */
export function sourcesInMemory(
  texts: Readonly<Record<string, string>>,
  root: string = '/tree',
  others: Readonly<Record<string, string | undefined>> = {},
): Sources {
  const files = Object.keys(texts).sort();
  return {
    root,
    files,
    read: (file) => texts[file],
    mentioning: (word) =>
      files.filter((file) =>
        new RegExp(`(?<![\\w$])${word.replace(/[$]/g, '\\$&')}(?![\\w$])`).test(texts[file] ?? ''),
      ),
    readOther: (path) => {
      if (path in others) return others[path];
      const own = path.startsWith(`${root}/`) ? texts[path.slice(root.length + 1)] : undefined;
      return own ?? (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
    },
  };
}
