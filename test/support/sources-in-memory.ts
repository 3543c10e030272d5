// A tree that exists only in a test: texts by relative path. Files outside it can be lent, by absolute path.
import { existsSync, readFileSync } from 'node:fs';
import type { Sources } from '../../codemods/facts/language.ts';

/** Sources over texts. `root` need not exist; `readOther` falls back to the disk for anything outside of it. */
export function sourcesInMemory(
  texts: Readonly<Record<string, string>>,
  root: string = '/tree',
  others: Readonly<Record<string, string>> = {},
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
      if (others[path] !== undefined) return others[path];
      if (path.startsWith(`${root}/`)) return texts[path.slice(root.length + 1)];
      return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    },
  };
}
