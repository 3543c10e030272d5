// One group of sends together with the function that spells it.
import type { SendForm, SendGroup, SendSpelling } from '../../facts/send.ts';

/** A group, and how it is spelled. */
export interface SendPart {
  readonly group: SendGroup;
  readonly spell: (forms: ReadonlyMap<string, SendForm>) => SendSpelling;
}
