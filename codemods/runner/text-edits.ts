// Splices edits into an original text, all at once: what no edit covers keeps every byte.
import type { TextEdit } from '../facts/text.ts';
import { MigrateError } from './errors.ts';

/** An edit and where its text stands in the result. */
export interface AppliedEdit<E extends TextEdit> {
  readonly edit: E;
  /** Half-open range in the new text; empty for a deletion. */
  readonly start: number;
  readonly end: number;
}

/** The new text, or the first two edits that claim the same characters. */
export type EditResult<E extends TextEdit> =
  | { readonly text: string; readonly applied: readonly AppliedEdit<E>[] }
  | { readonly overlap: readonly [E, E] };

/**
 * Applies edits of one file to its original text. Identical edits count once; insertions at one point keep their order
 * and come before a replacement that starts there.
 * @throws MigrateError `edit-out-of-range`.
 */
export function applyEdits<E extends TextEdit>(text: string, edits: readonly E[]): EditResult<E> {
  const ordered = distinct(edits)
    .map((edit, index) => ({ edit, index }))
    .sort(
      (a, b) =>
        a.edit.start - b.edit.start ||
        Number(a.edit.end > a.edit.start) - Number(b.edit.end > b.edit.start) ||
        a.index - b.index,
    )
    .map(({ edit }) => edit);
  const parts: string[] = [];
  const applied: AppliedEdit<E>[] = [];
  let copied = 0;
  let length = 0;
  let previous: E | undefined;
  for (const edit of ordered) {
    if (!(0 <= edit.start && edit.start <= edit.end && edit.end <= text.length)) {
      throw new MigrateError(
        'edit-out-of-range',
        `An edit of ${edit.file} covers [${edit.start}, ${edit.end}) of ${text.length} characters.`,
      );
    }
    if (previous !== undefined && edit.start < previous.end) return { overlap: [previous, edit] };
    parts.push(text.slice(copied, edit.start), edit.text);
    length += edit.start - copied;
    applied.push({ edit, start: length, end: length + edit.text.length });
    length += edit.text.length;
    copied = edit.end;
    previous = edit;
  }
  parts.push(text.slice(copied));
  return { text: parts.join(''), applied };
}

function distinct<E extends TextEdit>(edits: readonly E[]): readonly E[] {
  const seen = new Set<string>();
  return edits.filter((edit) => {
    const key = `${edit.start}:${edit.end}:${edit.text}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
