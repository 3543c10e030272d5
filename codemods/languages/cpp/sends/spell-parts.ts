// Spells a message that may have no bytes for a buffer in C: each part by itself, since evbuffer_add and bufferevent_write
// tell no bytes (0) from no room (-1), which evbuffer_add_iovec does not.
import type { TextEdit } from '../../../facts/text.ts';
import { type Document, enclosing, type Node, textOf } from '../document.ts';
import type { Answer } from './message-answer.ts';
import { byIndex, layoutAt, onlyPart } from './part-loop.ts';
import type { Message } from './read-message.ts';
import { type Change, Unspeakable } from './site-draft.ts';

/** A statement around sendmsg that can stand in, or turn into, a loop over the parts. */
export type PartsShape =
  /** `if (sendmsg(...) < 0) return -1;` */
  | { readonly how: 'branch'; readonly statement: Node; readonly test: Node }
  /** `rc = sendmsg(...);`, which is only asked whether it failed. */
  | { readonly how: 'variable'; readonly statement: Node; readonly name: string };

/** The shape around a call whose answer is checked; undefined for any other. */
export function partsShape(doc: Document, call: Node, answer: Answer): PartsShape | undefined {
  if (answer.how !== 'checked') return undefined;
  const [test, more] = answer.tests;
  if (test !== undefined && more === undefined && isIn(call, test.node) && !test.succeeded) {
    let at = test.node;
    while (at.parent !== null && /^(?:parenthesized_expression|condition_clause)$/.test(at.parent.type))
      at = at.parent;
    const statement = at.parent;
    const isPlain =
      statement?.type === 'if_statement' &&
      statement.childForFieldName('condition')?.id === at.id &&
      statement.childForFieldName('alternative') === null &&
      leaves(statement.childForFieldName('consequence'));
    return isPlain ? { how: 'branch', statement, test: test.node } : undefined;
  }
  const statement = enclosing(
    call,
    'declaration',
    'expression_statement',
    'return_statement',
    'if_statement',
  );
  if (statement === undefined || statement.parent?.type !== 'compound_statement') return undefined;
  const inner = statement.namedChildren.filter((child) => child !== null && child.type !== 'comment');
  if (statement.type === 'expression_statement') {
    const [assignment] = inner;
    const left = assignment?.type === 'assignment_expression' ? assignment.childForFieldName('left') : null;
    return left?.type === 'identifier' && isValue(assignment?.childForFieldName('right'), call)
      ? { how: 'variable', statement, name: textOf(doc, left) }
      : undefined;
  }
  if (statement.type !== 'declaration' || /\bconst\b/.test(textOf(doc, statement))) return undefined;
  const [declarator, another] = statement.childrenForFieldName('declarator');
  const name = declarator?.type === 'init_declarator' ? declarator.childForFieldName('declarator') : null;
  return another === undefined &&
    name?.type === 'identifier' &&
    isValue(declarator?.childForFieldName('value'), call)
    ? { how: 'variable', statement, name: textOf(doc, name) }
    : undefined;
}

/** The edits for a call of that shape; `add` is the call that adds a part, up to its arguments. @throws Unspeakable */
export function spellParts(
  doc: Document,
  call: Node,
  message: Message,
  shape: PartsShape,
  add: string,
): Change {
  const { statement } = shape;
  const only = onlyPart(doc, message);
  const edit = (start: number, end: number, text: string): TextEdit => ({ file: doc.file, start, end, text });
  if (only !== undefined) {
    const adds = `${add}, ${only}.iov_base, ${only}.iov_len)`;
    const test =
      shape.how === 'branch'
        ? edit(shape.test.startIndex, shape.test.endIndex, `${adds} != 0`)
        : edit(call.startIndex, call.endIndex, adds);
    return { statements: message.statements, edits: [test] };
  }
  const { loop, part } = byIndex(doc, message, statement);
  const { newline, indent, step } = layoutAt(doc, statement);
  const adds = `${add}, ${part}.iov_base, ${part}.iov_len)`;
  const close = `${newline}${indent}}`;
  if (shape.how === 'variable') {
    const { name } = shape;
    const stop = loop.replace(/; (\w+) </, `; ${name} == 0 && $1 <`);
    const text = `${newline}${indent}${stop} {${newline}${indent}${step}${name} = ${adds};${close}`;
    return {
      statements: message.statements,
      edits: [edit(call.startIndex, call.endIndex, '0'), edit(statement.endIndex, statement.endIndex, text)],
    };
  }
  return {
    statements: message.statements,
    edits: [
      edit(statement.startIndex, statement.startIndex, `${loop} {${newline}${indent}${step}`),
      edit(shape.test.startIndex, shape.test.endIndex, `${adds} != 0`),
      ...linesIn(doc, statement, shape.test.endIndex).map((at) => edit(at, at, step)),
      edit(statement.endIndex, statement.endIndex, close),
    ],
  };
}

// Where the lines of a branch begin that move in by one step: no blank ones, no directives.
function linesIn(doc: Document, statement: Node, from: number): readonly number[] {
  const strings = statement.descendantsOfType(['raw_string_literal', 'string_literal']);
  if (strings.some((one) => one !== null && textOf(doc, one).includes('\n')))
    throw new Unspeakable('a string goes over the lines that would move', statement);
  return [...doc.text.slice(from, statement.endIndex).matchAll(/\n(?=[^\r\n#])/g)].map(
    ({ index }) => from + index + 1,
  );
}

// After the first part that fails nothing more is added.
function leaves(branch: Node | null): boolean {
  if (branch === null) return false;
  if (/^(?:return|goto|throw)_statement$/.test(branch.type)) return true;
  const last = branch.type === 'compound_statement' ? branch.namedChildren.at(-1) : null;
  return last !== null && last !== undefined && leaves(last);
}

function isValue(value: Node | null | undefined, call: Node): boolean {
  return value?.id === call.id;
}

function isIn(node: Node, around: Node): boolean {
  return node.startIndex >= around.startIndex && node.endIndex <= around.endIndex;
}
