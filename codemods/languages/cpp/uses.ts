// Every use of a variable in its scope, each followed to what is done with it.
import { type Document, enclosing, type Node, occurrences, parts, rangeOf, textOf } from './document.ts';
import { constructed } from './pass-on.ts';
import { resolveVariable, variableNamedBy } from './scope.ts';
import type { Mode, Trace } from './trace.ts';

/** Follows the uses of the variable that `nameNode` declares. */
export function traceUses(trace: Trace, nameNode: Node | undefined, scope: Node, mode: Mode): void {
  if (nameNode === undefined) return;
  const { doc } = trace;
  for (const node of occurrences(doc, textOf(doc, nameNode), scope.startIndex, scope.endIndex)) {
    if (node.id === nameNode.id) continue;
    // `Reader reader(header);` parses as a prototype; it is a constructor's argument.
    if (node.type === 'type_identifier') vexingParse(trace, node, nameNode, mode);
    else if (node.type === 'identifier' && resolveVariable(doc, node)?.nameNode.id === nameNode.id)
      trace.climb(trace, node, mode);
  }
}

function vexingParse(trace: Trace, node: Node, nameNode: Node, mode: Mode): void {
  const { doc, found, places } = trace;
  const parameter = node.parent;
  const declaration = enclosing(node, 'declaration');
  if (
    parameter?.type !== 'parameter_declaration' ||
    declaration === undefined ||
    declaration.startIndex < nameNode.startIndex
  )
    return;
  if (enclosing(declaration, 'compound_statement') === undefined) return;
  const list = parameter.parent;
  const type = declaration.childForFieldName('type');
  if (list === null || type === null) return;
  const declared = declaredBefore(doc, list);
  if (declared !== undefined && /[*&]/.test(doc.text.slice(type.endIndex, declared.nameNode.startIndex))) {
    found.flows.push({ to: places.local(doc, declared), at: rangeOf(doc, declaration), how: 'alias' });
    return;
  }
  const index = parts(list).findIndex((child) => child.id === parameter.id);
  constructed(trace, node, mode, textOf(doc, type), parts(list).length, index);
}

// `T *name(value)`: the name in front of what reads as a parameter list.
function declaredBefore(doc: Document, list: Node): ReturnType<typeof variableNamedBy> {
  const name = list.parent?.childForFieldName('declarator');
  return name === null || name === undefined ? undefined : variableNamedBy(doc, name);
}
