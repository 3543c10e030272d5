// Which function stands in which slot, and how its signature compares. Languages compare; rules decide what it means.
import type { Place } from './place.ts';
import type { Slot } from './slot.ts';
import type { TextRange } from './text.ts';

/** How one parameter or the whole signature departs from the slot. `range` is the exact spot to point at. */
export interface Mismatch {
  readonly kind:
    | 'mutable-parameter'
    | 'read-only-parameter'
    | 'any-parameter'
    | 'wider-parameter'
    | 'narrower-parameter'
    | 'parameter-type'
    | 'swapped-parameters'
    | 'fewer-parameters'
    | 'extra-required-parameter'
    | 'extra-optional-parameter'
    | 'return-type'
    | 'async-return'
    | 'hides-base'
    | 'missing-slot'
    | 'misspelt-slot';
  readonly range: TextRange;
  /** Index from 0 where one parameter is meant. */
  readonly parameter?: number;
  readonly expected: string;
  readonly found: string;
  /** One more fact in words, for the message. */
  readonly detail?: string;
}

/** Something between the function and the slot that keeps the compiler from comparing them. */
export interface Concealment {
  readonly kind: 'cast' | 'any' | 'suppression';
  readonly range: TextRange;
  readonly text: string;
}

/** A function (or a declaration of the slot itself) that stands for a slot of the contract. */
export interface Implementation {
  readonly slot: Slot;
  /** `function`: an implementation. `declaration`: the tree's own copy of the contract. */
  readonly kind: 'function' | 'declaration';
  /** `EvpDcpResponseHandler`, `EWB_Engine::dcp_response_handler`, `MemoryEngine.responseHandler`. */
  readonly implementer: string;
  /** What groups the slots of one engine: a file and an owner. Used to tell which slots were never assigned. */
  readonly group: string;
  /** The implementer's name in its declaration. */
  readonly range: TextRange;
  /** Where it is put into the slot (the `=`, the class member, the argument); undefined for a declaration. */
  readonly binding: TextRange | undefined;
  /** `likely`: matched by name and shape only. Never edited, always review. */
  readonly confidence: 'certain' | 'likely';
  /** The parameters, by the slot's index; undefined where the function has none at that index. */
  readonly parameters: readonly (Place | undefined)[];
  /** The signature found, in the notation of `Slot.signature`. */
  readonly signature: string;
  readonly mismatches: readonly Mismatch[];
  readonly concealed: Concealment | undefined;
}

/** A slot that one engine leaves empty although it fills others of the same container. */
export interface UnassignedSlot {
  readonly slot: Slot;
  readonly group: string;
  readonly range: TextRange;
}

/** A guard that tests one slot and then calls another. */
export interface CrossedGuard {
  readonly tested: Slot;
  readonly called: Slot;
  /** The tested expression. */
  readonly range: TextRange;
  /** The call. */
  readonly call: TextRange;
}

/** A slot is given something that no declaration in the tree explains: a macro's product, a function of another library. */
export interface UnresolvedBinding {
  readonly slot: Slot;
  /** What stands there, as spelled. */
  readonly text: string;
  readonly range: TextRange;
}
