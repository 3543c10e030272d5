// Which calls get an error instead of an answer. One object for each connection that asked for errors; no engine here.
import { EngineErrorCode, type EngineFailure } from '../../engine/contract.ts';

const { ENGINE_KEY_EEXISTS } = EngineErrorCode;

/** Slots that count as the same call, as in kv_engine (`Cmd` in ewouldblock_engine.cc at 0dbb0e534). */
export type SlotGroup =
  | 'allocate'
  | 'remove'
  | 'get'
  | 'store'
  | 'cas'
  | 'lock'
  | 'unlock'
  | 'flush'
  | 'getStats'
  | 'getMeta'
  | 'unknownCommand';

/** Decides call by call. */
export interface FaultMode {
  /** The code to answer this call with; undefined lets it through to the inner engine. */
  readonly next: (group: SlotGroup) => EngineFailure | undefined;
  /** Whether ENGINE_EWOULDBLOCK is followed by a notification. */
  readonly notifies: boolean;
}

/** Every call passes. */
export const passAll: FaultMode = { notifies: false, next: () => undefined };

/** The next `count` calls get the error. */
export function nextN(error: EngineFailure, count: number, notifies = true): FaultMode {
  let left = count;
  return {
    notifies,
    next: () => {
      if (left === 0) return undefined;
      left -= 1;
      return error;
    },
  };
}

/** A call gets the error with a probability of `percent` / 100; the same seed makes the same choices. */
export function random(error: EngineFailure, percent: number, seed: number): FaultMode {
  const draw = mulberry32(seed);
  return { notifies: true, next: () => (draw() * 100 < percent ? error : undefined) };
}

/**
 * A call gets the error unless the one before it was of the same group: its retry passes. So does a command that
 * repeats the last one, as in kv_engine.
 */
export function first(error: EngineFailure): FaultMode {
  let previous: SlotGroup | undefined;
  return {
    notifies: true,
    next: (group) => {
      const isFirst = group !== previous;
      previous = group;
      return isFirst ? error : undefined;
    },
  };
}

/** One entry for each call, then nothing more; undefined is a call that passes. */
export function sequence(entries: readonly (EngineFailure | undefined)[]): FaultMode {
  let at = 0;
  return { notifies: true, next: () => entries[at++] };
}

/** The next `count` stores that compare the cas (OPERATION_CAS) find that it has changed. */
export function casMismatch(count: number): FaultMode {
  const mismatch = nextN(ENGINE_KEY_EEXISTS, count);
  return { notifies: true, next: (group) => (group === 'cas' ? mismatch.next(group) : undefined) };
}

/** Numbers in [0, 1) from a 32 bit seed (the public-domain generator of this name). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
