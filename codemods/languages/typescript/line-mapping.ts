// Which line of the original text a line of the edited text was. Edits change lines and add a few; they move none.

/** Maps a line number of `after` to one of `before` (both from 0); a new line maps to -1. */
export function lineMapping(before: string, after: string): (line: number) => number {
  const old = before.split('\n');
  const now = after.split('\n');
  const map = new Array<number>(now.length).fill(-1);
  let at = 0;
  for (let line = 0; line < now.length; ) {
    if (now[line] === old[at]) {
      map[line] = at;
      line += 1;
      at += 1;
      continue;
    }
    const [lines, olds] = nextMatch(old, now, at, line);
    // What lies between two matches was changed in place, first to first; what is left over is new.
    for (let offset = 0; offset < lines - line; offset += 1)
      map[line + offset] = offset < olds - at ? at + offset : -1;
    const added = lines - line - (olds - at);
    if (added > 0) alignSimilar(map, old, now, { at, olds, line, lines });
    line = lines;
    at = olds;
  }
  return (line) => map[line] ?? -1;
}

function nextMatch(
  old: readonly string[],
  now: readonly string[],
  at: number,
  line: number,
): readonly [number, number] {
  for (let distance = 1; distance < now.length - line + old.length - at; distance += 1) {
    for (let ahead = 0; ahead <= distance; ahead += 1) {
      const [i, j] = [line + ahead, at + distance - ahead];
      const same = i < now.length && j < old.length && now[i] === old[j] && (now[i]?.trim().length ?? 0) > 1;
      if (same) return [i, j];
    }
    if (distance > 400) break;
  }
  return [now.length, old.length];
}

/** Among more lines than there were, the ones that start alike are the same. */
function alignSimilar(
  map: number[],
  old: readonly string[],
  now: readonly string[],
  range: { readonly at: number; readonly olds: number; readonly line: number; readonly lines: number },
): void {
  for (let line = range.line; line < range.lines; line += 1) map[line] = -1;
  let from = range.line;
  for (let at = range.at; at < range.olds; at += 1) {
    const head = (old[at] ?? '').trimStart().slice(0, 12);
    for (let line = from; line < range.lines; line += 1) {
      if ((now[line] ?? '').trimStart().startsWith(head)) {
        map[line] = at;
        from = line + 1;
        break;
      }
    }
  }
}
