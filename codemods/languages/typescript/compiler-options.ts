// Which compiler options hold for a file: those of the nearest tsconfig.json, or strict ones where there is none.
import { ts } from 'ts-morph';
import { folderOf } from './paths.ts';

/** Reads one file by its absolute path; undefined when there is none. */
export type ReadFile = (path: string) => string | undefined;

const WITHOUT_PROJECT: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
};

/** One tsconfig.json as the compiler reads it. */
export interface Project {
  readonly path: string | undefined;
  readonly options: ts.CompilerOptions;
  /** Absolute paths of the project's files, of those that `files` lists. */
  filesOf(files: readonly string[]): readonly string[];
}

/** The path of the nearest `tsconfig.json` in `folder` or above. */
function nearestConfig(folder: string, readFile: ReadFile): string | undefined {
  for (let at = folder; ; at = folderOf(at)) {
    const path = at === '/' ? '/tsconfig.json' : `${at}/tsconfig.json`;
    if (readFile(path) !== undefined) return path;
    if (at === '/') return undefined;
  }
}

function readProject(path: string, readFile: ReadFile): Project {
  const host = (files: readonly string[]): ts.ParseConfigHost => ({
    useCaseSensitiveFileNames: true,
    fileExists: (file) => readFile(file) !== undefined,
    readFile,
    readDirectory: (folder, extensions, excludes, includes) => {
      const inside = files.filter(
        (file) => file.startsWith(`${folder}/`) && extensions?.some((ext) => file.endsWith(ext)),
      );
      return inside.filter(globFilter(folder, includes, excludes ?? []));
    },
  });
  const parse = (files: readonly string[]): ts.ParsedCommandLine => {
    const source = ts.readJsonConfigFile(path, readFile);
    return ts.parseJsonSourceFileConfigFileContent(source, host(files), folderOf(path), undefined, path);
  };
  return {
    path,
    options: settled(parse([]).options, folderOf(path), readFile),
    filesOf: (files) => parse(files).fileNames,
  };
}

function globFilter(
  folder: string,
  includes: readonly string[],
  excludes: readonly string[],
): (file: string) => boolean {
  const toPattern = (glob: string): RegExp => {
    const absolute = glob.startsWith('/') ? glob : `${folder}/${glob.replace(/^\.\//, '')}`;
    const source = absolute
      .replace(/[.+^$(){}|[\]]/g, '\\$&')
      .split('/')
      .map((part) => (part === '**' ? '.*' : part.replace(/\*/g, '[^/]*').replace(/\?/g, '[^/]')))
      .join('/')
      .replaceAll('/.*/', '/(?:.*/)?');
    return new RegExp(`^${source}(?:/.*)?$`);
  };
  const wanted = includes.map(toPattern);
  const unwanted = [...excludes, '**/node_modules'].map(toPattern);
  return (file) =>
    (wanted.length === 0 || wanted.some((re) => re.test(file))) && !unwanted.some((re) => re.test(file));
}

function settled(options: ts.CompilerOptions, folder: string, readFile: ReadFile): ts.CompilerOptions {
  const target = options.target ?? ts.ScriptTarget.ES2023;
  return {
    ...options,
    // The default library has the DOM in it: half a second for types that an engine has no use for.
    lib: options.lib ?? [target >= ts.ScriptTarget.ES2023 ? 'lib.esnext.d.ts' : 'lib.es2023.d.ts'],
    types: options.types ?? (hasNodeTypes(folder, readFile) ? ['node'] : []),
    noEmit: true,
    skipLibCheck: true,
    composite: false,
    incremental: false,
    declaration: false,
    allowJs: false,
    ...(options.allowImportingTsExtensions === undefined ? { allowImportingTsExtensions: true } : {}),
  };
}

function hasNodeTypes(folder: string, readFile: ReadFile): boolean {
  for (let at = folder; ; at = folderOf(at)) {
    if (readFile(`${at === '/' ? '' : at}/node_modules/@types/node/package.json`) !== undefined) return true;
    if (at === '/') return false;
  }
}

/** Projects by folder, each tsconfig read once. */
export function projects(readFile: ReadFile): (file: string) => Project {
  const byFolder = new Map<string, Project>();
  const byConfig = new Map<string, Project>();
  const none: Project = {
    path: undefined,
    options: settled({ ...WITHOUT_PROJECT, types: [] }, '/', () => undefined),
    filesOf: () => [],
  };
  return (file) => {
    const folder = folderOf(file);
    let project = byFolder.get(folder);
    if (project === undefined) {
      const path = nearestConfig(folder, readFile);
      project = path === undefined ? none : (byConfig.get(path) ?? readProject(path, readFile));
      if (path !== undefined) byConfig.set(path, project);
      byFolder.set(folder, project);
    }
    return project;
  };
}
