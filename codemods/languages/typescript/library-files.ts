// The compiler's own declarations (lib.*.d.ts), from the copy inside ts-morph: no file of the machine is read for them.
import { Project, ts } from 'ts-morph';

/** Where the library files seem to be. */
export const LIBRARY_FOLDER = '/node_modules/typescript/lib';

const parsed = new Map<string, ts.SourceFile>();
let host: ts.ModuleResolutionHost | undefined;

function library(): ts.ModuleResolutionHost {
  host ??= new Project({ useInMemoryFileSystem: true }).getModuleResolutionHost();
  return host;
}

/** True for a path that only the library has. */
export function isLibraryFile(path: string): boolean {
  return path.startsWith(`${LIBRARY_FOLDER}/lib.`);
}

/** A library file, parsed once for every program of this process. */
export function librarySourceFile(
  path: string,
  options: ts.ScriptTarget | ts.CreateSourceFileOptions,
): ts.SourceFile | undefined {
  const known = parsed.get(path);
  if (known !== undefined) return known;
  const text = library().readFile(path);
  if (text === undefined) return undefined;
  const file = parseQuickly(path, text, options);
  parsed.set(path, file);
  return file;
}

/** Parses without documentation comments, which are most of the declarations that engines never use. Binding sets parents. */
export function parseQuickly(
  path: string,
  text: string,
  asked: ts.ScriptTarget | ts.CreateSourceFileOptions,
): ts.SourceFile {
  const options = typeof asked === 'object' ? asked : { languageVersion: asked };
  return ts.createSourceFile(path, text, { ...options, jsDocParsingMode: ts.JSDocParsingMode.ParseNone });
}
