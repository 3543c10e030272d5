// Moves imports, re-exports and types from the old contract to the target: specifiers change, names that are gone go.
import { ts } from 'ts-morph';
import { CONTRACT_MODULE } from '../compiler-host.ts';
import { folderOf, normalizePath, relativePath, withoutExtension } from '../paths.ts';
import type { Session } from '../session.ts';
import type { OldPath } from './old-path.ts';
import type { TextPlan } from './text-plan.ts';

/** A place that names the module of the old contract. */
export interface OldModuleName {
  readonly literal: ts.StringLiteralLike;
  /** The import, re-export or import type around it. */
  readonly holder: ts.Node;
  /** What to write instead; undefined where the target cannot be imported from there. */
  readonly target: string | undefined;
}

/** Everything in a file that imports the old contract by its own module. */
export function oldModuleNames(
  session: Session,
  path: OldPath,
  file: ts.SourceFile,
): readonly OldModuleName[] {
  const found: OldModuleName[] = [];
  const visit = (node: ts.Node): void => {
    const literal = moduleOf(node);
    if (literal !== undefined && isOldModule(session, path, literal))
      found.push({ literal, holder: node, target: targetFor(session, file, literal) });
    if (ts.isSourceFile(node) || mayHoldImport(node)) ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function mayHoldImport(node: ts.Node): boolean {
  return /\bimport\s*\(/.test(node.getText());
}

function moduleOf(node: ts.Node): ts.StringLiteralLike | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined)
    return ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier : undefined;
  if (
    ts.isImportTypeNode(node) &&
    ts.isLiteralTypeNode(node.argument) &&
    ts.isStringLiteral(node.argument.literal)
  )
    return node.argument.literal;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    return argument !== undefined && ts.isStringLiteral(argument) ? argument : undefined;
  }
  return undefined;
}

function isOldModule(session: Session, path: OldPath, literal: ts.StringLiteralLike): boolean {
  if (literal.text === `${CONTRACT_MODULE}/v1`) return true;
  const module = session.checker().getSymbolAtLocation(literal)?.declarations?.[0];
  if (module === undefined || !ts.isSourceFile(module)) return false;
  return path.known().some(({ declaration }) => declaration.getSourceFile() === module);
}

function targetFor(session: Session, file: ts.SourceFile, literal: ts.StringLiteralLike): string | undefined {
  if (literal.text === `${CONTRACT_MODULE}/v1`) return CONTRACT_MODULE;
  const [contract] = session.contract.texts;
  if (contract === undefined) return undefined;
  const own = normalizePath(contract.path);
  if (/\/reference\/engine\/contract(?:\.d)?\.ts$/.test(own)) return CONTRACT_MODULE;
  const extension = /\.[cm]?[jt]s$/.exec(literal.text)?.[0] ?? '';
  return `${withoutExtension(relativePath(folderOf(file.fileName), own))}${extension}`;
}

/** Changes the specifiers; lists lose what `goes`. A list that loses everything goes as a whole. */
export function moveModules(plan: TextPlan, modules: readonly OldModuleName[]): void {
  for (const { literal, target } of modules)
    if (target !== undefined)
      plan.replace(literal, [`${literal.getText()[0]}${target}${literal.getText()[0]}`]);
}

/** What the target exports under this name. */
export function targetExports(session: Session): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { path } of session.contract.texts) {
    const source = session.program().getSourceFile(normalizePath(path));
    const module = source && session.checker().getSymbolAtLocation(source);
    if (module !== undefined)
      for (const one of session.checker().getExportsOfModule(module)) names.add(one.name);
  }
  return names;
}

/** The target hands out a connection that copies. */
export function hasSendTarget(session: Session): boolean {
  const checker = session.checker();
  return session.contract.texts.some(({ path }) => {
    const source = session.program().getSourceFile(normalizePath(path));
    const module = source && checker.getSymbolAtLocation(source);
    return (
      module !== undefined &&
      checker.getExportsOfModule(module).some((one) => {
        const symbol = (one.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(one) : one;
        if (
          (symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Class)) ===
          0
        )
          return false;
        const type = checker.getDeclaredTypeOfSymbol(symbol);
        return (
          checker.getPropertyOfType(type, 'copyToOutputStream') !== undefined &&
          checker.getPropertyOfType(type, 'chainDataToOutputStream') !== undefined
        );
      })
    );
  });
}
