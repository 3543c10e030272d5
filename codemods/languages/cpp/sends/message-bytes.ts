// Whether a message surely has a byte: evbuffer_add_iovec answers 0 for a message of none as well as for no room.
import { type Document, type Node, occurrences, parts, textOf } from '../document.ts';
import { resolveVariable } from '../scope.ts';
import type { Message } from './read-message.ts';

/** Some part surely has a length: a constant that is set in no branch and no loop. */
export function hasBytes(doc: Document, fn: Node, { parts: array }: Message): boolean {
  const name =
    array === undefined
      ? undefined
      : array.type === 'identifier'
        ? array
        : array.descendantsOfType('identifier')[0];
  const variable = name === null || name === undefined ? undefined : resolveVariable(doc, name);
  if (variable === undefined) return false;
  const listed = variable.initialiser;
  if (listed?.type === 'initializer_list' && leaves(listed).some((leaf) => isLength(textOf(doc, leaf))))
    return true;
  return occurrences(doc, 'iov_len', fn.startIndex, fn.endIndex).some((use) => {
    const assignment = use.parent?.parent;
    const value = assignment?.type === 'assignment_expression' ? assignment.childForFieldName('right') : null;
    const isTop = assignment?.parent?.parent?.id === fn.childForFieldName('body')?.id;
    const isOurs = use.parent
      ?.descendantsOfType('identifier')
      .some((one) => one !== null && resolveVariable(doc, one)?.nameNode.id === variable.nameNode.id);
    return value !== null && isTop && isOurs === true && isLength(textOf(doc, value));
  });
}

function isLength(text: string): boolean {
  return /^(?:[1-9]\d*|sizeof\b.*|0x[1-9a-f][0-9a-f]*)$/is.test(text.trim());
}

// `{ [0] = { .iov_base = p, .iov_len = 4 }, { q, n } }`: p, 4, q, n
function leaves(node: Node): readonly Node[] {
  if (node.type === 'initializer_pair') {
    const value = node.childForFieldName('value');
    return value === null ? [] : leaves(value);
  }
  return node.type === 'initializer_list' ? parts(node).flatMap(leaves) : [node];
}
