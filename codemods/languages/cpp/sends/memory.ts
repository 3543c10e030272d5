// Which memory an expression means or points to, as a path from a variable: `rsp->header.cas` is rsp, *, header, cas.
// Pointers are followed to what they were last set to; what cannot be told keeps its spelling.
import { type Document, type Node, parts, textOf } from '../document.ts';
import { type ExpressionType, typeOf } from '../expression-type.ts';
import type { Library } from '../library.ts';
import { type CppVariable, resolveVariable } from '../scope.ts';
import { memberValues, valuesAt } from './pointer-values.ts';

/** Bytes by the variable that leads to them and the steps from there; `*` goes through a pointer or a view. */
export interface Path {
  /** The declaration, or the place of a value that nobody else has (an allocation). */
  readonly key: string;
  /** Where the root is made; undefined for a member of the object itself, a global or an unknown name. */
  readonly origin: Node | undefined;
  readonly steps: readonly string[];
}

/** Reads paths in the functions of one document. */
export interface MemoryReader {
  /** The object that an lvalue means. */
  object(node: Node): readonly Path[];
  /** What the value of an expression points to; empty for literals and numbers. */
  pointee(node: Node): readonly Path[];
}

const DEPTH = 6;
const VIEW = /(?:buffer|view|span|slice|StringPiece)$/i;
const HOLDER = /^(?:std::)?(?:string|vector|array|basic_string|deque|ostringstream|stringstream)\b/;
const RAW = /^(?:bytes|raw|octets)$/;
const ELEMENT = /^(?:front|back|at)$/;
const DATA = /^(?:data|c_str|begin|cbegin|front|str)$/;

const readers = new WeakMap<Library, WeakMap<Document, MemoryReader>>();

/** The reader of one document. */
export function memoryReader(library: Library, doc: Document): MemoryReader {
  const known = readers.get(library) ?? new WeakMap<Document, MemoryReader>();
  readers.set(library, known);
  const reader = known.get(doc) ?? createReader(library, doc);
  known.set(doc, reader);
  return reader;
}

function createReader(library: Library, doc: Document): MemoryReader {
  const variables = new Map<number, CppVariable | undefined>();
  const resolve = (node: Node): CppVariable | undefined => {
    if (!variables.has(node.id)) variables.set(node.id, resolveVariable(doc, node));
    return variables.get(node.id);
  };
  const object = (node: Node, depth = 0): readonly Path[] => {
    switch (node.type) {
      case 'parenthesized_expression':
        return each(parts(node).slice(-1), (inner) => object(inner, depth));
      case 'identifier':
        return ofVariable(node, depth);
      case 'this':
        return [{ key: 'this', origin: undefined, steps: [] }];
      case 'pointer_expression':
        return doc.text[node.startIndex] === '*'
          ? each([node.childForFieldName('argument')], (inner) => pointee(inner, depth))
          : [];
      case 'subscript_expression':
        return each([node.childForFieldName('argument')], (inner) => pointee(inner, depth));
      case 'field_expression': {
        const [holder, field] = [node.childForFieldName('argument'), node.childForFieldName('field')];
        if (holder === null || field === null) return [];
        // A member by its name alone is the same one.
        if (holder.type === 'this') return [{ key: textOf(doc, field), origin: undefined, steps: [] }];
        const isArrow = doc.text.slice(holder.endIndex, field.startIndex).includes('->');
        return step(isArrow ? pointee(holder, depth) : object(holder, depth), textOf(doc, field));
      }
      case 'call_expression':
        return ofCall(node, depth);
      case 'cast_expression':
        return each([node.childForFieldName('value')], (inner) => object(inner, depth));
      case 'conditional_expression':
        return each([node.childForFieldName('consequence'), node.childForFieldName('alternative')], (inner) =>
          object(inner, depth),
        );
      default:
        return [];
    }
  };
  const pointee = (node: Node, depth = 0): readonly Path[] => {
    switch (node.type) {
      case 'parenthesized_expression':
        return each(parts(node).slice(-1), (inner) => pointee(inner, depth));
      case 'cast_expression':
        return each([node.childForFieldName('value')], (inner) => pointee(inner, depth));
      case 'pointer_expression':
        if (doc.text[node.startIndex] === '&')
          return each([node.childForFieldName('argument')], (inner) => object(inner, depth));
        return step(object(node, depth), '*');
      case 'binary_expression': {
        const left = each([node.childForFieldName('left')], (inner) => pointee(inner, depth));
        return left.length > 0
          ? left
          : each([node.childForFieldName('right')], (inner) => pointee(inner, depth));
      }
      case 'conditional_expression':
        return each([node.childForFieldName('consequence'), node.childForFieldName('alternative')], (inner) =>
          pointee(inner, depth),
        );
      case 'assignment_expression':
        return each([node.childForFieldName('right')], (inner) => pointee(inner, depth));
      case 'update_expression':
        return each([node.childForFieldName('argument')], (inner) => pointee(inner, depth));
      case 'initializer_list':
        return each(parts(node).slice(0, 1), (inner) => pointee(inner, depth));
      case 'call_expression': {
        const data = dataHolder(node);
        if (data !== undefined)
          return data.isView ? pointeeOf(data.holder, depth) : object(data.holder, depth);
        const cast = castArgument(doc, node);
        if (cast !== undefined) return pointee(cast, depth);
        return step(ofCall(node, depth), '*');
      }
      case 'identifier':
      case 'field_expression':
      case 'subscript_expression':
        return pointeeOf(node, depth);
      default:
        return [];
    }
  };
  // An array and a string are the memory themselves; a pointer or a view leads to it.
  const pointeeOf = (node: Node, depth: number): readonly Path[] => {
    const type = typeAt(node);
    if (
      type?.isArray === true ||
      (type !== undefined && type.type.levels.length === 0 && HOLDER.test(type.type.base))
    )
      return object(node, depth);
    if (node.type !== 'identifier') {
      // `c->wcurr = c->wbuf;`: a member that was pointed somewhere in this function.
      const set = depth > DEPTH ? [] : memberValues(doc, node).flatMap((value) => pointee(value, depth + 1));
      return set.length > 0 ? set : step(object(node, depth), '*');
    }
    const variable = resolve(node);
    if (variable === undefined) return step(object(node, depth), '*');
    const values = valuesAt(doc, variable, node);
    if (values.length === 0 || depth > DEPTH)
      return [{ key: keyOf(variable), origin: variable.node, steps: ['*'] }];
    return values.flatMap((value) => {
      const known = pointee(value, depth + 1);
      return known.length > 0
        ? known
        : [{ key: `${doc.file}:value:${value.startIndex}`, origin: value, steps: [] }];
    });
  };
  // What a call gives is told by no spelling here, and looking it up costs a parse.
  const restsOnCall = (node: Node): boolean => {
    if (node.type === 'call_expression') return true;
    if (node.type !== 'identifier') {
      const inner = node.childForFieldName('argument');
      return inner !== null && restsOnCall(inner);
    }
    const variable = resolve(node);
    const type = variable?.node.childForFieldName('type');
    if (type === null || type === undefined || !/\bauto\b/.test(textOf(doc, type))) return false;
    return variable?.initialiser === undefined || restsOnCall(variable.initialiser);
  };
  const types = new Map<number, ExpressionType | undefined>();
  const typeAt = (node: Node): ExpressionType | undefined => {
    if (!types.has(node.id)) types.set(node.id, restsOnCall(node) ? undefined : typeOf(library, doc, node));
    return types.get(node.id);
  };
  const dataHolder = (call: Node): { readonly holder: Node; readonly isView: boolean } | undefined => {
    const callee = call.childForFieldName('function');
    const field = callee?.type === 'field_expression' ? callee.childForFieldName('field') : null;
    const holder = callee?.childForFieldName('argument') ?? null;
    if (field === null || holder === null || !DATA.test(textOf(doc, field))) return undefined;
    const type = typeAt(holder);
    return { holder, isView: type !== undefined && VIEW.test(type.type.base.replace(/<[\s\S]*/, '')) };
  };
  const ofVariable = (node: Node, depth: number): readonly Path[] => {
    const variable = resolve(node);
    if (variable === undefined) return [{ key: textOf(doc, node), origin: undefined, steps: [] }];
    // A reference is another name of what it was bound to.
    const value = variable.initialiser;
    if (value !== undefined && depth <= DEPTH && isReference(doc, variable)) {
      const known = object(value, depth + 1);
      if (known.length > 0) return known;
    }
    return [{ key: keyOf(variable), origin: variable.node, steps: [] }];
  };
  const ofCall = (call: Node, depth: number): readonly Path[] => {
    const callee = call.childForFieldName('function');
    const list = call.childForFieldName('arguments');
    if (callee === null || list === null) return [];
    const cast = castArgument(doc, call);
    if (cast !== undefined) return object(cast, depth);
    if (callee.type === 'field_expression') {
      const [holder, field] = [callee.childForFieldName('argument'), callee.childForFieldName('field')];
      if (holder === null || field === null) return [];
      const isArrow = doc.text.slice(holder.endIndex, field.startIndex).includes('->');
      if (ELEMENT.test(textOf(doc, field))) return isArrow ? pointee(holder, depth) : object(holder, depth);
      return step(isArrow ? pointee(holder, depth) : object(holder, depth), `${textOf(doc, field)}()`);
    }
    // A macro or a function that gives a part of its only argument: `ITEM_key(it)`.
    const args = parts(list);
    const name = textOf(doc, callee);
    const [only] = args;
    if (only === undefined || args.length > 1 || !/^[A-Z]\w*$/.test(name)) return [];
    return step(pointee(only, depth), `${name}()`);
  };
  return { object: remember((node) => object(node)), pointee: remember((node) => pointee(node)) };

  function keyOf(variable: CppVariable): string {
    return `${doc.file}:${variable.nameNode.startIndex}`;
  }
}

function remember(read: (node: Node) => readonly Path[]): (node: Node) => readonly Path[] {
  const known = new Map<number, readonly Path[]>();
  return (node) => {
    const hit = known.get(node.id);
    if (hit !== undefined) return hit;
    const paths = read(node);
    known.set(node.id, paths);
    return paths;
  };
}

function each(
  nodes: readonly (Node | null | undefined)[],
  read: (node: Node) => readonly Path[],
): readonly Path[] {
  return nodes.flatMap((node) => (node === null || node === undefined ? [] : read(node)));
}

function step(paths: readonly Path[], name: string): readonly Path[] {
  return paths.map((path) => ({ ...path, steps: [...path.steps, name] }));
}

function castArgument(doc: Document, call: Node): Node | undefined {
  const callee = call.childForFieldName('function');
  if (callee?.type !== 'template_function' || !/^\w+_cast\b/.test(textOf(doc, callee))) return undefined;
  const list = call.childForFieldName('arguments');
  return list === null ? undefined : parts(list)[0];
}

function isReference(doc: Document, variable: CppVariable): boolean {
  for (let at = variable.nameNode.parent; at !== null && at.id !== variable.node.id; at = at.parent)
    if (at.type === 'reference_declarator') return true;
  return (
    variable.node.type === 'for_range_loop' &&
    /&/.test(doc.text.slice(variable.node.startIndex, variable.nameNode.startIndex))
  );
}

/** A store to one changes bytes of the other: one path is a part of the other, with no further pointer between. */
export function overlaps(stored: Path, memory: Path): boolean {
  if (stored.key !== memory.key) return false;
  const length = Math.min(stored.steps.length, memory.steps.length);
  for (let i = 0; i < length; i++) {
    const [one, other] = [stored.steps[i] ?? '', memory.steps[i] ?? ''];
    // The bytes of a union are those of its other members (memcached's protocol_binary headers).
    if (one !== other && (RAW.test(one) || RAW.test(other)))
      return ![...stored.steps.slice(i), ...memory.steps.slice(i)].includes('*');
    if (one !== other) return false;
  }
  // Behind a pointer or an accessor lies other memory.
  return ![...stored.steps.slice(length), ...memory.steps.slice(length)].some(
    (one) => one === '*' || one.endsWith('()'),
  );
}

/** The memory is made anew in every round of the loop. */
export function isMadeIn(path: Path, loop: Node): boolean {
  const { origin } = path;
  if (origin === undefined || origin.startIndex < loop.startIndex || origin.endIndex > loop.endIndex)
    return false;
  return !/^static\b/.test(origin.text);
}
