// What a C or C++ tree sends on the old path, and how that is spelled on the new one: puts the parts of this folder together.
import type { SendForm, SendGroup, SendSpelling } from '../../../facts/send.ts';
import type { Library } from '../library.ts';

/** The send side of a program. */
export interface Sends {
  groups(): readonly SendGroup[];
  spell(group: SendGroup, forms: ReadonlyMap<string, SendForm>): SendSpelling;
}

/** Looks at the senders when it is first asked. */
export function createSends(
  _library: Library,
  _senders: readonly string[],
  _contractIsNamed: boolean,
): Sends {
  return {
    groups: () => [],
    spell: () => ({ edits: new Map() }),
  };
}
