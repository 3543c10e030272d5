// Spells the calls of one function: what begins goes, what adds becomes a copy.
import type { TextEdit } from '../../../facts/text.ts';
import { type Document, type Node, rangeOf, textOf } from '../document.ts';
import type { Library } from '../library.ts';
import { copyArgument } from './copy-argument.ts';
import { isSoleBranch, removeCall } from './removal.ts';
import type { SendCall } from './send-functions.ts';
import type { Accessor, SendTarget } from './send-target.ts';
import { Unspeakable } from './site-draft.ts';

/** The removal of a call, or its edits. @throws Unspeakable */
export function removal(
  doc: Document,
  call: SendCall,
): { readonly statement: Node } | { readonly edit: TextEdit } {
  const leftover = removeCall(doc, call.call, call.isMethod ? (doc.isC ? '0' : 'true') : '0');
  if (leftover.how === 'cannot') throw new Unspeakable(leftover.reason, call.call);
  if (leftover.how !== 'statement') return { edit: leftover.edit };
  const { statement } = leftover;
  if (statement.parent?.type === 'else_clause') return { statement: statement.parent };
  // What the condition does still happens.
  if (isSoleBranch(statement) && !leavesLabel(doc, statement))
    return { edit: { ...rangeOf(doc, statement), text: '{}' } };
  return { statement };
}

// What follows takes the label, unless it goes as well or is a declaration.
function leavesLabel(doc: Document, statement: Node): boolean {
  const label = statement.parent;
  const next = label?.nextNamedSibling;
  return (
    label?.type === 'labeled_statement' &&
    label.parent?.type === 'compound_statement' &&
    next !== null &&
    next !== undefined &&
    /^(?:expression|if|for|while|do|return|switch|goto)_statement$/.test(next.type) &&
    !/add_?msg_?hdr/i.test(textOf(doc, next))
  );
}

/** The edits of a call that adds. @throws Unspeakable */
export function copyEdits(
  library: Library,
  doc: Document,
  call: SendCall,
  target: SendTarget,
): readonly TextEdit[] {
  const [pointer, length] = call.args;
  if (target.kind === 'same-calls' || pointer === undefined || length === undefined) return [];
  if (target.kind === 'stream') {
    const outer = call.call.parent?.type === 'argument_list' ? call.call.parent.parent : null;
    if (outer !== null)
      throw new Unspeakable(
        `it is an argument of ${textOf(doc, outer.childForFieldName('function') ?? outer)}()`,
        call.call,
      );
    if (!isStatement(call.call))
      throw new Unspeakable(
        'its answer is used, and copyToOutputStream answers nothing: it throws std::bad_alloc',
        call.call,
      );
    return [
      { ...rangeOf(doc, call.name), text: 'copyToOutputStream' },
      ...copyArgument(library, doc, pointer, length, target.argument),
    ];
  }
  const receiver = receiverText(doc, call, target.accessor);
  const [name, to] =
    target.kind === 'evbuffer' ? ['evbuffer_add', receiver] : ['bufferevent_write', receiver];
  if (!call.isMethod && call.receiver !== undefined)
    return [
      { ...rangeOf(doc, call.name), text: name },
      { ...rangeOf(doc, call.receiver), text: to },
    ];
  const callee = call.call.childForFieldName('function') ?? call.name;
  return [
    { ...rangeOf(doc, callee), text: name },
    { file: doc.file, start: pointer.startIndex, end: pointer.startIndex, text: `${to}, ` },
  ];
}

function isStatement(call: Node): boolean {
  const parent = call.parent;
  // Nobody looks at what stands before a comma, or at all of a statement.
  if (parent?.type === 'comma_expression')
    return isStatement(parent) || parent.childForFieldName('left')?.id === call.id;
  return parent?.type === 'expression_statement';
}

/** The bufferevent or evbuffer of the connection that a call is about. @throws Unspeakable */
export function receiverText(
  doc: Document,
  call: Pick<SendCall, 'receiver' | 'isMethod' | 'call'>,
  accessor: Accessor,
): string {
  const { receiver } = call;
  const isPointer = receiver === undefined || !call.isMethod || isArrow(doc, receiver);
  return accessorText(accessor, receiver === undefined ? 'this' : textOf(doc, receiver), isPointer);
}

/** Spells an accessor for the text of a connection. */
export function accessorText(accessor: Accessor, text: string, isPointer: boolean): string {
  if (accessor.how !== 'function') {
    const member = `${text}${isPointer ? '->' : '.'}${accessor.name}`;
    return accessor.how === 'method' ? `${member}()` : member;
  }
  if (accessor.byReference) return `${accessor.name}(${isPointer ? `*${text}` : text})`;
  return `${accessor.name}(${isPointer ? text : `&${text}`})`;
}

function isArrow(doc: Document, receiver: Node): boolean {
  return doc.text
    .slice(receiver.endIndex, receiver.endIndex + 4)
    .trimStart()
    .startsWith('->');
}
