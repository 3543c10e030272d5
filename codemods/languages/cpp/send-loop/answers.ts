// What the functions of a loop answer: the value that says it went well, and what is done when memory is short.
import { type Node, parts, textOf } from '../document.ts';
import type { CppFunction } from '../function-facts.ts';
import { resolveVariable } from '../scope.ts';
import type { Loop } from './loop.ts';
import { bare, every } from './tree-walk.ts';

/** The value of the last return, which is the one that everything went well on; `0` where there is none. */
export function successOf({ doc, body }: CppFunction): string {
  const last = body === undefined ? undefined : parts(body).at(-1);
  const value = last?.type === 'return_statement' ? parts(last)[0] : undefined;
  return value === undefined ? '0' : textOf(doc, value);
}

/** The statements that follow a failed add, as the loop has them for an array that could not grow; the return comes last. */
export function failureOfAppend({ shape }: Loop, step: string): readonly string[] {
  const { append, grow, begin } = shape;
  const failed = [append.fn, grow, begin].map((fn) => (fn === undefined ? undefined : returnsBefore(fn)));
  const returned = failed.find((each) => each !== undefined) ?? '-1';
  for (const fn of [append.fn, grow, begin]) {
    const counted = fn === undefined ? undefined : countedFailure(fn);
    if (counted !== undefined)
      return [...counted.map((line) => line.replace(/\t/g, step)), `return ${returned};`];
  }
  return [`return ${returned};`];
}

// The value of a return that is not the last statement, when it is a constant.
function returnsBefore({ doc, body }: CppFunction): string | undefined {
  const last = body === undefined ? undefined : parts(body).at(-1);
  const early =
    body === undefined ? [] : every(body, 'return_statement').filter((each) => each.id !== last?.id);
  return early
    .flatMap((each) => parts(each).slice(0, 1))
    .filter((value) => every(value, 'call_expression', 'field_expression').length === 0)
    .filter((value) => every(value, 'identifier').every((name) => resolveVariable(doc, name) === undefined))
    .map((value) => textOf(doc, value))
    .find((value) => value !== (last === undefined ? undefined : textOf(doc, parts(last)[0] ?? last)));
}

// `if (! grown) { count; return -1; }`: what stands before the return, as long as it is about nothing local.
function countedFailure({ doc, body, parameters }: CppFunction): readonly string[] | undefined {
  if (body === undefined) return undefined;
  for (const each of every(body, 'if_statement')) {
    const block = each.childForFieldName('consequence');
    const test = each.childForFieldName('condition');
    if (block?.type !== 'compound_statement' || test === null) continue;
    const statements = parts(block);
    if (statements.at(-1)?.type !== 'return_statement' || statements.length < 2) continue;
    if (!isAboutPointer(bare(test))) continue;
    const before = statements.slice(0, -1);
    const own = new Set([...localNames(body, doc.text), ...parameters.map((parameter) => parameter.name)]);
    const names = before.flatMap((statement) =>
      every(statement, 'identifier').map((name) => textOf(doc, name)),
    );
    const simple = before.every((statement) => statement.type === 'expression_statement');
    if (simple && !names.some((name) => own.has(name)))
      return before.map((statement) => textOf(doc, statement));
  }
  return undefined;
}

function isAboutPointer(test: Node): boolean {
  return (
    test.type === 'unary_expression' ||
    (test.type === 'binary_expression' && /(?:==)\s*(?:NULL|0)$|^(?:NULL|0)\s*==/.test(test.text))
  );
}

function localNames(body: Node, text: string): readonly string[] {
  return every(body, 'declaration').flatMap((declaration) =>
    every(declaration, 'identifier').map((name) => text.slice(name.startIndex, name.endIndex)),
  );
}
