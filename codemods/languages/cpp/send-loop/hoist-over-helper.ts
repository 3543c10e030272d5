// Moves a store above the call of a helper that adds the memory: before it, into what it stores by itself, or into its arguments.
import { type Document, isInside, type Node, parts, textOf } from '../document.ts';
import { typeOf } from '../expression-type.ts';
import type { CppFunction } from '../function-facts.ts';
import type { Library } from '../library.ts';
import { loopFieldUses } from './field-uses.ts';
import type { Hoisted, Places } from './hoisted-stores.ts';
import { insertBefore, wholeLines } from './layout.ts';
import type { LoopShape } from './loop-shape.ts';
import { overlaps } from './memory-region.ts';
import { isFree, isMovable, isSimple, onlyStores } from './movable.ts';
import type { LateStore, StoreSeen } from './queue-state.ts';
import {
  argumentsOf,
  bare,
  calledName,
  collapsed,
  every,
  fieldUse,
  operatorOf,
  statementOf,
} from './tree-walk.ts';
import { sizeOfExpression } from './type-layout.ts';

/** helper(c); p->x = f(v);  where the helper stores p->x = f(c->x)  ->  c->x = v; helper(c); */
export function throughHelper(
  library: Library,
  shape: LoopShape,
  late: LateStore,
  places: Places,
  helper: CppFunction,
  seen: readonly StoreSeen[],
): Hoisted | undefined {
  const { doc } = late.fn;
  if (isUntouchedBy(library, shape, late, helper, seen)) {
    const passed = [places.add, ...places.between];
    if (!onlyStores(doc, places.store) || !places.between.every((each) => isSimple(doc, shape, each)))
      return undefined;
    if (!isFree(doc, places.store, passed) || !isMovable(library, places.store)) return undefined;
    const gone = wholeLines(doc, places.store.startIndex, places.store.endIndex);
    return {
      edits: [insertBefore(doc, places.add, [textOf(doc, places.store)]), { ...gone, text: '' }],
      settledBy: `the store moves above the call of ${helper.name}, which does not touch it`,
    };
  }
  const own = sameStore(late, helper, seen);
  const stored = assignmentIn(places.store);
  if (own === undefined || stored === undefined || stored.id !== late.store.id) return undefined;
  if (places.add.type !== 'expression_statement' || parts(places.add)[0]?.id !== late.queued.by.id)
    return undefined;
  if (
    !places.between.every((each) => isSimple(doc, shape, each)) ||
    !isFree(doc, places.store, places.between)
  )
    return undefined;
  const ownValue = own.childForFieldName('right');
  const value = stored.childForFieldName('right');
  if (ownValue === null || value === null) return undefined;
  const pair = onlyDifference(helper.doc, ownValue, doc, value);
  if (pair === undefined || !isMovable(library, pair.other)) return undefined;
  const given = argumentsOf(late.queued.by);
  const removed = { ...wholeLines(doc, places.store.startIndex, places.store.endIndex), text: '' };
  const parameter = helper.parameters.findIndex(({ name }) => name === textOf(helper.doc, pair.own));
  const argument = given[parameter];
  if (argument !== undefined && usesOf(helper, pair.own) === 1)
    return {
      edits: [
        { file: doc.file, start: argument.startIndex, end: argument.endIndex, text: textOf(doc, pair.other) },
        removed,
      ],
      settledBy: `${helper.name} stores the value itself, and is given it`,
    };
  const use = fieldUse(helper.doc, pair.own);
  const holder = helper.parameters.findIndex(
    ({ name }) => use !== undefined && name === textOf(helper.doc, use.object),
  );
  const object = given[holder];
  if (use === undefined || object === undefined || changesIn(library, helper, pair.other, doc))
    return undefined;
  const width = sizeOfExpression(library, helper.doc, pair.own);
  const wanted = sizeOfExpression(library, helper.doc, own.childForFieldName('left') ?? own);
  if (width === undefined || wanted === undefined || width < wanted) return undefined;
  const field = `${textOf(doc, object)}->${use.name}`;
  const set = `${field} = ${textOf(doc, pair.other)};`;
  const type = fieldSpelling(shape, use.name);
  if (!isReadElsewhere(library, shape, use.name, own, late))
    return {
      edits: [insertBefore(doc, places.add, [set]), removed],
      settledBy: `${helper.name} stores what ${field} says, which is set before the call`,
    };
  if (type === undefined) return undefined;
  const held = `held_${use.name}`;
  return {
    edits: [
      insertBefore(doc, places.add, [`${type} ${held} = ${field};`, set]),
      {
        file: doc.file,
        start: removed.start,
        end: removed.end,
        text: `${restoredLine(doc, places.store, `${field} = ${held};`)}`,
      },
    ],
    settledBy: `${helper.name} stores what ${field} says, which is set before the call and put back after it`,
  };
}

// The helper and what it calls neither store to these bytes nor say their name.
function isUntouchedBy(
  library: Library,
  shape: LoopShape,
  { fn, store, queued, region }: LateStore,
  helper: CppFunction,
  seen: readonly StoreSeen[],
): boolean {
  const target = store.type === 'assignment_expression' ? store.childForFieldName('left') : store;
  const name = target === null ? undefined : fieldUse(fn.doc, target)?.name;
  if (name === undefined || helper.body === undefined || queued.own.from !== queued.region.from) return false;
  const word = new RegExp(`(?:->|\\.)\\s*${name}\\b`);
  const bodies = [
    helper.body,
    ...every(helper.body, 'call_expression').flatMap((call) =>
      calledName(helper.doc, call) === shape.append.fn.name
        ? []
        : library
            .functionsNamed(calledName(helper.doc, call) ?? '')
            .flatMap(({ body }) => (body === undefined ? [] : [body])),
    ),
  ];
  const here = { ...region, root: queued.own.root };
  return (
    bodies.every((body) => !word.test(body.text)) &&
    !seen.some((each) => each.fn.node.id === helper.node.id && overlaps(each.region, here))
  );
}

function restoredLine(doc: Document, store: Node, text: string): string {
  const range = wholeLines(doc, store.startIndex, store.endIndex);
  const spelled = doc.text.slice(range.start, range.end);
  const own = textOf(doc, store);
  return spelled.includes(own) ? spelled.replace(own, () => text) : text;
}

function assignmentIn(statement: Node): Node | undefined {
  const [only] = statement.type === 'expression_statement' ? parts(statement) : [];
  return only?.type === 'assignment_expression' ? only : undefined;
}

// The helper's own store to the very same bytes, on every way through it.
function sameStore(
  { queued, region }: LateStore,
  helper: CppFunction,
  seen: readonly StoreSeen[],
): Node | undefined {
  const { own } = queued;
  const shift = (at: number | undefined): number | undefined =>
    at === undefined || own.from === undefined || queued.region.from === undefined
      ? undefined
      : at - queued.region.from + own.from;
  const [from, to] = [shift(region.from), shift(region.to)];
  if (from === undefined || to === undefined) return undefined;
  const inside = seen.filter((each) => each.fn.node.id === helper.node.id && each.region.root === own.root);
  const same = new Map(
    inside
      .filter((each) => each.region.from === from && each.region.to === to)
      .map((each) => [each.store.id, each.store]),
  );
  const [only] = same.values();
  const top = only === undefined ? undefined : statementOf(only);
  return same.size === 1 &&
    only?.type === 'assignment_expression' &&
    operatorIsPlain(helper.doc, only) &&
    top?.parent?.id === helper.body?.id
    ? only
    : undefined;
}

function operatorIsPlain(doc: Document, assignment: Node): boolean {
  return operatorOf(doc, assignment) === '=';
}

// The one place where two expressions differ; casts in front of it may differ as well.
function onlyDifference(
  ownDoc: Document,
  own: Node,
  otherDoc: Document,
  other: Node,
): { readonly own: Node; readonly other: Node } | undefined {
  const [a, b] = [bare(own), bare(other)];
  if (fieldUse(ownDoc, a) !== undefined || a.type === 'identifier') return { own: a, other: b };
  if (a.type !== b.type) return undefined;
  if (a.type === 'call_expression') {
    if (calledName(ownDoc, a) === undefined || calledName(ownDoc, a) !== calledName(otherDoc, b))
      return undefined;
    const [ours, theirs] = [argumentsOf(a), argumentsOf(b)];
    const [one] = ours;
    const [two] = theirs;
    return ours.length === 1 && theirs.length === 1 && one !== undefined && two !== undefined
      ? onlyDifference(ownDoc, one, otherDoc, two)
      : undefined;
  }
  return undefined;
}

function usesOf({ doc, body }: CppFunction, name: Node): number {
  const text = textOf(doc, name);
  return body === undefined
    ? 0
    : every(body, 'identifier').filter((each) => textOf(doc, each) === text).length;
}

// What the helper gives a value to is not part of what is moved above it: a field of that name in an object of that type.
function changesIn(library: Library, { doc, body }: CppFunction, value: Node, valueDoc: Document): boolean {
  const uses = [value, ...every(value, 'field_expression')].flatMap((each) => {
    const use = fieldUse(valueDoc, each);
    return use === undefined
      ? []
      : [{ name: use.name, type: typeOf(library, valueDoc, use.object)?.type.base }];
  });
  return (
    body !== undefined &&
    every(body, 'assignment_expression').some((each) => {
      const field = fieldUse(doc, each.childForFieldName('left'));
      if (field === undefined) return false;
      const type = typeOf(library, doc, field.object)?.type.base;
      return uses.some(
        (use) =>
          use.name === field.name && (use.type === undefined || type === undefined || use.type === type),
      );
    })
  );
}

// Somebody but the helper may look at the field before the next command clears it.
function isReadElsewhere(
  library: Library,
  shape: LoopShape,
  field: string,
  own: Node,
  late: LateStore,
): boolean {
  const uses = loopFieldUses(library, shape, [field]);
  const reads = uses.filter(
    ({ kind, node }) => !/^(?:clear|set|allocate)$/.test(kind) && !isInside(node, own),
  );
  const cleared = uses.some(({ kind }) => kind === 'clear');
  const helper = calledName(late.fn.doc, late.queued.by);
  const again =
    late.fn.body !== undefined &&
    every(late.fn.body, 'call_expression').some(
      (call) =>
        call.startIndex > late.store.startIndex &&
        calledName(late.fn.doc, call) === helper &&
        sameBranch(call, late.store),
    );
  return reads.length > 0 || !cleared || again;
}

// A call in the other branch of the `if` around the store is never reached from it.
function sameBranch(call: Node, store: Node): boolean {
  const block = statementOf(store).parent;
  return block !== null && call.endIndex <= block.endIndex;
}

function fieldSpelling({ connection }: LoopShape, name: string): string | undefined {
  const field = connection.fields.find((each) => each.name === name);
  return field === undefined || field.isArray ? undefined : collapsed(field.spelling);
}
