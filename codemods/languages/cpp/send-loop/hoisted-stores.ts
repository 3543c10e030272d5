// Moves a store to memory that was added above the add, where that changes nothing else; over a helper, too, that stores the same bytes.
import type { TextEdit } from '../../../facts/text.ts';
import { type Node, parts, textOf } from '../document.ts';
import type { Library } from '../library.ts';
import { functionOf } from '../scope.ts';
import { throughHelper } from './hoist-over-helper.ts';
import { insertBefore, wholeLines } from './layout.ts';
import type { LoopShape } from './loop-shape.ts';
import { isFree, isMovable, isSimple, onlyStores } from './movable.ts';
import type { LateStore, StoreSeen } from './queue-state.ts';
import { calledName, definitionAround, standsInBlock, statementOf } from './tree-walk.ts';

/** How a late store is put right. */
export interface Hoisted {
  readonly edits: readonly TextEdit[];
  readonly settledBy: string;
}

/** The hoist of one late store; undefined where it is not certain to change nothing. */
export function hoisted(
  library: Library,
  shape: LoopShape,
  late: LateStore,
  seen: readonly StoreSeen[],
): Hoisted | undefined {
  const { queued, fn } = late;
  const places = placesOf(late);
  if (places === undefined) return undefined;
  if (queued.by.id === queued.add.id) return aboveAdd(library, shape, late, places);
  const helper = definitionAround(queued.add);
  const helperFn = helper === undefined ? undefined : functionOf(queued.addDoc, helper);
  if (helperFn === undefined || calledName(fn.doc, queued.by) !== helperFn.name) return undefined;
  return throughHelper(library, shape, late, places, helperFn, seen);
}

/** Where a late store and its add stand. */
export interface Places {
  /** The statement of the call, and the statement of the store in the same block. */
  readonly add: Node;
  readonly store: Node;
  readonly between: readonly Node[];
}

function placesOf({ queued, store }: LateStore): Places | undefined {
  const adding = statementOf(queued.by);
  const block = adding.parent;
  if (block === null || !standsInBlock(adding)) return undefined;
  let storing = statementOf(store);
  while (storing.parent !== null && storing.parent.id !== block.id) storing = storing.parent;
  if (storing.parent?.id !== block.id || storing.startIndex <= adding.startIndex) return undefined;
  const between = parts(block).filter(
    (each) => each.startIndex > adding.startIndex && each.startIndex < storing.startIndex,
  );
  return { add: adding, store: storing, between };
}

// add(p, n); p->x = v;  ->  p->x = v; add(p, n);
function aboveAdd(library: Library, shape: LoopShape, late: LateStore, places: Places): Hoisted | undefined {
  const { doc } = late.fn;
  const { add, store, between } = places;
  const passed = [add, ...between];
  if (!passed.every((each) => isSimple(doc, shape, each)) || !onlyStores(doc, store)) return undefined;
  if (!isFree(doc, store, passed) || !isMovable(library, store)) return undefined;
  const removed = wholeLines(doc, store.startIndex, store.endIndex);
  return {
    edits: [insertBefore(doc, add, [textOf(doc, store)]), { ...removed, text: '' }],
    settledBy: 'the store moves above the add',
  };
}
