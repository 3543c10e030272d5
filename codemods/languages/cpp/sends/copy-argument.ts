// Spells the (pointer, length) of an add as what the output stream takes: `{p, n}` with a char pointer and an unsigned length.
import type { TextEdit } from '../../../facts/text.ts';
import { type Document, type Node, parts, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { Library } from '../library.ts';
import { resolveVariable } from '../scope.ts';
import { parseTypeName } from '../type-name.ts';
import { narrows, numberKind } from './number-kind.ts';
import type { StreamArgument } from './send-target.ts';

/** Edits that turn two arguments into the new call's; they touch nothing between the two. */
export function copyArgument(
  library: Library,
  doc: Document,
  pointer: Node,
  length: Node,
  takes: StreamArgument,
): readonly TextEdit[] {
  if (takes === 'pointer and length') return [];
  const list = pointer.parent ?? pointer;
  // Braces go around comments beside the arguments as well.
  const open = list.startIndex + 1 + (/^\s*/.exec(doc.text.slice(list.startIndex + 1))?.[0].length ?? 0);
  const close =
    list.endIndex - 1 - (/\s*$/.exec(doc.text.slice(length.endIndex, list.endIndex - 1))?.[0].length ?? 0);
  const tail = doc.text.slice(length.endIndex, list.endIndex - 1);
  const text = pointerText(library, doc, pointer, takes);
  const size = lengthText(library, doc, length);
  const [isFirst, isLast] = [open >= pointer.startIndex, close <= length.endIndex || tail.includes('//')];
  return [
    ...(isFirst ? [] : [{ file: doc.file, start: open, end: open, text: '{' }]),
    { file: doc.file, start: pointer.startIndex, end: pointer.endIndex, text: isFirst ? `{${text}` : text },
    { file: doc.file, start: length.startIndex, end: length.endIndex, text: isLast ? `${size}}` : size },
    ...(isLast ? [] : [{ file: doc.file, start: close, end: close, text: '}' }]),
  ];
}

/** The pointer as the stream wants it. */
export function pointerText(library: Library, doc: Document, pointer: Node, takes: StreamArgument): string {
  const wanted = takes === 'byte view' ? 'uint8_t' : 'char';
  const inner = withoutVoidCast(doc, pointer);
  if (/^(?:nullptr|NULL|0)$/.test(textOf(doc, inner))) return textOf(doc, inner);
  const element = elementOf(library, doc, inner);
  if (element !== undefined && element.replace(/^std::/, '') === wanted) return textOf(doc, inner);
  return `reinterpret_cast<const ${wanted}*>(${textOf(doc, stripParentheses(inner))})`;
}

/** The length as braces take it: no narrowing. */
export function lengthText(library: Library, doc: Document, length: Node): string {
  return narrows(numberKind(library, doc, length))
    ? `static_cast<size_t>(${textOf(doc, stripParentheses(length))})`
    : textOf(doc, length);
}

function stripParentheses(node: Node): Node {
  const inner = node.type === 'parenthesized_expression' ? parts(node)[0] : undefined;
  return inner === undefined ? node : stripParentheses(inner);
}

// `(void*)p`, `reinterpret_cast<const void*>(p)`: the cast was for addIov only.
function withoutVoidCast(doc: Document, node: Node): Node {
  if (node.type === 'cast_expression' && isVoidPointer(textOf(doc, node.childForFieldName('type') ?? node))) {
    const value = node.childForFieldName('value');
    return value === null ? node : withoutVoidCast(doc, value);
  }
  const callee = node.type === 'call_expression' ? node.childForFieldName('function') : null;
  if (
    callee?.type === 'template_function' &&
    /^(?:reinterpret|static|const)_cast/.test(textOf(doc, callee))
  ) {
    const type = callee.childForFieldName('arguments');
    const list = node.childForFieldName('arguments');
    const value = list === null ? undefined : parts(list)[0];
    if (type !== null && value !== undefined && isVoidPointer(textOf(doc, type).slice(1, -1)))
      return withoutVoidCast(doc, value);
  }
  return node;
}

function isVoidPointer(type: string): boolean {
  return /^\s*(?:const\s+)?void\s*(?:const\s*)?\*\s*(?:const\s*)?$/.test(type);
}

// Standard and kv_engine classes of characters, by name.
const CHARACTERS =
  /^(?:std::)?(?:string|string_view|basic_string<char>)$|(?:^|::)(?:const_)?char_buffer$|(?:^|::)StringPiece$/;
const BYTES = /(?:^|::)(?:const_)?byte_buffer$/;
const ELEMENTS =
  /^(?:\w+::)*(?:vector|array|span|basic_string|basic_string_view|sized_buffer|unique_ptr|deque)<\s*(?:const\s+)?([\w:]+(?:\s+char)?)\s*(?:const\s*)?(?:\[\])?[,>]/;

// What the pointer points to: `char`, `uint8_t`, ...; undefined where nothing tells.
function elementOf(library: Library, doc: Document, node: Node): string | undefined {
  switch (node.type) {
    case 'string_literal':
    case 'concatenated_string':
    case 'raw_string_literal':
      return /^(?:u8|u|U|L)/.test(textOf(doc, node)) ? undefined : 'char';
    case 'parenthesized_expression':
      return parts(node)[0] === undefined ? undefined : elementOf(library, doc, parts(node)[0] as Node);
    case 'conditional_expression': {
      const sides = [node.childForFieldName('consequence'), node.childForFieldName('alternative')].filter(
        (side) => side !== null && !/^(?:nullptr|NULL)$/.test(textOf(doc, side)),
      );
      const elements = new Set(
        sides.map((side) => (side === null ? undefined : elementOf(library, doc, side))),
      );
      const [only] = elements;
      return elements.size === 1 ? only : undefined;
    }
    case 'binary_expression':
    case 'update_expression': {
      const inner = node.childForFieldName(node.type === 'binary_expression' ? 'left' : 'argument');
      return inner === null ? undefined : elementOf(library, doc, inner);
    }
    case 'pointer_expression': {
      const argument = node.childForFieldName('argument');
      if (argument === null) return undefined;
      const type = typeOf(library, doc, argument);
      if (doc.text[node.startIndex] !== '&')
        return type === undefined ? undefined : pointed(type.type.base, type.type.levels.length, 2);
      const holder = argument.type === 'subscript_expression' ? argument.childForFieldName('argument') : null;
      if (holder !== null) return containerElement(library, doc, holder) ?? elementOf(library, doc, holder);
      if (type === undefined || type.isArray || type.type.levels.some(({ kind }) => kind === '*'))
        return undefined;
      return type.type.base;
    }
    case 'call_expression':
      return elementOfCall(library, doc, node);
    default: {
      const view = viewElement(library, doc, node);
      if (view !== undefined) return view;
      const type = typeOf(library, doc, node);
      if (type === undefined) return madeElement(doc, node) ?? memberElement(doc, node);
      const stars = type.type.levels.filter(({ kind }) => kind === '*').length + (type.isArray ? 1 : 0);
      return pointed(type.type.base, stars, 1);
    }
  }
}

// What a string, a view or a container holds.
function containerElement(library: Library, doc: Document, holder: Node): string | undefined {
  const made =
    holder.type === 'call_expression' ? textOf(doc, holder.childForFieldName('function') ?? holder) : '';
  const base = /^std::(?:string|string_view|to_string)$/.test(made)
    ? 'std::string'
    : (typeOf(library, doc, holder)?.type.base ?? loopElement(library, doc, holder));
  if (base === undefined) return undefined;
  if (CHARACTERS.test(base)) return 'char';
  if (BYTES.test(base)) return 'uint8_t';
  return ELEMENTS.exec(base)?.[1];
}

// `for (const auto& name : names)` over a container whose type is spelled.
function loopElement(library: Library, doc: Document, node: Node): string | undefined {
  const variable = node.type === 'identifier' ? resolveVariable(doc, node) : undefined;
  if (variable?.node.type !== 'for_range_loop' || variable.initialiser === undefined) return undefined;
  const base = typeOf(library, doc, variable.initialiser)?.type.base;
  return base === undefined ? undefined : ELEMENTS.exec(base)?.[1];
}

// `payload.buf` of kv_engine's buffers, whose member is of a template's type.
function viewElement(library: Library, doc: Document, node: Node): string | undefined {
  if (node.type !== 'field_expression' || textOf(doc, node.childForFieldName('field') ?? node) !== 'buf')
    return undefined;
  const holder = node.childForFieldName('argument');
  const type = holder === null ? undefined : typeOf(library, doc, holder);
  if (type === undefined) return undefined;
  if (CHARACTERS.test(type.type.base)) return 'char';
  return BYTES.test(type.type.base) ? 'uint8_t' : undefined;
}

function pointed(base: string, stars: number, wanted: number): string | undefined {
  return stars === wanted ? base : undefined;
}

function elementOfCall(library: Library, doc: Document, call: Node): string | undefined {
  const callee = call.childForFieldName('function');
  if (callee?.type !== 'field_expression') {
    const type = typeOf(library, doc, call);
    return type === undefined ? undefined : pointed(type.type.base, type.type.levels.length, 1);
  }
  const [holder, field] = [callee.childForFieldName('argument'), callee.childForFieldName('field')];
  if (holder === null || field === null) return undefined;
  if (textOf(doc, field) === 'c_str') return 'char';
  const type = typeOf(library, doc, holder);
  const contained = textOf(doc, field) === 'data' ? containerElement(library, doc, holder) : undefined;
  if (contained !== undefined) return contained;
  if (textOf(doc, field) === 'data' && type !== undefined) {
    const base = type.type.base;
    const own = library.methodsNamed('data').filter((fn) => fn.owner === base.replace(/^.*::/, ''));
    const returned = /^(?:const )?([\w:]+)(?: const)?\*/.exec(own[0]?.returns ?? '')?.[1];
    return returned;
  }
  if (textOf(doc, field) === 'data') return undefined;
  // Twins of one name may differ in const.
  const returned = library.functionsNamed(textOf(doc, field)).map(({ returns }) => parseTypeName(returns));
  const elements = new Set(returned.map((one) => pointed(one.base, one.levels.length, 1)));
  const [only] = elements;
  return elements.size === 1 ? only : undefined;
}

// `auto* text = strdup(name)`
function madeElement(doc: Document, node: Node): string | undefined {
  const value = node.type === 'identifier' ? resolveVariable(doc, node)?.initialiser : undefined;
  const callee = value?.type === 'call_expression' ? value.childForFieldName('function') : null;
  return callee !== null &&
    callee !== undefined &&
    /^(?:::|std::|cb_)?(?:str(?:n?dup|r?chr|str|pbrk|tok)|getenv|basename|dirname)$/.test(textOf(doc, callee))
    ? 'char'
    : undefined;
}

// Members of classes that no tree declares: subjson's location of a match (`const char* at`).
function memberElement(doc: Document, node: Node): string | undefined {
  if (node.type !== 'field_expression' || textOf(doc, node.childForFieldName('field') ?? node) !== 'at')
    return undefined;
  const around = node.parent?.type === 'argument_list' ? textOf(doc, node.parent) : '';
  const holder = textOf(doc, node.childForFieldName('argument') ?? node);
  return around.includes(`${holder}.length`) ? 'char' : undefined;
}
