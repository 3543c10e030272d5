// How a loop tells its datagram connections from the others: by the condition under which a message gets an address or a header.
import { type Document, type Node, parts, textOf } from '../document.ts';
import { resolveVariable } from '../scope.ts';
import type { LoopShape } from './loop-shape.ts';
import { argumentsOf, bare, calledName, collapsed, every, fieldUse, operatorOf } from './tree-walk.ts';

/** `none`: every connection is a stream. `unknown`: messages get an address, and no condition says which. */
export type Datagrams =
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly at: Node }
  | { readonly kind: 'told'; readonly test: string; readonly object: string };

/** What the function that begins a message says of datagrams. */
export function datagramsOf({ begin, append }: LoopShape): Datagrams {
  const { doc, body } = begin;
  const object = begin.parameters[0]?.name;
  if (body === undefined || object === undefined) return { kind: 'none' };
  const headers = every(body, 'call_expression').filter(
    (call) =>
      calledName(doc, call) === append.fn.name &&
      /^(?:NULL|0|\(void \*\)\s*0)$/.test(textOf(doc, argumentsOf(call)[append.memory] ?? call)),
  );
  const addresses = every(body, 'assignment_expression').filter(
    (each) => fieldUse(doc, each.childForFieldName('left'))?.name === 'msg_name' && isSet(doc, each),
  );
  for (const place of [...headers, ...addresses]) {
    const test = conditionsAround(doc, place).find((each) => isAbout(doc, each, object));
    if (test !== undefined) return { kind: 'told', test: collapsed(textOf(doc, test)), object };
  }
  const at = addresses[0] ?? headers[0];
  return at === undefined ? { kind: 'none' } : { kind: 'unknown', at };
}

function isSet(doc: Document, assignment: Node): boolean {
  return !/^(?:NULL|0)$/.test(textOf(doc, bare(assignment.childForFieldName('right') ?? assignment)));
}

/** The test with another connection, in brackets where it needs them. */
export function spellTest({ test, object }: { test: string; object: string }, other: string): string {
  const text = test.replace(new RegExp(`\\b${object}\\b(?=\\s*(?:->|\\.))`, 'g'), other);
  return /^[\w>.()-]+$/.test(text) && !/[<>=]=|(?<!-)>/.test(text.replace(/->/g, '')) ? text : `(${text})`;
}

/** The conditions that hold at a place, from the inside out: those of `if` and of `&&` before it. */
export function conditionsAround(doc: Document, place: Node): readonly Node[] {
  const found: Node[] = [];
  for (let at = place; at.parent !== null && at.type !== 'function_definition'; at = at.parent) {
    const { parent } = at;
    if (parent.type === 'if_statement' && parent.childForFieldName('consequence')?.id === at.id)
      found.push(...conjuncts(doc, parent.childForFieldName('condition')));
    if (parent.type === 'conditional_expression' && parent.childForFieldName('consequence')?.id === at.id)
      found.push(...conjuncts(doc, parent.childForFieldName('condition')));
    if (
      parent.type === 'binary_expression' &&
      operatorOf(doc, parent) === '&&' &&
      parent.childForFieldName('right')?.id === at.id
    )
      found.push(...conjuncts(doc, parent.childForFieldName('left')));
    if (parent.type === 'compound_statement') found.push(...leftBefore(doc, parent, at));
  }
  return found;
}

// `if (!c->udp) return 0;` before a place leaves only datagrams there.
function leftBefore(doc: Document, block: Node, place: Node): readonly Node[] {
  return parts(block)
    .filter((each) => each.type === 'if_statement' && each.endIndex <= place.startIndex)
    .flatMap((each) => {
      const test = bare(each.childForFieldName('condition') ?? each);
      const body = each.childForFieldName('consequence');
      const last = body?.type === 'compound_statement' ? parts(body).at(-1) : body;
      const negated = test.type === 'unary_expression' && doc.text[test.startIndex] === '!';
      const argument = negated ? test.childForFieldName('argument') : null;
      return last?.type === 'return_statement' && argument !== null ? [bare(argument)] : [];
    });
}

function conjuncts(doc: Document, condition: Node | null): readonly Node[] {
  if (condition === null) return [];
  const expression = bare(condition);
  if (expression.type === 'binary_expression' && operatorOf(doc, expression) === '&&')
    return [
      ...conjuncts(doc, expression.childForFieldName('left')),
      ...conjuncts(doc, expression.childForFieldName('right')),
    ];
  return [expression];
}

// `IS_UDP(c->transport)`, `c->udp`, `c->kind == KIND_UDP`: the connection, and nothing that is the function's own.
function isAbout(doc: Document, test: Node, object: string): boolean {
  const names = every(test, 'identifier');
  return (
    names.some((name) => textOf(doc, name) === object) &&
    names.every((name) => textOf(doc, name) === object || resolveVariable(doc, name) === undefined)
  );
}
