// An item that a connection kept until it was sent: behind the last copy it is released by its owner, or by who gave it up.
import { type Document, isInside, type Node, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { Library } from '../library.ts';
import { order } from './flow-order.ts';
import { memoryReader } from './memory.ts';
import { callsIn, insertBehind, isReleaseOf, type Kept, usesOf } from './read-kept.ts';
import { brief, type DraftFunction, type DraftSite, object, statementOf } from './site-draft.ts';

/** Settles one item: its change, or what stands against it. */
export function settleItem(library: Library, fn: DraftFunction, kept: Kept, site: DraftSite): void {
  const { doc } = fn;
  const owner = smartPointer(doc, kept.value);
  const end = lastAdd(fn, kept);
  const isAfter = (node: Node): boolean =>
    order(kept.statement, node)?.how === 'forward' && !isInside(node, kept.statement);
  noteOutliving(library, fn, kept, site, isAfter);
  if (owner !== undefined) {
    // `it.release();` gave it to the connection; now the smart pointer goes on owning it.
    const given = callsIn(fn.node).find(
      (call) => isAfter(call) && textOf(doc, call).replace(/\s+/g, '') === `${owner}.release()`,
    );
    const statements = [
      kept.statement,
      ...(given?.parent?.type === 'expression_statement' ? [given.parent] : []),
    ];
    if (given !== undefined && given.parent?.type !== 'expression_statement')
      object(site, 'unknown-flow', doc, given, `${textOf(doc, given)} gives the item to somebody else`);
    site.change = () => ({ statements });
    return;
  }
  const again = callsIn(fn.node).find((call) => isAfter(call) && isReleaseOf(doc, call, kept.value));
  if (again !== undefined) {
    object(
      site,
      'double-release',
      doc,
      again,
      `${brief(doc, again)} releases an item that the connection keeps and releases, too`,
    );
    return;
  }
  if (kept.release === undefined) {
    object(
      site,
      'unknown-flow',
      doc,
      kept.statement,
      `nothing in sight says how ${textOf(doc, kept.value)} is released`,
    );
    return;
  }
  const used = usesOf(doc, fn.node, kept.value).find(
    (use) => end !== undefined && use.startIndex > end.endIndex,
  );
  if (used !== undefined) {
    object(
      site,
      'item-after-release',
      doc,
      used,
      `${brief(doc, used.parent ?? used)} looks at an item that would be released behind the last copy`,
    );
    return;
  }
  if (end === undefined || end.parent?.id !== kept.statement.parent?.id || leavesEarly(fn, kept, end)) {
    object(
      site,
      'unknown-flow',
      doc,
      kept.statement,
      `there is no one place behind every copy to release ${textOf(doc, kept.value)} at`,
    );
    return;
  }
  site.change = () => ({
    statements: [kept.statement],
    edits: [insertBehind(doc, end, `${textOf(doc, kept.release ?? kept.value)};`)],
  });
}

// The last statement of the block that adds something after the item was kept.
function lastAdd(fn: DraftFunction, kept: Kept): Node | undefined {
  const block = kept.statement.parent;
  const adds = fn.calls.filter(
    ({ role, call }) => role === 'add' && order(kept.call.call, call)?.how === 'forward',
  );
  const last = adds.at(-1)?.call;
  if (last === undefined || block === null) return undefined;
  let at: Node = last;
  while (at.parent !== null && at.parent.id !== block.id) at = at.parent;
  return at.parent === null ? statementOf(last) : at;
}

function leavesEarly(fn: DraftFunction, kept: Kept, end: Node): boolean {
  return fn.node
    .descendantsOfType(['return_statement', 'throw_statement', 'goto_statement'])
    .some(
      (node) => node !== null && node.startIndex > kept.statement.endIndex && node.startIndex < end.endIndex,
    );
}

function smartPointer(doc: Document, value: Node): string | undefined {
  const callee = value.type === 'call_expression' ? value.childForFieldName('function') : null;
  const [holder, field] = [callee?.childForFieldName('argument'), callee?.childForFieldName('field')];
  if (holder === null || holder === undefined || field === null || field === undefined) return undefined;
  return textOf(doc, field) === 'get' ? textOf(doc, holder) : undefined;
}

// A pointer into the kept memory that is put where it lives on, after it is kept.
function noteOutliving(
  library: Library,
  fn: DraftFunction,
  kept: Kept,
  site: DraftSite,
  isAfter: (node: Node) => boolean,
): void {
  const { doc } = fn;
  const reader = memoryReader(library, doc);
  for (const node of fn.node.descendantsOfType('assignment_expression')) {
    const [left, right] = [node?.childForFieldName('left'), node?.childForFieldName('right')];
    if (node === null || !left || !right || !isAfter(node)) continue;
    const from = reader.pointee(right);
    if (
      !from.some((path) => kept.paths.some(({ key }) => key === path.key)) ||
      !isPointer(library, doc, right)
    )
      continue;
    const isLocal = reader
      .object(left)
      .every(
        ({ origin, steps }) => origin !== undefined && !steps.includes('*') && isInside(origin, fn.node),
      );
    if (isLocal && !/^static\b/.test(reader.object(left)[0]?.origin?.text ?? '')) continue;
    object(
      site,
      'early-release',
      doc,
      node,
      `${textOf(doc, left)} goes on pointing to ${textOf(doc, kept.value)}, which would be released behind the last copy`,
    );
  }
}

function isPointer(library: Library, doc: Document, node: Node): boolean {
  const type = typeOf(library, doc, node);
  if (type !== undefined) return type.isArray || type.type.levels.length > 0;
  return node.type === 'call_expression' || node.type === 'pointer_expression';
}
