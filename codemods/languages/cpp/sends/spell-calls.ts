// Spells the calls of one function: what begins goes, what adds becomes a copy.
import type { SendForm, SendSpelling } from '../../../facts/send.ts';
import type { TextEdit } from '../../../facts/text.ts';
import { type Document, type Node, rangeOf, textOf } from '../document.ts';
import type { Library } from '../library.ts';
import { copyArgument } from './copy-argument.ts';
import { isSoleBranch, removeCall, removeStatements } from './removal.ts';
import type { SendCall } from './send-functions.ts';
import type { Accessor, SendTarget } from './send-target.ts';

/** Why a call cannot be spelled; the range is what is in the way. */
export class Unspeakable extends Error {
  override readonly name = 'Unspeakable';
  readonly node: Node;
  constructor(reason: string, node: Node) {
    super(reason);
    this.node = node;
  }
}

/** Edits by call. Statements that go are gathered: those on lines below each other go as one. */
export interface CallEdits {
  readonly statements: readonly { readonly id: string; readonly statement: Node }[];
  readonly edits: ReadonlyMap<string, readonly TextEdit[]>;
}

/** The removal of a call, or its edits. @throws Unspeakable */
export function removal(
  doc: Document,
  call: SendCall,
): { readonly statement: Node } | { readonly edit: TextEdit } {
  const leftover = removeCall(doc, call.call, call.isMethod ? (doc.isC ? '0' : 'true') : '0');
  if (leftover.how === 'cannot') throw new Unspeakable(leftover.reason, call.call);
  if (leftover.how !== 'statement') return { edit: leftover.edit };
  if (isSoleBranch(leftover.statement))
    throw new Unspeakable(
      'it is all that this branch does, and the condition does something, too',
      leftover.statement,
    );
  return { statement: leftover.statement };
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
  return [{ file: doc.file, start: call.call.startIndex, end: pointer.startIndex, text: `${name}(${to}, ` }];
}

function isStatement(call: Node): boolean {
  return call.parent?.type === 'expression_statement';
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

/** Spells the calls of one function. */
export function spellCalls(
  library: Library,
  doc: Document,
  calls: readonly SendCall[],
  _forms: ReadonlyMap<string, SendForm>,
  idOf: (call: SendCall) => string,
): SendSpelling {
  const edits = new Map<string, TextEdit[]>();
  const statements: { readonly id: string; readonly statement: Node }[] = [];
  try {
    for (const call of calls) {
      const { target } = call;
      if (target === undefined) continue;
      if (call.role === 'begin') {
        const gone = removal(doc, call);
        if ('statement' in gone) statements.push({ id: idOf(call), statement: gone.statement });
        else edits.set(idOf(call), [gone.edit]);
      } else if (call.role === 'add') {
        edits.set(idOf(call), [...copyEdits(library, doc, call, target)]);
      }
    }
  } catch (error) {
    if (error instanceof Unspeakable) return { cannot: error.message, range: rangeOf(doc, error.node) };
    throw error;
  }
  for (const edit of removeStatements(
    doc,
    statements.map(({ statement }) => statement),
  )) {
    const owner = statements.find(
      ({ statement }) => statement.startIndex >= edit.start && statement.startIndex <= edit.end,
    );
    if (owner !== undefined) edits.set(owner.id, [...(edits.get(owner.id) ?? []), edit]);
  }
  return { edits };
}
