// Connections, and methods of theirs, that go where they cannot be followed: what takes them may call them in any way.
import { ts } from 'ts-morph';
import { isLibraryFile } from '../library-files.ts';
import { isAny } from '../type-facts.ts';
import type { Look, Objection } from './engine-look.ts';
import { SEND_MEMBERS } from './old-path.ts';

/** A connection, or one of its methods, that goes on to something that is not known to call it as it is. */
export function findConnectionEscapes(look: Look, file: ts.SourceFile, object: Objection): void {
  const { session, path, folding } = look;
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
