// A msghdr that a function fills by itself and hands to sendmsg: the array of iovecs goes into the send buffer as a whole, or
// part by part; the message header goes.
import { type Document, type Node, occurrences, parts, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { Library } from '../library.ts';
import { classBehind } from '../lineage.ts';
import { enclosingOwner, resolveVariable } from '../scope.ts';
import { type Answer, answerOf } from './message-answer.ts';
import { hasBytes } from './message-bytes.ts';
import { partialWriteLoop } from './partial-writes.ts';
import { readMessage } from './read-message.ts';
import { outermostFunction } from './send-functions.ts';
import type { SendTarget, SendTargets } from './send-target.ts';
import { type DraftFunction, type DraftSite, draftSite, object } from './site-draft.ts';
import { spellMessage } from './spell-message.ts';
import { partsShape } from './spell-parts.ts';

/** One call of sendmsg on a connection. */
export interface MessageCall {
  readonly doc: Document;
  readonly call: Node;
  readonly connection: ConnectionText;
  readonly target: SendTarget | undefined;
  /** The message: `&msg`, or a pointer that was passed in. */
  readonly message: Node;
  readonly flags: Node | undefined;
}

/** A connection as the source names it. */
export interface ConnectionText {
  readonly text: string;
  readonly isPointer: boolean;
  readonly className: string | undefined;
}

/** The calls of one document. A sendmsg on no connection is somebody else's business. */
export function messageCallsIn(
  library: Library,
  targets: SendTargets,
  doc: Document,
): readonly MessageCall[] {
  return occurrences(doc, 'sendmsg').flatMap((name): MessageCall[] => {
    const callee = calleeAround(name);
    const call = callee.parent;
    const list = call?.childForFieldName('arguments');
    if (call?.type !== 'call_expression' || list === null || list === undefined) return [];
    if (outermostFunction(call) === undefined) return [];
    const args = parts(list);
    const isMethod = callee.type === 'field_expression';
    const [first, second, flags] = args;
    const message = isMethod ? first : second;
    if (first === undefined || message === undefined) return [];
    const connection = isMethod ? receiverOf(library, doc, callee) : connectionOf(library, doc, first, 0);
    if (connection === undefined) return [];
    // Any struct may have a descriptor: without its name it is not taken for a connection.
    const isUnknown = connection.className === undefined && !isMethod;
    const target = isUnknown ? undefined : targets.of(connection.className, doc.isC);
    return [{ doc, call, connection, target, message, flags: isMethod ? second : flags }];
  });
}

function calleeAround(name: Node): Node {
  let callee = name;
  while (
    callee.parent !== null &&
    /^(?:qualified_identifier|field_expression)$/.test(callee.parent.type) &&
    (callee.parent.childForFieldName('name')?.id === callee.id ||
      callee.parent.childForFieldName('field')?.id === callee.id)
  )
    callee = callee.parent;
  return callee;
}

function receiverOf(library: Library, doc: Document, callee: Node): ConnectionText | undefined {
  const holder = callee.childForFieldName('argument');
  const field = callee.childForFieldName('field');
  if (holder === null || field === null) return undefined;
  const isPointer = doc.text.slice(holder.endIndex, field.startIndex).includes('->');
  return { text: textOf(doc, holder), isPointer, className: classNameOf(library, doc, holder) };
}

const DESCRIPTOR = /(?:^|_|get)(?:s?fd|sock(?:et)?(?:_?descriptor)?|descriptor)_?$/i;

// `c->sfd`, `connection.getFd()`, `conn_fd(c)`, or a local that was set to one of them.
/** The connection whose descriptor an expression is; undefined for any other descriptor. */
export function connectionOf(
  library: Library,
  doc: Document,
  fd: Node,
  depth: number,
): ConnectionText | undefined {
  if (fd.type === 'parenthesized_expression') {
    const inner = parts(fd)[0];
    return inner === undefined ? undefined : connectionOf(library, doc, inner, depth);
  }
  if (fd.type === 'field_expression') {
    const field = fd.childForFieldName('field');
    return field !== null && DESCRIPTOR.test(textOf(doc, field)) ? receiverOf(library, doc, fd) : undefined;
  }
  if (fd.type === 'call_expression') {
    const callee = fd.childForFieldName('function');
    const list = fd.childForFieldName('arguments');
    if (callee === null || list === null) return undefined;
    if (callee.type === 'field_expression') {
      const field = callee.childForFieldName('field');
      return field !== null && DESCRIPTOR.test(textOf(doc, field))
        ? receiverOf(library, doc, callee)
        : undefined;
    }
    const [only, more] = parts(list);
    if (only === undefined || more !== undefined || !DESCRIPTOR.test(textOf(doc, callee))) return undefined;
    const type = typeOf(library, doc, only);
    return {
      text: textOf(doc, only),
      isPointer: type?.type.levels.some(({ kind }) => kind === '*') ?? true,
      className: classNameOf(library, doc, only),
    };
  }
  if (fd.type !== 'identifier' || depth > 2) return undefined;
  const variable = resolveVariable(doc, fd);
  if (variable !== undefined)
    return variable.initialiser === undefined
      ? undefined
      : connectionOf(library, doc, variable.initialiser, depth + 1);
  const owner = enclosingOwner(doc, fd);
  return owner !== '' && DESCRIPTOR.test(textOf(doc, fd))
    ? { text: 'this', isPointer: true, className: owner }
    : undefined;
}

function classNameOf(library: Library, doc: Document, node: Node): string | undefined {
  const type = typeOf(library, doc, node);
  const name = type === undefined ? undefined : classBehind(library, type.type);
  return name === undefined || /^(?:|void|auto|int)$/.test(name) ? undefined : name;
}

/** Puts the site of one call into its function, and what stands against it. */
export function settleMessage(fn: DraftFunction, call: MessageCall): DraftSite {
  const { doc } = fn;
  const site = draftSite(doc, call.call, 'send');
  fn.sites.push(site);
  if (call.target === undefined) {
    object(
      site,
      'no-send-target',
      doc,
      call.call,
      `nothing is known to send with to ${call.connection.className ?? call.connection.text}`,
    );
    return site;
  }
  const name = call.message.childForFieldName('argument') ?? call.message;
  const around = partialWriteLoop(doc, call.call, name);
  const message = readMessage(doc, fn.node, call.message, around?.loop);
  if (message === undefined) {
    object(
      site,
      'unknown-flow',
      doc,
      call.message,
      `where ${textOf(doc, call.message)} comes from is not understood`,
    );
    return site;
  }
  for (const { kind, node, detail } of message.objections) object(site, kind, doc, node, detail);
  const answer: Answer = around === undefined ? answerOf(doc, fn.node, call.call) : { how: 'unused' };
  if (site.hazards.length > 0) return site;
  if (answer.how === 'visible')
    object(
      site,
      'partial-write-visible',
      doc,
      answer.statement,
      `${textOf(doc, answer.at)} ${answer.asks ?? 'says how much the kernel took'}, and a copy takes everything`,
    );
  const mayBeEmpty = call.target.kind === 'evbuffer' || call.target.kind === 'bufferevent';
  const isByParts =
    mayBeEmpty && answer.how === 'checked' && answer.tests.length > 0 && !hasBytes(doc, fn.node, message);
  const shape = isByParts ? partsShape(doc, call.call, answer) : undefined;
  if (isByParts && shape === undefined)
    object(
      site,
      'unknown-flow',
      doc,
      call.call,
      'evbuffer_add_iovec answers 0 for a message of no bytes as well as for no room, and whether this one has bytes is not in sight',
    );
  if (call.flags !== undefined && /MSG_(?:OOB|MORE|EOR|CONFIRM|ZEROCOPY)/.test(textOf(doc, call.flags)))
    object(site, 'unknown-flow', doc, call.flags, `${textOf(doc, call.flags)} asks for more than sending`);
  if (site.hazards.length === 0) site.change = () => spellMessage(call, message, answer, around, shape);
  return site;
}

/** A sendmsg that the tree defines by itself, for a platform without one. */
export function ownSendmsg(library: Library): { readonly doc: Document; readonly node: Node } | undefined {
  const fn = library
    .functionsNamed('sendmsg')
    .find((one) => one.owner === '' && one.body !== undefined && one.space === '');
  return fn === undefined ? undefined : { doc: fn.doc, node: fn.node };
}
