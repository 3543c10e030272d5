// Servers of the tree that own their sendmsg loop.
import type { Library } from '../library.ts';
import type { SendPart } from '../send-part.ts';

/** A server's own send path. */
export interface SendLoop extends SendPart {
  /** The files that its sends stand in: nobody else looks at them. */
  readonly files: readonly string[];
}

/** Every server of which the loop was recognised by the shape of its functions, whatever their names. */
export function findSendLoops(_library: Library, _senders: readonly string[]): readonly SendLoop[] {
  return [];
}
