// Lets the compiler see one tree, its dependencies and the contract, all through `Sources`. Parses each text once.
import { ts } from 'ts-morph';
import type { ContractText } from '../../facts/slot.ts';
import { type Project, projects, type ReadFile } from './compiler-options.ts';
import { isLibraryFile, LIBRARY_FOLDER, librarySourceFile, parseQuickly } from './library-files.ts';
import { folderOf, normalizePath } from './paths.ts';

/** What the package publishes its contracts as. */
export const CONTRACT_MODULE = 'kv-engine-migrate/engine';

/** What a host reads: the tree by absolute path, and everything else. */
export interface HostTexts {
  readonly root: string;
  readonly contract: readonly ContractText[];
  /** A file of the tree by absolute path. */
  inTree(path: string): string | undefined;
  /** False for a file of the tree whose own imports are left unresolved: nothing of it is compared. */
  follows(path: string, text: string): boolean;
  readOther(path: string): string | undefined;
}

/** A compiler host, and the questions that only it can answer. */
export interface TreeHost {
  readonly host: ts.CompilerHost;
  projectOf(path: string): Project;
  readFile(path: string): string | undefined;
  /** Files whose imports were left unresolved. */
  readonly unfollowed: ReadonlySet<string>;
}

/** A host over the given texts. */
export function treeHost(texts: HostTexts, options: ts.CompilerOptions): TreeHost {
  const contractByPath = new Map(texts.contract.map((text) => [normalizePath(text.path), text.text]));
  const other = new Map<string, string | undefined>();
  const readFile: ReadFile = (path) => {
    const own = contractByPath.get(path) ?? texts.inTree(path);
    if (own !== undefined) return own;
    if (isLibraryFile(path)) return librarySourceFile(path, ts.ScriptTarget.Latest)?.text;
    if (!other.has(path)) other.set(path, texts.readOther(path));
    return other.get(path);
  };
  const files = new Map<string, ts.SourceFile | undefined>();
  const projectOf = projects(readFile);
  const resolve = resolver(texts, readFile, projectOf, options);
  const unfollowed = new Set<string>();
  const contractFiles = new Set(contractByPath.keys());
  const host: ts.CompilerHost = {
    getSourceFile(path, languageVersion) {
      if (isLibraryFile(path)) return librarySourceFile(path, languageVersion);
      if (!files.has(path)) {
        const text = readFile(path);
        files.set(path, text === undefined ? undefined : parseQuickly(path, text, languageVersion));
      }
      return files.get(path);
    },
    getDefaultLibFileName: (asked) => `${LIBRARY_FOLDER}/${ts.getDefaultLibFileName(asked)}`,
    getDefaultLibLocation: () => LIBRARY_FOLDER,
    getCurrentDirectory: () => texts.root,
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    writeFile: () => undefined,
    fileExists: (path) => readFile(path) !== undefined,
    readFile,
    // No folder is listed: every lookup asks for a file by name.
    directoryExists: undefined as never,
    resolveModuleNameLiterals: (literals, containingFile, _redirected, _options, containingSourceFile) => {
      const isContract = contractFiles.has(containingFile);
      const isFollowed =
        literals.length === 0 || isContract || texts.follows(containingFile, containingSourceFile.text);
      if (!isFollowed) {
        unfollowed.add(containingFile);
        return literals.map(() => ({ resolvedModule: undefined }));
      }
      return literals.map((literal) => {
        const resolvedModule = resolve(literal, containingFile, containingSourceFile);
        if (isContract && resolvedModule !== undefined) contractFiles.add(resolvedModule.resolvedFileName);
        return { resolvedModule };
      });
    },
  };
  delete (host as { directoryExists?: unknown }).directoryExists;
  return { host, projectOf, readFile, unfollowed };
}

type Resolve = (
  literal: ts.StringLiteralLike,
  from: string,
  file: ts.SourceFile,
) => ts.ResolvedModuleFull | undefined;

function resolver(
  texts: HostTexts,
  readFile: ReadFile,
  projectOf: (path: string) => Project,
  options: ts.CompilerOptions,
): Resolve {
  const host: ts.ModuleResolutionHost = { fileExists: (path) => readFile(path) !== undefined, readFile };
  const cache = ts.createModuleResolutionCache(texts.root, (path) => path);
  const known = new Map<string, ts.ResolvedModuleFull | undefined>();
  return (literal, from, file) => {
    const key = `${folderOf(from)}\0${literal.text}`;
    if (known.has(key)) return known.get(key);
    const own = projectOf(from).options;
    const mode = ts.getModeForUsageLocation(file, literal, options);
    const plain = ts.resolveModuleName(
      literal.text,
      from,
      own,
      host,
      own === options ? cache : undefined,
      undefined,
      mode,
    );
    const found = plain.resolvedModule;
    const usable = found !== undefined && /\.[cm]?tsx?$|\.json$/.test(found.resolvedFileName);
    const result = usable ? found : contractModule(literal, texts.contract, readFile);
    known.set(key, result);
    return result;
  };
}

/** The contract stands in for a module that is not installed: by its published name, or by the names it is asked for. */
function contractModule(
  literal: ts.StringLiteralLike,
  contract: readonly ContractText[],
  readFile: ReadFile,
): ts.ResolvedModuleFull | undefined {
  const paths = contract.map((text) => normalizePath(text.path));
  if (literal.text === CONTRACT_MODULE || literal.text === `${CONTRACT_MODULE}/v1`) {
    for (const path of paths) {
      const extension = /(?:\.d)?\.[cm]?ts$/.exec(path)?.[0] ?? '.ts';
      const name = literal.text === CONTRACT_MODULE ? 'contract' : 'v1';
      const sibling = `${folderOf(path)}/${name}${extension}`;
      if (readFile(sibling) !== undefined) return resolved(sibling);
    }
  }
  const wanted = importedNames(literal);
  if (wanted.length === 0) return undefined;
  const holder = contract.find(({ text }) => wanted.every((name) => declares(text, name)));
  return holder === undefined ? undefined : resolved(normalizePath(holder.path));
}

function importedNames(literal: ts.StringLiteralLike): readonly string[] {
  const statement = literal.parent;
  if (statement === undefined || !ts.isImportDeclaration(statement)) return [];
  const bindings = statement.importClause?.namedBindings;
  if (bindings === undefined || !ts.isNamedImports(bindings)) return [];
  return bindings.elements.map((element) => (element.propertyName ?? element.name).text);
}

function declares(text: string, name: string): boolean {
  return new RegExp(
    `\\bexport\\s+(?:declare\\s+)?(?:abstract\\s+)?(?:interface|type|class|const|function|enum)\\s+${name}\\b`,
  ).test(text);
}

function resolved(path: string): ts.ResolvedModuleFull {
  const extension = /\.d\.[cm]?ts$|\.[cm]?tsx?$/.exec(path)?.[0] ?? '.ts';
  return { resolvedFileName: path, extension, isExternalLibraryImport: false };
}
