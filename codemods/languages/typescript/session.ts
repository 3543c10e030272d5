// One tree under one contract as the compiler sees it: grows when a file turns out to be needed.
import { ts } from 'ts-morph';
import type { Sources } from '../../facts/language.ts';
import type { Contract } from '../../facts/slot.ts';
import { type TreeHost, treeHost } from './compiler-host.ts';
import { folderOf, normalizePath } from './paths.ts';
import type { FileName } from './ranges.ts';
import { type TreeContract, treeContract } from './tree-contract.ts';

/** What everything that looks at a tree needs. A checker's types must not outlive a call of `include`. */
export interface Session {
  readonly sources: Sources;
  readonly contract: Contract;
  readonly name: FileName;
  readonly host: TreeHost;
  readonly options: ts.CompilerOptions;
  program(): ts.Program;
  checker(): ts.TypeChecker;
  tree(): TreeContract;
  /** Makes files of the tree part of the program; true when any was new. */
  include(files: readonly string[]): boolean;
  /** The parsed files of the tree that are part of the program so far. */
  treeFiles(): readonly ts.SourceFile[];
  isInTree(path: string): boolean;
  sourceFile(file: string): ts.SourceFile | undefined;
}

/**
 * How far imports are followed. `whole`: all of them. Otherwise those of the candidates, of the contract, of modules that
 * pass on what they import, of packages, and of the files named: enough to compare signatures, at a fraction of the price.
 */
export type Reach = 'whole' | ReadonlySet<string>;

/** Starts with the candidates and the contract. */
export function openSession(
  sources: Sources,
  contract: Contract,
  candidates: readonly string[],
  reach: Reach = 'whole',
): Session {
  const root = normalizePath(sources.root);
  const inRoot = root === '/' ? '/' : `${root}/`;
  const files = new Set(sources.files);
  const relative = (path: string): string | undefined =>
    path.startsWith(inRoot) ? path.slice(inRoot.length) : undefined;
  const absolute = (file: string): string => `${inRoot}${file}`;
  const isInTree = (path: string): boolean => {
    const file = relative(path);
    return file !== undefined && files.has(file);
  };
  const near = new Set(candidates.map(absolute));
  const follows = (path: string, text: string): boolean =>
    reach === 'whole' || !isInTree(path) || near.has(path) || reach.has(path) || PASSES_ON.test(text);
  const texts = {
    root,
    follows,
    contract: contract.texts,
    inTree: (path: string): string | undefined => {
      const file = relative(path);
      return file !== undefined && files.has(file) ? sources.read(file) : undefined;
    },
    readOther: (path: string) => sources.readOther(path),
  };
  const [first] = candidates;
  const probe = treeHost(texts, {});
  const project = probe.projectOf(absolute(first ?? 'index.ts'));
  // Facts are told by the strict rules whatever the project allows: `T | null` has to stay what it says.
  const options: ts.CompilerOptions = { ...project.options, strict: true, strictNullChecks: true };
  const host = treeHost(texts, options);
  const contractPaths = contract.texts.map((text) => normalizePath(text.path));
  const roots = new Set([...contractPaths, ...candidates.map(absolute)]);
  let program: ts.Program | undefined;
  let tree: TreeContract | undefined;

  const name: FileName = (path) => relative(path) ?? contractName(contract, path) ?? path;
  const session: Session = {
    sources,
    contract,
    name,
    host,
    options,
    program: () => (program ??= ts.createProgram({ rootNames: [...roots], options, host: host.host })),
    checker: () => session.program().getTypeChecker(),
    tree: () => (tree ??= treeContract(session.program(), contract, name)),
    include: (more) => {
      const current = session.program();
      const fresh = more
        .map(absolute)
        .filter((path) => current.getSourceFile(path) === undefined && isInTree(path));
      if (fresh.length === 0) return false;
      for (const path of fresh) roots.add(path);
      program = ts.createProgram({ rootNames: [...roots], options, host: host.host, oldProgram: current });
      tree = undefined;
      return true;
    },
    treeFiles: () =>
      session
        .program()
        .getSourceFiles()
        .filter((file) => isInTree(file.fileName)),
    isInTree,
    sourceFile: (file) => session.program().getSourceFile(absolute(file)),
  };
  return session;
}

// `export … from`, and a class or an interface that extends what may be imported.
const PASSES_ON = /^\s*export\s[^;'"]*\sfrom\s*['"]|\b(?:interface|class)\s+\w+[^{]*\bextends\b/m;

/** A file beside the contract is named as the contract was. */
function contractName(contract: Contract, path: string): string | undefined {
  for (const text of contract.texts) {
    const own = normalizePath(text.path);
    if (own === path) return text.file;
    const folder = `${folderOf(own)}/`;
    if (path.startsWith(folder)) {
      const given = text.file.replace(/\\/g, '/');
      const slash = given.lastIndexOf('/');
      return `${slash < 0 ? '' : given.slice(0, slash + 1)}${path.slice(folder.length)}`;
    }
  }
  return undefined;
}
