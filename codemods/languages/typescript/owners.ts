// Names for what holds slots, and the nodes to point at for it.
import { ts } from 'ts-morph';

/** What holds several slots: a class, a literal, a module. */
export interface Owner {
  readonly name: string;
  /** The name, or where the owner starts. */
  readonly node: ts.Node;
}

/** What `new` makes of a class. */
export function instanceType(checker: ts.TypeChecker, node: ts.ClassLikeDeclaration): ts.Type | undefined {
  const symbol = node.name === undefined ? undefined : checker.getSymbolAtLocation(node.name);
  if (symbol !== undefined) return checker.getDeclaredTypeOfSymbol(symbol);
  const own = (node as { symbol?: ts.Symbol }).symbol;
  return own === undefined ? undefined : checker.getDeclaredTypeOfSymbol(own);
}

/** The name of a declaration, or the declaration. */
export function nameNode(declaration: ts.Node): ts.Node {
  const own = (declaration as { name?: ts.Node }).name;
  return own ?? declaration;
}

/** The name of what holds a literal, or of a declaration. */
export function ownNameNode(holder: ts.Node): ts.Node {
  if (!ts.isObjectLiteralExpression(holder)) return nameNode(holder);
  const parent = outermost(holder).parent;
  return ts.isVariableDeclaration(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isPropertyDeclaration(parent)
    ? parent.name
    : holder;
}

/** The expression with the casts and parentheses around it. */
export function outermost(expression: ts.Expression): ts.Expression {
  let at = expression;
  while (
    ts.isParenthesizedExpression(at.parent) ||
    ts.isAsExpression(at.parent) ||
    ts.isSatisfiesExpression(at.parent) ||
    ts.isTypeAssertionExpression(at.parent) ||
    ts.isNonNullExpression(at.parent)
  )
    at = at.parent;
  return at;
}

/** A name for people: the variable, property, function or class that something belongs to. */
export function nameOfHolder(node: ts.Node): string {
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) {
    if (ts.isSourceFile(at)) return at === node ? moduleName(at) : '';
    if (ts.isCallExpression(at) && at !== node) return `${calleeName(at.expression)}()`;
    if (ts.isPropertyAssignment(at)) {
      const outer = nameOfHolder(at.parent.parent);
      return outer === '' ? at.name.getText() : `${outer}.${at.name.getText()}`;
    }
    if (ts.isPropertyDeclaration(at) && ts.isClassLike(at.parent))
      return `${nameOfHolder(at.parent)}.${at.name.getText()}`;
    const own = (at as { name?: ts.Node }).name;
    if (
      own !== undefined &&
      ts.isIdentifier(own) &&
      !ts.isPropertyAccessExpression(at) &&
      !ts.isParameter(at)
    )
      return own.text;
  }
  return '';
}

/** `register`, `engine.register`; the last name only where more is called on the way. */
function calleeName(callee: ts.Expression): string {
  if (ts.isIdentifier(callee)) return callee.text;
  if (!ts.isPropertyAccessExpression(callee)) return '';
  const before = /^[\w$.]+$/.test(callee.expression.getText()) ? `${callee.expression.getText()}.` : '';
  return `${before}${callee.name.text}`;
}

/** A file's name without its folder. */
export function moduleName(file: ts.SourceFile): string {
  return file.fileName.split('/').at(-1) ?? file.fileName;
}

/** What puts the value there: the name of a property, the `=`, or the value itself. */
export function bindingNode(expression: ts.Expression): ts.Node {
  const parent = expression.parent;
  if (ts.isBinaryExpression(parent)) return parent.operatorToken;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name;
  return expression;
}
