// Recognises an engine by its members' names where no type says that it is one.
import { isDistinctive } from './mentions.ts';
import type { ContractSlot } from './tree-contract.ts';

type Slots = ReadonlyMap<string, ContractSlot>;

/**
 * The containers that names look like: half of the required slots (of all, where none is required) and at least two,
 * one of them a name that is not met by chance. `one`: a single distinctive name is enough.
 */
export function matchShape(
  containers: ReadonlyMap<string, Slots>,
  names: ReadonlySet<string>,
  one = false,
): readonly Slots[] {
  const matches: Slots[] = [];
  for (const slots of containers.values()) {
    if (slots.has('')) continue;
    const shared = [...slots.keys()].filter((name) => names.has(name));
    if (one) {
      if (shared.some(isDistinctive)) matches.push(slots);
      continue;
    }
    const required = [...slots.values()].filter(({ slot }) => slot.required);
    const wanted = required.length > 0 ? required.length : Math.min(slots.size, 6);
    const matched =
      required.length > 0 ? required.filter(({ slot }) => names.has(slot.name)).length : shared.length;
    if (matched < 2 || matched * 2 < wanted) continue;
    if (shared.some(isDistinctive) || shared.length >= 4) matches.push(slots);
  }
  return matches;
}
