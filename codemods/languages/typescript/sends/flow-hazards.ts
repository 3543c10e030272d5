// What else stands against a rewrite: connections that go where they cannot be followed, adds whose callback answers a
// length, work between sends, answers that are sent, and state that a release would change too early.
import { ts } from 'ts-morph';
import { hasModifier } from '../contract-slots.ts';
import { isLibraryFile } from '../library-files.ts';
import { enclosingFunction } from '../syntax-shapes.ts';
import { isAny, isLibrarySymbol } from '../type-facts.ts';
import { completion } from './completion.ts';
import type { Look, Objection } from './engine-look.ts';
import { conditionOf, statementsOf } from './folding.ts';
import { isHarmless } from './harmless.ts';
import type { ItemRelease } from './item-releases.ts';
import { SEND_MEMBERS } from './old-path.ts';
import { isOnlyWritten, type PieceLoop } from './piece-loops.ts';
import { releaseEffects, writtenBy } from './release-effects.ts';
import type { FileGroup } from './send-groups.ts';
import { unparenthesized } from './unparenthesized.ts';

/** What was found of an engine before. */
export interface Findings {
  readonly calls: readonly ts.CallExpression[];
  readonly pieces: readonly PieceLoop[];
  readonly items: readonly ItemRelease[];
}

/** Looks at one engine. */
export function findFlowHazards(look: Look, group: FileGroup, found: Findings, object: Objection): void {
  for (const file of group.files) findEscapes(look, file, object);
  for (const call of found.calls) {
    const member = look.path.memberCalled(call);
    const isSend = member === 'transmit' || member === 'sendmsg';
    // A second send that never comes to run has work around it all the same.
    if (isSend && !found.pieces.some((piece) => piece.call === call)) findWork(look, call, object);
    if (look.folding.isDead(call)) continue;
    if (member === 'addIov') findCallback(look, call, object);
    if (isSend) {
      findSentAnswer(look, call, object);
    }
  }
  findEarlyReleases(look, found.items, object);
}

/** A connection, or one of its methods, that goes on to something that is not known to call it as it is. */
function findEscapes(look: Look, file: ts.SourceFile, object: Objection): void {
  const { session, path, index, folding } = look;
  const checker = session.checker();
  const visit = (node: ts.Node): void => {
    if (folding.isDead(node) || ts.isTypeNode(node)) return;
    if (
      ts.isPropertyAccessExpression(node) &&
      SEND_MEMBERS.has(node.name.text) &&
      path.connectionOf(checker.getSymbolAtLocation(node.name)) !== undefined
    ) {
      const isCalled = ts.isCallExpression(node.parent) && node.parent.expression === node;
      if (!isCalled)
        object(
          node,
          'unknown-flow',
          node,
          `${node.getText()} is used as a value, and may be called from anywhere`,
        );
    } else if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
      const name = (node.propertyName ?? node.name).getText();
      const member = SEND_MEMBERS.has(name)
        ? checker.getPropertyOfType(checker.getTypeAtLocation(node.parent), name)
        : undefined;
      if (path.connectionOf(member) !== undefined)
        object(
          node,
          'unknown-flow',
          node,
          `${name} is taken out of the connection, and may be called from anywhere`,
        );
    } else if (
      ts.isElementAccessExpression(node) &&
      path.isConnection(checker.getTypeAtLocation(node.expression))
    ) {
      object(node, 'unknown-flow', node, `which method ${node.getText()} is, is not known here`);
    } else if (ts.isClassLike(node) || ts.isObjectLiteralExpression(node)) {
      if (fillsConnection(look, node))
        object(
          node,
          'own-send-path',
          node,
          'this is a connection of the old contract itself, which has other methods now',
        );
    } else if (
      (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) &&
      isValue(node) &&
      path.isConnection(checker.getTypeAtLocation(node))
    ) {
      const why = whereabouts(look, node);
      if (why !== undefined) object(node, 'unknown-flow', node, why);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  void index;
}

function isValue(node: ts.Expression): boolean {
  const { parent } = node;
  if (
    ts.isIdentifier(node) &&
    (parent as { name?: ts.Node }).name === node &&
    !ts.isShorthandPropertyAssignment(parent)
  )
    return false;
  return (
    !(ts.isPropertyAccessExpression(parent) && parent.name === node) &&
    !ts.isImportSpecifier(parent) &&
    !ts.isExportSpecifier(parent)
  );
}

/** Why a connection cannot be followed from here; undefined where what takes it says that it is a connection. */
function whereabouts({ session, path }: Look, node: ts.Expression): string | undefined {
  const checker = session.checker();
  const { parent } = node;
  const text = node.getText().replace(/\s+/g, ' ');
  if (ts.isAsExpression(parent) || ts.isTypeAssertionExpression(parent))
    return path.isConnection(checker.getTypeAtLocation(parent))
      ? undefined
      : `${text} is cast to another type`;
  if (
    (ts.isCallExpression(parent) || ts.isNewExpression(parent)) &&
    parent.arguments?.includes(node) === true
  ) {
    const taker = checker.getResolvedSignature(parent)?.declaration;
    const isElsewhere =
      (taker?.getSourceFile().isDeclarationFile === true && !isLibraryFile(taker.getSourceFile().fileName)) ||
      (taker !== undefined && ts.isFunctionDeclaration(taker) && !hasBody(checker, taker));
    if (isElsewhere) return `${text} goes to a function whose code is not here`;
  }
  const wanted = checker.getContextualType(node);
  const isTaken =
    (ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.arguments?.includes(node) === true
      ? true
      : ts.isPropertyAssignment(parent) ||
        ts.isShorthandPropertyAssignment(parent) ||
        ts.isReturnStatement(parent) ||
        ts.isVariableDeclaration(parent) ||
        (ts.isBinaryExpression(parent) &&
          parent.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
          parent.right === node);
  if (!isTaken || wanted === undefined) return undefined;
  if (isAny(wanted) || (wanted.flags & ts.TypeFlags.Unknown) !== 0)
    return `${text} goes on as ${checker.typeToString(wanted)}, and cannot be followed`;
  if ((wanted.flags & ts.TypeFlags.TypeParameter) !== 0) return undefined;
  return path.isConnection(wanted)
    ? undefined
    : `${text} goes on as ${checker.typeToString(wanted)}, which says nothing of the old contract`;
}

/** Overloads have their body in another declaration of the same name. */
function hasBody(checker: ts.TypeChecker, fn: ts.FunctionDeclaration): boolean {
  const symbol = fn.name && checker.getSymbolAtLocation(fn.name);
  return (symbol?.declarations ?? [fn]).some((one) => (one as { body?: ts.Node }).body !== undefined);
}

function fillsConnection(
  { session, path }: Look,
  node: ts.ClassLikeDeclaration | ts.ObjectLiteralExpression,
): boolean {
  const checker = session.checker();
  const types = ts.isObjectLiteralExpression(node)
    ? [checker.getContextualType(node)]
    : (node.heritageClauses ?? []).flatMap((clause) =>
        clause.types.map((type) => checker.getTypeAtLocation(type)),
      );
  const own = ts.isObjectLiteralExpression(node) ? node.properties : node.members;
  const isOne = types.some((type) => type !== undefined && path.isConnection(type));
  return isOne && own.some((member) => member.name !== undefined && SEND_MEMBERS.has(member.name.getText()));
}

/** `produce((room) => { …addIov…; return length; })` */
function findCallback(look: Look, call: ts.CallExpression, object: Objection): void {
  const fn = enclosingFunction(call);
  if (
    fn === undefined ||
    !(ts.isArrowFunction(fn) || ts.isFunctionExpression(fn)) ||
    !ts.isCallExpression(fn.parent)
  )
    return;
  const type = look.session.checker().getSignatureFromDeclaration(fn)?.getReturnType();
  const { expression } = fn.parent;
  // The language's own methods own no memory, and count nothing.
  if (
    ts.isPropertyAccessExpression(expression) &&
    isLibrarySymbol(look.session.checker().getSymbolAtLocation(expression.name))
  )
    return;
  if (type === undefined || (type.flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike)) === 0) return;
  object(
    call,
    'add-in-callback',
    call,
    `${call.getText().replace(/\s+/g, ' ')} is in a callback whose answer is a length that somebody else counts with`,
  );
}

/** What runs each time that not everything was sent would not run any more. */
function findWork(look: Look, call: ts.CallExpression, object: Objection): void {
  let loop: ts.Node | undefined = call.parent;
  while (loop !== undefined && !ts.isIterationStatement(loop, false))
    loop = ts.isFunctionLike(loop) ? undefined : loop.parent;
  if (loop === undefined || ts.isForOfStatement(loop) || ts.isForInStatement(loop)) return;
  const condition = conditionOf(loop);
  const isOurs =
    condition === undefined ||
    condition.kind === ts.SyntaxKind.TrueKeyword ||
    look.folding.decided(condition) !== undefined ||
    look.folding.runsOnce(loop);
  if (!isOurs) return;
  const around = loop as ts.IterationStatement;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    const list = statementsOf(node);
    // Code that leaves runs once on the old path, too, or stands for an error.
    if (list !== undefined && node !== around.statement && !completion(NOTHING_DECIDED, node).falls) return;
    if (ts.isStatement(node) && ts.isIfStatement(node.parent) && !completion(NOTHING_DECIDED, node).falls)
      return;
    if (
      ts.isCaseOrDefaultClause(node) &&
      node.statements.some((one) => ts.isReturnStatement(one) || ts.isThrowStatement(one))
    )
      return;
    if (isWork(look, node, around)) {
      object(
        call,
        'work-between-sends',
        node,
        'this runs between two sends, as often as the socket makes necessary: on the new path everything is taken at once',
      );
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(around.statement);
  if (ts.isForStatement(around) && around.incrementor !== undefined) visit(around.incrementor);
}

const NOTHING_DECIDED = { decided: () => undefined, isDead: () => false };

function isWork(look: Look, node: ts.Node, loop: ts.Node): boolean {
  if (ts.isAwaitExpression(node) || ts.isYieldExpression(node)) return true;
  if (ts.isCallExpression(node)) {
    const member = look.path.memberCalled(node);
    return (
      member === 'addIov' ||
      (member === undefined && !isHarmless(node) && look.index.callee(node) !== undefined
        ? !isSendingHelper(look, node)
        : member === undefined && !isHarmless(node))
    );
  }
  const target = writtenBy(node);
  if (target === undefined) return false;
  const bare = unparenthesized(target);
  const name = ts.isPropertyAccessExpression(bare) ? bare.name : bare;
  const declaration = look.index.declarationOf(name);
  if (declaration === undefined) return true;
  // What a send answered is no work.
  if (ts.isBinaryExpression(node) && look.folding.valueOf(node.right)?.isDerived === true) return false;
  const isOpen =
    ts.isPropertyDeclaration(declaration) &&
    !ts.isPrivateIdentifier(declaration.name) &&
    !hasModifier(declaration, ts.SyntaxKind.PrivateKeyword);
  // What others can see may be read by them.
  if (isOpen) return true;
  const isRead = look.index.uses(declaration).some((use) => {
    if (look.folding.isDead(use) || isInside(use, loop)) return false;
    return !isOnlyWritten(
      ts.isPropertyAccessExpression(use.parent) && use.parent.name === use ? use.parent : use,
    );
  });
  return isRead;
}

/** A helper that only sends. */
function isSendingHelper(look: Look, call: ts.CallExpression): boolean {
  const fn = look.index.callee(call);
  return fn !== undefined && look.folding.isConstant(fn);
}

function isInside(node: ts.Node, outer: ts.Node): boolean {
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) if (at === outer) return true;
  return false;
}

/** How far a send came decides what is sent next: `addIov(result === Complete ? done : soon)`. */
function findSentAnswer(look: Look, call: ts.CallExpression, object: Objection): void {
  const fn = enclosingFunction(call);
  const body = (fn as { body?: ts.Node } | undefined)?.body;
  if (body === undefined) return;
  const visit = (node: ts.Node): void => {
    if (look.folding.isDead(node)) return;
    if (
      ts.isConditionalExpression(node) &&
      look.folding.decided(node.condition) !== undefined &&
      isGiven(node) &&
      isAbout(look, node.condition, call)
    )
      object(call, 'partial-write-visible', node, 'how far the send came decides what is said here');
    ts.forEachChild(node, visit);
  };
  visit(body);
}

function isGiven(node: ts.Node): boolean {
  for (let at = node.parent; at !== undefined && !ts.isStatement(at); at = at.parent)
    if (
      (ts.isCallExpression(at) || ts.isNewExpression(at)) &&
      at.arguments?.some((one) => isInside(node, one)) === true
    )
      return true;
  return false;
}

/** The condition asks what this call answered. */
function isAbout(look: Look, condition: ts.Node, call: ts.CallExpression): boolean {
  if (condition === call) return true;
  if (ts.isIdentifier(condition)) {
    const declaration = look.index.declarationOf(condition);
    if (
      declaration !== undefined &&
      ts.isVariableDeclaration(declaration) &&
      look.folding.isFolded(declaration)
    ) {
      const member = look.path.memberCalled(call);
      return member === 'transmit' || member === 'sendmsg';
    }
  }
  return ts.forEachChild(condition, (child) => (isAbout(look, child, call) ? true : undefined)) === true;
}

/** A number or flag that giving back changes is read where the item is on its way still. */
function findEarlyReleases(look: Look, items: readonly ItemRelease[], object: Objection): void {
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
