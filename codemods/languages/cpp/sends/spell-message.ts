// Spells a message whose header goes: its array of parts goes into the send buffer as a whole, or part by part.
import type { TextEdit } from '../../../facts/text.ts';
import { type Document, type Node, textOf } from '../document.ts';
import { resolveVariable } from '../scope.ts';
import type { Answer, FailureTest } from './message-answer.ts';
import type { MessageCall } from './messages.ts';
import { arrayOf, byIndex, layoutAt, onlyPart, type PartLoop } from './part-loop.ts';
import type { PartialWriteLoop } from './partial-writes.ts';
import type { Message } from './read-message.ts';
import { type Change, Unspeakable } from './site-draft.ts';
import { accessorText } from './spell-calls.ts';
import { type PartsShape, spellParts } from './spell-parts.ts';
import { type StreamShape, streamShape } from './stream-shape.ts';

/** The edits that send a message's parts. @throws Unspeakable */
export function spellMessage(
  { doc, call, connection, target }: MessageCall,
  message: Message,
  answer: Answer,
  around: PartialWriteLoop | undefined,
  shape: PartsShape | undefined,
): Change {
  if (target === undefined) return {};
  const { array, count } = arrayOf(doc, message);
  const spaces = layoutAt(doc, around?.loop ?? call);
  if (target.kind === 'bufferevent' || target.kind === 'evbuffer') {
    const buffer = accessorText(target.accessor, connection.text, connection.isPointer);
    const output = target.kind === 'evbuffer' ? buffer : `bufferevent_get_output(${buffer})`;
    const add = target.kind === 'evbuffer' ? `evbuffer_add(${buffer}` : `bufferevent_write(${buffer}`;
    if (shape !== undefined) return spellParts(doc, call, message, shape, add);
    if (around !== undefined) {
      const { loop, part } = byIndex(doc, message, around.loop);
      const { newline, indent, step } = spaces;
      const call = `${add}, ${part}.iov_base, ${part}.iov_len)`;
      const inner = `${newline}${indent}${step}`;
      const body =
        around.failure === undefined
          ? `${call};`
          : `if (${call} != 0) {${inner}${step}${textOf(doc, around.failure)}${inner}}`;
      const text = `${loop} {${inner}${body}${newline}${indent}}`;
      return {
        statements: message.statements,
        edits: [{ file: doc.file, start: around.loop.startIndex, end: around.loop.endIndex, text }],
      };
    }
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
        ...tests.map((test) => testEdit(doc, test)),
      ],
    };
  }
  const place: StreamShape | undefined =
    around === undefined ? streamShape(call, answer) : { how: 'instead', statement: around.loop, gone: [] };
  if (place === undefined)
    throw new Unspeakable(
      'its answer is used, and copyToOutputStream answers nothing: it throws std::bad_alloc',
      call,
    );
  const { statement } = place;
  const { newline, indent, step } = spaces;
  const word = target.kind === 'same-calls' ? 'addIov' : 'copyToOutputStream';
  const receiver = connection.text === 'this' ? '' : `${connection.text}${connection.isPointer ? '->' : '.'}`;
  const only = onlyPart(doc, message);
  const { loop, part } =
    only === undefined ? loopOver(doc, message, statement) : { loop: undefined, part: only };
  const cast = target.kind === 'stream' && target.argument === 'byte view' ? 'uint8_t' : 'char';
  const argument =
    target.kind === 'stream' && target.argument !== 'pointer and length'
      ? `{reinterpret_cast<const ${cast}*>(${part}.iov_base), ${part}.iov_len}`
      : `${part}.iov_base, ${part}.iov_len`;
  const copy = `${receiver}${word}(${argument});`;
  const text = loop === undefined ? copy : `${loop} {${newline}${indent}${step}${copy}${newline}${indent}}`;
  const { startIndex: start, endIndex: end } = statement;
  if (place.how === 'instead')
    return {
      statements: [...message.statements, ...place.gone],
      edits: [{ file: doc.file, start, end, text }],
    };
  const { node, succeeded } = place.test;
  return {
    statements: message.statements,
    edits: [
      { file: doc.file, start, end: start, text: `${text}${newline}${indent}` },
      { file: doc.file, start: node.startIndex, end: node.endIndex, text: String(succeeded) },
    ],
  };
}

// `sendmsg(...) < 0` or `0 > sendmsg(...)`
function testEdit(doc: Document, { node, answer, succeeded }: FailureTest): TextEdit {
  const operator = succeeded ? '!=' : '==';
  return node.childForFieldName('left')?.id === answer.id
    ? { file: doc.file, start: answer.endIndex, end: node.endIndex, text: ` ${operator} 0` }
    : { file: doc.file, start: node.startIndex, end: answer.startIndex, text: `0 ${operator} ` };
}

// All of a vector or an array is walked by itself; a part of one by an index.
function loopOver(doc: Document, message: Message, at: Node): PartLoop {
  const { array, count } = arrayOf(doc, message);
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
  return byIndex(doc, message, at);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
