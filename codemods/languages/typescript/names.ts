// How alike two names are. Knows nothing of the language.

/** Letters and digits only, lower case: `onClose`, `on_close` and `OnClose` are one. */
export function foldName(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
}

/** Edits between two names, up to `limit`; a swap of neighbours counts once. */
export function nameDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: readonly number[] = [];
  let previous: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current: number[] = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, (before[column - 2] ?? 0) + 1);
      }
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? limit + 1;
}

/** `name` is so near to `slot` that it was meant to be it: other case or underscores, or one or two letters off. */
export function looksLike(name: string, slot: string): boolean {
  if (name === slot || name.startsWith('_') || name.startsWith('#')) return false;
  if (foldName(name) === foldName(slot)) return true;
  const limit = slot.length >= 8 ? 2 : slot.length >= 5 ? 1 : 0;
  return (
    limit > 0 && nameDistance(name, slot, limit) <= limit && name[0]?.toLowerCase() === slot[0]?.toLowerCase()
  );
}
