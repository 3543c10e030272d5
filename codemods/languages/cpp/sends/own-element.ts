// `list[i].cas = 1; add(&list[i], sizeof(list[i]));` over a list: the store of the next round is to another element.
import { type Document, type Node, parts, textOf } from '../document.ts';
import { resolveVariable } from '../scope.ts';

const LOOP = /^(?:for_statement|while_statement|do_statement|for_range_loop)$/;

/** In every round of `loop` the add takes, and the store writes to, an element that no other round has. */
export function isOwnElement(doc: Document, loop: Node, add: Node, store: Node): boolean {
  const index = steppedBy(doc, loop);
  const list = add.childForFieldName('arguments');
  if (index === undefined || list === null || isInLoop(loop)) return false;
  const element = list
    .descendantsOfType('subscript_expression')
    .find((one) => one !== null && indexOf(doc, one) === index);
  const holder = element?.childForFieldName('argument');
  if (element === null || element === undefined || holder?.type !== 'identifier') return false;
  const last = parts(list).at(-1);
  // More than the element would reach into the next one.
  if (last === undefined || !/^sizeof\b[^*+]*$/.test(textOf(doc, last))) return false;
  const array = resolveVariable(doc, holder)?.nameNode.id;
  if (array === undefined || isSetIn(doc, loop, textOf(doc, holder))) return false;
  const target = store.childForFieldName(
    store.type === 'assignment_expression'
      ? 'left'
      : store.type === 'call_expression'
        ? 'arguments'
        : 'argument',
  );
  const stored = store.type === 'call_expression' && target !== null ? parts(target)[0] : target;
  // By another name it may be any element.
  if (stored === null || stored === undefined || uses(doc, stored, array).length === 0) return false;
  return [...uses(doc, list, array), ...uses(doc, store, array)].every((use) => {
    const parent = use.parent;
    return parent?.type === 'subscript_expression' && indexOf(doc, parent) === index;
  });
}

// `i` of `for (...; ...; ++i)`, which nothing in the loop sets besides.
function steppedBy(doc: Document, loop: Node): string | undefined {
  const update = loop.type === 'for_statement' ? loop.childForFieldName('update') : null;
  const name = update?.type === 'update_expression' ? update.childForFieldName('argument') : null;
  const body = loop.childForFieldName('body');
  if (name?.type !== 'identifier' || body === null) return undefined;
  return isSetIn(doc, body, textOf(doc, name)) ? undefined : textOf(doc, name);
}

function isSetIn(doc: Document, node: Node, name: string): boolean {
  return node
    .descendantsOfType(['assignment_expression', 'update_expression', 'pointer_expression'])
    .some((one) => {
      const target = one?.childForFieldName(one.type === 'assignment_expression' ? 'left' : 'argument');
      if (one?.type === 'pointer_expression' && doc.text[one.startIndex] !== '&') return false;
      return target !== null && target !== undefined && textOf(doc, target) === name;
    });
}

function isInLoop(loop: Node): boolean {
  for (let at = loop.parent; at !== null && at.type !== 'function_definition'; at = at.parent)
    if (LOOP.test(at.type)) return true;
  return false;
}

function indexOf(doc: Document, subscript: Node): string | undefined {
  const indices = subscript.childForFieldName('indices');
  const [only, more] = indices === null ? [] : parts(indices);
  return only?.type === 'identifier' && more === undefined ? textOf(doc, only) : undefined;
}

function uses(doc: Document, node: Node, array: number): readonly Node[] {
  return node
    .descendantsOfType('identifier')
    .filter((one) => one !== null)
    .filter((one) => resolveVariable(doc, one)?.nameNode.id === array);
}
