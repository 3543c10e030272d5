// State that giving an item back changes, and that is read while the item is on its way: released behind the copy it would
// be changed too early.
import { ts } from 'ts-morph';
import { enclosingFunction } from '../syntax-shapes.ts';
import type { Look, Objection } from './engine-look.ts';
import { statementsOf } from './folding.ts';
import type { ItemRelease } from './item-releases.ts';
import { releaseEffects, writtenBy } from './release-effects.ts';

/** A number or flag that giving back changes is read where the item is on its way still. */
export function findEarlyReleases(look: Look, items: readonly ItemRelease[], object: Objection): void {
  const effects = releaseEffects(look);
  for (const item of items) {
    if (!('behind' in item)) continue;
    const read = readBehind(look, item.behind, (field) => effects.changes(field), 0);
    if (read !== undefined)
      object(
        item.keep,
        'early-release',
        read,
        `${read.getText()} is read here, which giving the item back changes: on the old path that happens when everything is sent`,
      );
  }
}

function readBehind(
  look: Look,
  from: ts.Node,
  changes: (field: ts.Node | undefined) => boolean,
  depth: number,
): ts.Node | undefined {
  const seen = new Set<ts.Node>();
  for (let at: ts.Node = from; at.parent !== undefined && !ts.isFunctionLike(at); at = at.parent) {
    const list = statementsOf(at.parent);
    const isLoop = ts.isIterationStatement(at.parent, false);
    const behind: readonly ts.Node[] =
      list !== undefined ? list.slice(list.indexOf(at as ts.Statement) + 1) : isLoop ? [at.parent] : [];
    for (const node of behind) {
      const read = readIn(look, node, changes, seen);
      if (read !== undefined) return read;
    }
  }
  const fn = enclosingFunction(from);
  if (fn === undefined || depth > 4) return undefined;
  for (const call of look.index.callers(fn)) {
    if (look.folding.isDead(call)) continue;
    let statement: ts.Node = call;
    while (statement.parent !== undefined && !ts.isStatement(statement)) statement = statement.parent;
    const read = readBehind(look, statement, changes, depth + 1);
    if (read !== undefined) return read;
  }
  return undefined;
}

/** A read of such a field, here or in a function that is called; what a release does by itself does not count. */
function readIn(
  look: Look,
  node: ts.Node,
  changes: (field: ts.Node | undefined) => boolean,
  seen: Set<ts.Node>,
): ts.Node | undefined {
  if (look.folding.isDead(node)) return undefined;
  if (ts.isPropertyAccessExpression(node) && changes(look.index.declarationOf(node.name)) && !isUpdated(node))
    return node;
  if (ts.isCallExpression(node)) {
    const fn = look.index.callee(node);
    const isRelease = fn !== undefined && look.releases.of(fn) !== undefined;
    if (isRelease) return undefined;
    if (fn !== undefined && !seen.has(fn)) {
      seen.add(fn);
      const inner = readIn(look, fn.body, changes, seen);
      if (inner !== undefined) return inner;
    }
  }
  return ts.forEachChild(node, (child) => readIn(look, child, changes, seen));
}

/** `document.references += 1;` changes it, and tells nobody what it was. */
function isUpdated(access: ts.PropertyAccessExpression): boolean {
  const { parent } = access;
  return writtenBy(parent) === access && ts.isExpressionStatement(parent.parent);
}
