// Sizes and offsets of C types as a common 64-bit compiler lays them out; undefined where the spelling does not tell.
import type { CppClass, CppField } from '../class-facts.ts';
import { type Document, type Node, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { Library } from '../library.ts';
import { parseTypeName, type TypeName } from '../type-name.ts';
import { bare, every, operatorOf } from './tree-walk.ts';

/** Bytes of a type, and the multiple that it begins at. */
export interface TypeSize {
  readonly size: number;
  readonly align: number;
}

const SCALARS: Readonly<Record<string, number>> = {
  char: 1,
  'signed char': 1,
  'unsigned char': 1,
  bool: 1,
  _Bool: 1,
  int8_t: 1,
  uint8_t: 1,
  short: 2,
  'unsigned short': 2,
  int16_t: 2,
  uint16_t: 2,
  int: 4,
  unsigned: 4,
  'unsigned int': 4,
  int32_t: 4,
  uint32_t: 4,
  float: 4,
  long: 8,
  'unsigned long': 8,
  'long long': 8,
  'unsigned long long': 8,
  int64_t: 8,
  uint64_t: 8,
  size_t: 8,
  ssize_t: 8,
  time_t: 8,
  double: 8,
};

/** The size of a type that is no array. */
export function sizeOfType(library: Library, type: TypeName, depth = 0): TypeSize | undefined {
  if (type.levels.length > 0) return { size: 8, align: 8 };
  const scalar = Object.hasOwn(SCALARS, type.base) ? SCALARS[type.base] : undefined;
  if (scalar !== undefined) return { size: scalar, align: scalar };
  if (depth > 8) return undefined;
  for (const cls of library.classesNamed(type.base.replace(/^.*::/, ''))) {
    const found =
      cls.aliasOf === undefined
        ? sizeOfClass(library, cls, depth + 1)
        : sizeOfType(library, cls.aliasOf, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A member in its holder. */
export interface Member {
  /** Undefined where a member before it has no known size. */
  readonly offset: number | undefined;
  readonly field: CppField;
  readonly doc: Document;
}

/** The offset of a member and the member; members of anonymous structs and unions count as the holder's own. */
export function memberAt(library: Library, cls: CppClass, name: string): Member | undefined {
  const field = cls.fields.find((each) => each.name === name);
  if (field === undefined) return undefined;
  if (isUnion(cls)) return { offset: 0, field, doc: cls.doc };
  return { offset: layOut(library, cls, 0).offsets.get(name), field, doc: cls.doc };
}

/** The class with a body that a type name leads to. */
export function classOfType(library: Library, type: TypeName, depth = 0): CppClass | undefined {
  if (depth > 8) return undefined;
  for (const cls of library.classesNamed(type.base.replace(/^.*::/, ''))) {
    const found = cls.aliasOf === undefined ? cls : classOfType(library, cls.aliasOf, depth + 1);
    if (found !== undefined && found.fields.length > 0) return found;
  }
  return undefined;
}

function isUnion(cls: CppClass): boolean {
  return cls.node.type === 'union_specifier' || /^(?:typedef\s+)?union\b/.test(cls.node.text);
}

function isPacked(cls: CppClass): boolean {
  const tail = cls.doc.text.slice(cls.node.endIndex, cls.node.endIndex + 60).split(';')[0] ?? '';
  const head = cls.doc.text.slice(cls.node.startIndex, cls.node.startIndex + 60).split('{')[0] ?? '';
  return /packed/i.test(tail) || /packed/i.test(head);
}

interface Laid {
  readonly offsets: ReadonlyMap<string, number>;
  readonly whole: TypeSize | undefined;
}

function layOut(library: Library, cls: CppClass, depth: number): Laid {
  const offsets = new Map<string, number>();
  const packed = isPacked(cls);
  let end = 0;
  let widest = 1;
  for (const field of cls.fields) {
    const size = sizeOfField(library, cls.doc, field, depth);
    if (size === undefined || /:\s*\d+\s*;?\s*$/.test(field.node.text)) return { offsets, whole: undefined };
    const align = packed ? 1 : size.align;
    const offset = Math.ceil(end / align) * align;
    offsets.set(field.name, offset);
    end = offset + size.size;
    widest = Math.max(widest, align);
  }
  return { offsets, whole: { size: Math.ceil(end / widest) * widest, align: widest } };
}

function sizeOfClass(library: Library, cls: CppClass, depth: number): TypeSize | undefined {
  if (cls.fields.length === 0) return undefined;
  if (!isUnion(cls)) return layOut(library, cls, depth).whole;
  let size = 0;
  let align = 1;
  for (const field of cls.fields) {
    const one = sizeOfField(library, cls.doc, field, depth);
    if (one === undefined) return undefined;
    size = Math.max(size, one.size);
    align = Math.max(align, one.align);
  }
  return { size: Math.ceil(size / align) * align, align };
}

function sizeOfField(library: Library, doc: Document, field: CppField, depth: number): TypeSize | undefined {
  const one =
    field.inline === undefined
      ? sizeOfType(library, field.type, depth)
      : sizeOfClass(library, field.inline, depth + 1);
  if (one === undefined || !field.isArray) return one;
  const count = arrayCount(library, doc, field);
  return count === undefined ? undefined : { size: one.size * count, align: one.align };
}

function arrayCount(library: Library, doc: Document, field: CppField): number | undefined {
  let at: Node | null = field.nameNode.parent;
  let count = 1;
  for (; at !== null && at.type === 'array_declarator'; at = at.parent) {
    const size = at.childForFieldName('size');
    const one = size === null ? undefined : constantOf(library, doc, size);
    if (one === undefined) return undefined;
    count *= one;
  }
  return count;
}

/** The value of an integer expression; undefined where it is not known. */
export function constantOf(library: Library, doc: Document, node: Node): number | undefined {
  const expression = bare(node);
  const text = textOf(doc, expression);
  switch (expression.type) {
    case 'number_literal': {
      const value = Number(text.replace(/[uUlL]+$/, ''));
      return Number.isInteger(value) ? value : undefined;
    }
    case 'sizeof_expression':
      return sizeofValue(library, doc, expression);
    case 'identifier':
      return macroValue(library, text, 0);
    case 'binary_expression': {
      const left = constantOf(library, doc, expression.childForFieldName('left') ?? expression);
      const right = constantOf(library, doc, expression.childForFieldName('right') ?? expression);
      if (left === undefined || right === undefined) return undefined;
      const operator = operatorOf(doc, expression);
      return operator === '+'
        ? left + right
        : operator === '-'
          ? left - right
          : operator === '*'
            ? left * right
            : undefined;
    }
    default:
      return undefined;
  }
}

// A macro of numbers, sums and products of such macros.
function macroValue(library: Library, name: string, depth: number): number | undefined {
  const [definition, ...others] = library.macroDefinitions(name);
  const body = /#[ \t]*define[ \t]+\w+[ \t]+([^\n]*)/.exec(definition ?? '')?.[1]?.replace(/\/[*/].*$/, '');
  if (body === undefined || others.length > 0 || depth > 5 || !/^[\w\s()+*]+$/.test(body)) return undefined;
  let isKnown = true;
  const numbers = body.replace(/\b[A-Za-z_]\w*\b|\b(?:0x[\da-fA-F]+|\d+)[uUlL]*\b/g, (word) => {
    const value = /^\d/.test(word)
      ? Number(word.replace(/[uUlL]+$/, ''))
      : macroValue(library, word, depth + 1);
    if (value === undefined) isKnown = false;
    return String(value ?? 0);
  });
  return isKnown ? sumOf(numbers.replace(/\s/g, '')) : undefined;
}

function sumOf(text: string): number | undefined {
  const inner = text.replace(/\(([^()]*)\)/g, (_, each: string) => String(sumOf(each)));
  if (inner !== text) return sumOf(inner);
  const terms = text
    .split('+')
    .map((term) =>
      term.split('*').reduce((product, each) => product * (each === '' ? Number.NaN : Number(each)), 1),
    );
  const sum = terms.reduce((total, each) => total + each, 0);
  return Number.isInteger(sum) ? sum : undefined;
}

function sizeofValue(library: Library, doc: Document, node: Node): number | undefined {
  const named = node.childForFieldName('type');
  if (named !== null) return sizeOfType(library, parseTypeName(textOf(doc, named)))?.size;
  const value = node.childForFieldName('value');
  if (value === null) return undefined;
  const expression = bare(value);
  // `sizeof(name)` of a type's own name parses as an expression.
  const asType =
    expression.type === 'identifier'
      ? sizeOfType(library, parseTypeName(textOf(doc, expression)))
      : undefined;
  return asType?.size ?? sizeOfExpression(library, doc, expression);
}

/** The size of what an expression names. */
export function sizeOfExpression(library: Library, doc: Document, node: Node): number | undefined {
  const expression = bare(node);
  if (expression.type === 'field_expression') {
    const found = memberOfExpression(library, doc, expression);
    return found === undefined ? undefined : sizeOfField(library, found.doc, found.field, 0)?.size;
  }
  const known = typeOf(library, doc, expression);
  if (known === undefined || known.isArray) return arraySize(library, doc, expression);
  if (known.inline !== undefined) return sizeOfClass(library, known.inline, 0)?.size;
  return sizeOfType(library, known.type)?.size;
}

function arraySize(library: Library, doc: Document, node: Node): number | undefined {
  const known = typeOf(library, doc, node);
  const one = known === undefined ? undefined : sizeOfType(library, known.type);
  const declared = every(doc.root, 'array_declarator').find(
    (each) => each.childForFieldName('declarator')?.text === node.text,
  );
  const size = declared?.childForFieldName('size');
  const count = size === null || size === undefined ? undefined : constantOf(library, doc, size);
  return one === undefined || count === undefined ? undefined : one.size * count;
}

/** The member that a field expression names, with its offset in its holder. */
export function memberOfExpression(library: Library, doc: Document, expression: Node): Member | undefined {
  const object = expression.childForFieldName('argument');
  const name = expression.childForFieldName('field');
  if (object === null || name === null) return undefined;
  const holder = typeOf(library, doc, object);
  if (holder === undefined) return undefined;
  const cls = holder.inline ?? classOfType(library, { ...holder.type, levels: [] });
  return cls === undefined ? undefined : memberAt(library, cls, textOf(doc, name));
}
