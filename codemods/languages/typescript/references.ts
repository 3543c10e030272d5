// Finds where a declared variable or field is used. By the checker's symbols, so names that only look alike do not count.
import { ts } from 'ts-morph';
import { hasModifier } from './contract-slots.ts';
import type { Session } from './session.ts';

/** Uses of a variable, parameter or binding in the text that can see it. */
export function variableUses(session: Session, declaration: ts.Node): readonly ts.Identifier[] {
  const own = (declaration as { name?: ts.Node }).name;
  if (own === undefined || !ts.isIdentifier(own)) return [];
  const scope = scopeOf(declaration);
  const uses = identifiersIn(scope, own.text, (identifier) =>
    isUseOf(session.checker(), identifier, declaration),
  );
  if (!ts.isSourceFile(scope) || !isExported(declaration)) return uses;
  includeMentioning(session, own.text, moduleWord(scope.fileName));
  const elsewhere = session.treeFiles().filter((file) => file !== scope);
  return [
    ...uses,
    ...elsewhere.flatMap((file) =>
      identifiersIn(file, own.text, (identifier) => isUseOf(session.checker(), identifier, declaration)),
    ),
  ];
}

/** Brings in the files that mention both words: the name alone may be a common one. */
export function includeMentioning(session: Session, name: string, other: string): boolean {
  const also = new Set(session.sources.mentioning(other));
  return session.include(session.sources.mentioning(name).filter((file) => also.has(file)));
}

function moduleWord(path: string): string {
  const [base] = (path.split('/').at(-1) ?? path).split('.');
  return base ?? path;
}

/** A use of a field: the access expression, or the pattern element that takes it out. */
export type FieldUse = ts.PropertyAccessExpression | ts.ElementAccessExpression | ts.BindingElement;

/** Reads (and writes) of a field, wherever the tree can see it. */
export function fieldUses(session: Session, declaration: ts.Node): readonly FieldUse[] {
  const own = (declaration as { name?: ts.Node }).name;
  if (own === undefined) return [];
  const text =
    ts.isIdentifier(own) || ts.isPrivateIdentifier(own) || ts.isStringLiteralLike(own) ? own.text : undefined;
  if (text === undefined) return [];
  const home = declaration.getSourceFile();
  const isLocal =
    ts.isPrivateIdentifier(own) ||
    hasModifier(declaration, ts.SyntaxKind.PrivateKeyword) ||
    !isReachableFromOutside(declaration);
  if (!isLocal) {
    const owner = (declaration.parent as { name?: ts.Node }).name;
    includeMentioning(
      session,
      text,
      owner !== undefined && ts.isIdentifier(owner) ? owner.text : moduleWord(home.fileName),
    );
  }
  const files = isLocal ? [home] : session.treeFiles();
  return files.flatMap((file) => fieldUsesIn(session, file, text, declaration));
}

function fieldUsesIn(
  session: Session,
  file: ts.SourceFile,
  text: string,
  declaration: ts.Node,
): readonly FieldUse[] {
  if (!file.text.includes(text)) return [];
  const checker = session.checker();
  const declares = (symbol: ts.Symbol | undefined): boolean =>
    symbol?.declarations?.some((one) => one === declaration) ?? false;
  const uses: FieldUse[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isPropertyAccessExpression(node) &&
      node.name.text === text &&
      declares(checker.getSymbolAtLocation(node.name))
    )
      uses.push(node);
    else if (
      ts.isElementAccessExpression(node) &&
      ts.isStringLiteralLike(node.argumentExpression) &&
      node.argumentExpression.text === text
    ) {
      if (declares(checker.getSymbolAtLocation(node.argumentExpression))) uses.push(node);
    } else if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
      const key = node.propertyName ?? node.name;
      const holder =
        ts.isIdentifier(key) && key.text === text ? checker.getTypeAtLocation(node.parent) : undefined;
      if (holder !== undefined && declares(checker.getPropertyOfType(holder, text))) uses.push(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return uses;
}

/** Identifiers of a name below a node. */
function identifiersIn(
  scope: ts.Node,
  text: string,
  accept: (identifier: ts.Identifier) => boolean,
): readonly ts.Identifier[] {
  const found: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === text && accept(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(scope);
  return found;
}

function isUseOf(checker: ts.TypeChecker, identifier: ts.Identifier, declaration: ts.Node): boolean {
  const parent = identifier.parent;
  if ((parent as { name?: ts.Node }).name === identifier && !ts.isShorthandPropertyAssignment(parent))
    return false;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  const symbol = ts.isShorthandPropertyAssignment(parent)
    ? checker.getShorthandAssignmentValueSymbol(parent)
    : checker.getSymbolAtLocation(identifier);
  if (symbol === undefined) return false;
  const target = (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol;
  return target.declarations?.some((one) => one === declaration) ?? false;
}

/** The text in which a declaration can be named. */
export function scopeOf(declaration: ts.Node): ts.Node {
  for (let at = declaration.parent; at !== undefined; at = at.parent) {
    if (
      ts.isFunctionLike(at) ||
      ts.isSourceFile(at) ||
      ts.isModuleBlock(at) ||
      ts.isClassStaticBlockDeclaration(at)
    )
      return at;
  }
  return declaration.getSourceFile();
}

function isExported(declaration: ts.Node): boolean {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return (
    hasModifier(statement, ts.SyntaxKind.ExportKeyword) || /\bexport\b/.test(declaration.getSourceFile().text)
  );
}

function isReachableFromOutside(declaration: ts.Node): boolean {
  const owner = declaration.parent;
  if (ts.isParameter(declaration)) return true;
  if (ts.isObjectLiteralExpression(owner)) return true;
  if (ts.isClassLike(owner) || ts.isInterfaceDeclaration(owner)) {
    const file = declaration.getSourceFile();
    return (
      hasModifier(owner, ts.SyntaxKind.ExportKeyword) ||
      /\bexport\s*(?:\{|default\b)/.test(file.text) ||
      !ts.isExternalModule(file)
    );
  }
  return true;
}
