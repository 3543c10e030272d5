// Spells a local mutable copy of a header struct for a function that writes to it, where the copy keeps the meaning.
import type { Place, Spelling, Write } from '../../facts/place.ts';
import type { SlotParameter } from '../../facts/slot.ts';
import type { TextEdit } from '../../facts/text.ts';
import { type Document, enclosing, type Node, occurrences, parts, textOf } from './document.ts';
import type { CppFunction, CppParameter } from './function-facts.ts';
import { isBroken } from './health.ts';
import type { Library } from './library.ts';
import type { Places } from './places.ts';
import { resolveVariable, typeOf } from './scope.ts';
import { spellReadOnly } from './spell-read-only.ts';
import { isIndirect } from './type-name.ts';

interface Use {
  readonly node: Node;
  /** The edit that makes the use read or write the copy; none for a use that keeps the parameter. */
  readonly edit: TextEdit | undefined;
  readonly kind: 'write' | 'read' | 'test';
}

/** Edits for `T header_copy = *header;` and every use after it, or why a copy would change the meaning. */
export function spellCopy(library: Library, places: Places, place: Place, _like: SlotParameter, writes: readonly Write[]): Spelling {
  const spot = places.spot(place);
  if (spot.kind !== 'parameter' || spot.fn.body === undefined || spot.parameter.nameNode === undefined) return { cannot: 'it is written to outside of a function body of this tree' };
  const { doc, fn, parameter } = spot;
  const name = textOf(doc, spot.parameter.nameNode);
  const readOnly = spellReadOnly(places, place);
  if ('cannot' in readOnly) return readOnly;
  if (parameter.type.levels.length !== 1) return { cannot: 'only a pointer or a reference to the struct itself can be copied' };
  const copy = copyName(doc, fn, name);
  const uses: Use[] = [];
  for (const node of occurrences(doc, name, fn.body?.startIndex, fn.body?.endIndex)) {
    if (node.type === 'type_identifier') return { cannot: 'it is passed on whole, and a copy of the struct would lose the body behind it' };
    if (node.type !== 'identifier' || resolveVariable(doc, node)?.nameNode.id !== spot.parameter.nameNode.id) continue;
    const use = useOf(library, doc, node, parameter, copy, writes);
    if ('cannot' in use) return use;
    uses.push(use);
  }
  const firstWrite = uses.find((use) => use.kind === 'write');
  const inOwnBody = writes.every((write) => uses.some((use) => use.kind === 'write' && covers(use.node, write)));
  if (firstWrite === undefined || !inOwnBody) return { cannot: 'it is written to through another name' };
  const readLater = uses.some((use) => use.kind === 'read' && (use.node.startIndex > firstWrite.node.endIndex || sharedLoop(use.node, firstWrite.node)));
  if (!readLater) return { cannot: 'nothing in the function reads the header after the write: it was meant for the caller, who no longer sees it' };
  if (uses.some((use) => use.kind === 'test')) return { cannot: 'the function checks the pointer before it uses it, and a copy at the top would not' };
  const insertion = declarationEdit(doc, fn, parameter, name, copy);
  if ('cannot' in insertion) return insertion;
  return { edits: [...readOnly.edits, insertion, ...uses.flatMap((use) => (use.edit === undefined ? [] : [use.edit]))] };
}

function covers(node: Node, write: Write): boolean {
  return node.startIndex >= write.range.start && node.endIndex <= write.range.end;
}

function sharedLoop(a: Node, b: Node): boolean {
  const loop = enclosing(b, 'for_statement', 'while_statement', 'do_statement', 'for_range_loop');
  return loop !== undefined && a.startIndex >= loop.startIndex && a.endIndex <= loop.endIndex;
}

const WHOLE = 'it is passed on whole, and a copy of the struct would lose the body behind it';

function useOf(library: Library, doc: Document, node: Node, parameter: CppParameter, copy: string, writes: readonly Write[]): Use | { readonly cannot: string } {
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
    if (field === null || !staysInside(library, doc, parent)) return { cannot: 'its bytes are reached through an array or an address, and a copy of the struct would lose the body behind it' };
    return { node, kind: kind(node), edit: edit(node.startIndex, field.startIndex, `${copy}.`) };
  }
  if (reference) return { cannot: WHOLE };
  if (parent.type === 'pointer_expression' && doc.text[parent.startIndex] === '*') return { node, kind: kind(node), edit: edit(parent.startIndex, parent.endIndex, copy) };
  if (isTest(doc, node, parent)) return { node, kind: 'test', edit: undefined };
  if (parent.type === 'sizeof_expression') return { node, kind: 'test', edit: undefined };
  return { cannot: WHOLE };
}

function isTest(doc: Document, node: Node, parent: Node): boolean {
  if (parent.type === 'condition_clause' || parent.type === 'unary_expression') return true;
  if (parent.type !== 'binary_expression') return parent.type === 'parenthesized_expression' && parent.parent?.type === 'if_statement';
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
    if (type?.isArray === true && parent.type !== 'subscript_expression') return false;
    if (parent.type === 'pointer_expression' && doc.text[parent.startIndex] === '&') return false;
    if (parent.type === 'call_expression' && parent.childForFieldName('function')?.id === at.id) return false;
    if (parent.type !== 'field_expression' && parent.type !== 'subscript_expression' && parent.type !== 'parenthesized_expression') {
      return !(type !== undefined && isIndirect(type.type) && type.isArray) && !bindsReference(doc, parent);
    }
    at = parent;
  }
}

function bindsReference(doc: Document, parent: Node): boolean {
  return parent.type === 'init_declarator' && /&/.test(textOf(doc, parent.childForFieldName('declarator') ?? parent));
}

function copyName(doc: Document, fn: CppFunction, name: string): string {
  const text = textOf(doc, fn.node);
  const base = /[a-z][A-Z]/.test(name) ? `${name}Copy` : `${name}_copy`;
  let candidate = base;
  for (let n = 2; new RegExp(`\\b${candidate}\\b`).test(text); n++) candidate = `${base}${n}`;
  return candidate;
}

function declarationEdit(doc: Document, fn: CppFunction, parameter: CppParameter, name: string, copy: string): TextEdit | { readonly cannot: string } {
  const type = parameter.node.childForFieldName('type');
  const body = fn.body;
  if (type === null || body === undefined || body.type !== 'compound_statement') return { cannot: 'the function has no plain body' };
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
