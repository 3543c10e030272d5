// A msghdr as one function fills it: its array of parts, and all that goes with the message header.
import { type Document, enclosing, type Node, occurrences, parts, textOf } from '../document.ts';
import { resolveVariable } from '../scope.ts';
import { calleeText } from './function-index.ts';

interface Objection {
  readonly kind: 'datagram' | 'descriptor-passing' | 'iov-walked' | 'unknown-flow';
  readonly node: Node;
  readonly detail: string;
}

/** A message header as a function fills it. */
export interface Message {
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

/** Reads what is known of a message of one function; what lies in `loop` is left out. Undefined: not to be seen. */
export function readMessage(
  doc: Document,
  fn: Node,
  node: Node,
  loop: Node | undefined,
): Message | undefined {
  const isAddress = node.type === 'pointer_expression' && doc.text[node.startIndex] === '&';
  const name = isAddress ? node.childForFieldName('argument') : node;
  if (name?.type !== 'identifier') return undefined;
  const variable = resolveVariable(doc, name);
  if (variable === undefined) return undefined;
  const uses = occurrences(doc, variable.name, fn.startIndex, fn.endIndex).filter(
    (use) =>
      use.id !== variable.nameNode.id &&
      use.id !== name.id &&
      !(loop !== undefined && use.startIndex >= loop.startIndex && use.endIndex <= loop.endIndex) &&
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
  const values = [found.parts, found.count].filter((value) => value !== undefined);
  const later = values.map((value) => setBetween(doc, fn, value, node)).find((at) => at !== undefined);
  if (later !== undefined)
    objections.push({
      kind: 'unknown-flow',
      node: later,
      detail: `${textOf(doc, later)} changes what ${variable.name} was made of`,
    });
  if ((found.parts === undefined || found.count === undefined) && objections.length === 0)
    objections.push({
      kind: 'unknown-flow',
      node: name,
      detail: `what ${variable.name} sends is not in sight`,
    });
  return { parts: found.parts, count: found.count, statements, objections, pointer: undefined };
}

// What the array or the count is computed from is set again before the message is sent.
function setBetween(doc: Document, fn: Node, value: Node, sent: Node): Node | undefined {
  const names = [value, ...value.descendantsOfType('identifier')].flatMap((name) =>
    name?.type === 'identifier' ? [resolveVariable(doc, name)?.nameNode.id ?? -1] : [],
  );
  const found = fn.descendantsOfType(['assignment_expression', 'update_expression']).find((one) => {
    if (one === null || one.startIndex < value.endIndex || one.endIndex > sent.startIndex) return false;
    const target = one.childForFieldName(one.type === 'assignment_expression' ? 'left' : 'argument');
    return target?.type === 'identifier' && names.includes(resolveVariable(doc, target)?.nameNode.id ?? -2);
  });
  return found ?? undefined;
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

// In the order of Linux and the BSDs.
const FIELDS = [
  'msg_name',
  'msg_namelen',
  'msg_iov',
  'msg_iovlen',
  'msg_control',
  'msg_controllen',
  'msg_flags',
];

// `{0}`, `{}`, `{ .msg_iov = iov, .msg_iovlen = 2 }`, `{0, 0, iov, 2}`, `msghdr{}`
function fromList(
  doc: Document,
  list: Node,
  field: (name: string, value: Node, at: Node) => boolean,
): boolean {
  if (list.type === 'compound_literal_expression') {
    const value = list.childForFieldName('value');
    return value !== null && fromList(doc, value, field);
  }
  if (list.type !== 'initializer_list') return false;
  return parts(list).every((entry, i) => {
    if (entry.type !== 'initializer_pair') {
      const name = FIELDS[i];
      if (name === 'msg_iov' || name === 'msg_iovlen') return field(name, entry, entry);
      return isNothing(doc, entry) || (name !== undefined && field(name, entry, entry));
    }
    const designator = entry.childForFieldName('designator');
    const value = entry.childForFieldName('value');
    return (
      designator !== null && value !== null && field(textOf(doc, designator).replace(/^\./, ''), value, entry)
    );
  });
}
