// A place is a declared spot that a value flows through: what it is, what happens to the value there, where it goes next.
import type { TextEdit, TextRange } from './text.ts';

export type PlaceKind = 'parameter' | 'local' | 'cast' | 'field' | 'return' | 'slot' | 'pattern';

/** A declared spot with a type of its own. Two looks at the same spot give the same `id`. */
export interface Place {
  readonly id: string;
  readonly kind: PlaceKind;
  /** The name as a person would say it: `resp`, `DcpConsumer::handleResponse(resp)`. */
  readonly name: string;
  /** The parameter, declarator, cast or field: what a finding points at. Starts at the type. */
  readonly range: TextRange;
  /** `inferred`: no type is spelled (`auto`, `const x = ...`), it follows by itself. */
  readonly access: 'mutable' | 'read-only' | 'inferred';
  /** The type as spelled, white space collapsed; empty where none is. */
  readonly type: string;
}

/** The value's memory is stored to. */
export interface Write {
  readonly range: TextRange;
  /** How, in words: `assignment to resp->response.status`, `memcpy into resp`. */
  readonly how: string;
}

/** The value goes on to another place. */
export interface Flow {
  readonly to: Place;
  /** Where it happens. */
  readonly at: TextRange;
  readonly how: 'alias' | 'cast' | 'argument' | 'return' | 'store' | 'declaration' | 'override';
}

/** The value goes where no fact reaches: an unknown function, a macro, a broken statement. */
export interface Escape {
  readonly range: TextRange;
  readonly reason: string;
}

/** What one look at a place finds. */
export interface PlaceFacts {
  readonly writes: readonly Write[];
  readonly flows: readonly Flow[];
  readonly escapes: readonly Escape[];
  /** Places that have to be spelled alike: the definition of this declaration, the base of this override. */
  readonly peers: readonly Flow[];
}

/** Edits that spell a decision, or why the language cannot spell it here. */
export type Spelling = { readonly edits: readonly TextEdit[] } | { readonly cannot: string };
