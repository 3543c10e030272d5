// Servers whose loop already writes from an evbuffer of the connection: their files are claimed, and nothing is left to do.
import type { Library } from '../library.ts';
import { functionsIn } from './functions-in.ts';
import { argumentsOf, calledName, every, fieldUse } from './tree-walk.ts';

/** The files of the loops that were moved: those that write from the buffer and those that add to it. */
export function filesOfMovedLoops(library: Library): readonly string[] {
  const buffers = new Set<string>();
  const files = new Set<string>();
  for (const doc of library.mentioning('evbuffer_write'))
    for (const call of every(doc.root, 'call_expression')) {
      const buffer = calledName(doc, call) === 'evbuffer_write' ? argumentsOf(call)[0] : undefined;
      const field = buffer === undefined ? undefined : fieldUse(doc, buffer)?.name;
      if (field === undefined) continue;
      buffers.add(field);
      files.add(doc.file);
    }
  if (buffers.size === 0) return [];
  for (const doc of library.mentioning('evbuffer_add'))
    for (const fn of functionsIn(doc)) {
      const adds = every(fn.node, 'call_expression').some((call) => {
        const [buffer, memory] = calledName(doc, call) === 'evbuffer_add' ? argumentsOf(call) : [];
        const field = buffer === undefined ? undefined : fieldUse(doc, buffer)?.name;
        const isGiven = fn.parameters.some((parameter) => parameter.name === memory?.text);
        return field !== undefined && buffers.has(field) && isGiven;
      });
      if (adds) for (const user of library.mentioning(fn.name)) files.add(user.file);
    }
  return [...files];
}
