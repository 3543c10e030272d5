// Looks at expressions and statements of C: what stands under casts and brackets, which field is meant, what a call is given.
import { type Document, enclosing, type Node, parts, textOf } from '../document.ts';

/** The descendants of these types, in text order, the node itself included. */
export function every(node: Node, ...types: readonly string[]): readonly Node[] {
  return node.descendantsOfType([...types]).filter((found): found is Node => found !== null);
}

/** The expression under brackets and casts. */
export function bare(node: Node): Node {
  const inner =
    node.type === 'parenthesized_expression' || node.type === 'condition_clause'
      ? parts(node)[0]
      : node.type === 'cast_expression'
        ? (node.childForFieldName('value') ?? undefined)
        : undefined;
  return inner === undefined ? node : bare(inner);
}

/** `c->used` taken apart. */
export interface FieldUse {
  readonly object: Node;
  readonly name: string;
}

/** The object and the field of a field expression, under brackets and casts; undefined for anything else. */
export function fieldUse(doc: Document, node: Node | null): FieldUse | undefined {
  const expression = node === null ? undefined : bare(node);
  if (expression?.type !== 'field_expression') return undefined;
  const object = expression.childForFieldName('argument');
  const field = expression.childForFieldName('field');
  return object === null || field === null ? undefined : { object, name: textOf(doc, field) };
}

/** The expressions in a call's brackets. */
export function argumentsOf(call: Node): readonly Node[] {
  const list = call.childForFieldName('arguments');
  return list === null ? [] : parts(list);
}

/** The name that a call calls; undefined where it is no plain name. */
export function calledName(doc: Document, call: Node): string | undefined {
  const callee = call.childForFieldName('function');
  return callee?.type === 'identifier' ? textOf(doc, callee) : undefined;
}

/** The operator of a binary, assignment or update expression. */
export function operatorOf(doc: Document, node: Node): string {
  const operator = node.childForFieldName('operator');
  return operator === null ? '' : textOf(doc, operator);
}

const BLOCKS = ['compound_statement', 'case_statement'];

/** The innermost statement that a node is part of; a node in a condition is part of the whole branch or loop. */
export function statementOf(node: Node): Node {
  let at = node;
  while (!/_statement$|^declaration$/.test(at.type) && at.parent !== null) at = at.parent;
  return at;
}

/** True where more statements may stand beside it. */
export function standsInBlock(statement: Node): boolean {
  return statement.parent !== null && BLOCKS.includes(statement.parent.type);
}

/** The function definition around a node. */
export function definitionAround(node: Node): Node | undefined {
  return enclosing(node, 'function_definition');
}

/** Text with white space collapsed, for a comparison. */
export function collapsed(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
