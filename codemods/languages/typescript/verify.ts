// Compiles edited texts against the original ones and tells what is new: syntax errors first, then type errors.
import { ts } from 'ts-morph';
import type { ResultProblem } from '../../facts/language.ts';
import type { TextRange } from '../../facts/text.ts';
import { treeHost } from './compiler-host.ts';
import { lineMapping } from './line-mapping.ts';
import { normalizePath } from './paths.ts';
import type { Session } from './session.ts';

/** Problems of the edited tree that the original one does not have. */
export function verifyEdits(
  session: Session,
  edited: ReadonlyMap<string, string>,
  originals: OriginalErrors,
): readonly ResultProblem[] {
  const root = normalizePath(session.sources.root);
  const absolute = (file: string): string => (root === '/' ? `/${file}` : `${root}/${file}`);
  const texts = new Map([...edited].map(([file, text]) => [absolute(file), text]));
  const options = projectOptions(session, [...texts.keys()]);
  const paths = filesToCheck(session, edited, absolute);
  const after = compile(session, paths, options, texts, originals);
  const syntax = [...texts.keys()].flatMap((path) => newSyntaxErrors(session, after, path));
  if (syntax.length > 0) return syntax;
  const before = originals.program(paths, () => compile(session, paths, options, new Map(), originals));
  const problemsOf = (path: string): readonly ResultProblem[] => {
    const source = after.getSourceFile(path);
    const errors = source === undefined ? [] : after.getSemanticDiagnostics(source);
    if (source === undefined || errors.length === 0) return [];
    const old = originals.errors(before, path);
    return newErrors(
      session,
      path,
      errors,
      old,
      before.getSourceFile(path)?.text ?? source.text,
      source.text,
    );
  };
  // What is wrong in the edited files is said at once: whoever steps back because of it asks again.
  const own = [...texts.keys()].sort().flatMap(problemsOf);
  if (own.length > 0) return own;
  return affectedFiles(after, [...texts.keys()], session)
    .filter((path) => !texts.has(path))
    .flatMap(problemsOf);
}

/** The original tree's errors, computed once. */
export interface OriginalErrors {
  program(paths: readonly string[], make: () => ts.Program): ts.Program;
  /** An edited text, parsed once however often it is verified. */
  parsed(path: string, text: string, parse: () => ts.SourceFile | undefined): ts.SourceFile | undefined;
  errors(program: ts.Program, path: string): readonly ts.Diagnostic[];
}

/** A store of original errors for one session. */
export function originalErrors(): OriginalErrors {
  const programs = new Map<string, ts.Program>();
  const errors = new WeakMap<ts.Program, Map<string, readonly ts.Diagnostic[]>>();
  const parsed = new Map<string, ts.SourceFile | undefined>();
  return {
    parsed(path, text, parse) {
      const key = `${path}\n${text}`;
      if (!parsed.has(key)) parsed.set(key, parse());
      return parsed.get(key);
    },
    program(paths, make) {
      const key = paths.join('\n');
      const program = programs.get(key) ?? make();
      programs.set(key, program);
      return program;
    },
    errors(program, path) {
      const known = errors.get(program) ?? new Map<string, readonly ts.Diagnostic[]>();
      errors.set(program, known);
      const source = program.getSourceFile(path);
      const found = known.get(path) ?? (source === undefined ? [] : program.getSemanticDiagnostics(source));
      known.set(path, found);
      return found;
    },
  };
}

function projectOptions(session: Session, paths: readonly string[]): ts.CompilerOptions {
  const [first] = paths;
  return first === undefined ? session.options : session.host.projectOf(first).options;
}

/** The project's files where there is one; else every file that mentions a name the edited files export. */
function filesToCheck(
  session: Session,
  edited: ReadonlyMap<string, string>,
  absolute: (file: string) => string,
): readonly string[] {
  const all = session.sources.files.map(absolute);
  const paths = new Set<string>();
  for (const file of edited.keys()) {
    const path = absolute(file);
    paths.add(path);
    const project = session.host.projectOf(path);
    const members = project.path === undefined ? [] : project.filesOf(all);
    if (members.includes(path)) for (const member of members) paths.add(member);
    else
      for (const name of exportedNames(session, file))
        for (const other of session.sources.mentioning(name)) paths.add(absolute(other));
  }
  return [...paths].sort();
}

function exportedNames(session: Session, file: string): readonly string[] {
  const source = session.sourceFile(file);
  const symbol = source && session.checker().getSymbolAtLocation(source);
  return symbol === undefined
    ? []
    : session
        .checker()
        .getExportsOfModule(symbol)
        .map((one) => one.name)
        .filter((name) => name !== 'default');
}

function compile(
  session: Session,
  paths: readonly string[],
  options: ts.CompilerOptions,
  texts: ReadonlyMap<string, string>,
  originals: OriginalErrors,
): ts.Program {
  const files = new Set(session.sources.files);
  const root = normalizePath(session.sources.root);
  const { host } = treeHost(
    {
      root,
      contract: session.contract.texts,
      follows: () => true,
      inTree: (path) => {
        const edited = texts.get(path);
        if (edited !== undefined) return edited;
        const file = path.slice(root === '/' ? 1 : root.length + 1);
        return files.has(file) ? session.sources.read(file) : undefined;
      },
      readOther: (path) => session.sources.readOther(path),
    },
    options,
  );
  // A text that did not change is not parsed again.
  const shared: ts.CompilerHost = {
    ...host,
    getSourceFile: (path, version) => {
      const text = texts.get(path);
      if (text !== undefined) return originals.parsed(path, text, () => host.getSourceFile(path, version));
      return session.host.host.getSourceFile(path, version) ?? host.getSourceFile(path, version);
    },
  };
  return ts.createProgram({ rootNames: paths, options, host: shared });
}

function newSyntaxErrors(session: Session, program: ts.Program, path: string): readonly ResultProblem[] {
  const source = program.getSourceFile(path);
  if (source === undefined) return [];
  const errors = program.getSyntacticDiagnostics(source);
  const original = session.host.host.getSourceFile(path, ts.ScriptTarget.Latest);
  const known =
    (original as { parseDiagnostics?: readonly ts.Diagnostic[] } | undefined)?.parseDiagnostics?.length ?? 0;
  return errors.length > known ? errors.slice(0, 1).map((error) => problem(session, path, error)) : [];
}

/** The edited files and everything that imports them, directly or not. */
function affectedFiles(program: ts.Program, edited: readonly string[], session: Session): readonly string[] {
  const importers = new Map<string, string[]>();
  const files = program.getSourceFiles().filter((file) => session.isInTree(file.fileName));
  for (const file of files) {
    for (const imported of importedFiles(program, file))
      importers.set(imported, [...(importers.get(imported) ?? []), file.fileName]);
  }
  const affected = new Set<string>();
  const queue = [...edited];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (affected.has(path)) continue;
    affected.add(path);
    queue.push(...(importers.get(path) ?? []));
  }
  return [...affected].sort();
}

/** What the compiler knows of imports without a checker; not part of its public face, stable since 5.4. */
interface ResolvedImports {
  getResolvedModuleFromModuleSpecifier?(
    literal: ts.StringLiteralLike,
    file: ts.SourceFile,
  ): { readonly resolvedModule?: ts.ResolvedModule } | undefined;
}

function importedFiles(program: ts.Program, file: ts.SourceFile): readonly string[] {
  const imports = (file as { imports?: readonly ts.StringLiteralLike[] }).imports ?? [];
  return imports.flatMap(
    (literal) =>
      (program as ResolvedImports).getResolvedModuleFromModuleSpecifier?.(literal, file)?.resolvedModule
        ?.resolvedFileName ?? [],
  );
}

function newErrors(
  session: Session,
  path: string,
  errors: readonly ts.Diagnostic[],
  old: readonly ts.Diagnostic[],
  before: string,
  after: string,
): readonly ResultProblem[] {
  const toOld = lineMapping(before, after);
  const left = [...old];
  const unmatched = errors.filter((error) => {
    const line = toOld(lineOf(after, error.start ?? 0));
    const index = left.findIndex((one) => one.code === error.code && lineOf(before, one.start ?? 0) === line);
    if (index < 0) return true;
    left.splice(index, 1);
    return false;
  });
  return unmatched
    .filter((error) => {
      const message = textOf(error);
      const index = left.findIndex((one) => one.code === error.code && textOf(one) === message);
      if (index >= 0) left.splice(index, 1);
      return index < 0;
    })
    .map((error) => problem(session, path, error));
}

function lineOf(text: string, position: number): number {
  let line = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < position; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

function textOf(error: ts.Diagnostic): string {
  return ts.flattenDiagnosticMessageText(error.messageText, ' ');
}

function problem(session: Session, path: string, error: ts.Diagnostic): ResultProblem {
  const start = error.start ?? 0;
  const range: TextRange = { file: session.name(path), start, end: start + (error.length ?? 0) };
  return { range, message: `TS${error.code}: ${textOf(error)}` };
}
