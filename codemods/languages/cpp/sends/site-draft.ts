// A site while it is worked out: what stands against it is gathered, and how it would be spelled is known.
import type {
  HazardKind,
  SendForm,
  SendHazard,
  SendKind,
  SendMemory,
  SendSite,
} from '../../../facts/send.ts';
import type { TextEdit } from '../../../facts/text.ts';
import { type Document, type Node, rangeOf, textOf } from '../document.ts';
import type { CppFunction } from '../function-facts.ts';
import { functionOf } from '../scope.ts';
import type { SendCall } from './send-functions.ts';

/** What a site changes: statements that go, and other edits. */
export interface Change {
  readonly statements?: readonly Node[];
  readonly edits?: readonly TextEdit[];
}

/** A site that is not settled yet. */
export interface DraftSite {
  readonly id: string;
  readonly kind: SendKind;
  readonly name: string;
  readonly node: Node;
  readonly hazards: SendHazard[];
  memory?: SendMemory;
  /** @throws Unspeakable */
  change: (form: SendForm) => Change;
}

/** A function with sites; functions that depend on each other become one group. */
export interface DraftFunction {
  readonly key: string;
  readonly doc: Document;
  readonly node: Node;
  readonly fn: CppFunction | undefined;
  readonly name: string;
  readonly calls: readonly SendCall[];
  readonly sites: DraftSite[];
}

/** Why something cannot be spelled; the node is what is in the way. */
export class Unspeakable extends Error {
  override readonly name = 'Unspeakable';
  readonly node: Node;
  constructor(reason: string, node: Node) {
    super(reason);
    this.node = node;
  }
}

/** An empty draft of a function definition. */
export function draftFunction(doc: Document, node: Node, calls: readonly SendCall[] = []): DraftFunction {
  const fn = functionOf(doc, node);
  return {
    key: `${doc.file}:${node.startIndex}`,
    doc,
    node,
    fn,
    name: fn?.qualified ?? 'a function',
    calls,
    sites: [],
  };
}

/** A draft site at a node; it changes nothing until it is told how. */
export function draftSite(doc: Document, node: Node, kind: SendKind): DraftSite {
  return {
    id: `${doc.file}:${node.startIndex}:${kind}`,
    kind,
    name: textOf(doc, node).replace(/\s+/g, ' '),
    node,
    hazards: [],
    change: () => ({}),
  };
}

/** Notes what stands against a site; the same matter is noted once. */
export function object(
  site: DraftSite,
  kind: HazardKind,
  doc: Document,
  at: Node,
  detail: string,
  rest: Partial<Pick<SendHazard, 'related' | 'settledBy'>> = {},
): void {
  const range = rangeOf(doc, at);
  const isKnown = site.hazards.some(
    (hazard) =>
      hazard.kind === kind && hazard.range.file === range.file && hazard.range.start === range.start,
  );
  if (!isKnown) site.hazards.push({ kind, range, detail, related: [], ...rest });
}

/** The settled facts of a draft. */
export function settled(doc: Document, site: DraftSite): SendSite {
  return {
    id: site.id,
    kind: site.kind,
    name: site.name,
    range: rangeOf(doc, site.node),
    ...(site.memory === undefined ? {} : { memory: site.memory }),
    hazards: site.hazards,
  };
}

/** A node's text on one line, shortened for a message. */
export function brief(doc: Document, node: Node): string {
  const text = textOf(doc, node).replace(/\s+/g, ' ');
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The statement around an expression that stands directly in a block. */
export function statementOf(node: Node): Node {
  let at = node;
  while (
    at.parent !== null &&
    !/^(?:compound_statement|case_statement|translation_unit)$/.test(at.parent.type)
  )
    at = at.parent;
  return at;
}
