// Which files change together: those that use the old contract, joined where one of them reaches another by imports.
import { ts } from 'ts-morph';
import { folderOf } from '../paths.ts';
import type { Session } from '../session.ts';
import { oldModuleNames } from './contract-moves.ts';
import { type OldPath, SEND_MEMBERS } from './old-path.ts';

/** Files of one engine, and what it is called. */
export interface FileGroup {
  readonly id: string;
  readonly name: string;
  readonly files: readonly ts.SourceFile[];
  /** Some of it sends on the old path, or speaks of its types: not only imports of the old contract. */
  readonly sends: boolean;
}

/** Joins the files of the tree that use the old contract. */
export function findFileGroups(session: Session, path: OldPath): readonly FileGroup[] {
  const files = session.treeFiles();
  const using = files.filter((file) => usesOldPath(session, path, file));
  const names = new Set(using);
  const leaders = new Map<ts.SourceFile, ts.SourceFile>(using.map((file) => [file, file]));
  const leader = (file: ts.SourceFile): ts.SourceFile => {
    let at = file;
    for (let up = leaders.get(at); up !== undefined && up !== at; up = leaders.get(at)) at = up;
    return at;
  };
  const imports = new Map(files.map((file) => [file, importsOf(session, file)]));
  for (const file of using)
    for (const reached of reachable(file, imports))
      if (names.has(reached)) leaders.set(leader(reached), leader(file));
  const groups = new Map<ts.SourceFile, ts.SourceFile[]>();
  for (const file of using) groups.set(leader(file), [...(groups.get(leader(file)) ?? []), file]);
  return [...groups.values()].map((members) => {
    const sorted = members.toSorted((a, b) => (a.fileName < b.fileName ? -1 : 1));
    const folder = commonFolder(sorted.map((file) => session.name(file.fileName)));
    return {
      id: `sends of ${session.name(sorted[0]?.fileName ?? '')}`,
      name: folder === '' ? `the engine of ${session.name(sorted[0]?.fileName ?? '')}` : `engine ${folder}`,
      files: sorted,
      sends: sorted.some((file) => speaksOfSending(session, path, file)),
    };
  });
}

function usesOldPath(session: Session, path: OldPath, file: ts.SourceFile): boolean {
  return speaksOfSending(session, path, file) || oldModuleNames(session, path, file).length > 0;
}

const known = new WeakMap<OldPath, Map<ts.SourceFile, boolean>>();

function speaksOfSending(session: Session, path: OldPath, file: ts.SourceFile): boolean {
  const answers = known.get(path) ?? new Map<ts.SourceFile, boolean>();
  known.set(path, answers);
  const before = answers.get(file);
  if (before !== undefined) return before;
  const checker = session.checker();
  const visit = (node: ts.Node): boolean => {
    if (ts.isIdentifier(node)) {
      if (SEND_MEMBERS.has(node.text) && path.connectionOf(memberAt(checker, node)) !== undefined)
        return true;
      if (ts.isTypeReferenceNode(node.parent) || ts.isImportSpecifier(node.parent)) {
        const symbol = checker.getSymbolAtLocation(node);
        const target =
          symbol && (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol;
        if (path.partOf(target) !== undefined) return true;
      }
    }
    return ts.forEachChild(node, (child) => (visit(child) ? true : undefined)) === true;
  };
  const answer = visit(file);
  answers.set(file, answer);
  return answer;
}

function memberAt(checker: ts.TypeChecker, node: ts.Identifier): ts.Symbol | undefined {
  if (ts.isBindingElement(node.parent) && ts.isObjectBindingPattern(node.parent.parent))
    return checker.getPropertyOfType(checker.getTypeAtLocation(node.parent.parent), node.text);
  return checker.getSymbolAtLocation(node);
}

function importsOf(session: Session, file: ts.SourceFile): readonly ts.SourceFile[] {
  const checker = session.checker();
  return file.statements.flatMap((statement) => {
    const specifier =
      ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)
        ? statement.moduleSpecifier
        : undefined;
    const module = specifier && checker.getSymbolAtLocation(specifier)?.declarations?.[0];
    return module !== undefined && ts.isSourceFile(module) ? [module] : [];
  });
}

function reachable(
  from: ts.SourceFile,
  imports: ReadonlyMap<ts.SourceFile, readonly ts.SourceFile[]>,
): ReadonlySet<ts.SourceFile> {
  const seen = new Set<ts.SourceFile>();
  const queue = [from];
  for (let file = queue.pop(); file !== undefined; file = queue.pop())
    for (const next of imports.get(file) ?? [])
      if (!seen.has(next)) {
        seen.add(next);
        queue.push(next);
      }
  return seen;
}

function commonFolder(files: readonly string[]): string {
  const folders = files.map((file) => (file.includes('/') ? folderOf(file).split('/') : []));
  const [first = []] = folders;
  const shared = first.filter(
    (part, at) =>
      folders.every((folder) => folder.slice(0, at + 1).join('/') === first.slice(0, at + 1).join('/')) &&
      part !== '',
  );
  return shared.join('/');
}
