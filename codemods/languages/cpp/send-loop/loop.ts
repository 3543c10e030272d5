// One recognised loop with what its rewrite needs to know: the tree, the name of the new field, how datagrams are told.
import type { SendHazard, SendKind, SendSite } from '../../../facts/send.ts';
import type { TextEdit } from '../../../facts/text.ts';
import { type Document, type Node, rangeOf } from '../document.ts';
import type { Library } from '../library.ts';
import type { Datagrams } from './datagrams.ts';
import type { LoopShape } from './loop-shape.ts';

/** A loop that is about to be rewritten. */
export interface Loop {
  readonly library: Library;
  readonly shape: LoopShape;
  /** The name of the evbuffer in the connection. */
  readonly output: string;
  readonly datagrams: Datagrams;
}

/** A site with the edits that belong to it. */
export interface LoopSite extends SendSite {
  readonly edits: readonly TextEdit[];
  /** The edits when added memory is pointed to and not copied. */
  readonly pointing?: readonly TextEdit[];
}

/** A site at a node. */
export function siteAt(
  doc: Document,
  node: Node,
  kind: SendKind,
  name: string,
  edits: readonly TextEdit[],
  hazards: readonly SendHazard[] = [],
): LoopSite {
  const range = rangeOf(doc, node);
  return { id: `${range.file}:${range.start}:${kind}:${name}`, kind, name, range, hazards, edits };
}

const NAMES = ['out', 'output', 'outbuf', 'send_buffer', 'queued_output', 'evbuffer_out'];

/** A name for the evbuffer that the connection and the tree's macros leave free. */
export function freeFieldName(library: Library, { connection }: LoopShape): string {
  const taken = new Set(connection.fields.map((field) => field.name));
  const isFree = (name: string): boolean => !taken.has(name) && library.macroDefinitions(name).length === 0;
  const free = NAMES.find(isFree);
  if (free !== undefined) return free;
  for (let count = 2; ; count++) if (isFree(`out_${count}`)) return `out_${count}`;
}

/** `evbuffer_drain(c->out, evbuffer_get_length(c->out));` */
export function drain(object: string, output: string): string {
  const buffer = memberOf(object, output);
  return `evbuffer_drain(${buffer}, evbuffer_get_length(${buffer}));`;
}

/** `c->out`; `c.out` for the address of an object. */
export function memberOf(object: string, field: string): string {
  const address = /^&\s*(\w+)$/.exec(object);
  return address === null ? `${object}->${field}` : `${address[1]}.${field}`;
}
