// The counters of memcached's queue in code that does not own them: set back where a message starts, or read to see what is queued.
import { type Document, enclosing, type Node, occurrences, textOf } from '../document.ts';
import type { Effects } from './effects.ts';
import { isSentBetween } from './effects.ts';
import { order } from './flow-order.ts';
import { type DraftFunction, draftSite, object } from './site-draft.ts';

const COUNTERS = ['iovused', 'msgused', 'msgcurr', 'msgbytes'];

/** Where a counter is used: the member expressions of one document, machinery left out by the caller. */
export function counterUses(doc: Document): readonly Node[] {
  return COUNTERS.flatMap((name) => occurrences(doc, name))
    .map((name) => name.parent)
    .filter((member): member is Node => member?.type === 'field_expression')
    .filter((member) => enclosing(member, 'function_definition') !== undefined)
    .sort((a, b) => a.startIndex - b.startIndex);
}

/** Adds the sites of the counters of one function. */
export function noteCounters(effects: Effects, fn: DraftFunction, uses: readonly Node[]): void {
  const { doc } = fn;
  const resets = new Map<number, Node>();
  for (const use of uses) {
    const statement = resetAround(doc, use);
    if (statement !== undefined) {
      resets.set(statement.id, statement);
      continue;
    }
    const site = draftSite(doc, use, 'bookkeeping');
    object(
      site,
      'queue-state-read',
      doc,
      use,
      `${textOf(doc, use)} tells what is queued, and a send buffer is empty again once it was sent`,
    );
    fn.sites.push(site);
  }
  const events = effects.of(fn);
  const said = new Set<number>();
  for (const statement of resets.values()) {
    const site = draftSite(doc, statement, 'bookkeeping');
    site.change = () => ({ statements: [statement] });
    fn.sites.push(site);
    const queued = events.find(
      (event) =>
        event.what === 'add' &&
        order(event.node, statement)?.how === 'forward' &&
        !isSentBetween(events, event.node, statement),
    );
    const begins = fn.calls.some(
      ({ role, call }) => role === 'begin' && order(statement, call)?.how === 'forward',
    );
    // One reset is several statements: the first of them speaks for all.
    const previous = statement.previousNamedSibling;
    if (previous !== null && resets.has(previous.id)) continue;
    if (said.has(queued?.node.id ?? -1)) continue;
    if (queued !== undefined) {
      said.add(queued.node.id);
      object(
        site,
        'queue-reset',
        doc,
        statement,
        `${textOf(doc, statement)} drops what was queued before, and a copy cannot be dropped`,
        {
          related: [
            {
              range: { file: doc.file, start: queued.node.startIndex, end: queued.node.endIndex },
              message: 'queued here',
            },
          ],
        },
      );
    } else if (!begins) {
      object(
        site,
        'queue-reset',
        doc,
        statement,
        `${textOf(doc, statement)} starts over where no message is begun`,
      );
    }
  }
}

// `c->msgcurr = 0;`, alone or in a chain of them.
function resetAround(doc: Document, use: Node): Node | undefined {
  let at = use;
  while (at.parent?.type === 'assignment_expression') at = at.parent;
  const statement = at.parent;
  if (statement?.type !== 'expression_statement' || at === use) return undefined;
  return /^(?:[\w.>()[\]-]+(?:->|\.)(?:iovused|msgused|msgcurr|msgbytes)\s*=\s*)+0\s*;$/.test(
    textOf(doc, statement),
  )
    ? statement
    : undefined;
}
