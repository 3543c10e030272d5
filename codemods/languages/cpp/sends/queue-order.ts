// What goes wrong on the wire once a queue can no longer be forgotten: it is started over, or nobody is told that it is there.
import { type Node, rangeOf, textOf } from '../document.ts';
import type { Library } from '../library.ts';
import { type Effects, eventText, isSentBetween, type QueueEvent } from './effects.ts';
import { order } from './flow-order.ts';
import { isMadeIn, memoryReader, type Path } from './memory.ts';
import { brief, type DraftFunction, type DraftSite, draftSite, object } from './site-draft.ts';

/** Functions that have to change together because of what was found. */
export type Join = (functions: readonly DraftFunction[]) => void;

/** Notes every add that a later start forgets, and every answer that there is nothing to send after an add. */
export function noteQueueOrder(
  library: Library,
  effects: Effects,
  functions: readonly DraftFunction[],
  join: Join,
): void {
  for (const fn of functions) noteSilence(fn, effects.of(fn));
  const isSilent = ({ via }: QueueEvent): boolean =>
    via?.callee.sites.some(({ hazards }) => hazards.some(({ kind }) => kind === 'queue-then-say-nothing')) ===
    true;
  for (const fn of functions) {
    const events = effects.of(fn).filter((event) => !isSilent(event));
    for (const later of events.filter(({ what }) => what === 'discard')) {
      // Counters that this function sets back by itself are told as such.
      if (later.node.type === 'assignment_expression') continue;
      const first = events.find(
        (event) =>
          event.what === 'add' &&
          (event.via === undefined || effects.surelyAdds(event.via)) &&
          isForgotten(library, fn, events, event, later),
      );
      if (first === undefined) continue;
      object(
        siteAt(fn, later.node),
        'queue-then-discard',
        fn.doc,
        later.node,
        `${eventText(fn.doc, later)} forgets what ${brief(fn.doc, first.node)} queued, and with copies both are sent`,
        {
          related: [{ range: rangeOf(fn.doc, first.node), message: 'queued here' }],
        },
      );
      join([fn, ...involved(effects, first), ...involved(effects, later)]);
    }
  }
}

function isForgotten(
  library: Library,
  { doc }: DraftFunction,
  events: readonly QueueEvent[],
  first: QueueEvent,
  later: QueueEvent,
): boolean {
  const how = first.node.id === later.node.id ? roundOf(first.node) : order(first.node, later.node);
  if (how === undefined || isSentBetween(events, first.node, later.node)) return false;
  const [one, other] = [connectionsOf(library, doc, first), connectionsOf(library, doc, later)];
  if (how.how === 'round') {
    const { loop } = how;
    // Whether a helper is called again is decided by what it answered.
    if (first.via !== undefined || later.via !== undefined) return false;
    if (events.some(({ what, node }) => what === 'send' && isIn(node, loop))) return false;
    return !(other.length > 0 && other.every((path) => isMadeIn(path, loop)));
  }
  return one.length === 0 || other.length === 0 || one.some((a) => other.some((b) => a.key === b.key));
}

function roundOf(node: Node): ReturnType<typeof order> {
  const again = order(node, node);
  return again?.how === 'round' ? again : undefined;
}

function isIn(node: Node, around: Node): boolean {
  return node.startIndex >= around.startIndex && node.endIndex <= around.endIndex;
}

function connectionsOf(library: Library, doc: DraftFunction['doc'], event: QueueEvent): readonly Path[] {
  const reader = memoryReader(library, doc);
  if (event.via !== undefined)
    return event.via.args.flatMap((arg) => reader.pointee(arg).concat(reader.object(arg))).slice(0, 4);
  const callee = event.node.childForFieldName('function');
  const receiver =
    callee?.type === 'field_expression'
      ? callee.childForFieldName('argument')
      : (event.node.childForFieldName('arguments')?.namedChildren[0] ?? null);
  return receiver === null || receiver === undefined
    ? []
    : [...reader.pointee(receiver), ...reader.object(receiver)];
}

// The helpers that did it, and theirs.
function involved(effects: Effects, event: QueueEvent): readonly DraftFunction[] {
  const found: DraftFunction[] = [];
  const visit = (one: QueueEvent): void => {
    const callee = one.via?.callee;
    if (callee === undefined || found.includes(callee)) return;
    found.push(callee);
    for (const inner of effects.of(callee)) if (inner.what !== 'send') visit(inner);
  };
  visit(event);
  return found;
}

// `return ENGINE_EWOULDBLOCK;` after an add: whoever called does not send it.
function noteSilence(fn: DraftFunction, events: readonly QueueEvent[]): void {
  const { doc, node } = fn;
  const body = textOf(doc, node);
  // A step that may ask for another round says with SUCCESS that there is nothing to send (kv_engine until 2018).
  const wantsMore = /\b\w*WANT_MORE\b/.test(fn.fn?.name === 'step' ? doc.text : body);
  if (!wantsMore && !/would_?block/i.test(body)) return;
  for (const statement of node.descendantsOfType('return_statement')) {
    if (statement === null) continue;
    const answer = textOf(doc, statement);
    const isNothing =
      /\breturn\s*\(?\s*[\w:]*would_?block\b/i.test(answer) ||
      (wantsMore && /\breturn\s*\(?\s*[\w:]*SUCCESS\b/.test(answer));
    if (!isNothing) continue;
    const first = events.find(
      (event) =>
        event.what === 'add' &&
        order(event.node, statement)?.how === 'forward' &&
        !isSentBetween(events, event.node, statement),
    );
    if (first === undefined) continue;
    object(
      siteAt(fn, first.node),
      'queue-then-say-nothing',
      doc,
      statement,
      `${answer.replace(/;$/, '')} says that there is nothing to send after ${brief(doc, first.node)}, and a copy is sent all the same`,
    );
  }
}

/** The site at a node, or a new one there that changes nothing by itself. */
export function siteAt(fn: DraftFunction, node: Node): DraftSite {
  const known = fn.sites.find((site) => site.node.id === node.id);
  if (known !== undefined) return known;
  const site = draftSite(fn.doc, node, 'add');
  fn.sites.push(site);
  return site;
}
