// Calls of the old send path by code that does not own it: engines, executors, notifiers.
import type { Library } from '../library.ts';
import type { SendPart } from '../send-part.ts';

/** Every call and assembled msghdr of the senders, in groups that change together. */
export function findSendCalls(
  _library: Library,
  _senders: readonly string[],
  _contractIsNamed: boolean,
): readonly SendPart[] {
  return [];
}
