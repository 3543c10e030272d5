// What the step from one contract to the next makes read-only. Compares facts; reads nothing.
import { type Contract, type ReadOnlyChange, type Slot, slotKey } from '../facts/slot.ts';

/**
 * Parameters that `from` leaves mutable and `to` makes read-only, in the order of `to`. Slots pair by `slotKey`,
 * parameters by index. Without `from`, every read-only parameter of `to` counts as changed.
 */
export function readOnlyChanges(from: Contract | undefined, to: Contract): readonly ReadOnlyChange[] {
  const before = new Map<string, Slot>((from?.slots ?? []).map((slot) => [slotKey(slot), slot]));
  return to.slots.flatMap((slot) =>
    slot.parameters.flatMap((parameter, index): ReadOnlyChange[] => {
      if (!parameter.readOnly) return [];
      if (from === undefined) {
        return [{ slot, parameter: index, from: { ...parameter, readOnly: false }, to: parameter }];
      }
      const old = before.get(slotKey(slot))?.parameters[index];
      return old === undefined || old.readOnly ? [] : [{ slot, parameter: index, from: old, to: parameter }];
    }),
  );
}
