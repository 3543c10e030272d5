// What a published engine contract says, as plain data. Read from a header or from types by a language adapter.
import type { TextRange } from './text.ts';

/** One parameter of a slot, as the contract declares it. */
export interface SlotParameter {
  /** Undefined where a prototype leaves it out. */
  readonly name: string | undefined;
  /** The type as spelled, white space collapsed. */
  readonly type: string;
  /** The callee may not write through it: `const T*`, `const T&`, `Readonly<T>`, a type whose members are readonly. */
  readonly readOnly: boolean;
  readonly optional: boolean;
  readonly rest: boolean;
  readonly range: TextRange;
}

/** One slot: a function pointer of a struct, a method or function-typed property of an interface, or a callback type. */
export interface Slot {
  /** Struct tag, interface or type alias: `dcp_interface`, `DcpInterface`. */
  readonly container: string;
  /** Member name: `response_handler`; the empty string for a callback type, which is its own slot. */
  readonly name: string;
  readonly parameters: readonly SlotParameter[];
  /** Return type as spelled, white space collapsed. */
  readonly returns: string;
  /** False for `slot?:` in TypeScript; C has no required slots, so false there too. */
  readonly required: boolean;
  /** The whole signature in the language's notation: `ENGINE_ERROR_CODE (*)(ENGINE_HANDLE*, const void*)`. */
  readonly signature: string;
  /** The slot's name in the contract's text. */
  readonly range: TextRange;
}

/** A contract file's text; `file` is how reports name it. */
export interface ContractText {
  readonly file: string;
  /** Absolute path: a resolver needs it. */
  readonly path: string;
  readonly text: string;
}

/** Everything one or several contract files declare, in order of declaration. */
export interface Contract {
  readonly texts: readonly ContractText[];
  readonly slots: readonly Slot[];
}

/** A parameter that one contract leaves mutable and the next one makes read-only. */
export interface ReadOnlyChange {
  readonly slot: Slot;
  /** Index into `slot.parameters`, from 0. */
  readonly parameter: number;
  readonly from: SlotParameter;
  readonly to: SlotParameter;
}

/** Identity of a slot across versions of a contract. */
export function slotKey(slot: Pick<Slot, 'container' | 'name'>): string {
  return slot.name === '' ? slot.container : `${slot.container}.${slot.name}`;
}
