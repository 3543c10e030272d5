// What the functions of a loop do: begin a message, append a vector, make room, by their assignments alone.
import { type Document, type Node, textOf } from '../document.ts';
import type { CppFunction } from '../function-facts.ts';
import { resolveVariable } from '../scope.ts';
import type { Append } from './loop-shape.ts';
import { bare, every, fieldUse, operatorOf } from './tree-walk.ts';

/** An element of an array of the connection, by the index that a field of it holds. */
export interface Element {
  readonly object: Node;
  readonly array: string;
  readonly index: string;
}

/** `&c->list[c->current]` or `c->list + c->current`, at once or by way of a local. */
export function elementOf(doc: Document, body: Node, message: Node): Element | undefined {
  const expression = bare(message);
  if (expression.type === 'identifier') {
    const name = textOf(doc, expression);
    const given = [
      resolveVariable(doc, expression)?.initialiser,
      ...every(body, 'assignment_expression')
        .filter((each) => textOf(doc, each.childForFieldName('left') ?? each) === name)
        .map((each) => each.childForFieldName('right') ?? undefined),
    ].filter((each) => each !== undefined);
    return given.map((each) => directElement(doc, bare(each))).find((each) => each !== undefined);
  }
  return directElement(doc, expression);
}

function directElement(doc: Document, expression: Node): Element | undefined {
  const pair =
    expression.type === 'pointer_expression' && doc.text[expression.startIndex] === '&'
      ? subscripted(bare(expression.childForFieldName('argument') ?? expression))
      : expression.type === 'binary_expression' && operatorOf(doc, expression) === '+'
        ? ([expression.childForFieldName('left'), expression.childForFieldName('right')] as const)
        : undefined;
  if (pair === undefined) return undefined;
  const array = fieldUse(doc, pair[0]);
  const index = fieldUse(doc, pair[1]);
  if (array === undefined || index === undefined) return undefined;
  if (textOf(doc, array.object) !== textOf(doc, index.object)) return undefined;
  return { object: array.object, array: array.name, index: index.name };
}

function subscripted(node: Node): readonly [Node | null, Node | null] | undefined {
  if (node.type !== 'subscript_expression') return undefined;
  const list = node.childForFieldName('indices');
  const index = list === null ? node.childForFieldName('index') : (list.namedChildren[0] ?? null);
  return [node.childForFieldName('argument'), index];
}

/** The function that begins a message. */
export interface BeginFacts {
  readonly fn: CppFunction;
  readonly vectors: string;
  readonly vectorsUsed: string;
}

/** Points the next message's msg_iov to the next free vector, and counts the message. */
export function beginFacts(fn: CppFunction, array: string, used: string): readonly BeginFacts[] {
  const { doc, body } = fn;
  if (body === undefined || !mentionsField(fn, array) || !counts(fn, used)) return [];
  for (const assignment of every(body, 'assignment_expression')) {
    if (fieldUse(doc, assignment.childForFieldName('left'))?.name !== 'msg_iov') continue;
    const right = assignment.childForFieldName('right');
    const element = right === null ? undefined : directElement(doc, bare(right));
    if (element !== undefined) return [{ fn, vectors: element.array, vectorsUsed: element.index }];
  }
  return [];
}

function counts(fn: CppFunction, field: string): boolean {
  const { doc, body } = fn;
  if (body === undefined) return false;
  const updated = every(body, 'update_expression').some(
    (each) => fieldUse(doc, each.childForFieldName('argument'))?.name === field,
  );
  return (
    updated ||
    every(body, 'assignment_expression').some(
      (each) =>
        /^(?:=|\+=)$/.test(operatorOf(doc, each)) &&
        fieldUse(doc, each.childForFieldName('left'))?.name === field &&
        !/^0$/.test(textOf(doc, each.childForFieldName('right') ?? each)),
    )
  );
}

/** Stores a pointer and a length that it was given into a vector. */
export function appendFacts(fn: CppFunction): readonly Append[] {
  const { doc, body } = fn;
  if (body === undefined || fn.parameters.length < 3) return [];
  const parameter = (node: Node | null): number => {
    const value = node === null ? undefined : bare(node);
    return fn.parameters.findIndex(
      (each) => each.name !== undefined && value !== undefined && textOf(doc, value) === each.name,
    );
  };
  let memory = -1;
  let length = -1;
  for (const assignment of every(body, 'assignment_expression')) {
    const field = fieldUse(doc, assignment.childForFieldName('left'))?.name;
    const at = parameter(assignment.childForFieldName('right'));
    if (field === 'iov_base' && at !== -1) memory = at;
    if (field === 'iov_len' && at !== -1) length = at;
  }
  const connection = fn.parameters.findIndex((_, at) => at !== memory && at !== length);
  return memory === -1 || length === -1 ? [] : [{ fn, connection, memory, length }];
}

/** Points the messages' msg_iov into an array that it made larger. */
export function regrows(fn: CppFunction, array: string, vectors: string): boolean {
  const { doc, body } = fn;
  if (body === undefined || !mentionsField(fn, array)) return false;
  const grows = every(body, 'assignment_expression').some(
    (each) => fieldUse(doc, each.childForFieldName('left'))?.name === vectors,
  );
  return grows && /\bmsg_iov\b/.test(textOf(doc, body));
}

/** The field that a count is compared with: `c->size == c->used`. */
export function comparedWith(
  functions: readonly CppFunction[],
  count: string,
  but: readonly string[],
): string | undefined {
  for (const { doc, body } of functions) {
    for (const test of body === undefined ? [] : every(body, 'binary_expression')) {
      if (!/^(?:<|>|<=|>=|==|!=)$/.test(operatorOf(doc, test))) continue;
      const left = fieldUse(doc, test.childForFieldName('left'))?.name;
      const right = fieldUse(doc, test.childForFieldName('right'))?.name;
      const other = left === count ? right : right === count ? left : undefined;
      if (other !== undefined && !but.includes(other)) return other;
    }
  }
  return undefined;
}

/** `c->bytes += length` */
export function byteField({ fn, length }: Append): string | undefined {
  const { doc, body } = fn;
  for (const assignment of body === undefined ? [] : every(body, 'assignment_expression')) {
    const right = assignment.childForFieldName('right');
    if (operatorOf(doc, assignment) !== '+=' || right === null) continue;
    const field = fieldUse(doc, assignment.childForFieldName('left'));
    if (
      field !== undefined &&
      textOf(doc, bare(right)) === fn.parameters[length]?.name &&
      bare(field.object).type === 'identifier'
    )
      return field.name;
  }
  return undefined;
}

function mentionsField({ doc, body }: CppFunction, field: string): boolean {
  return body !== undefined && new RegExp(`(?:->|\\.)\\s*${field}\\b`).test(textOf(doc, body));
}
