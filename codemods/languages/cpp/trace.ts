// What one look at a place gathers, and in which shape the value is at the node that it has come to.
import type { Escape, Flow, Write } from '../../facts/place.ts';
import type { SlotNames } from './bindings.ts';
import { type Document, type Node, parts, rangeOf, textOf } from './document.ts';
import type { Library } from './library.ts';
import type { Places } from './places.ts';

/**
 * `pointer` to the value's memory, an `object` in it, an `array` in it (which decays), a pointer `member` read from it,
 * or an `untyped` member: the struct is declared outside of the tree, so only the context tells whether it decays.
 */
export type Mode = 'pointer' | 'object' | 'array' | 'member' | 'untyped';

/** The lists that a look fills. */
export interface Findings {
  readonly writes: Write[];
  readonly flows: Flow[];
  readonly escapes: Escape[];
}

/** Where a look is, what it may ask, and where it puts what it finds. `climb` follows the next expression. */
export interface Trace {
  readonly library: Library;
  readonly places: Places;
  readonly names: SlotNames;
  readonly doc: Document;
  readonly found: Findings;
  readonly climb: (trace: Trace, node: Node, mode: Mode) => void;
}

/** A view or a copy that cannot write, by its name: `cb::const_byte_buffer`, `std::string_view`. */
export const READ_ONLY_VIEW: RegExp = /\bstring\b|string_view|const_\w*(?:buffer|view|span|ptr)/;

/** Notes a store through the target of an assignment, an increment or an argument. */
export function noteWrite(trace: Trace, node: Node, how: string): void {
  const target = node.childForFieldName('left') ?? node.childForFieldName('argument') ?? node;
  trace.found.writes.push({ range: rangeOf(trace.doc, target), how: `${how} ${textOf(trace.doc, target)}` });
}

/** Notes that the value goes out of sight. A plain object or a pointer read from it is a value by then: nothing escapes. */
export function noteEscape(trace: Trace, node: Node, mode: Mode, reason: string): void {
  if (mode === 'pointer' || mode === 'array')
    trace.found.escapes.push({ range: rangeOf(trace.doc, node), reason });
}

/** The spelling is that of a reference, template arguments aside. */
export function isReference(spelling: string): boolean {
  return /&/.test(spelling.replace(/<[\s\S]*>/, ''));
}

/** The identifier that a declarator declares. */
export function nameIn(declarator: Node): Node | undefined {
  if (declarator.type === 'identifier') return declarator;
  const inner = declarator.childForFieldName('declarator') ?? parts(declarator).at(-1);
  return inner === undefined || inner === null ? undefined : nameIn(inner);
}
