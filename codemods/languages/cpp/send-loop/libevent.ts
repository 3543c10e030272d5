// What a tree includes of libevent, and where the declarations of evbuffers have to be added.
import type { TextEdit } from '../../../facts/text.ts';
import type { Document } from '../document.ts';
import type { Library } from '../library.ts';
import { lineEnd } from './layout.ts';

const INCLUDE = /^[ \t]*#[ \t]*include[ \t]*(?:<([^>\n]+)>|"([^"\n]+)")[^\n]*$/gm;

/** How a file comes by libevent. `none`: not at all. */
export type Reach =
  | { readonly kind: 'none' }
  | { readonly kind: 'declared' }
  | { readonly kind: 'missing'; readonly edit: TextEdit };

/** Looks through what a file includes of its tree for the header that declares evbuffers. */
export function reachOfEvbuffers(library: Library, doc: Document): Reach {
  const seen = new Set<string>();
  const waiting: Document[] = [doc];
  let missing: TextEdit | undefined;
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    if (seen.has(at.file)) continue;
    seen.add(at.file);
    for (const match of at.text.matchAll(INCLUDE)) {
      const name = match[1] ?? match[2] ?? '';
      const own = documentsNamed(library, name);
      if (own.length > 0) {
        waiting.push(...own);
        continue;
      }
      if (/^(?:libevent\/)?event\.h$|^event2\/buffer\.h$/.test(name)) return { kind: 'declared' };
      if (/^event2\//.test(name) && missing === undefined) {
        const start = match.index ?? 0;
        missing = { file: at.file, start, end: start, text: `#include <event2/buffer.h>${lineEnd(at)}` };
      }
    }
  }
  return missing === undefined ? { kind: 'none' } : { kind: 'missing', edit: missing };
}

// `"mc_core.h"` is any file of the tree of that name.
function documentsNamed(library: Library, name: string): readonly Document[] {
  const base = name.replace(/^.*\//, '');
  return library.filesNamed(base).flatMap((file) => {
    const doc = library.document(file);
    return doc === undefined ? [] : [doc];
  });
}
