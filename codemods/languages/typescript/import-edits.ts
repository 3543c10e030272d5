// Brings a type's name into a file: under the name it has there already, or by the smallest edit of the imports.
import { ts } from 'ts-morph';
import type { TextEdit } from '../../facts/text.ts';
import { CONTRACT_MODULE } from './compiler-host.ts';
import { fileStyle, indentationAt } from './file-style.ts';
import { isLibraryFile } from './library-files.ts';
import { folderOf, normalizePath, relativePath, withoutExtension } from './paths.ts';
import type { Session } from './session.ts';

/** How to write the name in this file, and what has to be imported for it. */
export type ImportedName =
  | { readonly text: string; readonly edits: readonly TextEdit[] }
  | { readonly cannot: string };

/** Makes `symbol` (declared by the contract or the library) usable in a file; `near` is the type it will stand around. */
export function importName(
  session: Session,
  source: ts.SourceFile,
  symbol: ts.Symbol,
  near: ts.Node | undefined,
): ImportedName {
  const name = symbol.name;
  if (symbol.declarations?.every((node) => isLibraryFile(node.getSourceFile().fileName)) === true)
    return { text: name, edits: [] };
  if (symbol.declarations?.some((node) => node.getSourceFile() === source) === true)
    return { text: name, edits: [] };
  const known = knownName(session, source, symbol, near);
  if (known !== undefined) return { text: known, edits: [] };
  const local = localNames(source).has(name) ? freeName(source, name) : name;
  const spelled = local === name ? name : `${name} as ${local}`;
  const list = listToExtend(session, source, symbol, near);
  if (list !== undefined) return { text: local, edits: [extendList(session, source, list, spelled)] };
  const specifier = contractSpecifier(session, source, symbol);
  if (specifier === undefined)
    return { cannot: `${name} is not exported by the contract, or the contract is no module of this tree` };
  return { text: local, edits: [newImport(session, source, spelled, specifier)] };
}

function target(checker: ts.TypeChecker, symbol: ts.Symbol | undefined): ts.Symbol | undefined {
  return symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0
    ? checker.getAliasedSymbol(symbol)
    : symbol;
}

function isSame(a: ts.Symbol | undefined, b: ts.Symbol): boolean {
  return (
    a !== undefined &&
    (a === b || a.declarations?.some((node) => b.declarations?.includes(node) === true) === true)
  );
}

/** Imported already, perhaps under another name, or reachable through a namespace that the type comes from. */
function knownName(
  session: Session,
  source: ts.SourceFile,
  symbol: ts.Symbol,
  near: ts.Node | undefined,
): string | undefined {
  const checker = session.checker();
  let namespace: string | undefined;
  const qualifier = near === undefined ? undefined : leftmostName(near);
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const clause = statement.importClause;
    const bindings = clause?.namedBindings;
    if (bindings !== undefined && ts.isNamedImports(bindings)) {
      for (const element of bindings.elements) {
        const imported = target(checker, checker.getSymbolAtLocation(element.name));
        const sameName =
          (element.propertyName ?? element.name).text === symbol.name && isContractLike(session, statement);
        if (isSame(imported, symbol) || sameName) return element.name.text;
      }
    }
    if (
      bindings !== undefined &&
      ts.isNamespaceImport(bindings) &&
      bindings.name.text === qualifier &&
      exportOf(session, statement, symbol) !== undefined
    ) {
      namespace = bindings.name.text;
    }
  }
  if (namespace !== undefined) return `${namespace}.${symbol.name}`;
  const inline = near === undefined ? undefined : importTypeOf(near);
  return inline === undefined ? undefined : `import(${inline}).${symbol.name}`;
}

/** The module is the contract, or a version of it that declares the name itself. */
function isContractLike(session: Session, statement: ts.ImportDeclaration): boolean {
  const module = session.checker().getSymbolAtLocation(statement.moduleSpecifier);
  const path = module?.declarations?.[0]?.getSourceFile().fileName;
  if (path === undefined) return false;
  return (
    session.tree().isContractFile(path) ||
    session.tree().copies.some((copy) => copy.container.declaration.getSourceFile().fileName === path)
  );
}

function exportOf(
  session: Session,
  statement: ts.ImportDeclaration | ts.ExportDeclaration,
  symbol: ts.Symbol,
): ts.Symbol | undefined {
  const checker = session.checker();
  const module = statement.moduleSpecifier && checker.getSymbolAtLocation(statement.moduleSpecifier);
  const exported = module && checker.getExportsOfModule(module).find((one) => one.name === symbol.name);
  const found = target(checker, exported);
  return isSame(found, symbol) ||
    (found !== undefined && ts.isImportDeclaration(statement) && isContractLike(session, statement))
    ? found
    : undefined;
}

/** The first identifier of the first named type inside a type. */
function leftmostName(node: ts.Node): string | undefined {
  if (ts.isTypeReferenceNode(node)) {
    let name: ts.EntityName = node.typeName;
    while (ts.isQualifiedName(name)) name = name.left;
    if (!(node.typeArguments !== undefined && isLibraryWrapper(name.text))) return name.text;
  }
  return ts.forEachChild(node, leftmostName);
}

function isLibraryWrapper(name: string): boolean {
  return /^(?:Readonly|Partial|Required|Array|ReadonlyArray|Promise|Map|ReadonlyMap|Set|Record|Pick|Omit|NonNullable)$/.test(
    name,
  );
}

function importTypeOf(node: ts.Node): string | undefined {
  if (ts.isImportTypeNode(node)) return node.argument.getText();
  return ts.forEachChild(node, importTypeOf);
}

/** The import list that the name belongs to: the one of the type itself, else any from a module that exports it. */
function listToExtend(
  session: Session,
  source: ts.SourceFile,
  symbol: ts.Symbol,
  near: ts.Node | undefined,
): ts.NamedImports | undefined {
  const own = near === undefined ? undefined : leftmostName(near);
  const lists = source.statements.flatMap((statement) => {
    const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : undefined;
    if (!ts.isImportDeclaration(statement) || bindings === undefined || !ts.isNamedImports(bindings))
      return [];
    return exportOf(session, statement, symbol) === undefined ? [] : [bindings];
  });
  return lists.find((list) => list.elements.some((element) => element.name.text === own)) ?? lists[0];
}

function localNames(source: ts.SourceFile): ReadonlySet<string> {
  const locals = (source as { locals?: ReadonlyMap<string, ts.Symbol> }).locals;
  return new Set(locals === undefined ? [] : locals.keys());
}

function freeName(source: ts.SourceFile, name: string): string {
  const taken = localNames(source);
  for (const candidate of [`Contract${name}`, `Engine${name}`]) if (!taken.has(candidate)) return candidate;
  let index = 2;
  while (taken.has(`Contract${name}${index}`)) index += 1;
  return `Contract${name}${index}`;
}

function extendList(
  session: Session,
  source: ts.SourceFile,
  list: ts.NamedImports,
  spelled: string,
): TextEdit {
  const file = session.name(source.fileName);
  const { text } = source;
  const { eol } = fileStyle(source);
  const clause = list.parent;
  const isTypeOnly = clause.phaseModifier === ts.SyntaxKind.TypeKeyword;
  const marked =
    list.elements.some((element) => element.isTypeOnly) ||
    session.options.verbatimModuleSyntax === true ||
    session.options.isolatedModules === true;
  const entry = !isTypeOnly && marked ? `type ${spelled}` : spelled;
  const insert = (at: number, words: string): TextEdit => ({ file, start: at, end: at, text: words });
  const [first] = list.elements;
  const last = list.elements.at(-1);
  if (first === undefined || last === undefined) return insert(list.getStart(source) + 1, ` ${entry} `);
  const names = list.elements.map((element) => (element.propertyName ?? element.name).text.toLowerCase());
  const sorted = names.every((name, index) => index === 0 || (names[index - 1] ?? '') <= name);
  const own = spelled.split(' ')[0]?.toLowerCase() ?? '';
  const before = sorted ? list.elements.find((_, index) => (names[index] ?? '') > own) : undefined;
  const firstLine = source.getLineAndCharacterOfPosition(first.getStart(source)).line;
  const isSpread = firstLine !== source.getLineAndCharacterOfPosition(list.getStart(source)).line;
  if (!isSpread)
    return before === undefined
      ? insert(last.end, `, ${entry}`)
      : insert(before.getStart(source), `${entry}, `);
  const indent = indentationAt(text, first.getStart(source));
  if (before !== undefined && isFirstOnLine(text, before.getStart(source)))
    return insert(before.getStart(source), `${entry},${eol}${indent}`);
  if (!list.elements.hasTrailingComma) {
    // Behind the last name there may be a comment about it; in front of it there is room.
    return isFirstOnLine(text, last.getStart(source))
      ? insert(last.getStart(source), `${entry},${eol}${indent}`)
      : insert(last.end, `, ${entry}`);
  }
  const lineEnd = text.indexOf('\n', last.end);
  const end = lineEnd < 0 ? last.end : text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd;
  return insert(end, `${eol}${indent}${entry},`);
}

function isFirstOnLine(text: string, position: number): boolean {
  return /(?:^|\n)[ \t]*$/.test(text.slice(0, position));
}

/** How this file would import the contract. */
function contractSpecifier(session: Session, source: ts.SourceFile, symbol: ts.Symbol): string | undefined {
  const checker = session.checker();
  for (const { path } of session.contract.texts) {
    const own = normalizePath(path);
    const file = session.program().getSourceFile(own);
    const module = file && checker.getSymbolAtLocation(file);
    const exported =
      module && checker.getExportsOfModule(module).some((one) => isSame(target(checker, one), symbol));
    if (exported !== true) continue;
    if (/\/reference\/engine\/contract(?:\.d)?\.ts$/.test(own)) return CONTRACT_MODULE;
    if (!own.startsWith(`${normalizePath(session.sources.root)}/`)) return undefined;
    return `${withoutExtension(relativePath(folderOf(source.fileName), own))}${importExtension(session, source)}`;
  }
  return undefined;
}

/** `.ts`, `.js` or nothing, as the file's other relative imports have it. */
function importExtension(session: Session, source: ts.SourceFile): string {
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const { text } = statement.moduleSpecifier;
    if (text.startsWith('.')) return /\.[cm]?[jt]s$/.exec(text)?.[0] ?? '';
  }
  const kind = session.options.moduleResolution;
  return kind === ts.ModuleResolutionKind.NodeNext || kind === ts.ModuleResolutionKind.Node16 ? '.js' : '';
}

/** A declaration of its own: after the last import, or before the first statement and its comments. */
function newImport(session: Session, source: ts.SourceFile, spelled: string, specifier: string): TextEdit {
  const { eol, quote, semicolon } = fileStyle(source);
  const file = session.name(source.fileName);
  const line = `import type { ${spelled} } from ${quote}${specifier}${quote}${semicolon}`;
  const { text } = source;
  const imports = source.statements.filter((statement) => ts.isImportDeclaration(statement));
  const last = imports.at(-1);
  if (last !== undefined) {
    const newline = text.indexOf('\n', last.end);
    if (newline < 0) return { file, start: text.length, end: text.length, text: `${eol}${line}` };
    return { file, start: newline + 1, end: newline + 1, text: `${line}${eol}` };
  }
  const at = afterPreamble(source);
  return { file, start: at, end: at, text: `${line}${eol}${eol}` };
}

/** Behind BOM, shebang, directives and a licence comment that stands apart. */
function afterPreamble(source: ts.SourceFile): number {
  const { text } = source;
  const directives = source.statements.filter(
    (statement, index) =>
      ts.isExpressionStatement(statement) &&
      ts.isStringLiteral(statement.expression) &&
      source.statements
        .slice(0, index)
        .every((one) => ts.isExpressionStatement(one) && ts.isStringLiteral(one.expression)),
  );
  const directive = directives.at(-1);
  if (directive !== undefined) return nextLine(text, directive.end);
  let at = ts.getShebang(text)?.length ?? 0;
  if (at > 0) at = nextLine(text, at);
  else if (text.charCodeAt(0) === 0xfeff) at = 1;
  const from = at;
  for (const comment of ts.getLeadingCommentRanges(text.slice(from), 0) ?? []) {
    const next = nextLine(text, from + comment.end);
    // A comment with an empty line behind it is about the file; one without is about the statement below.
    if (/^[ \t]*\r?\n/.test(text.slice(next))) at = nextLine(text, next);
  }
  return at;
}

function nextLine(text: string, position: number): number {
  const newline = text.indexOf('\n', position);
  return newline < 0 ? text.length : newline + 1;
}
