// A unified diff that `git apply` takes: a/ and b/ names, line ends kept, missing final newlines marked.
import type { FileResult } from './outcome.ts';

/** One patch for all results, in the given order; the empty string when nothing differs. */
export async function unifiedDiff(results: readonly FileResult[]): Promise<string> {
  const changed = results.filter(({ original, edited }) => original !== edited);
  if (changed.length === 0) return '';
  // Most runs of `check` never come here.
  const { FILE_HEADERS_ONLY, formatPatch, structuredPatch } = await import('diff');
  return changed
    .map(({ file, original, edited }) => {
      const patch = structuredPatch(`a/${file}`, `b/${file}`, original, edited, undefined, undefined, {
        context: 3,
      });
      const text = formatPatch(patch, FILE_HEADERS_ONLY);
      // A tab ends a name that holds blanks, as git writes it.
      return file.includes(' ') ? text.replace(/^(--- [^\n"]*)\n(\+\+\+ [^\n"]*)\n/, '$1\t\n$2\t\n') : text;
    })
    .join('');
}
