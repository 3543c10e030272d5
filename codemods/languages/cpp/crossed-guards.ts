// Finds guards that test one slot and then call another of the same table.
import type { CrossedGuard } from '../../facts/implementation.ts';
import type { Slot } from '../../facts/slot.ts';
import type { SlotNames } from './bindings.ts';
import { type Document, enclosing, type Node, rangeOf, textOf } from './document.ts';
import { typeOf } from './expression-type.ts';
import type { Library } from './library.ts';
import { classBehind, lineage } from './lineage.ts';

/** Every crossed guard of one document. */
export function crossedGuards(library: Library, names: SlotNames, doc: Document): readonly CrossedGuard[] {
  const words = [...names.byName.keys()].filter((name) => name !== '');
  if (words.length === 0) return [];
  const tested = new RegExp(`(?:\\.|->)\\s*(${words.join('|')})\\b(?!\\s*(?:\\(|=(?!=)))`, 'g');
  return [...doc.text.matchAll(tested)].flatMap((match) => {
    const at = match.index + match[0].length;
    const node = doc.root.descendantForIndex(at - 1, at);
    const member = node?.parent;
    if (node === null || member === null || member === undefined || member.type !== 'field_expression')
      return [];
    return crossed(library, names, doc, member);
  });
}

function crossed(library: Library, names: SlotNames, doc: Document, member: Node): readonly CrossedGuard[] {
  const clause = enclosing(member, 'condition_clause', 'compound_statement', 'call_expression');
  const branch = clause?.parent;
  if (
    clause?.type !== 'condition_clause' ||
    branch === null ||
    branch === undefined ||
    branch.type !== 'if_statement'
  )
    return [];
  const tested = slotOf(library, names, doc, member);
  if (tested === undefined) return [];
  const absent = /==\s*(?:NULL|nullptr|0)\b|^\(?\s*!/.test(textOf(doc, clause));
  const guarded = guardedRegion(branch, absent);
  const calls = guarded
    .flatMap((region) => slotCalls(library, names, doc, region))
    .filter((call) => call.slot.container === tested.container);
  const other = calls[0];
  const inClause = slotsTested(library, names, doc, clause);
  if (
    other === undefined ||
    inClause.has(other.slot.name) ||
    calls.some((call) => inClause.has(call.slot.name))
  )
    return [];
  // Tested and called right there: `ops->open && ops->open(self)`.
  if (slotCalls(library, names, doc, clause).some((call) => call.slot.name === tested.name)) return [];
  return [{ tested, called: other.slot, range: rangeOf(doc, member), call: rangeOf(doc, other.node) }];
}

function slotsTested(library: Library, names: SlotNames, doc: Document, clause: Node): ReadonlySet<string> {
  const slots = clause
    .descendantsOfType('field_expression')
    .map((member) => (member === null ? undefined : slotOf(library, names, doc, member)));
  return new Set(slots.flatMap((slot) => (slot === undefined ? [] : [slot.name])));
}

// What runs when the slot is there: the branch, or what follows an early exit.
function guardedRegion(branch: Node, absent: boolean): readonly Node[] {
  const consequence = branch.childForFieldName('consequence');
  const alternative = branch.childForFieldName('alternative');
  if (!absent) return consequence === null ? [] : [consequence];
  if (alternative !== null) return [alternative];
  const following: Node[] = [];
  for (let at = branch.nextNamedSibling; at !== null; at = at.nextNamedSibling) following.push(at);
  return following;
}

function slotCalls(
  library: Library,
  names: SlotNames,
  doc: Document,
  region: Node,
): readonly { readonly slot: Slot; readonly node: Node }[] {
  return region.descendantsOfType('call_expression').flatMap((call) => {
    const callee = call?.childForFieldName('function');
    if (call === null || callee === null || callee === undefined || callee.type !== 'field_expression')
      return [];
    const slot = slotOf(library, names, doc, callee);
    return slot === undefined ? [] : [{ slot, node: call }];
  });
}

function slotOf(library: Library, names: SlotNames, doc: Document, member: Node): Slot | undefined {
  const field = member.childForFieldName('field');
  const object = member.childForFieldName('argument');
  if (field === null || object === null) return undefined;
  const slots = names.byName.get(textOf(doc, field));
  if (slots === undefined) return undefined;
  const type = typeOf(library, doc, object);
  if (type === undefined) return undefined;
  const known = lineage(library, classBehind(library, type.type));
  return slots.find((slot) => [...known].some((name) => names.containers.get(name) === slot.container));
}
