// What a function does to the queue of a connection, its helpers included: in which order it adds, starts over and sends.
import { type Document, enclosing, type Node, occurrences, parts, textOf } from '../document.ts';
import { order } from './flow-order.ts';
import { calleeText, type FunctionIndex, type HelperCall } from './function-index.ts';
import { discards } from './old-calls.ts';
import type { DraftFunction } from './site-draft.ts';

/** One thing that happens to the queue. */
export interface QueueEvent {
  readonly what: 'add' | 'discard' | 'send';
  readonly node: Node;
  /** The helper that does it; undefined where the function does it itself. */
  readonly via: HelperCall | undefined;
}

/** The effects of the functions of an index. */
export interface Effects {
  /** A call of the helper surely adds: no branch of it goes around that. */
  surelyAdds(via: HelperCall): boolean;
  /** In file order; a helper that starts over and adds gives both, at the same node. */
  of(fn: DraftFunction): readonly QueueEvent[];
}

/** Reads effects on demand. Recursion ends where it comes round. */
export function createEffects(index: FunctionIndex): Effects {
  const known = new Map<string, readonly QueueEvent[]>();
  const open = new Set<string>();
  const of = (fn: DraftFunction): readonly QueueEvent[] => {
    const hit = known.get(fn.key);
    if (hit !== undefined) return hit;
    if (open.has(fn.key)) return [];
    open.add(fn.key);
    const events = [...own(fn), ...resets(fn), ...sends(fn.doc, fn.node), ...helped(fn)].sort(
      (a, b) => a.node.startIndex - b.node.startIndex,
    );
    open.delete(fn.key);
    known.set(fn.key, events);
    return events;
  };
  const helped = (fn: DraftFunction): readonly QueueEvent[] =>
    index.callsIn(fn).flatMap((via): QueueEvent[] => {
      const inner = of(via.callee);
      // What it starts over before it adds anything discards what the caller queued.
      const discarding = inner.some(
        (event) =>
          event.what === 'discard' &&
          !inner.some((other) => other.what === 'send' && order(other.node, event.node) !== undefined),
      );
      const sending = inner.some(({ what }) => what === 'send');
      const adding = inner.some(
        (event) =>
          event.what === 'add' &&
          !inner.some((other) => other.what === 'send' && order(event.node, other.node)?.how === 'forward'),
      );
      return [
        ...(discarding ? [{ what: 'discard' as const, node: via.call, via }] : []),
        ...(sending ? [{ what: 'send' as const, node: via.call, via }] : []),
        ...(adding ? [{ what: 'add' as const, node: via.call, via }] : []),
      ];
    });
  const surelyAdds = ({ callee }: HelperCall, depth = 0): boolean =>
    depth < 4 &&
    of(callee).some(
      ({ what, node, via }) =>
        what === 'add' && isOnTop(node, callee.node) && (via === undefined || surelyAdds(via, depth + 1)),
    );
  return { of, surelyAdds: (via) => surelyAdds(via) };
}

// A statement of the body itself, or the condition of one.
function isOnTop(node: Node, fn: Node): boolean {
  for (let at: Node | null = node; at !== null && at.id !== fn.id; at = at.parent) {
    const parent: Node | null = at.parent;
    if (parent === null) return false;
    if (
      /^(?:for_statement|while_statement|do_statement|for_range_loop|switch_statement|lambda_expression|case_statement|conditional_expression|catch_clause)$/.test(
        parent.type,
      )
    )
      return false;
    if (parent.type === 'if_statement' && parent.childForFieldName('condition')?.id !== at.id) return false;
  }
  return true;
}

const RESET = /(?:->|\.)(?:iovused|msgused|msgcurr)\s*=\s*(?:[\w.>()[\]-]+\s*=\s*)*0$/;

// memcached's counters that are set back are a message that starts over.
function resets({ doc, node, calls }: DraftFunction): readonly QueueEvent[] {
  if (!calls.some(({ role }) => role === 'begin')) return [];
  return node
    .descendantsOfType('assignment_expression')
    .filter((one): one is Node => one !== null && RESET.test(textOf(doc, one)))
    .map((one) => ({ what: 'discard' as const, node: one, via: undefined }));
}

function own({ doc, calls }: DraftFunction): readonly QueueEvent[] {
  return calls.flatMap((call): readonly QueueEvent[] => {
    const at = (what: QueueEvent['what']): readonly QueueEvent[] =>
      runsAt(doc, call.call).map((node) => ({ what, node, via: undefined }));
    if (call.role === 'add') return at('add');
    if (call.role === 'send') return at('send');
    return discards(doc, call) ? at('discard') : [];
  });
}

/** The places where a node of a function runs: what stands in a lambda that has a name runs where that is called. */
export function runsAt(doc: Document, call: Node): readonly Node[] {
  const declarator = enclosing(call, 'lambda_expression')?.parent;
  const name = declarator?.type === 'init_declarator' ? declarator.childForFieldName('declarator') : null;
  const fn = enclosing(call, 'function_definition');
  if (name?.type !== 'identifier' || fn === undefined) return [call];
  return occurrences(doc, textOf(doc, name), fn.startIndex, fn.endIndex)
    .map((use) => use.parent)
    .filter((parent): parent is Node => parent?.type === 'call_expression');
}

// A connection that drains or flushes has sent what was queued, whatever it is called with.
function sends(doc: Document, node: Node): readonly QueueEvent[] {
  return node.descendantsOfType('call_expression').flatMap((call): QueueEvent[] => {
    if (
      call === null ||
      !/(?:^|[\w.>:])(?:drain|flush|sendmsg)(?:All|_all|Output|_output)?$/i.test(calleeText(doc, call))
    )
      return [];
    const list = call.childForFieldName('arguments');
    const isStream = /^(?:std::)?c(?:out|err|log)\b|^f?flush$|out\.flush|stream/.test(calleeText(doc, call));
    return isStream && (list === null || parts(list).length <= 1)
      ? []
      : [{ what: 'send', node: call, via: undefined }];
  });
}

/** Nothing is queued any more at `later`: a send surely runs between the two. */
export function isSentBetween(events: readonly QueueEvent[], first: Node, later: Node): boolean {
  return events.some(
    ({ what, node }) =>
      what === 'send' &&
      node.startIndex > first.startIndex &&
      node.endIndex < later.startIndex &&
      isSure(node, later),
  );
}

// Its block is one around the later place, so it runs before that.
function isSure(node: Node, later: Node): boolean {
  const block = enclosing(node.parent, 'compound_statement', 'case_statement');
  return block !== undefined && block.startIndex <= later.startIndex && block.endIndex >= later.endIndex;
}

/** The text of a call for a message. */
export function eventText(doc: Document, event: QueueEvent): string {
  return textOf(doc, event.node).replace(/\s+/g, ' ');
}
