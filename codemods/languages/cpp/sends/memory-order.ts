// Notes stores to memory after it was added, and moves those that stand in the open above the add.

import type { TextEdit } from '../../../facts/text.ts';
import { type Document, isInside, type Node, rangeOf, textOf } from '../document.ts';
import type { Library } from '../library.ts';
import { resolveVariable } from '../scope.ts';
import { type Added, addedBy, fromCaller } from './added-memory.ts';
import { type Effects, isSentBetween } from './effects.ts';
import { order } from './flow-order.ts';
import type { FunctionIndex } from './function-index.ts';
import { calleeText } from './function-index.ts';
import { hoistable, operandPaths } from './hoist.ts';
import { isMadeIn, overlaps } from './memory.ts';
import { isOwnElement } from './own-element.ts';
import { type Join, siteAt } from './queue-order.ts';
import { lineSpanOf } from './removal.ts';
import { brief, type DraftFunction, type DraftSite, object } from './site-draft.ts';
import { changes, type Store, storesIn } from './stores-after.ts';

/** Looks at every function that adds, and at the callers of those. */
export function noteMemoryOrder(
  library: Library,
  index: FunctionIndex,
  effects: Effects,
  functions: readonly DraftFunction[],
  join: Join,
): void {
  for (const fn of functions) {
    const added = addedBy(library, index, fn);
    if (added.length === 0) continue;
    const memory = added.flatMap(({ paths }) => paths);
    for (const store of storesIn(library, fn.doc, fn.node, memory)) {
      const first = added.find((one) => isLost(effects, fn, one, store));
      if (first === undefined) continue;
      if (hasMovedOn(fn, first, store)) continue;
      const isFixed = isHelpersOwn(library, fn.doc, first, store) || isOverRounds(effects, fn, first);
      settleStore(library, fn, first, store, isFixed);
      join([fn, ...helpersOf(first)]);
    }
  }
}

function helpersOf({ via }: Added): readonly DraftFunction[] {
  return via === undefined ? [] : [via.callee];
}

function isLost(effects: Effects, fn: DraftFunction, { node, paths }: Added, store: Store): boolean {
  if (store.node.id === node.id || isInside(store.node, node) || !changes(store, paths)) return false;
  const how = order(node, store.node);
  const events = effects.of(fn);
  if (how === undefined || isSentBetween(events, node, store.node)) return false;
  if (how.how === 'forward') return true;
  const { loop } = how;
  if (isOwnElement(fn.doc, loop, node, store.node)) return false;
  return (
    !paths.every((path) => isMadeIn(path, loop)) &&
    !events.some((event) => event.what === 'send' && isInside(event.node, loop))
  );
}

// `buffer.moveOffset(n)` between the two: what the buffer gives now is other memory.
function hasMovedOn({ doc, node }: DraftFunction, first: Added, store: Store): boolean {
  const roots = [...first.paths, ...store.paths].filter(({ steps }) =>
    steps.some((one) => one.endsWith('()')),
  );
  if (roots.length === 0) return false;
  const how = order(first.node, store.node);
  // From where the pointer that was added was taken.
  const [pointer] = first.node.childForFieldName('arguments')?.namedChildren ?? [];
  const taken = [pointer, ...(pointer?.descendantsOfType('identifier') ?? [])]
    .map((name) => (name?.type === 'identifier' ? resolveVariable(doc, name)?.initialiser : undefined))
    .find((value) => value !== undefined);
  const from = Math.min(first.node.startIndex, taken?.startIndex ?? first.node.startIndex);
  return node.descendantsOfType('call_expression').some((call) => {
    if (call === null || !MOVES_ON.test(calleeText(doc, call))) return false;
    const isBetween = call.startIndex > from && call.endIndex < store.node.startIndex;
    return isBetween || (how?.how === 'round' && isInside(call, how.loop));
  });
}

const MOVES_ON = /(?:\.|->)(?:\w*(?:move|advance|consume|produce|skip|commit)\w*|next)$/i;

// In a loop that adds the same memory in every round the last store is sent by all of them.
function isOverRounds(effects: Effects, fn: DraftFunction, { node, paths }: Added): boolean {
  const again = order(node, node);
  if (again?.how !== 'round') return false;
  const { loop } = again;
  const isSent = effects.of(fn).some((event) => event.what === 'send' && isInside(event.node, loop));
  return !isSent && !paths.every((path) => isMadeIn(path, loop));
}

// The helper stores to it as well, or to what the store reads: which comes last matters.
function isHelpersOwn(library: Library, doc: Document, { via }: Added, store: Store): boolean {
  if (via === undefined) return false;
  const { callee } = via;
  const parameters = (callee.fn?.parameters ?? []).flatMap(({ nameNode }) =>
    nameNode === undefined
      ? []
      : [{ key: `${callee.doc.file}:${nameNode.startIndex}`, origin: undefined, steps: [] }],
  );
  const concerned = [...store.paths, ...operandPaths(library, doc, store)];
  return storesIn(library, callee.doc, callee.node, [...parameters, ...concerned]).some((own) => {
    const paths = own.paths.flatMap((path) => fromCaller(library, via, path));
    return paths.some((path) => concerned.some((one) => overlaps(one, path)));
  });
}

function settleStore(
  library: Library,
  fn: DraftFunction,
  first: Added,
  store: Store,
  isFixed: boolean,
): void {
  const { doc } = fn;
  const site = siteAt(fn, first.node);
  const detail = `${store.what} after ${brief(doc, first.node)}`;
  const statement = first.node.parent;
  const movable =
    statement === null || isFixed || order(first.node, store.node)?.how !== 'forward'
      ? undefined
      : hoistable(library, doc, store, statement, first.node);
  const related = [{ range: rangeOf(doc, first.node), message: 'added here' }];
  if (movable === undefined || statement === null) {
    object(site, 'store-after-add', doc, store.node, `${detail}, and a copy does not see it`, { related });
    return;
  }
  object(site, 'store-after-add', doc, store.node, detail, {
    related,
    settledBy: 'the store moves above the add',
  });
  moveAbove(fn, site, movable, statement);
}

// Whole lines move; what stands on a line with others stays for review.
function moveAbove({ doc }: DraftFunction, site: DraftSite, statement: Node, first: Node): void {
  const { text } = doc;
  const from = lineSpanOf(doc, statement);
  const to = lineSpanOf(doc, first);
  const change = site.change;
  site.change = (form) => {
    const before = change(form);
    const moved = text.slice(from.start, from.end);
    const edits: readonly TextEdit[] =
      from.isLines && to.isLines
        ? [
            {
              file: doc.file,
              start: to.start,
              end: to.start,
              text: /\n$/.test(moved) ? moved : `${moved}\n`,
            },
            { file: doc.file, start: from.start, end: from.end, text: '' },
          ]
        : [
            {
              file: doc.file,
              start: first.startIndex,
              end: first.startIndex,
              text: `${textOf(doc, statement)} `,
            },
            { file: doc.file, start: from.start, end: from.end, text: '' },
          ];
    return { ...before, edits: [...(before.edits ?? []), ...edits] };
  };
}
