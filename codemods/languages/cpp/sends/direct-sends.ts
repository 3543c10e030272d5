// What goes to the descriptor at once while other bytes wait to be sent: once all of it is copied the order is another one.
import { type Document, type Node, occurrences, parts, textOf } from '../document.ts';
import type { Library } from '../library.ts';
import { order } from './flow-order.ts';
import { calleeText } from './function-index.ts';
import { answerOf, type FailureTest } from './message-answer.ts';
import { connectionOf } from './messages.ts';
import { brief, type DraftFunction, type DraftSite, object } from './site-draft.ts';

const ENDS = ['close', 'closesocket', 'shutdown'];
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
  if (message !== undefined) noteEnds(library, fn, message);
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

// `close(c->sfd)` behind a message that went out at once, unless only what failed is closed.
function noteEnds(library: Library, fn: DraftFunction, message: DraftSite): void {
  const { doc, node } = fn;
  const answer = answerOf(doc, node, message.node);
  const tests = answer.how === 'checked' ? answer.tests : [];
  for (const word of ENDS)
    for (const name of occurrences(doc, word, message.node.endIndex, node.endIndex)) {
      const call = callOf(name);
      const [fd] = parts(call?.childForFieldName('arguments') ?? name);
      if (call === undefined || fd === undefined || connectionOf(library, doc, fd, 0) === undefined) continue;
      if (order(message.node, call)?.how !== 'forward' || isForFailure(call, tests)) continue;
      object(
        message,
        'work-between-sends',
        doc,
        call,
        `${brief(doc, call)} ends the connection at once, and what is copied waits`,
      );
    }
}

// In the branch of the test, or behind a label that what succeeds does not reach.
function isForFailure(call: Node, tests: readonly FailureTest[]): boolean {
  for (let at: Node | null = call; at !== null; at = at.parent) {
    const parent: Node | null = at.parent;
    if (parent?.type === 'if_statement' && parent.childForFieldName('consequence')?.id === at.id) {
      const condition = parent.childForFieldName('condition');
      const isTested = tests.some(
        (test) =>
          !test.succeeded &&
          condition !== null &&
          test.node.startIndex >= condition.startIndex &&
          test.node.endIndex <= condition.endIndex,
      );
      if (isTested) return true;
    }
    for (let label: Node | null = at; label !== null; label = label.previousNamedSibling)
      if (
        label.type === 'labeled_statement' &&
        /^(?:return|goto|throw)_statement$/.test(label.previousNamedSibling?.type ?? '')
      )
        return true;
  }
  return false;
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
