// A value that goes through a cast: to another pointer type, or to an integer that nothing follows.
import { type Document, type Node, parts, rangeOf, textOf } from './document.ts';
import type { Mode, Trace } from './trace.ts';
import { isIndirect, parseTypeName } from './type-name.ts';

/** Goes on behind a cast as a place of its own. */
export function climbCast(trace: Trace, cast: Node, type: Node | null, mode: Mode): void {
  if (type === null || mode === 'member') return;
  const { doc, found, places } = trace;
  const target = parseTypeName(textOf(doc, type));
  if (/^const_cast\b/.test(textOf(doc, cast))) {
    found.escapes.push({
      range: rangeOf(doc, cast),
      reason: 'const_cast takes the protection away on purpose',
    });
    return;
  }
  const place = places.cast(doc, cast, type);
  if (!isIndirect(target) && place.access === 'inferred') {
    if (
      (mode === 'pointer' || mode === 'array') &&
      !/^(?:bool|void|_Bool)$/.test(target.base) &&
      isKept(doc, cast)
    ) {
      found.escapes.push({
        range: rangeOf(doc, cast),
        reason: `it is turned into an integer (${target.base}), which nothing follows`,
      });
    }
    return;
  }
  if (mode === 'object' && !target.levels.some((level) => level.kind !== '*')) return;
  found.flows.push({ to: place, at: rangeOf(doc, cast), how: 'cast' });
}

// An address as a number is harmless in a test or a log line; kept, or cast back, it is a pointer again.
function isKept(doc: Document, cast: Node): boolean {
  let at = cast;
  while (at.parent !== null && (at.parent.type === 'parenthesized_expression' || isSum(doc, at.parent)))
    at = at.parent;
  const parent = at.parent;
  if (!/\blong\b|ptr_t|size_t|64|^auto/.test(castType(doc, cast))) return false;
  if (parent?.type === 'cast_expression')
    return isPointerType(doc, parent.childForFieldName('type')) || isKept(doc, parent);
  if (parent?.type === 'argument_list') {
    const callee = parent.parent?.childForFieldName('function');
    if (callee?.type !== 'template_function') return false;
    const type = callee.childForFieldName('arguments');
    return type !== null && isPointerType(doc, parts(type)[0] ?? null);
  }
  return parent !== null && /^(?:init_declarator|assignment_expression|return_statement)$/.test(parent.type);
}

function castType(doc: Document, cast: Node): string {
  const type =
    cast.childForFieldName('type') ?? cast.childForFieldName('function')?.childForFieldName('arguments');
  return type === null || type === undefined ? '' : textOf(doc, type);
}

function isSum(doc: Document, node: Node): boolean {
  return (
    node.type === 'binary_expression' &&
    /^[+\-|]$/.test(textOf(doc, node.childForFieldName('operator') ?? node))
  );
}

function isPointerType(doc: Document, type: Node | null): boolean {
  return type !== null && isIndirect(parseTypeName(textOf(doc, type)));
}
