// What a pointer or a member was set to before a place of its function. Conditions are not looked at: what may be, counts.
import { type Document, type Node, occurrences, textOf } from '../document.ts';
import { type CppVariable, resolveVariable } from '../scope.ts';

/** The values that a pointer may have at a place: the last one that was surely set before, and those set after that. */
export function valuesAt(doc: Document, variable: CppVariable, use: Node): readonly Node[] {
  if (variable.node.type === 'for_range_loop') return [];
  const set: { readonly node: Node; readonly value: Node }[] = [];
  if (variable.initialiser !== undefined) set.push({ node: variable.nameNode, value: variable.initialiser });
  const scope = functionAround(use);
  for (const name of occurrences(doc, variable.name, scope?.startIndex ?? 0, scope?.endIndex)) {
    const parent = name.parent;
    if (parent?.type !== 'assignment_expression' || parent.childForFieldName('left')?.id !== name.id)
      continue;
    const value = parent.childForFieldName('right');
    if (value === null || textOf(doc, parent.childForFieldName('operator') ?? parent) !== '=') continue;
    if (resolveVariable(doc, name)?.nameNode.id === variable.nameNode.id) set.push({ node: parent, value });
  }
  const before = set.filter(({ node }) => node.endIndex <= use.startIndex);
  const sure = before.filter(({ node }) => dominates(node, use)).at(-1);
  const isParameter = /parameter_declaration$/.test(variable.node.type);
  if (sure === undefined && isParameter) return [];
  const from = sure?.node.startIndex ?? 0;
  return set
    .filter(
      ({ node }) =>
        node.startIndex >= from && (node.endIndex <= use.startIndex || inSameLoop(node, use, sure?.node)),
    )
    .map(({ value }) => value);
}

/** The values that a member may have been set to before a place of the same function, by its spelling. */
export function memberValues(doc: Document, member: Node): readonly Node[] {
  const scope = functionAround(member);
  const field = member.type === 'field_expression' ? member.childForFieldName('field') : null;
  if (scope === undefined || field === null) return [];
  const spelled = textOf(doc, member).replace(/\s+/g, '');
  const set = occurrences(doc, textOf(doc, field), scope.startIndex, member.startIndex).flatMap((name) => {
    const left = name.parent;
    const parent = left?.parent;
    if (parent?.type !== 'assignment_expression' || parent.childForFieldName('left')?.id !== left?.id)
      return [];
    const value = parent.childForFieldName('right');
    const isSet = value !== null && textOf(doc, parent.childForFieldName('operator') ?? parent) === '=';
    return isSet && left !== null && left !== undefined && textOf(doc, left).replace(/\s+/g, '') === spelled
      ? [{ node: parent, value }]
      : [];
  });
  const before = set.filter(({ node }) => node.endIndex <= member.startIndex);
  const sure = before.filter(({ node }) => dominates(node, member)).at(-1);
  return sure === undefined
    ? []
    : before.filter(({ node }) => node.startIndex >= sure.node.startIndex).map(({ value }) => value);
}

function functionAround(node: Node): Node | undefined {
  for (let at: Node | null = node; at !== null; at = at.parent)
    if (at.type === 'function_definition') return at;
  return undefined;
}

// Its block is one around the use, and it stands in no condition of its own.
function dominates(node: Node, use: Node): boolean {
  for (let at = node.parent; at !== null; at = at.parent) {
    if (at.startIndex <= use.startIndex && at.endIndex >= use.endIndex) return true;
    if (
      !/^(?:expression_statement|declaration|init_declarator|\w+_declarator|comma_expression)$/.test(at.type)
    )
      return false;
  }
  return false;
}

function inSameLoop(node: Node, use: Node, after: Node | undefined): boolean {
  for (let at = use.parent; at !== null && at.type !== 'function_definition'; at = at.parent) {
    if (!/^(?:for_statement|while_statement|do_statement|for_range_loop)$/.test(at.type)) continue;
    const holds = (other: Node): boolean =>
      at !== null && other.startIndex >= at.startIndex && other.endIndex <= at.endIndex;
    // What is set anew in every round before the use does not come from the round before.
    if (holds(node) && !(after !== undefined && holds(after))) return true;
  }
  return false;
}
