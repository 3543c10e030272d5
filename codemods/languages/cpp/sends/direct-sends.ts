// What goes to the descriptor at once while other bytes wait to be sent: once all of it is copied the order is another one.
import { type Document, type Node, occurrences, parts, textOf } from '../document.ts';
import type { Library } from '../library.ts';
import { calleeText } from './function-index.ts';
import { connectionOf } from './messages.ts';
import { brief, type DraftFunction, object } from './site-draft.ts';

const AT_ONCE = ['send', 'sendfile', 'sendto', 'splice', 'write', 'writev', 'SSL_write'];

/** Notes direct writes beside sends of one function, and messages that are sent before what was queued earlier. */
export function noteDirectSends(library: Library, fn: DraftFunction): void {
  const { doc, node, sites } = fn;
  const site = sites.find(({ kind }) => kind === 'add' || kind === 'send');
  if (site === undefined) return;
  const message = sites.find((one) => one.kind === 'send' && isSendmsg(doc, one.node));
  const add = sites.find(({ kind }) => kind === 'add');
  if (message !== undefined && add !== undefined && add.node.startIndex < message.node.startIndex)
    object(
      message,
      'work-between-sends',
      doc,
      message.node,
      `${message.name} sends at once, before what ${add.name} queued`,
    );
  for (const word of AT_ONCE)
    for (const name of occurrences(doc, word, node.startIndex, node.endIndex)) {
      const call = callOf(name);
      const [fd] = parts(call?.childForFieldName('arguments') ?? name);
      if (call === undefined || fd === undefined) continue;
      if (word !== 'SSL_write' && connectionOf(library, doc, fd, 0) === undefined) continue;
      object(
        site,
        'work-between-sends',
        doc,
        call,
        `${brief(doc, call)} sends at once, and what is copied waits`,
      );
    }
  const named = occurrences(doc, 'msg_name', node.startIndex, node.endIndex).find((name) =>
    isAddress(doc, name),
  );
  if (named !== undefined && message === undefined)
    object(
      site,
      'datagram',
      doc,
      named.parent ?? named,
      `${textOf(doc, named.parent ?? named)} addresses a datagram, and a send buffer has no borders between messages`,
    );
}

function isSendmsg(doc: Document, node: Node): boolean {
  return node.type === 'call_expression' && /(?:^|\W)sendmsg$/.test(calleeText(doc, node));
}

function callOf(name: Node): Node | undefined {
  const callee = name.parent?.type === 'qualified_identifier' ? name.parent : name;
  const call = callee.parent;
  return call?.type === 'call_expression' && call.childForFieldName('function')?.id === callee.id
    ? call
    : undefined;
}

// `c->msglist[0].msg_name = &address;`
function isAddress(doc: Document, name: Node): boolean {
  const member = name.parent;
  const assignment = member?.parent;
  if (assignment?.type !== 'assignment_expression' || assignment.childForFieldName('left')?.id !== member?.id)
    return false;
  const value = assignment.childForFieldName('right');
  return value !== null && !/^(?:NULL|nullptr|0)$/.test(textOf(doc, value));
}
