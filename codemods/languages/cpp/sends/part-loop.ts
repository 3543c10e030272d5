// The loop over the parts of a message: its head, how it names a part, and how it is laid out.
import { type Document, enclosing, type Node, textOf } from '../document.ts';
import { resolveVariable } from '../scope.ts';
import { calleeText } from './function-index.ts';
import type { Message } from './read-message.ts';
import { Unspeakable } from './site-draft.ts';

/** The head of a loop, and the text of the part that it is at. */
export interface PartLoop {
  readonly loop: string;
  readonly part: string;
}

/** The array of a message and how many parts it has, as text. */
export function arrayOf(doc: Document, message: Message): { readonly array: string; readonly count: string } {
  const { pointer } = message;
  if (pointer !== undefined) return { array: `${pointer}->msg_iov`, count: `${pointer}->msg_iovlen` };
  return {
    array: message.parts === undefined ? '' : textOf(doc, message.parts),
    count: message.count === undefined ? '' : textOf(doc, message.count),
  };
}

/** How the part of a message of one part is named: `v` for `&v`, `iov[0]` for `iov`; undefined where there may be more. */
export function onlyPart(doc: Document, message: Message): string | undefined {
  const { array, count } = arrayOf(doc, message);
  if (count !== '1') return undefined;
  const single = /^&\s*(\w+)$/.exec(array)?.[1];
  if (single !== undefined) return single;
  return /^[\w.>-]+$/.test(array) ? `${array}[0]` : undefined;
}

/** A loop by an index of the type that the count is of; `at` is where it will stand. @throws Unspeakable */
export function byIndex(doc: Document, message: Message, at: Node): PartLoop {
  const { array, count } = arrayOf(doc, message);
  for (const value of [message.parts, message.count])
    if (value !== undefined && !isSteady(doc, value))
      throw new Unspeakable(`${textOf(doc, value)} would be evaluated for every part`, value);
  const variable = message.count?.type === 'identifier' ? resolveVariable(doc, message.count) : undefined;
  const type = variable?.node.childForFieldName('type');
  const spelled = type === null || type === undefined ? 'size_t' : textOf(doc, type);
  const index = /^\w+$/.test(spelled) && spelled !== 'auto' ? spelled : 'size_t';
  const name = freeName(doc, at);
  const limit = limitText(doc, count, message.count);
  return {
    loop: `for (${index} ${name} = 0; ${name} < ${limit}; ${doc.isC ? `${name}++` : `++${name}`})`,
    part: `${/^[\w.>-]+$/.test(array) ? array : `(${array})`}[${name}]`,
  };
}

// A distance is signed, and the index that it is compared with is not.
function limitText(doc: Document, count: string, node: Node | undefined): string {
  const operator = node?.type === 'binary_expression' ? node.childForFieldName('operator') : null;
  if (operator !== null && operator !== undefined && textOf(doc, operator) === '-')
    return doc.isC ? `(size_t)(${count})` : `static_cast<size_t>(${count})`;
  return /[?|&^=,]|<<|>>/.test(count.replace(/->/g, '')) ? `(${count})` : count;
}

// It has the same value in every round, and nobody minds how often it is asked for.
function isSteady(doc: Document, value: Node): boolean {
  return [
    value,
    ...value.descendantsOfType(['call_expression', 'assignment_expression', 'update_expression']),
  ]
    .filter((node) => node !== null)
    .every((node) =>
      node.type === 'call_expression'
        ? /(?:\.|->|::)(?:size|data|begin|c_str)$/.test(calleeText(doc, node))
        : !/^(?:assignment|update)_expression$/.test(node.type),
    );
}

const NAMES = ['i', 'j', 'k', 'part', 'next_part'];

function freeName(doc: Document, at: Node): string {
  const around = enclosing(at, 'function_definition') ?? at;
  const text = textOf(doc, around);
  return NAMES.find((name) => !new RegExp(`\\b${name}\\b`).test(text)) ?? 'part_index';
}

/** The line end of a document, the indentation at a node and one step of it. */
export function layoutAt(
  doc: Document,
  node: Node,
): { readonly newline: string; readonly indent: string; readonly step: string } {
  const line = doc.text.lastIndexOf('\n', node.startIndex - 1) + 1;
  const indent = /^[ \t]*/.exec(doc.text.slice(line))?.[0] ?? '';
  return {
    newline: doc.text.includes('\r\n') ? '\r\n' : '\n',
    indent,
    step: indent.includes('\t') ? '\t' : '    ',
  };
}
