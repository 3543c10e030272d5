// Why a local copy would change what a function means. Each reason is said as a person would say it.
import { ts } from 'ts-morph';
import type { LocalUse, LocalWrite } from './local-use.ts';
import { variableUses } from './references.ts';
import type { Session } from './session.ts';
import { isTypedArrayName, libraryName } from './type-facts.ts';

/** The first reason against a copy; undefined where there is none. */
export function objectionsToCopy(
  session: Session,
  parameter: ts.ParameterDeclaration,
  body: ts.Block,
  use: LocalUse,
  uses: readonly ts.Identifier[],
): string | undefined {
  const name = parameter.name.getText();
  if (uses.some((one) => one.pos < body.pos)) return `another parameter's default uses ${name}`;
  if (uses.some((one) => isReassigned(one))) return `${name} is assigned anew`;
  if (/\barguments\b/.test(body.getText())) return 'the function reads arguments';
  if (ts.isConstructorDeclaration(parameter.parent)) return 'a constructor keeps what it is given';
  for (const exit of use.exits) {
    if (exit.how === 'return') return `${name}, or a part of it, is returned`;
    if (exit.how === 'store') return `${name}, or a part of it, is kept beyond the call`;
    if (exit.how === 'escape' && exit.path.length === 0) return `${name} goes to something that may keep it`;
  }
  const identity = uses.find((one) => comparesIdentity(one));
  if (identity !== undefined) return `which object ${name} is matters: ${identity.parent.getText()}`;
  if (uses.some(isCaptured(parameter.parent))) return `a function that may run later uses ${name}`;
  const lost = use.writes.find((write) => !isReadLater(session, parameter, use, write));
  if (lost !== undefined)
    return `nothing here reads ${lost.node.getText().replace(/\s+/g, ' ')} after the write: it was made for the caller to see`;
  return overlapping(session, parameter, use, uses);
}

function isReassigned(use: ts.Identifier): boolean {
  const { parent } = use;
  return (
    ts.isBinaryExpression(parent) &&
    parent.left === use &&
    parent.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
    parent.operatorToken.kind <= ts.SyntaxKind.LastAssignment
  );
}

function comparesIdentity(use: ts.Identifier): boolean {
  const { parent } = use;
  if (ts.isBinaryExpression(parent)) {
    const kind = parent.operatorToken.kind;
    const compares =
      kind === ts.SyntaxKind.EqualsEqualsEqualsToken ||
      kind === ts.SyntaxKind.ExclamationEqualsEqualsToken ||
      kind === ts.SyntaxKind.EqualsEqualsToken ||
      kind === ts.SyntaxKind.ExclamationEqualsToken;
    const other = parent.left === use ? parent.right : parent.left;
    return compares && !/^(?:null|undefined)$/.test(other.getText());
  }
  if (!ts.isCallExpression(parent) || !ts.isPropertyAccessExpression(parent.expression)) return false;
  return (
    /^(?:has|get|set|delete|add|includes|indexOf|is)$/.test(parent.expression.name.text) &&
    parent.arguments[0] === use
  );
}

/** Inside a function of its own, which can run after the write or not at all. */
function isCaptured(fn: ts.Node): (use: ts.Identifier) => boolean {
  return (use) => {
    for (let at: ts.Node = use.parent; at !== fn; at = at.parent) {
      if (!ts.isFunctionLike(at)) continue;
      const call = at.parent;
      // `fields.forEach((field) => …)` runs here and now.
      return !(
        ts.isCallExpression(call) &&
        ts.isPropertyAccessExpression(call.expression) &&
        /^(?:forEach|map|filter|some|every|find|reduce|sort)$/.test(call.expression.name.text)
      );
    }
    return false;
  };
}

/** Something in the function looks at what was written, afterwards or in the next round of a loop. */
function isReadLater(
  session: Session,
  parameter: ts.ParameterDeclaration,
  use: LocalUse,
  write: LocalWrite,
): boolean {
  const written = write.key === undefined ? write.path : [...write.path, write.key];
  const names = [{ node: parameter as ts.Node, path: [] as readonly string[] }, ...use.aliases];
  return names.some(({ node, path }) => {
    const references: readonly ts.Expression[] =
      ts.isAsExpression(node) || ts.isTypeAssertionExpression(node) ? [node] : variableUses(session, node);
    return references.some((reference) => {
      const { keys, end, isWrite } = accessPath(reference);
      const after = reference.pos >= write.node.end || sharesLoop(reference, write.node);
      if (!after || isWrite || isAliasInitializer(end)) return false;
      const read = [...path, ...keys];
      return read.every(
        (key, index) =>
          index >= written.length || key === written[index] || key === '[]' || written[index] === '[]',
      );
    });
  });
}

/** `const fields = header.response` looks at nothing yet; the uses of `fields` do. */
function isAliasInitializer(end: ts.Node): boolean {
  return (
    ts.isVariableDeclaration(end.parent) && end.parent.initializer === end && ts.isIdentifier(end.parent.name)
  );
}

function accessPath(reference: ts.Expression): {
  readonly keys: readonly string[];
  readonly end: ts.Expression;
  readonly isWrite: boolean;
} {
  const keys: string[] = [];
  let at: ts.Expression = reference;
  for (;;) {
    const { parent } = at;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === at) {
      const called = ts.isCallExpression(parent.parent) && parent.parent.expression === parent;
      if (called) break;
      keys.push(parent.name.text);
      at = parent;
    } else if (ts.isElementAccessExpression(parent) && parent.expression === at) {
      keys.push(ts.isStringLiteralLike(parent.argumentExpression) ? parent.argumentExpression.text : '[]');
      at = parent;
    } else if (
      ts.isNonNullExpression(parent) ||
      ts.isParenthesizedExpression(parent) ||
      ts.isAsExpression(parent)
    )
      at = parent;
    else break;
  }
  const { parent } = at;
  const isPlain =
    ts.isBinaryExpression(parent) &&
    parent.left === at &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  const isStatement =
    (ts.isPostfixUnaryExpression(parent) ||
      ts.isPrefixUnaryExpression(parent) ||
      (ts.isBinaryExpression(parent) &&
        parent.left === at &&
        parent.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
        parent.operatorToken.kind <= ts.SyntaxKind.LastAssignment)) &&
    ts.isExpressionStatement(parent.parent);
  return { keys, end: at, isWrite: isPlain || isStatement || ts.isDeleteExpression(parent) };
}

function sharesLoop(a: ts.Node, b: ts.Node): boolean {
  for (let at = b.parent; at !== undefined && !ts.isFunctionLike(at); at = at.parent) {
    if (ts.isIterationStatement(at, false) && at.pos <= a.pos && a.end <= at.end) return true;
  }
  return false;
}

/** Bytes and fields may be one memory: written through one and read through the other, a copy of both would part them. */
function overlapping(
  session: Session,
  parameter: ts.ParameterDeclaration,
  use: LocalUse,
  uses: readonly ts.Identifier[],
): string | undefined {
  const checker = session.checker();
  const type = checker.getNonNullableType(checker.getTypeAtLocation(parameter));
  const views = checker
    .getPropertiesOfType(type)
    .filter(
      (member) =>
        isTypedArrayName(libraryName(checker.getNonNullableType(checker.getTypeOfSymbol(member)))) ||
        libraryName(checker.getTypeOfSymbol(member)) === 'DataView',
    )
    .map((member) => member.name);
  if (views.length === 0) return undefined;
  const touched = new Set([
    ...uses.map((one) => accessPath(one).keys[0]),
    ...use.aliases.map((alias) => alias.path[0]),
    ...use.writes.map((write) => write.path[0] ?? write.key),
  ]);
  const bytes = [...touched].filter((key) => key !== undefined && views.includes(key));
  const others = [...touched].filter((key) => key !== undefined && !views.includes(key));
  if (bytes.length === 0 || others.length === 0) return undefined;
  return `${bytes[0]} and ${others[0]} may be views of the same memory, and both are used`;
}
