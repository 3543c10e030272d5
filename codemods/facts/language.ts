// The seam between policy and languages: a language adapter turns texts into facts and spells edits. It never decides.
import type { CrossedGuard, Implementation, UnassignedSlot, UnresolvedBinding } from './implementation.ts';
import type { Place, PlaceFacts, Spelling, Write } from './place.ts';
import type { SendForm, SendGroup, SendSpelling } from './send.ts';
import type { Contract, ContractText, SlotParameter } from './slot.ts';
import type { TextRange } from './text.ts';

/** Read access to the files of one tree. Texts are read once and stay as read. */
export interface Sources {
  /** Absolute path of the root, for resolvers. */
  readonly root: string;
  /** Every file of the language below the root, relative, sorted. */
  readonly files: readonly string[];
  /** The text as read (BOM and CR kept); undefined when it is gone, binary or not UTF-8 (the ledger knows). */
  read(file: string): string | undefined;
  /** Files whose text holds `word` as a whole word, sorted. */
  mentioning(word: string): readonly string[];
  /** Text of a file outside the tree or not in `files` (a tsconfig, a dependency's types); undefined when there is none. */
  readOther(path: string): string | undefined;
}

/** How a parse went. `broken` ranges are statements that no edit may touch. */
export interface FileHealth {
  readonly file: string;
  readonly broken: readonly TextRange[];
  /** The first syntax error, where no fact of this file can be trusted: the file counts as failed. */
  readonly failed?: string;
}

/** A result that must not be written, and why: a new syntax or type error. */
export interface ResultProblem {
  readonly range: TextRange;
  readonly message: string;
}

/** Facts about one tree under one contract. Every answer is computed on demand and remembered. */
export interface Program {
  /** Every implementation and every declaration of a slot of the contract, in file order. */
  implementations(): readonly Implementation[];
  unassigned(): readonly UnassignedSlot[];
  guards(): readonly CrossedGuard[];
  /** Slots whose implementation is nowhere to be found. */
  unresolved(): readonly UnresolvedBinding[];
  /** What happens to the value at a place. Never throws for a place this program gave out. */
  look(place: Place): PlaceFacts;
  /** Edits that make a mutable place read-only as `like` (the contract's parameter) spells it; none when it already is. */
  spellReadOnly(place: Place, like: SlotParameter): Spelling;
  /** Edits that give the function a local mutable copy of the read-only parameter and use it from there on. */
  spellCopy(parameter: Place, like: SlotParameter, writes: readonly Write[]): Spelling;
  /** Everything that sends on the old path, in groups that change together, in file order. Empty without senders. */
  sends(): readonly SendGroup[];
  /** Edits that move a group to the new path; `forms` says by site id how added memory goes on. */
  spellSends(group: SendGroup, forms: ReadonlyMap<string, SendForm>): SendSpelling;
  /** How the parse of every file looked at so far went. */
  health(): readonly FileHealth[];
  /** Checks edited texts (file -> whole new text) against the original ones: new syntax errors, new type errors. */
  verify(edited: ReadonlyMap<string, string>): readonly ResultProblem[];
}

/** What a program is opened for: comparing signatures needs less of a tree than rewriting it. */
export type Purpose = 'compare' | 'rewrite';

/** How a tree is opened. */
export interface OpenOptions {
  /** `rewrite` by default. */
  readonly purpose?: Purpose;
  /** Files for which `mentionsSends` held; none by default. */
  readonly senders?: readonly string[];
  /** The user named the contract, so it says what to send with; else the tree's own declaration of a connection comes first. */
  readonly contractIsNamed?: boolean;
}

/** A language adapter. `words` runs without loading a parser; `load` is where the parser is paid for. */
export interface Language {
  readonly id: 'cpp' | 'typescript' | 'javascript';
  /** What people call it in messages. */
  readonly name: string;
  /** The compiler of the language refuses every write through a read-only parameter, so a check need not look for them. */
  readonly compilerSeesWrites: boolean;
  /** The file mentions the contract in a way that may bind or declare a slot; cheap, on text alone. */
  mentions(contract: readonly ContractText[]): (text: string) => boolean;
  /** The file mentions the old send path (msghdr, iovec, sendmsg) in a way that may be a site; cheap, on text alone. */
  mentionsSends(contract: readonly ContractText[]): (text: string) => boolean;
  /**
   * `readOther` reads what the texts import (absolute paths); without it only the texts themselves are known.
   * @throws LanguageError when a text does not parse or declares no slot.
   */
  readContract(
    texts: readonly ContractText[],
    readOther?: (path: string) => string | undefined,
  ): Promise<Contract>;
  /** `candidates` are the files for which `mentions` held. */
  open(
    sources: Sources,
    contract: Contract,
    candidates: readonly string[],
    options?: OpenOptions,
  ): Promise<Program>;
}

/** A contract that cannot be used; the message says what to do next. */
export class LanguageError extends Error {
  override readonly name = 'LanguageError';
  readonly code: 'contract-unparsable' | 'contract-empty';
  constructor(code: 'contract-unparsable' | 'contract-empty', message: string) {
    super(message);
    this.code = code;
  }
}
