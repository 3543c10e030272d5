// Who names what, and who calls whom, in the files of one group. By symbols; built once, asked often.
import { ts } from 'ts-morph';
import { hasModifier } from '../contract-slots.ts';
import type { Session } from '../session.ts';

/** A function with a body. */
export type FunctionNode = ts.FunctionLikeDeclaration & { readonly body: ts.Block | ts.Expression };

/** An identifier, `#private` or not. */
export type Name = ts.Identifier | ts.PrivateIdentifier;

/** References and calls among some files. */
export interface ReferenceIndex {
  readonly files: readonly ts.SourceFile[];
  /** Identifiers that name the declaration, without its own name, import and export lists. */
  uses(declaration: ts.Node): readonly Name[];
  /** Import and export lists that name it. */
  passages(declaration: ts.Node): readonly ts.Node[];
  /** The one function that a call runs; undefined where that is not certain, or it has no body in these files. */
  callee(call: ts.Node): FunctionNode | undefined;
  callers(fn: ts.Node): readonly (ts.CallExpression | ts.NewExpression)[];
  /** The declaration that an identifier names, aliases resolved. */
  declarationOf(name: ts.Node): ts.Declaration | undefined;
}

/** Reads every identifier of the files. */
export function referenceIndex(session: Session, files: readonly ts.SourceFile[]): ReferenceIndex {
  const checker = session.checker();
  const uses = new Map<ts.Node, Name[]>();
  const passages = new Map<ts.Node, ts.Node[]>();
  const callers = new Map<ts.Node, (ts.CallExpression | ts.NewExpression)[]>();
  const inFiles = new Set(files);
  const bodyOf = (node: ts.Node | undefined): FunctionNode | undefined =>
    node !== undefined &&
    ts.isFunctionLike(node) &&
    (node as { body?: ts.Node }).body !== undefined &&
    inFiles.has(node.getSourceFile())
      ? (node as FunctionNode)
      : undefined;
  const calledValue = (call: ts.CallExpression | ts.NewExpression): ts.Node | undefined => {
    const name = ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression;
    const declaration = declarationsOf(checker, name)[0];
    if (declaration === undefined) return undefined;
    const isFixed = ts.isVariableDeclaration(declaration)
      ? (declaration.parent.flags & ts.NodeFlags.Const) !== 0
      : ts.isPropertyDeclaration(declaration) && hasModifier(declaration, ts.SyntaxKind.ReadonlyKeyword);
    return isFixed ? (declaration as { initializer?: ts.Node }).initializer : undefined;
  };
  const callee = (call: ts.Node): FunctionNode | undefined => {
    if (!ts.isCallExpression(call) && !ts.isNewExpression(call)) return undefined;
    return bodyOf(checker.getResolvedSignature(call)?.declaration) ?? bodyOf(calledValue(call));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) {
      const into = isInList(node) ? passages : uses;
      if (!declaresItself(node))
        for (const declaration of declarationsOf(checker, node))
          put(into as Map<ts.Node, ts.Node[]>, declaration, isInList(node) ? node.parent : node);
      else if (ts.isBindingElement(node.parent) && node.parent.propertyName === undefined)
        for (const declaration of takenOut(checker, node.parent)) put(uses, declaration, node);
    }
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const fn = callee(node);
      if (fn !== undefined) put(callers, fn, node);
      if (fn !== undefined && ts.isConstructorDeclaration(fn)) put(callers, fn.parent, node);
    }
    ts.forEachChild(node, visit);
  };
  for (const file of files) visit(file);
  return {
    files,
    uses: (declaration) => uses.get(declaration) ?? [],
    passages: (declaration) => passages.get(declaration) ?? [],
    callee,
    callers: (fn) => callers.get(fn) ?? [],
    declarationOf: (name) => declarationsOf(checker, name)[0],
  };
}

function put<T>(map: Map<ts.Node, T[]>, key: ts.Node, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function isInList({ parent }: ts.Node): boolean {
  return ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isImportClause(parent);
}

/** The identifier is the name of what its parent declares. */
function declaresItself(node: Name): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) || ts.isShorthandPropertyAssignment(parent) || isInList(node))
    return false;
  return (parent as { name?: ts.Node }).name === node;
}

/** The member that `{ member }` takes out of a value. */
function takenOut(checker: ts.TypeChecker, element: ts.BindingElement): readonly ts.Declaration[] {
  if (!ts.isObjectBindingPattern(element.parent) || !ts.isIdentifier(element.name)) return [];
  const holder = checker.getTypeAtLocation(element.parent);
  return checker.getPropertyOfType(holder, element.name.text)?.declarations ?? [];
}

function declarationsOf(checker: ts.TypeChecker, node: ts.Node): readonly ts.Declaration[] {
  const symbol = ts.isShorthandPropertyAssignment(node.parent)
    ? checker.getShorthandAssignmentValueSymbol(node.parent)
    : ts.isExportSpecifier(node.parent)
      ? checker.getExportSpecifierLocalTargetSymbol(node.parent)
      : checker.getSymbolAtLocation(node);
  if (symbol === undefined) return [];
  const target = (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol;
  return target.declarations ?? [];
}
