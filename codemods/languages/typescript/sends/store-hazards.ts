// Memory that is stored to after it was added: iovecs send what is stored later, a copy does not. Where the store can move
// above the add without changing anything else, it does.
import { ts } from 'ts-morph';
import { isInside } from '../is-inside.ts';
import { enclosingFunction } from '../syntax-shapes.ts';
import { completion } from './completion.ts';
import type { Look, Objection } from './engine-look.ts';
import { statementsOf } from './folding.ts';
import { isSameMemory, type MemoryRoot, memoryRoot } from './memory-root.ts';
import { runsInPlace, storesTo } from './memory-stores.ts';
import { isPure } from './pure.ts';

/** A place behind which memory must not change any more. */
interface AddPoint {
  readonly add: ts.CallExpression;
  /** The add itself, or the call that led to it. */
  readonly at: ts.Node;
  readonly root: MemoryRoot;
}

/** Looks for stores behind every add, in its function and in those that called it. */
export function findStoreHazards(
  look: Look,
  calls: readonly ts.CallExpression[],
  object: Objection,
  hoists: Map<ts.Statement, ts.Statement>,
): void {
  const seen = new Set<string>();
  const queue: AddPoint[] = [];
  for (const add of calls) {
    const [memory] = add.arguments;
    if (look.path.memberCalled(add) !== 'addIov' || memory === undefined || look.folding.isDead(add))
      continue;
    const root = memoryRoot(look.index, memory);
    if (root !== undefined) queue.push({ add, at: add, root });
  }
  for (let point = queue.shift(); point !== undefined; point = queue.shift()) {
    const key = `${point.at.getSourceFile().fileName}:${point.at.pos}:${point.root.declaration.pos}:${point.root.path}`;
    if (seen.has(key) || seen.size > 2000) continue;
    seen.add(key);
    inspect(look, point, object, hoists);
    queue.push(...outward(look, point));
  }
}

function inspect(
  look: Look,
  point: AddPoint,
  object: Objection,
  hoists: Map<ts.Statement, ts.Statement>,
): void {
  const fn = enclosingFunction(point.at);
  const body = (fn as { body?: ts.Node } | undefined)?.body;
  if (body === undefined) return;
  for (const store of storesTo(look.index, body, point.root, (node) => look.folding.isDead(node))) {
    const isLater = ts.isFunctionLike(store) && !isInside(point.at, store);
    if (
      !isLater &&
      (isInside(store, point.at) || isInside(point.at, store) || !canFollow(look, point, store))
    )
      continue;
    const statement = hoistable(look, point, store);
    const what = `${nameOf(point)} is stored to here, after it was added`;
    if (statement !== undefined) {
      // Above all of its adds, where there are several.
      const target = statementAt(point.at);
      const known = hoists.get(statement);
      if (known === undefined || target.pos < known.pos) hoists.set(statement, target);
      object(point.add, 'store-after-add', store, what, 'the store moves above the add');
    } else
      object(
        point.add,
        'store-after-add',
        store,
        `${what}: the old path sends what is stored, a copy does not`,
      );
  }
}

function nameOf({ add }: AddPoint): string {
  const text = add.arguments[0]?.getText().replace(/\s+/g, ' ') ?? 'the memory';
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}

/** The same question in the functions that call this one. */
function outward(look: Look, { add, at, root }: AddPoint): readonly AddPoint[] {
  const fn = enclosingFunction(at);
  if (fn === undefined) return [];
  const callers = look.index.callers(fn).filter((call) => !look.folding.isDead(call));
  // What runs in place is a part of the function around it.
  if (runsInPlace(fn)) return [{ add, at: fn.parent, root }];
  let declaration: ts.Node = root.declaration;
  while (ts.isBindingElement(declaration)) declaration = declaration.parent.parent;
  if (!ts.isParameter(declaration) || declaration.parent !== fn) {
    // Memory of this call's own is nobody else's.
    const isOwn = enclosingFunction(root.declaration) === fn && !ts.isPropertyDeclaration(root.declaration);
    if (isOwn && root.path === '' && answers(look, fn, root))
      return callers.flatMap((call) => answered(look, add, call));
    return isOwn ? [] : callers.map((call) => ({ add, at: call, root }));
  }
  const position = fn.parameters.indexOf(declaration);
  const member = ts.isBindingElement(root.declaration)
    ? `.${(root.declaration.propertyName ?? root.declaration.name).getText()}`
    : '';
  return callers.flatMap((call) => {
    const argument = call.arguments?.[position];
    const given = argument && memoryRoot(look.index, argument);
    return given === undefined
      ? []
      : [{ add, at: call, root: { declaration: given.declaration, path: given.path + member + root.path } }];
  });
}

/** The function answers the memory that it added: whoever called it has it, too. */
function answers(look: Look, fn: ts.SignatureDeclaration, root: MemoryRoot): boolean {
  const { body } = fn as { body?: ts.Node };
  const isIt = (node: ts.Expression): boolean =>
    memoryRoot(look.index, node)?.declaration === root.declaration;
  if (body === undefined) return false;
  if (!ts.isBlock(body)) return isIt(body as ts.Expression);
  const visit = (node: ts.Node): boolean => {
    if (ts.isFunctionLike(node)) return false;
    if (ts.isReturnStatement(node) && node.expression !== undefined && mentionsMemory(node.expression, isIt))
      return true;
    return ts.forEachChild(node, (child) => (visit(child) ? true : undefined)) === true;
  };
  return visit(body);
}

function mentionsMemory(node: ts.Node, isIt: (node: ts.Expression) => boolean): boolean {
  if ((ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) && isIt(node)) return true;
  return ts.forEachChild(node, (child) => (mentionsMemory(child, isIt) ? true : undefined)) === true;
}

/** The variable that a call's answer goes to. */
function answered(
  _look: Look,
  add: ts.CallExpression,
  call: ts.CallExpression | ts.NewExpression,
): readonly AddPoint[] {
  const holder = call.parent;
  if (!ts.isVariableDeclaration(holder)) return [];
  if (ts.isIdentifier(holder.name)) return [{ add, at: call, root: { declaration: holder, path: '' } }];
  return holder.name.elements.flatMap((element) =>
    ts.isBindingElement(element) ? [{ add, at: call, root: { declaration: element, path: '' } }] : [],
  );
}

/** There is a way from the add to the store on which nothing is sent. */
function canFollow(look: Look, { at, root }: AddPoint, store: ts.Node): boolean {
  const loop = sharedLoop(at, store, root.declaration);
  if (loop !== undefined) return !sendsBehind(look, at, loop);
  if (store.pos < at.end) return false;
  let node: ts.Node = at;
  while (!isInside(store, node.parent)) {
    node = node.parent;
    const list = statementsOf(node.parent);
    if (list === undefined) continue;
    const rest = list.slice(list.indexOf(node as ts.Statement));
    if (
      !isInside(store, node.parent) &&
      rest.some((statement) => !completion(look.folding, statement).falls)
    ) {
      const way = rest.map((statement) => completion(look.folding, statement)).find((one) => !one.falls);
      if (way !== undefined && !way.breaks && !way.continues) return false;
    }
  }
  const common = node.parent;
  if (ts.isIfStatement(common) && node !== common.expression && !isInside(store, node)) return false;
  if (ts.isConditionalExpression(common) && node !== common.condition) return false;
  const list = statementsOf(common);
  if (list === undefined) return true;
  const from = list.indexOf(node as ts.Statement);
  const to = list.findIndex((statement) => isInside(store, statement));
  const between = list.slice(from, to);
  if (between.some((statement) => !completion(look.folding, statement).falls)) return false;
  return !between.some((statement) => sends(look, statement, at));
}

/** A loop around both in which the memory stays the same from one round to the next. */
function sharedLoop(at: ts.Node, store: ts.Node, declaration: ts.Node): ts.Node | undefined {
  for (let node: ts.Node | undefined = at; node !== undefined; node = node.parent) {
    const isCallback = ts.isFunctionLike(node) && runsInPlace(node);
    if (ts.isFunctionLike(node) && !isCallback) return undefined;
    const repeats = isCallback || ts.isIterationStatement(node, false);
    if (repeats && isInside(store, node) && !isInside(declaration, node)) return node;
  }
  return undefined;
}

/** In each round everything is sent behind the add. */
function sendsBehind(look: Look, at: ts.Node, loop: ts.Node): boolean {
  for (let node: ts.Node = at; node !== loop; node = node.parent) {
    const list = statementsOf(node.parent);
    if (
      list?.slice(list.indexOf(node as ts.Statement)).some((statement) => sends(look, statement, at)) === true
    )
      return true;
  }
  return false;
}

function sends(look: Look, statement: ts.Node, behind: ts.Node): boolean {
  if (look.folding.isDead(statement) || ts.isFunctionLike(statement)) return false;
  if (
    ts.isCallExpression(statement) &&
    statement.pos >= behind.end &&
    look.path.memberCalled(statement) === 'transmit'
  )
    return true;
  return ts.forEachChild(statement, (child) => (sends(look, child, behind) ? true : undefined)) === true;
}

function statementAt(node: ts.Node): ts.Statement {
  let at = node;
  while (!ts.isStatement(at)) at = at.parent;
  return at;
}

/** The statement of a store that can move above the add: right behind it, of plain values, past nothing but other sends and stores. */
function hoistable(look: Look, { at, root, add }: AddPoint, store: ts.Node): ts.Statement | undefined {
  const statement = statementAt(store);
  const start = statementAt(at);
  if (at !== add || !ts.isExpressionStatement(statement) || !ts.isExpressionStatement(start))
    return undefined;
  if (statement.expression !== store || start.expression !== add) return undefined;
  const list = statement.parent === start.parent ? statementsOf(statement.parent) : undefined;
  if (list === undefined || sharedLoop(at, store, root.declaration) !== undefined) return undefined;
  const between = list.slice(list.indexOf(start) + 1, list.indexOf(statement));
  const isPast = between.every((one) => {
    if (!ts.isExpressionStatement(one)) return false;
    if (ts.isCallExpression(one.expression) && look.path.memberCalled(one.expression) !== undefined)
      return one.expression.arguments.every(isPure) && !addsSame(look, one.expression, root);
    return storesTo(look.index, one, root, () => false).length > 0 && isPlainStore(one.expression);
  });
  return isPast && isPlainStore(statement.expression) ? statement : undefined;
}

/** What is added twice would change in its first place, too: that is no matter, as both point to the same memory. */
function addsSame(look: Look, call: ts.CallExpression, root: MemoryRoot): boolean {
  const [memory] = call.arguments;
  return (
    memory !== undefined &&
    look.path.memberCalled(call) === 'transmit' &&
    isSameMemory(memoryRoot(look.index, memory), root)
  );
}

function isPlainStore(expression: ts.Expression): boolean {
  if (ts.isCallExpression(expression))
    return (
      ts.isPropertyAccessExpression(expression.expression) &&
      isPure(expression.expression.expression) &&
      expression.arguments.every(isPure)
    );
  return ts.isBinaryExpression(expression) && isPure(expression.left) && isPure(expression.right);
}
