// Operators that a class of the tree overloads: what looks like arithmetic is a call, and may take its operand mutable.
import { type Node, rangeOf, textOf } from './document.ts';
import { typeOf } from './expression-type.ts';
import type { Mode, Trace } from './trace.ts';

const OPERATIONS = new Set([
  'binary_expression',
  'assignment_expression',
  'subscript_argument_list',
  'update_expression',
  'unary_expression',
]);

/** Notes an escape where the tree declares the operator for a mutable reference or pointer to the value's class. */
export function overloadedOperator(trace: Trace, node: Node, parent: Node, mode: Mode): boolean {
  const { doc, library, found } = trace;
  if (doc.isC || !OPERATIONS.has(parent.type) || mode === 'member' || mode === 'untyped') return false;
  const operator =
    parent.type === 'subscript_argument_list'
      ? '[]'
      : textOf(doc, parent.childForFieldName('operator') ?? parent);
  if (operator === '=' || operator.length > 3) return false;
  const base = typeOf(library, doc, node)?.type.base.replace(/^.*::/, '') ?? '';
  if (!/^[A-Za-z_]\w*$/.test(base)) return false;
  const taking = new RegExp(`(?<!\\bconst\\s+(?:struct\\s+|class\\s+)?(?:\\w+::)*)\\b${base}\\s*[*&]`);
  if (!library.operatorParameters(operator).some((list) => taking.test(list))) return false;
  found.escapes.push({
    range: rangeOf(doc, parent),
    reason: `operator${operator} is overloaded for a mutable ${base}`,
  });
  return true;
}
