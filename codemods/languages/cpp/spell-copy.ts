// Spells a local mutable copy of a header struct for a function that writes to it, where the copy keeps the meaning.
import type { Place, Spelling, Write } from '../../facts/place.ts';
import type { TextEdit } from '../../facts/text.ts';
import { resolveCallee } from './callees.ts';
import { type Document, enclosing, type Node, occurrences, parts, textOf } from './document.ts';
import { typeOf } from './expression-type.ts';
import type { CppFunction, CppParameter } from './function-facts.ts';
import { isBroken } from './health.ts';
import type { Library } from './library.ts';
import type { Places } from './places.ts';
import { resolveVariable } from './scope.ts';
import { spellReadOnly } from './spell-read-only.ts';

interface Use {
  readonly node: Node;
  /** The edit that makes the use read or write the copy; none for a use that keeps the parameter. */
  readonly edit: TextEdit | undefined;
  readonly kind: 'write' | 'read' | 'test';
}

/** Edits for `T header_copy = *header;` and every use after it, or why a copy would change the meaning. */
export function spellCopy(
  library: Library,
  places: Places,
  place: Place,
  writes: readonly Write[],
): Spelling {
  const spot = places.spot(place);
  if (spot.kind !== 'parameter' || spot.fn.body === undefined || spot.parameter.nameNode === undefined)
    return { cannot: 'it is written to outside of a function body of this tree' };
  const { doc, fn, parameter } = spot;
  const name = textOf(doc, spot.parameter.nameNode);
  const readOnly = spellReadOnly(places, place);
  if ('cannot' in readOnly) return readOnly;
  if (parameter.type.levels.length !== 1)
    return { cannot: 'only a pointer or a reference to the struct itself can be copied' };
  const copy = copyName(doc, fn, name);
  const uses: Use[] = [];
  for (const node of occurrences(doc, name, fn.body?.startIndex, fn.body?.endIndex)) {
    if (node.type === 'type_identifier')
      return { cannot: 'it is passed on whole, and a copy of the struct would lose the body behind it' };
    if (node.type !== 'identifier' || resolveVariable(doc, node)?.nameNode.id !== spot.parameter.nameNode.id)
      continue;
    const use = useOf(library, doc, node, parameter, copy, writes);
    if ('cannot' in use) return use;
    uses.push(use);
  }
  const firstWrite = uses.find((use) => use.kind === 'write');
  const inOwnBody = writes.every((write) =>
    uses.some((use) => use.kind === 'write' && covers(use.node, write)),
  );
  if (firstWrite === undefined || !inOwnBody) return { cannot: 'it is written to through another name' };
  const readLater = uses.some(
    (use) =>
      use.kind === 'read' &&
      (use.node.startIndex > firstWrite.node.endIndex || sharedLoop(use.node, firstWrite.node)),
  );
  if (!readLater)
    return {
      cannot:
        'nothing in the function reads it after the write: it was meant for the caller, who no longer sees it',
    };
  if (uses.some((use) => use.kind === 'test'))
    return { cannot: 'the function checks the pointer before it uses it, and a copy at the top would not' };
  const insertion = declarationEdit(doc, fn, parameter, name, copy);
  if ('cannot' in insertion) return insertion;
  return {
    edits: [
      ...readOnly.edits,
      insertion,
      ...uses.flatMap((use) => (use.edit === undefined ? [] : [use.edit])),
    ],
  };
}

function covers(node: Node, write: Write): boolean {
  return node.startIndex >= write.range.start && node.endIndex <= write.range.end;
}

function sharedLoop(a: Node, b: Node): boolean {
  const loop = enclosing(b, 'for_statement', 'while_statement', 'do_statement', 'for_range_loop');
  return loop !== undefined && a.startIndex >= loop.startIndex && a.endIndex <= loop.endIndex;
}

// Functions of the tree that only read members of the struct: none reaches what lies behind it.
function argumentStaysInside(library: Library, doc: Document, call: Node, index: number, depth = 0): boolean {
  const callee = resolveCallee(library, doc, call, index);
  if (callee.kind !== 'functions' || depth > 4) return false;
  const defined = callee.functions.filter((fn) => fn.body !== undefined);
  return defined.length > 0 && defined.every((fn) => parameterStaysInside(library, fn, index, depth));
}

function parameterStaysInside(library: Library, fn: CppFunction, index: number, depth: number): boolean {
  const nameNode = fn.parameters[index]?.nameNode;
  if (nameNode === undefined) return true;
  return occurrences(fn.doc, textOf(fn.doc, nameNode), fn.node.startIndex, fn.node.endIndex).every((node) => {
    if (
      node.id === nameNode.id ||
      node.type !== 'identifier' ||
      resolveVariable(fn.doc, node)?.nameNode.id !== nameNode.id
    )
      return node.type !== 'type_identifier';
    const parent = node.parent;
    if (parent === null) return false;
    if (parent.type === 'field_expression')
      return staysInside(library, fn.doc, parent) && !isAssigned(parent);
    if (isTest(fn.doc, node, parent)) return true;
    if (parent.type !== 'argument_list' || parent.parent?.type !== 'call_expression') return false;
    return argumentStaysInside(
      library,
      fn.doc,
      parent.parent,
      parts(parent).findIndex((child) => child.id === node.id),
      depth + 1,
    );
  });
}

function isAssigned(member: Node): boolean {
  let at = member;
  while (at.parent !== null && /^(?:field|subscript|parenthesized)_expression$/.test(at.parent.type))
    at = at.parent;
  return (
    at.parent?.type === 'update_expression' ||
    (at.parent?.type === 'assignment_expression' && at.parent.childForFieldName('left')?.id === at.id)
  );
}

const WHOLE = 'it is passed on whole, and a copy of the struct would lose the body behind it';

function useOf(
  library: Library,
  doc: Document,
  node: Node,
  parameter: CppParameter,
  copy: string,
  writes: readonly Write[],
): Use | { readonly cannot: string } {
  const parent = node.parent;
  const lambda = enclosing(node, 'lambda_expression', 'function_definition');
  if (lambda?.type === 'lambda_expression') return { cannot: 'a lambda captures it' };
  if (parent === null || isBroken(node)) return { cannot: 'this statement did not parse' };
  const kind = (target: Node): Use['kind'] => {
    const write = writes.find((candidate) => covers(target, candidate));
    return write === undefined ? 'read' : 'write';
  };
  const edit = (start: number, end: number, text: string): TextEdit => ({ file: doc.file, start, end, text });
  const reference = parameter.type.levels[0]?.kind !== '*';
  if (parent.type === 'field_expression' && parent.childForFieldName('argument')?.id === node.id) {
    const field = parent.childForFieldName('field');
    if (field === null || !staysInside(library, doc, parent))
      return {
        cannot:
          'its bytes are reached through an array or an address, and a copy of the struct would lose the body behind it',
      };
    return { node, kind: kind(node), edit: edit(node.startIndex, field.startIndex, `${copy}.`) };
  }
  if (reference) return { cannot: WHOLE };
  if (parent.type === 'argument_list' && parent.parent?.type === 'call_expression') {
    const index = parts(parent).findIndex((child) => child.id === node.id);
    if (!argumentStaysInside(library, doc, parent.parent, index)) return { cannot: WHOLE };
    return { node, kind: 'read', edit: edit(node.startIndex, node.endIndex, `&${copy}`) };
  }
  if (parent.type === 'pointer_expression' && doc.text[parent.startIndex] === '*')
    return { node, kind: kind(node), edit: edit(parent.startIndex, parent.endIndex, copy) };
  if (isTest(doc, node, parent)) return { node, kind: 'test', edit: undefined };
  if (parent.type === 'sizeof_expression') return { node, kind: 'test', edit: undefined };
  return { cannot: WHOLE };
}

function isTest(doc: Document, node: Node, parent: Node): boolean {
  if (parent.type === 'condition_clause' || parent.type === 'unary_expression') return true;
  if (parent.type !== 'binary_expression')
    return parent.type === 'parenthesized_expression' && parent.parent?.type === 'if_statement';
  const other = parts(parent).find((child) => child.id !== node.id);
  return other !== undefined && /^(NULL|nullptr|0)$/.test(textOf(doc, other));
}

// Member by member, down to a value: no array that decays, no address taken.
function staysInside(library: Library, doc: Document, member: Node): boolean {
  let at = member;
  for (;;) {
    const parent = at.parent;
    if (parent === null) return false;
    const type = typeOf(library, doc, at);
    // An index may lie past the struct, where the copy has nothing.
    if (type?.isArray === true || parent.type === 'subscript_expression') return false;
    if (parent.type === 'pointer_expression' && doc.text[parent.startIndex] === '&') return false;
    if (parent.type === 'call_expression' && parent.childForFieldName('function')?.id === at.id) return false;
    if (parent.type !== 'field_expression' && parent.type !== 'parenthesized_expression') {
      return !bindsReference(doc, parent) && (type !== undefined || !mayDecay(doc, parent));
    }
    at = parent;
  }
}

// A member of a struct that is declared elsewhere: arithmetic that ends in a pointer, or a call that takes memory, tells an array.
function mayDecay(doc: Document, parent: Node): boolean {
  const passes = (node: Node): boolean =>
    /^(?:parenthesized|cast)_expression$/.test(node.type) || isArithmetic(doc, node);
  let at: Node | null = parent;
  while (at !== null && passes(at)) at = at.parent;
  if (at?.type === 'init_declarator')
    return /[*&]/.test(textOf(doc, at.childForFieldName('declarator') ?? at));
  const call = at?.type === 'argument_list' ? at.parent : null;
  const name =
    call === null || call === undefined ? '' : textOf(doc, call.childForFieldName('function') ?? call);
  return (
    /(?:^|::)(?:mem\w+|str\w+|copy\w*|reverse|fill\w*|write|send|fwrite)$/.test(name) ||
    (at?.type === 'return_statement' && isArithmetic(doc, parent))
  );
}

function isArithmetic(doc: Document, node: Node): boolean {
  return (
    node.type === 'binary_expression' &&
    /^[+-]$/.test(textOf(doc, node.childForFieldName('operator') ?? node))
  );
}

function bindsReference(doc: Document, parent: Node): boolean {
  return (
    parent.type === 'init_declarator' &&
    /&/.test(textOf(doc, parent.childForFieldName('declarator') ?? parent))
  );
}

function copyName(doc: Document, fn: CppFunction, name: string): string {
  const text = textOf(doc, fn.node);
  const base = /[a-z][A-Z]/.test(name) ? `${name}Copy` : `${name}_copy`;
  let candidate = base;
  for (let n = 2; new RegExp(`\\b${candidate}\\b`).test(text); n++) candidate = `${base}${n}`;
  return candidate;
}

function declarationEdit(
  doc: Document,
  fn: CppFunction,
  parameter: CppParameter,
  name: string,
  copy: string,
): TextEdit | { readonly cannot: string } {
  const type = parameter.node.childForFieldName('type');
  const body = fn.body;
  if (type === null || body === undefined || body.type !== 'compound_statement')
    return { cannot: 'the function has no plain body' };
  const value = parameter.type.levels[0]?.kind === '*' ? `*${name}` : name;
  const declaration = `${textOf(doc, type)} ${copy} = ${value};`;
  const at = body.startIndex + 1;
  const first = parts(body)[0];
  const sameLine = first !== undefined && !/\n/.test(doc.text.slice(at, first.startIndex));
  if (sameLine || first === undefined) return { file: doc.file, start: at, end: at, text: ` ${declaration}` };
  const line = doc.text.lastIndexOf('\n', first.startIndex - 1) + 1;
  const indent = /^[ \t]*/.exec(doc.text.slice(line, first.startIndex))?.[0] ?? '';
  const eol = doc.text[doc.text.indexOf('\n', at) - 1] === '\r' ? '\r\n' : '\n';
  return { file: doc.file, start: at, end: at, text: `${eol}${indent}${declaration}` };
}
