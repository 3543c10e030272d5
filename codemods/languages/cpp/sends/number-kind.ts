// What kind of number an expression is, as far as braces care: they take no signed or floating value for a size_t.
import { type Document, type Node, parts, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { Library } from '../library.ts';

/**
 * `small`: unsigned and below int, which it becomes beside anything else. `unsigned`: of an int's size. `wide`: as size_t.
 * `long`: signed and wide. `constant`: an int that is spelled out.
 */
type NumberKind = 'constant' | 'small' | 'signed' | 'long' | 'unsigned' | 'wide' | 'floating' | 'unknown';

const FLOATING = /^(?:double|float|long double)$/;
const LONG =
  /^(?:long|long long|long int|(?:std::)?(?:ssize_t|ptrdiff_t|off_t|int64_t|intptr_t|intmax_t|time_t))$/;
const SIGNED = /^(?:int|short|char|signed char|(?:std::)?int(?:8|16|32)_t|rel_time_t)$/;
const SMALL =
  /^(?:unsigned (?:char|short)|unsigned short|char unsigned|short unsigned|(?:std::)?uint(?:8|16)_t|bool)$/;
const UNSIGNED = /^(?:unsigned|unsigned int|(?:std::)?uint32_t|u_int32_t|socklen_t)$/;
const WIDE =
  /^(?:unsigned long|long unsigned|unsigned long long|(?:std::)?(?:size_t|uint64_t|uint_t|uintptr_t|uintmax_t|u_int\d*_t)|\w+::size_type)$/;

/** Whether braces refuse a value of that kind for a size_t. */
export function narrows(kind: NumberKind): boolean {
  return kind === 'signed' || kind === 'long' || kind === 'floating';
}

/** The kind of an expression's value; `unknown` where its type is not in sight. */
export function numberKind(library: Library, doc: Document, node: Node): NumberKind {
  const kindOf = (inner: Node | null | undefined): NumberKind =>
    inner === null || inner === undefined ? 'unknown' : numberKind(library, doc, inner);
  switch (node.type) {
    case 'number_literal':
      return literalKind(textOf(doc, node));
    case 'char_literal':
      return 'constant';
    case 'sizeof_expression':
      return 'wide';
    case 'parenthesized_expression':
      return kindOf(parts(node)[0]);
    case 'unary_expression': {
      const kind = kindOf(node.childForFieldName('argument'));
      return kind === 'small' ? 'signed' : kind;
    }
    case 'binary_expression': {
      const [left, right] = [node.childForFieldName('left'), node.childForFieldName('right')];
      const operator = textOf(doc, node.childForFieldName('operator') ?? node);
      // The distance of two pointers or iterators.
      if (operator === '-' && isPlace(library, doc, right)) return 'long';
      if (operator === '<<' || operator === '>>') {
        const kind = kindOf(left);
        return kind === 'small' ? 'signed' : kind;
      }
      const kinds = [kindOf(left), kindOf(right)];
      return kinds.every((kind) => kind === 'constant') ? 'constant' : together(kinds);
    }
    case 'conditional_expression':
      return together([
        kindOf(node.childForFieldName('consequence')),
        kindOf(node.childForFieldName('alternative')),
      ]);
    case 'call_expression': {
      const callee = textOf(doc, node.childForFieldName('function') ?? node);
      if (/(?:^|\.|->|::)(?:size|length|strlen|strnlen|capacity)$/.test(callee)) return 'wide';
      if (/^std::(?:ranges::)?(?:distance|count|count_if|ssize)$/.test(callee)) return 'long';
      const cast = /^(?:int|long|short|double|float)$/.test(callee) ? callee : undefined;
      return ofType(cast ?? typeOf(library, doc, node)?.type.base);
    }
    default: {
      const type = typeOf(library, doc, node);
      return type === undefined || type.type.levels.some(({ kind }) => kind === '*')
        ? 'unknown'
        : ofType(type.type.base);
    }
  }
}

// The common type of two operands.
function together(kinds: readonly NumberKind[]): NumberKind {
  for (const kind of ['floating', 'wide', 'unknown', 'long', 'unsigned'] as const)
    if (kinds.includes(kind)) return kind;
  return 'signed';
}

function literalKind(text: string): NumberKind {
  const suffix = /[ulz]+$/i.exec(text)?.[0].toLowerCase() ?? '';
  if (!/^0x/i.test(text) && /[.e]/i.test(text)) return 'floating';
  if (!suffix.includes('u')) return 'constant';
  return /[lz]/.test(suffix) ? 'wide' : 'unsigned';
}

function isPlace(library: Library, doc: Document, node: Node | null): boolean {
  if (node === null) return false;
  if (/(?:\.|->)c?(?:begin|end|data)\s*\(\)$/.test(textOf(doc, node))) return true;
  const type = /^(?:identifier|field_expression)$/.test(node.type) ? typeOf(library, doc, node) : undefined;
  return type !== undefined && (type.isArray || type.type.levels.some(({ kind }) => kind === '*'));
}

function ofType(base: string | undefined): NumberKind {
  if (base === undefined) return 'unknown';
  if (FLOATING.test(base)) return 'floating';
  if (LONG.test(base)) return 'long';
  if (SIGNED.test(base)) return 'signed';
  if (SMALL.test(base)) return 'small';
  if (UNSIGNED.test(base)) return 'unsigned';
  return WIDE.test(base) ? 'wide' : 'unknown';
}
