// A msghdr that a function fills by itself and hands to sendmsg: the array of iovecs goes into the send buffer as a whole, or
// part by part; the message header goes.
import { type Document, enclosing, type Node, occurrences, parts, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { Library } from '../library.ts';
import { classBehind } from '../lineage.ts';
import { enclosingOwner, resolveVariable } from '../scope.ts';
import { calleeText } from './function-index.ts';
import { outermostFunction } from './send-functions.ts';
import type { SendTarget, SendTargets } from './send-target.ts';
import {
  type Change,
  type DraftFunction,
  type DraftSite,
  draftSite,
  object,
  Unspeakable,
} from './site-draft.ts';
import { accessorText } from './spell-calls.ts';

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
    const target = targets.of(connection.className, doc.isC);
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
function connectionOf(library: Library, doc: Document, fd: Node, depth: number): ConnectionText | undefined {
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
export function settleMessage(library: Library, fn: DraftFunction, call: MessageCall): DraftSite {
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
  const message = readMessage(doc, fn, call.message);
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
  const answer = answerOf(doc, fn, call.call);
  if (site.hazards.length > 0) return site;
  if (answer.how === 'visible')
    object(
      site,
      'partial-write-visible',
      doc,
      answer.statement,
      `${textOf(doc, answer.at)} says how much the kernel took, and a copy takes everything`,
    );
  if (call.flags !== undefined && /MSG_(?:OOB|MORE|EOR|CONFIRM|ZEROCOPY)/.test(textOf(doc, call.flags)))
    object(site, 'unknown-flow', doc, call.flags, `${textOf(doc, call.flags)} asks for more than sending`);
  if (site.hazards.length === 0) site.change = () => spell(library, call, message, answer);
  return site;
}

interface Objection {
  readonly kind: 'datagram' | 'descriptor-passing' | 'iov-walked' | 'unknown-flow';
  readonly node: Node;
  readonly detail: string;
}

interface Message {
  /** The array of parts, and how many there are, as the source spells them. */
  readonly parts: Node | undefined;
  readonly count: Node | undefined;
  /** Declaration, memset and fields: all that goes with the message header. */
  readonly statements: readonly Node[];
  readonly objections: readonly Objection[];
  /** Set where the message was passed in as a pointer: it stays, and its array is sent. */
  readonly pointer: string | undefined;
}

const QUIET_FIELDS = /^msg_(?:flags|namelen|controllen|accrights|accrightslen)$/;

function readMessage(doc: Document, fn: DraftFunction, node: Node): Message | undefined {
  const isAddress = node.type === 'pointer_expression' && doc.text[node.startIndex] === '&';
  const name = isAddress ? node.childForFieldName('argument') : node;
  if (name?.type !== 'identifier') return undefined;
  const variable = resolveVariable(doc, name);
  if (variable === undefined) return undefined;
  const uses = occurrences(doc, variable.name, fn.node.startIndex, fn.node.endIndex).filter(
    (use) =>
      use.id !== variable.nameNode.id &&
      use.id !== name.id &&
      resolveVariable(doc, use)?.nameNode.id === variable.nameNode.id,
  );
  const isParameter = /parameter_declaration$/.test(variable.node.type);
  if (!isAddress && !isParameter) return undefined;
  if (isParameter) return passedIn(doc, variable.name, uses);
  const found: { parts?: Node; count?: Node } = {};
  const statements: Node[] = [];
  const objections: Objection[] = [];
  const field = (name: string, value: Node, at: Node): boolean => {
    if (name === 'msg_iov') found.parts = value;
    else if (name === 'msg_iovlen') found.count = value;
    else if (isNothing(doc, value) || QUIET_FIELDS.test(name)) return true;
    else if (name === 'msg_name')
      objections.push({
        kind: 'datagram',
        node: at,
        detail: `${textOf(doc, at)} addresses a datagram, and a send buffer has no borders between messages`,
      });
    else if (name === 'msg_control')
      objections.push({
        kind: 'descriptor-passing',
        node: at,
        detail: `${textOf(doc, at)} sends control data along, which only sendmsg carries`,
      });
    else return false;
    return true;
  };
  if (variable.node.type !== 'declaration' || variable.node.childrenForFieldName('declarator').length !== 1)
    return undefined;
  statements.push(variable.node);
  if (variable.initialiser !== undefined && !fromList(doc, variable.initialiser, field))
    objections.push({
      kind: 'unknown-flow',
      node: variable.initialiser,
      detail: `how ${variable.name} is made is not understood`,
    });
  for (const use of uses) {
    const parent = use.parent;
    const assignment = parent?.type === 'field_expression' ? parent.parent : null;
    const statement = assignment?.parent;
    const value =
      assignment?.type === 'assignment_expression' && assignment.childForFieldName('left')?.id === parent?.id
        ? assignment.childForFieldName('right')
        : null;
    if (value !== null && value !== undefined && statement?.type === 'expression_statement') {
      const isTop = statement.parent?.id === variable.node.parent?.id;
      if (field(textOf(doc, parent?.childForFieldName('field') ?? use), value, assignment ?? use) && isTop) {
        statements.push(statement);
        continue;
      }
      if (objections.length > 0) continue;
    }
    const call = enclosing(use, 'call_expression');
    if (
      call !== undefined &&
      /^(?:memset|bzero|explicit_bzero)$/.test(calleeText(doc, call)) &&
      call.parent?.type === 'expression_statement'
    ) {
      statements.push(call.parent);
      continue;
    }
    if (call !== undefined && /CMSG|cmsg/.test(textOf(doc, call))) continue;
    if (objections.length > 0) continue;
    objections.push({
      kind: 'unknown-flow',
      node: use,
      detail: `${variable.name} is used for more than sending`,
    });
  }
  if ((found.parts === undefined || found.count === undefined) && objections.length === 0)
    objections.push({
      kind: 'unknown-flow',
      node: name,
      detail: `what ${variable.name} sends is not in sight`,
    });
  return { parts: found.parts, count: found.count, statements, objections, pointer: undefined };
}

function passedIn(doc: Document, name: string, uses: readonly Node[]): Message {
  const walked = uses.find((use) => {
    const member = use.parent;
    return (
      member?.type === 'field_expression' &&
      /^msg_iov$/.test(textOf(doc, member.childForFieldName('field') ?? member)) &&
      enclosing(member, 'for_statement', 'while_statement', 'do_statement', 'for_range_loop') !== undefined
    );
  });
  const loop =
    walked === undefined
      ? undefined
      : enclosing(walked, 'for_statement', 'while_statement', 'do_statement', 'for_range_loop');
  const objections: Objection[] =
    loop === undefined
      ? []
      : [
          {
            kind: 'iov-walked',
            node: loop,
            detail: `another way to send walks ${name}->msg_iov, and has nothing to walk once it is not filled`,
          },
        ];
  return { parts: undefined, count: undefined, statements: [], objections, pointer: name };
}

function isNothing(doc: Document, node: Node): boolean {
  return /^(?:NULL|nullptr|0|\(void\s*\*\)\s*0)$/.test(textOf(doc, node));
}

// `{0}`, `{}`, `{ .msg_iov = iov, .msg_iovlen = 2 }`
function fromList(
  doc: Document,
  list: Node,
  field: (name: string, value: Node, at: Node) => boolean,
): boolean {
  if (list.type !== 'initializer_list') return false;
  return parts(list).every((entry) => {
    if (entry.type !== 'initializer_pair') return isNothing(doc, entry);
    const designator = entry.childForFieldName('designator');
    const value = entry.childForFieldName('value');
    return (
      designator !== null && value !== null && field(textOf(doc, designator).replace(/^\./, ''), value, entry)
    );
  });
}

type Answer =
  | { readonly how: 'unused' }
  /** Comparisons that ask whether it failed, and what each becomes. */
  | {
      readonly how: 'checked';
      readonly tests: readonly { readonly node: Node; readonly succeeded: boolean }[];
    }
  | { readonly how: 'visible'; readonly at: Node; readonly statement: Node };

function answerOf(doc: Document, fn: DraftFunction, call: Node): Answer {
  let at = call;
  while (
    at.parent?.type === 'parenthesized_expression' ||
    (at.parent?.type === 'cast_expression' && /^\(\s*void\s*\)/.test(textOf(doc, at.parent)))
  )
    at = at.parent;
  const parent = at.parent;
  if (parent?.type === 'expression_statement') return { how: 'unused' };
  const statement =
    enclosing(
      call,
      'declaration',
      'expression_statement',
      'return_statement',
      'if_statement',
      'while_statement',
    ) ?? call;
  const test = failureTest(doc, at);
  if (test !== undefined) return { how: 'checked', tests: [test] };
  const left =
    parent?.type === 'init_declarator'
      ? parent.childForFieldName('declarator')
      : parent?.type === 'assignment_expression' && parent.parent?.type === 'expression_statement'
        ? parent.childForFieldName('left')
        : null;
  if (left?.type !== 'identifier') return { how: 'visible', at: call, statement };
  const variable = resolveVariable(doc, left);
  if (variable === undefined) return { how: 'visible', at: call, statement };
  const tests: { readonly node: Node; readonly succeeded: boolean }[] = [];
  for (const use of occurrences(doc, variable.name, fn.node.startIndex, fn.node.endIndex)) {
    if (
      use.id === variable.nameNode.id ||
      use.id === left.id ||
      resolveVariable(doc, use)?.nameNode.id !== variable.nameNode.id
    )
      continue;
    const one = failureTest(doc, use);
    if (one === undefined) return { how: 'visible', at: use.parent ?? use, statement };
    tests.push(one);
  }
  return { how: 'checked', tests };
}

// `< 0`, `== -1`: it failed. `>= 0`, `!= -1`, `> -1`: it did not.
function failureTest(
  doc: Document,
  node: Node,
): { readonly node: Node; readonly succeeded: boolean } | undefined {
  const parent = node.parent;
  if (parent?.type !== 'binary_expression' || parent.childForFieldName('left')?.id !== node.id)
    return undefined;
  const right = parent.childForFieldName('right');
  const text =
    `${textOf(doc, parent.childForFieldName('operator') ?? parent)}${right === null ? '' : textOf(doc, right)}`.replace(
      /\s/g,
      '',
    );
  if (/^(?:<0|==-1|==SOCKET_ERROR|<=-1)$/.test(text)) return { node: parent, succeeded: false };
  return /^(?:>=0|!=-1|>-1)$/.test(text) ? { node: parent, succeeded: true } : undefined;
}

function spell(
  library: Library,
  { doc, call, connection, target }: MessageCall,
  message: Message,
  answer: Answer,
): Change {
  if (target === undefined) return {};
  const array =
    message.pointer === undefined
      ? message.parts === undefined
        ? ''
        : textOf(doc, message.parts)
      : `${message.pointer}->msg_iov`;
  const count =
    message.pointer === undefined
      ? message.count === undefined
        ? ''
        : textOf(doc, message.count)
      : `${message.pointer}->msg_iovlen`;
  if (target.kind === 'bufferevent' || target.kind === 'evbuffer') {
    const buffer = accessorText(target.accessor, connection.text, connection.isPointer);
    const output = target.kind === 'evbuffer' ? buffer : `bufferevent_get_output(${buffer})`;
    const tests = answer.how === 'checked' ? answer.tests : [];
    return {
      statements: message.statements,
      edits: [
        {
          file: doc.file,
          start: call.startIndex,
          end: call.endIndex,
          text: `evbuffer_add_iovec(${output}, ${array}, ${count})`,
        },
        // It answers how many bytes it took: none where there was no room.
        ...tests.map(({ node, succeeded }) => testEdit(doc, node, succeeded)),
      ],
    };
  }
  if (answer.how !== 'unused')
    throw new Unspeakable(
      'its answer is used, and copyToOutputStream answers nothing: it throws std::bad_alloc',
      call,
    );
  const statement = enclosing(call, 'expression_statement') ?? call;
  const line = doc.text.lastIndexOf('\n', statement.startIndex - 1) + 1;
  const indent = /^[ \t]*/.exec(doc.text.slice(line))?.[0] ?? '';
  const newline = doc.text.includes('\r\n') ? '\r\n' : '\n';
  const step = indent.includes('\t') ? '\t' : '    ';
  const word = target.kind === 'same-calls' ? 'addIov' : 'copyToOutputStream';
  const receiver = connection.text === 'this' ? '' : `${connection.text}${connection.isPointer ? '->' : '.'}`;
  const { loop, part } = loopOver(library, doc, message, array, count);
  const cast = target.kind === 'stream' && target.argument === 'byte view' ? 'uint8_t' : 'char';
  const argument =
    target.kind === 'stream' && target.argument !== 'pointer and length'
      ? `{reinterpret_cast<const ${cast}*>(${part}.iov_base), ${part}.iov_len}`
      : `${part}.iov_base, ${part}.iov_len`;
  return {
    statements: message.statements,
    edits: [
      {
        file: doc.file,
        start: statement.startIndex,
        end: statement.endIndex,
        text: `${loop} {${newline}${indent}${step}${receiver}${word}(${argument});${newline}${indent}}`,
      },
    ],
  };
}

function testEdit(
  doc: Document,
  test: Node,
  succeeded: boolean,
): { file: string; start: number; end: number; text: string } {
  const left = test.childForFieldName('left');
  return {
    file: doc.file,
    start: left?.endIndex ?? test.startIndex,
    end: test.endIndex,
    text: succeeded ? ' != 0' : ' == 0',
  };
}

// All of a vector or an array is walked by itself; a part of one by an index.
function loopOver(
  library: Library,
  doc: Document,
  message: Message,
  array: string,
  count: string,
): { readonly loop: string; readonly part: string } {
  const data = /^(.*?)\s*(?:\.|->)\s*data\(\)$/s.exec(array)?.[1];
  if (data !== undefined && new RegExp(`^${escaped(data)}\\s*(?:\\.|->)\\s*size\\(\\)$`).test(count))
    return { loop: `for (const auto& part : ${data})`, part: 'part' };
  const variable = message.parts?.type === 'identifier' ? resolveVariable(doc, message.parts) : undefined;
  const size =
    variable === undefined
      ? undefined
      : /\[\s*(\w+)\s*\]/.exec(textOf(doc, variable.nameNode.parent ?? variable.node))?.[1];
  if (size !== undefined && size === count)
    return { loop: `for (const auto& part : ${array})`, part: 'part' };
  void library;
  return {
    loop: `for (size_t i = 0; i < ${count}; ++i)`,
    part: `${/^\w+$/.test(array) ? array : `(${array})`}[i]`,
  };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** A sendmsg that the tree defines by itself, for a platform without one. */
export function ownSendmsg(library: Library): { readonly doc: Document; readonly node: Node } | undefined {
  const fn = library
    .functionsNamed('sendmsg')
    .find((one) => one.owner === '' && one.body !== undefined && one.space === '');
  return fn === undefined ? undefined : { doc: fn.doc, node: fn.node };
}
