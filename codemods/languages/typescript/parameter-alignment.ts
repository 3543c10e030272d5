// Which parameter of an implementation stands for which parameter of the slot, when there are too few, too many, or swapped.
import { foldName } from './names.ts';

/** What alignment needs to know of a parameter; `fits(i, j)` says whether types agree. */
export interface Alignment {
  /** For every parameter of the slot, the implementation's index, or undefined. */
  readonly bySlot: readonly (number | undefined)[];
  /** Indices of the implementation that stand for nothing. */
  readonly extra: readonly number[];
  /** Pairs of slot indices whose parameters changed places. */
  readonly swapped: readonly (readonly [number, number])[];
}

/** Aligns by names first, then by types, then by position. */
export function alignParameters(
  slotNames: readonly (string | undefined)[],
  names: readonly (string | undefined)[],
  fits: (slot: number, implementation: number) => boolean,
): Alignment {
  const swapped = findSwaps(slotNames, names, fits);
  const swappedSlots = new Set(swapped.flat());
  if (names.length === slotNames.length) {
    return { bySlot: slotNames.map((_, index) => index), extra: [], swapped };
  }
  const score = (slot: number, index: number): number => {
    if (swappedSlots.has(slot) && slot === index) return 4;
    const sameName = fold(slotNames[slot]) !== '' && fold(slotNames[slot]) === fold(names[index]);
    return (sameName ? 3 : 0) + (fits(slot, index) ? 1.5 : 0) + 0.1;
  };
  const bySlot = bestInOrder(slotNames.length, names.length, score);
  const used = new Set(bySlot.filter((index) => index !== undefined));
  return { bySlot, extra: names.map((_, index) => index).filter((index) => !used.has(index)), swapped };
}

const fold = (name: string | undefined): string => foldName(name ?? '');

function findSwaps(
  slotNames: readonly (string | undefined)[],
  names: readonly (string | undefined)[],
  fits: (slot: number, implementation: number) => boolean,
): readonly (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  const taken = new Set<number>();
  const count = Math.min(slotNames.length, names.length);
  for (let i = 0; i < count; i += 1) {
    if (taken.has(i)) continue;
    for (let j = i + 1; j < count; j += 1) {
      if (taken.has(j) || !(namesSwapped(slotNames, names, i, j) || typesSwapped(fits, i, j))) continue;
      pairs.push([i, j]);
      taken.add(i).add(j);
      break;
    }
  }
  // Three that went round have no pair; the first one out of place is named with the place it went to.
  for (let i = 0; i < count && slotNames.length === names.length; i += 1) {
    if (taken.has(i)) continue;
    const to = names.findIndex(
      (name, index) =>
        index !== i &&
        index < count &&
        !taken.has(index) &&
        fold(name) !== '' &&
        fold(name) === fold(slotNames[i]),
    );
    const displaced =
      to >= 0 &&
      slotNames.some((slot, index) => index !== i && fold(slot) !== '' && fold(slot) === fold(names[i]));
    if (!displaced || fold(slotNames[to]) === fold(names[to])) continue;
    pairs.push([Math.min(i, to), Math.max(i, to)]);
    taken.add(i).add(to);
  }
  return pairs;
}

function namesSwapped(
  slots: readonly (string | undefined)[],
  names: readonly (string | undefined)[],
  i: number,
  j: number,
): boolean {
  const [a, b, x, y] = [fold(slots[i]), fold(slots[j]), fold(names[i]), fold(names[j])];
  return a !== '' && b !== '' && a !== b && a === y && b === x;
}

function typesSwapped(
  fits: (slot: number, implementation: number) => boolean,
  i: number,
  j: number,
): boolean {
  return fits(i, j) && fits(j, i) && !fits(i, i) && !fits(j, j);
}

/** The order-keeping assignment with the highest score. */
function bestInOrder(
  slots: number,
  count: number,
  score: (slot: number, index: number) => number,
): readonly (number | undefined)[] {
  const best: number[][] = Array.from({ length: slots + 1 }, () => new Array<number>(count + 1).fill(0));
  for (let i = slots - 1; i >= 0; i -= 1) {
    for (let j = count - 1; j >= 0; j -= 1) {
      const take = score(i, j) + (best[i + 1]?.[j + 1] ?? 0);
      (best[i] as number[])[j] = Math.max(take, best[i + 1]?.[j] ?? 0, best[i]?.[j + 1] ?? 0);
    }
  }
  const result: (number | undefined)[] = new Array<number | undefined>(slots).fill(undefined);
  let j = 0;
  for (let i = 0; i < slots && j < count; ) {
    const here = best[i]?.[j] ?? 0;
    const taken = score(i, j) + (best[i + 1]?.[j + 1] ?? 0);
    if (Math.abs(here - taken) < 1e-9) {
      result[i] = j;
      i += 1;
      j += 1;
    } else if (Math.abs(here - (best[i + 1]?.[j] ?? 0)) < 1e-9) i += 1;
    else j += 1;
  }
  return result;
}
