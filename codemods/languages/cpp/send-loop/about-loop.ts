// Which statements of a loop's function are about its arrays and messages alone, and which do something else that has to stay.
import { type Document, type Node, parts, textOf } from '../document.ts';
import type { CppFunction } from '../function-facts.ts';
import type { Loop } from './loop.ts';
import { calledName, every, fieldUse } from './tree-walk.ts';

const PARTS = /^(?:msg_iov|msg_iovlen|msg_name|msg_namelen|iov_base|iov_len)$/;

/** A declaration, or a statement that touches the loop's fields, a message, or a local of the function. */
export function isAboutLoop({ shape }: Loop, fn: CppFunction, statement: Node): boolean {
  if (statement.type === 'declaration') return true;
  const { begin, grow, append, fields } = shape;
  const machinery = [begin.name, grow?.name, append.fn.name];
  const own = new Set(Object.values(fields));
  const { doc } = fn;
  const calls = every(statement, 'call_expression').map((call) => calledName(doc, call));
  if (calls.some((name) => name !== undefined && machinery.includes(name))) return true;
  const names = every(statement, 'field_expression').map((each) => fieldUse(doc, each)?.name ?? '');
  if (names.some((name) => own.has(name) || PARTS.test(name))) return true;
  const locals = localNames(fn);
  return every(statement, 'identifier').some((each) => locals.has(textOf(doc, each)));
}

function localNames({ doc, body, parameters }: CppFunction): ReadonlySet<string> {
  const declared = body === undefined ? [] : parts(body).filter((each) => each.type === 'declaration');
  const given = new Set(parameters.map((parameter) => parameter.name));
  return new Set(
    declared
      .flatMap((each) => every(each, 'identifier').map((one) => textOf(doc, one)))
      .filter((name) => !given.has(name)),
  );
}

/** The first statement of a function that does something else, after the work on the loop has begun; assertions are no such thing. */
export function otherWork(loop: Loop, fn: CppFunction): Node | undefined {
  const all = fn.body === undefined ? [] : parts(fn.body);
  const first = all.findIndex((each) => each.type !== 'declaration' && isAboutLoop(loop, fn, each));
  return all.slice(first + 1).find((each) => !isAboutLoop(loop, fn, each) && !isQuiet(fn.doc, each));
}

// A return, with or without a condition, or an assertion.
function isQuiet(doc: Document, statement: Node): boolean {
  if (statement.type === 'if_statement')
    return (
      every(statement, 'assignment_expression', 'update_expression', 'expression_statement').length === 0
    );
  const [only] = statement.type === 'expression_statement' ? parts(statement) : [];
  return (
    statement.type === 'return_statement' ||
    (only?.type === 'call_expression' && /^assert$/i.test(calledName(doc, only) ?? ''))
  );
}
