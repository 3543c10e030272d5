// Which bytes of which memory an expression points to, as far as one function's own spellings tell.
import { type Document, enclosing, type Node, parts, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { Library } from '../library.ts';
import { type CppVariable, resolveVariable } from '../scope.ts';
import { argumentsOf, bare, collapsed, every, operatorOf } from './tree-walk.ts';
import { constantOf, memberOfExpression, sizeOfExpression, sizeOfType } from './type-layout.ts';

/** A spot in some memory. Two spots with different roots are taken to be in different memory. */
export interface Spot {
  /** `parameter:0` is what a parameter points to, `parameter:0.wbuf` what that field of it points to. */
  readonly root: string;
  /** Bytes from where the root points to; undefined where it is not known. */
  readonly offset: number | undefined;
}

/** Bytes from `from` up to `to`; undefined is not known, and may be anything. */
export interface Region {
  readonly root: string;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** What the pointers of a function point to while it is walked. */
export interface Pointers {
  readonly library: Library;
  readonly doc: Document;
  /** By the declaration of a local or a parameter (`#12`), or by the root that a field's value has. */
  readonly aliases: ReadonlyMap<string, Spot>;
  /** Another number with every call. */
  readonly fresh: () => number;
}

/** The key of a variable among the aliases. */
export function variableKey(name: Node): string {
  return `#${name.startIndex}`;
}

/** Where the value of an expression points to; undefined where it points to nothing that can be stored to. */
export function pointed(pointers: Pointers, node: Node): Spot | undefined {
  const { library, doc, aliases } = pointers;
  const expression = bare(node);
  const text = textOf(doc, expression);
  switch (expression.type) {
    case 'identifier': {
      const variable = resolveVariable(doc, expression);
      if (variable === undefined) return { root: `name:${text}`, offset: 0 };
      const alias = aliases.get(variableKey(variable.nameNode));
      if (alias !== undefined) return alias;
      if (typeOf(library, doc, expression)?.isArray === true) return addressed(pointers, expression);
      return { root: valueRoot(variable, 'target'), offset: 0 };
    }
    case 'field_expression': {
      if (memberOfExpression(library, doc, expression)?.field.isArray === true)
        return addressed(pointers, expression);
      const object = expression.childForFieldName('argument');
      const field = expression.childForFieldName('field');
      if (object === null || field === null) return undefined;
      const holder =
        operatorOf(doc, expression) === '->' ? pointed(pointers, object) : addressed(pointers, object);
      if (holder === undefined) return undefined;
      const root = `${holder.root}${holder.offset === 0 ? '' : `@${holder.offset ?? '?'}`}.${textOf(doc, field)}`;
      return aliases.get(root) ?? { root, offset: 0 };
    }
    case 'pointer_expression': {
      const argument = expression.childForFieldName('argument');
      if (argument === null) return undefined;
      return text.startsWith('&')
        ? addressed(pointers, argument)
        : { root: `at:${collapsed(text)}`, offset: 0 };
    }
    case 'binary_expression':
      return moved(pointers, expression);
    case 'call_expression': {
      const callee = textOf(doc, expression.childForFieldName('function') ?? expression);
      const names = argumentsOf(expression).map((each) => collapsed(textOf(doc, each)));
      const root = isAccessor(library, callee) ? `${callee}(${names.join()})` : pointers.fresh();
      return { root: `call:${root}`, offset: 0 };
    }
    case 'subscript_expression':
      // Another element with every index.
      return {
        root: isVarying(expression) ? `call:${pointers.fresh()}` : `at:${collapsed(text)}`,
        offset: 0,
      };
    default:
      return undefined;
  }
}

function isVarying(subscript: Node): boolean {
  const list = subscript.childForFieldName('indices') ?? subscript.childForFieldName('index');
  return list !== null && every(list, 'identifier', 'field_expression', 'update_expression').length > 0;
}

function valueRoot({ nameNode, node }: CppVariable, what: 'target' | 'variable'): string {
  const isGlobal = enclosing(node, 'function_definition', 'compound_statement') === undefined;
  return isGlobal ? `name:${what}:${nameNode.text}` : `${what}:${nameNode.startIndex}`;
}

// A macro, or a function that only returns: the same memory every time. What another function returns is its own.
function isAccessor(library: Library, name: string): boolean {
  if (!/^\w+$/.test(name)) return false;
  const macros = library.macroDefinitions(name);
  if (macros.length > 0)
    return macros.every((macro) => !/\b(?!sizeof\b)[a-z_]\w*\s*\(/.test(macro.replace(/^[^)]*\)/, '')));
  const [body, ...others] = library
    .functionsNamed(name)
    .flatMap((fn) => (fn.body === undefined ? [] : [fn.body]));
  if (body === undefined || others.length > 0) return false;
  const [only, ...rest] = parts(body);
  return (
    only?.type === 'return_statement' && rest.length === 0 && every(only, 'call_expression').length === 0
  );
}

// `pointer + n`; only pointers to bytes are counted.
function moved(pointers: Pointers, expression: Node): Spot | undefined {
  const { library, doc } = pointers;
  const left = expression.childForFieldName('left');
  const right = expression.childForFieldName('right');
  if (left === null || right === null) return undefined;
  const spot = pointed(pointers, left);
  if (spot === undefined) return undefined;
  const type = typeOf(library, doc, left)?.type;
  const step = type === undefined ? undefined : sizeOfType(library, { ...type, levels: [] })?.size;
  const isBytes = step === 1 || type?.base === 'void';
  const distance = constantOf(library, doc, right);
  const known =
    operatorOf(doc, expression) === '+' && isBytes && distance !== undefined && spot.offset !== undefined;
  return { root: spot.root, offset: known ? spot.offset + distance : undefined };
}

/** Where an object that can be stored to lies. */
export function addressed(pointers: Pointers, node: Node): Spot | undefined {
  const { library, doc } = pointers;
  const expression = bare(node);
  switch (expression.type) {
    case 'identifier': {
      const variable = resolveVariable(doc, expression);
      const root =
        variable === undefined ? `name:${textOf(doc, expression)}` : valueRoot(variable, 'variable');
      return { root, offset: 0 };
    }
    case 'field_expression': {
      const object = expression.childForFieldName('argument');
      if (object === null) return undefined;
      const member = memberOfExpression(library, doc, expression);
      const spot =
        operatorOf(doc, expression) === '->' ? pointed(pointers, object) : addressed(pointers, object);
      if (spot === undefined) return undefined;
      // What stands before the member has no known size: the member is memory of its own.
      if (member?.offset === undefined)
        return {
          root: `${spot.root}@${textOf(doc, expression.childForFieldName('field') ?? expression)}`,
          offset: 0,
        };
      return { root: spot.root, offset: plus(spot.offset, member.offset) };
    }
    case 'subscript_expression': {
      const array = expression.childForFieldName('argument');
      const list = expression.childForFieldName('indices');
      const index = list === null ? expression.childForFieldName('index') : list.namedChildren[0];
      const spot = array === null ? undefined : pointed(pointers, array);
      if (spot === undefined || index === null || index === undefined) return spot;
      const size = sizeOfExpression(library, doc, expression);
      const count = constantOf(library, doc, index);
      const distance = size === undefined || count === undefined ? undefined : size * count;
      return { root: spot.root, offset: plus(spot.offset, distance) };
    }
    case 'pointer_expression': {
      const argument = expression.childForFieldName('argument');
      return argument === null ? undefined : pointed(pointers, argument);
    }
    default:
      return undefined;
  }
}

function plus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

/** The bytes from a spot on; `length` undefined is any number of them. */
export function regionAt(spot: Spot, length: number | undefined): Region {
  return { root: spot.root, from: spot.offset, to: plus(spot.offset, length) };
}

/** Some byte may be in both. */
export function overlaps(a: Region, b: Region): boolean {
  if (a.root !== b.root) return false;
  if (a.from !== undefined && b.to !== undefined && a.from >= b.to) return false;
  return !(b.from !== undefined && a.to !== undefined && b.from >= a.to);
}
