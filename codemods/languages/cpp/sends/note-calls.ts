// The sites of the calls of one function: what each becomes, and what stands against it by itself.
import type { Document, Node } from '../document.ts';
import type { Library } from '../library.ts';
import { calleeText } from './function-index.ts';
import { isPureCall } from './hoist.ts';
import { settleKept } from './kept-memory.ts';
import type { Machinery } from './machinery.ts';
import type { SendCall } from './send-functions.ts';
import { brief, type DraftFunction, type DraftSite, draftSite, object, Unspeakable } from './site-draft.ts';
import { copyEdits, removal } from './spell-calls.ts';
import { settleTransmit } from './transmit.ts';

/** Adds a site for every call of the old path. */
export function noteCalls(library: Library, fn: DraftFunction, machinery: readonly Machinery[]): void {
  const { doc } = fn;
  const sites = new Map<SendCall, DraftSite>();
  const siteOf = (call: SendCall): DraftSite => {
    const known = sites.get(call);
    if (known !== undefined) return known;
    const site = draftSite(doc, call.call, kindOf(call));
    if (call.role === 'add') site.memory = { atLeast: 0, keptBy: 'owner' };
    sites.set(call, site);
    fn.sites.push(site);
    return site;
  };
  const without = fn.calls.filter(({ target }) => target === undefined);
  const speaker = without.find(({ role }) => role === 'add') ?? without[0];
  for (const call of fn.calls) {
    const site = siteOf(call);
    const { target } = call;
    if (target === undefined) {
      if (call !== speaker) continue;
      object(
        site,
        'no-send-target',
        doc,
        call.call,
        `nothing is known to send with to ${call.className ?? 'this connection'}`,
      );
      continue;
    }
    const isOwned = machinery.some(
      ({ family }) => call.className !== undefined && family.has(call.className),
    );
    if (call.isOdd) {
      object(
        site,
        'unknown-flow',
        doc,
        call.call,
        `what ${site.name} does with these arguments is not known`,
      );
      continue;
    }
    if (call.role === 'begin') {
      const effect = call.receiver === undefined ? undefined : sideEffect(library, doc, call.receiver);
      if (effect !== undefined) {
        object(
          site,
          'unknown-flow',
          doc,
          call.call,
          `${brief(doc, effect)} in ${site.name} may do something, too`,
        );
        continue;
      }
      site.change = () => {
        const gone = removal(doc, call);
        return 'statement' in gone ? { statements: [gone.statement] } : { edits: [gone.edit] };
      };
    } else if (call.role === 'add') site.change = () => ({ edits: copyEdits(library, doc, call, target) });
    else if (call.role === 'state')
      object(
        site,
        'queue-state-read',
        doc,
        call.call,
        `${site.name} tells what is queued, and a send buffer is empty again once it was sent`,
      );
    else if (call.role === 'send' && isOwned)
      object(
        site,
        'own-send-path',
        doc,
        call.call,
        `${site.name} drives the connection's own send path, which is in this tree`,
      );
    else if (call.role === 'send') settleTransmit(fn, call, site);
    else if (call.role === 'shrink' && isOwned)
      object(
        site,
        'own-send-path',
        doc,
        call.call,
        `${site.name} gives back what the connection's own send path queued with`,
      );
    else if ((call.role === 'release' || call.role === 'shrink') && target.kind !== 'same-calls' && !isOwned)
      site.change = () => ({ statements: [statementAround(call.call)] });
  }
  const canChain = fn.calls.some(({ target }) => target?.kind === 'stream' && target.chains);
  settleKept(library, fn, siteOf, canChain);
}

// What would go with the call, and is more than a name for the connection.
function sideEffect(library: Library, doc: Document, receiver: Node): Node | undefined {
  const found = [
    receiver,
    ...receiver.descendantsOfType(['call_expression', 'assignment_expression', 'update_expression']),
  ].find(
    (node) =>
      node !== null &&
      (/^(?:assignment|update)_expression$/.test(node.type) ||
        (node.type === 'call_expression' &&
          !/(?:^|\.|->|::)(?:get\w*|front|back|at|self|conn|connection|\w+_cast<[^()]*>)$/.test(
            calleeText(doc, node),
          ) &&
          !isPureCall(library, doc, node))),
  );
  return found ?? undefined;
}

function statementAround(call: Node): Node {
  const parent = call.parent;
  if (parent?.type !== 'expression_statement') throw new Unspeakable('its answer is used', call);
  return parent;
}

function kindOf({ role }: SendCall): DraftSite['kind'] {
  return role === 'release' || role === 'shrink' || role === 'state' ? 'bookkeeping' : role;
}
