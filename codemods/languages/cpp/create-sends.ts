// What a C or C++ tree sends on the old path: servers that own their send loop, and everybody else's calls. Puts the two together.
import type { SendForm, SendGroup, SendSpelling } from '../../facts/send.ts';
import type { Library } from './library.ts';
import { findSendLoops } from './send-loop/find-send-loops.ts';
import type { SendPart } from './send-part.ts';
import { findSendCalls } from './sends/find-send-calls.ts';

/** The send side of a program. */
export interface Sends {
  groups(): readonly SendGroup[];
  spell(group: SendGroup, forms: ReadonlyMap<string, SendForm>): SendSpelling;
}

/** Looks at the senders when it is first asked. */
export function createSends(library: Library, senders: readonly string[], contractIsNamed: boolean): Sends {
  let known: ReadonlyMap<string, SendPart> | undefined;
  const parts = (): ReadonlyMap<string, SendPart> => {
    if (known === undefined) {
      const loops = findSendLoops(library, senders);
      const claimed = new Set(loops.flatMap(({ files }) => files));
      const others = senders.filter((file) => !claimed.has(file));
      const all = [...loops, ...findSendCalls(library, others, contractIsNamed)];
      known = new Map(all.map((part) => [part.group.id, part]));
    }
    return known;
  };
  return {
    groups: () => [...parts().values()].map(({ group }) => group),
    spell: (group, forms) => parts().get(group.id)?.spell(forms) ?? { edits: new Map() },
  };
}
