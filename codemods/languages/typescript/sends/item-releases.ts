// Where a kept item is given back on the new path: right behind the last thing that the function does with it.
import { ts } from 'ts-morph';
import type { HazardKind } from '../../../facts/send.ts';
import { enclosingFunction } from '../syntax-shapes.ts';
import { addsIn, isNobodys } from './added-memory.ts';
import { completion } from './completion.ts';
import type { Folding } from './folding.ts';
import { itemEscape } from './item-escapes.ts';
import { mentions } from './item-mentions.ts';
import { behindList, keptPlace } from './kept-place.ts';
import { originOf } from './memory-origin.ts';
import type { OldPath } from './old-path.ts';
import { otherwiseReleased } from './otherwise-released.ts';
import { type ReleaseEffects, writtenBy } from './release-effects.ts';
import { type ReachInput, releaseCall } from './release-in-reach.ts';
import { usedByCallers } from './uses-by-callers.ts';

/** An item, and the call that keeps it. */
export interface KeptItem {
  readonly call: ts.CallExpression;
  readonly item: ts.Expression;
}

/** What is decided about one kept item. */
export type ItemRelease =
  | {
      readonly keep: ts.CallExpression;
      /** The statement behind which the item goes back. */
      readonly behind: ts.Statement;
      /** The call that gives it back, without a semicolon. */
      readonly text: string;
      /** The one add of the item's memory that could be chained with the release. */
      readonly add: ts.CallExpression | undefined;
    }
  | {
      readonly keep: ts.CallExpression;
      readonly kind: HazardKind;
      readonly at: ts.Node;
      readonly why: string;
    };

/** What the search needs. */
export interface ItemReleaseInput extends ReachInput {
  readonly path: OldPath;
  readonly folding: Folding;
  readonly effects: ReleaseEffects;
}

/** Decides for one `reserveItem`, or for a call of a helper that does nothing but keep its argument. */
export function itemRelease(
  input: ItemReleaseInput,
  { call: keep, item }: KeptItem,
  all: readonly KeptItem[],
): ItemRelease {
  const fail = (kind: HazardKind, at: ts.Node, why: string): ItemRelease => ({ keep, kind, at, why });
  const fn = enclosingFunction(keep);
  const body = (fn as { body?: ts.Node } | undefined)?.body;
  if (fn === undefined || body === undefined)
    return fail('unknown-flow', keep, 'the item is kept outside of a function');
  const thing = originOf(input.index, item);
  const list = keptPlace(input, keep, thing);
  if (list === undefined)
    return fail('unknown-flow', keep, `${item.getText()} is kept in a place that is not understood`);
  const { statements, first } = list;
  const rest = statements.slice(first);
  const uses = rest.filter(
    (statement) =>
      !input.folding.isDead(statement) && (mentions(input, statement, thing) || mayAddItem(input, statement)),
  );
  const behind = uses.at(-1) ?? rest[0];
  if (behind === undefined)
    return fail('unknown-flow', keep, `${item.getText()} is kept in a place that is not understood`);
  const between = rest.slice(0, rest.indexOf(behind) + 1);
  for (const statement of between) {
    const way = completion(input.folding, statement);
    const leaves = way.returns || way.breaks || way.continues;
    if (leaves) {
      const exit = firstExit(input, statement) ?? statement;
      return fail(
        'early-release',
        exit,
        `the code can leave here after ${item.getText()} was kept and before everything of it was added: nobody would give it back`,
      );
    }
  }
  const outside = behindList(statements, fn).find((statement) => mayAddItem(input, statement));
  if (outside !== undefined)
    return fail(
      'early-release',
      outside,
      `${item.getText()} would be given back before this, which may add its memory`,
    );
  const again = rest.flatMap((statement) => releasesIn(input, statement, thing));
  const [second] = again;
  if (second !== undefined)
    return fail(
      'double-release',
      second,
      `${item.getText()} is given back here, and was handed to the connection, too`,
    );
  const other = all.find(
    (one) =>
      one.call !== keep &&
      enclosingFunction(one.call) === fn &&
      originOf(input.index, one.item) === thing &&
      !areExclusive(one.call, keep),
  );
  if (other !== undefined) return fail('double-release', other.call, `${item.getText()} is kept twice`);
  const escaping = between
    .map((statement) => itemEscape(input, statement, thing))
    .find((one) => one !== undefined);
  if (escaping !== undefined)
    return fail(
      'item-after-release',
      escaping,
      `${item.getText()} goes on to something that may use it after it was given back`,
    );
  const later = usedByCallers(input, fn, thing);
  if (later !== undefined)
    return fail(
      'item-after-release',
      later,
      `${item.getText()} is used here after it was sent and given back`,
    );
  const text = otherwiseReleased(input, keep, thing) ?? releaseCall(input, item, keep);
  if (text === undefined)
    return fail('unknown-flow', keep, `nothing in reach gives ${item.getText()} back to the engine`);
  const adds = rest
    .flatMap((statement) => callsOf(input, statement, 'addIov'))
    .filter((call) => call.arguments[0] !== undefined && originOf(input.index, call.arguments[0]) === thing);
  const isFixed = item.kind !== ts.SyntaxKind.Identifier || isConstant(input, item);
  const add =
    isFixed &&
    adds.length === 1 &&
    uses.filter((statement) => statement.pos > (adds[0]?.pos ?? 0)).length === 0
      ? adds[0]
      : undefined;
  return { keep, behind, text, add };
}

/** A variable that is never assigned again: a function that runs later sees the same item. */
function isConstant(input: ItemReleaseInput, item: ts.Expression): boolean {
  const declaration = input.index.declarationOf(item);
  if (declaration === undefined) return false;
  if (ts.isVariableDeclaration(declaration) && (declaration.parent.flags & ts.NodeFlags.Const) !== 0)
    return true;
  if (ts.isBindingElement(declaration)) {
    let at: ts.Node = declaration;
    while (ts.isBindingElement(at)) at = at.parent.parent;
    if (ts.isVariableDeclaration(at) && (at.parent.flags & ts.NodeFlags.Const) !== 0) return true;
  }
  return !input.index.uses(declaration).some((use) => writtenBy(use.parent) === use);
}

/** Two branches of one condition: only one of the nodes runs. */
function areExclusive(a: ts.Node, b: ts.Node): boolean {
  for (let at = a; at.parent !== undefined; at = at.parent) {
    const { parent } = at;
    if (!ts.isIfStatement(parent) || at === parent.expression) continue;
    const other = at === parent.thenStatement ? parent.elseStatement : parent.thenStatement;
    if (other !== undefined && other.pos <= b.pos && b.end <= other.end) return true;
  }
  return false;
}

/** Something is added that may be the item's memory: all but what was made for this use. */
function mayAddItem(input: ItemReleaseInput, node: ts.Node): boolean {
  return addsIn(input, node).some(({ memory }) => memory === undefined || !isNobodys(input, memory));
}

function callsOf(input: ItemReleaseInput, node: ts.Node, member: string): readonly ts.CallExpression[] {
  if (input.folding.isDead(node)) return [];
  const found: ts.CallExpression[] = [];
  if (ts.isCallExpression(node) && input.path.memberCalled(node) === member) found.push(node);
  ts.forEachChild(node, (child) => {
    found.push(...callsOf(input, child, member));
  });
  return found;
}

function releasesIn(input: ItemReleaseInput, node: ts.Node, thing: string): readonly ts.Node[] {
  if (input.folding.isDead(node)) return [];
  const found: ts.Node[] = [];
  if (ts.isCallExpression(node)) {
    const released = input.releases.releasedBy(node);
    if (released !== undefined && originOf(input.index, released) === thing) found.push(node);
  }
  ts.forEachChild(node, (child) => {
    found.push(...releasesIn(input, child, thing));
  });
  return found;
}

function firstExit(input: ItemReleaseInput, node: ts.Node): ts.Node | undefined {
  if (ts.isFunctionLike(node) || input.folding.isDead(node)) return undefined;
  if (
    ts.isReturnStatement(node) ||
    ts.isThrowStatement(node) ||
    ts.isBreakStatement(node) ||
    ts.isContinueStatement(node)
  )
    return node;
  return ts.forEachChild(node, (child) => firstExit(input, child));
}
