// From what a user wrote after `--engine` to a module. Which names are bundled is the caller's to say; starts nothing.
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { EngineModule } from './contract.ts';
import { EngineLoadError, firstLine } from './engine-load-error.ts';
import { packageEntry } from './package-entry.ts';
import type * as v1 from './v1.ts';

/** How a module is found and imported. */
export interface LoadOptions {
  /** Where relative paths start and packages are looked for; the process's working directory unless told. */
  readonly cwd?: string;
  /** Imports a module by its file URL; `import()` unless told. */
  readonly importModule?: (url: string) => Promise<unknown>;
}

/** Imports a bundled engine. */
type Bundled = ReadonlyMap<string, () => Promise<EngineModule>>;

/**
 * Loads an engine's module: by a name in `bundled`, by a path (absolute, relative to `cwd`, or a file URL; a folder with
 * a package.json too), or by a package's name as seen from `cwd`; or takes a module as it is.
 * @throws EngineLoadError (as a rejection) `engine-not-found`, `engine-broken`, `not-an-engine`.
 */
export async function loadModule(
  spec: string | EngineModule | v1.EngineModule,
  bundled: Bundled,
  options: LoadOptions = {},
): Promise<EngineModule> {
  if (typeof spec !== 'string') return engineOf(spec, 'the given module');
  const importBundled = bundled.get(spec);
  if (importBundled !== undefined) return importBundled();
  const {
    cwd = process.cwd(),
    importModule = (url: string): Promise<unknown> => import(/* @vite-ignore */ url),
  } = options;
  const file = resolveEngine(spec, cwd, [...bundled.keys()].sort());
  let module: unknown;
  try {
    module = await importModule(pathToFileURL(file).href);
  } catch (error) {
    throw importFailure(spec, file, error);
  }
  return engineOf(module, `"${spec}"`);
}

function resolveEngine(spec: string, cwd: string, names: readonly string[]): string {
  const path = spec.startsWith('file:') ? pathOfUrl(spec) : spec;
  const at = resolve(cwd, path);
  if (path !== '' && existsSync(at)) {
    if (!statSync(at).isDirectory()) return at;
    const entry = packageEntry(at, '.');
    if (entry !== undefined) return entry;
    const message = `The folder "${spec}" has no module to import: name the file that exports createInstance.`;
    throw new EngineLoadError('engine-not-found', message);
  }
  const isPath = path !== spec || isAbsolute(path) || /^\.{1,2}(?:[\\/]|$)/.test(path);
  const found = isPath ? undefined : resolvePackage(spec, cwd);
  if (found !== undefined) return found;
  const message = isPath
    ? `There is no file ${at}: check the path of the engine.`
    : `There is no engine "${spec}": name a bundled one (${names.join(', ')}), the path of a module, or an installed package.`;
  throw new EngineLoadError('engine-not-found', message);
}

function pathOfUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    const message = `"${url}" names no file here: ${firstLine(error)}. Write it as file:///path/to/engine.js.`;
    throw new EngineLoadError('engine-not-found', message, { cause: error });
  }
}

/** As `import` would from a module in `cwd`: the `import` condition first, then whatever `require` finds. */
function resolvePackage(spec: string, cwd: string): string | undefined {
  const [, name, subpath] = /^((?:@[^/]+\/)?[^/]+)(\/.*)?$/.exec(spec) ?? [];
  if (name === undefined) return undefined;
  for (let folder = resolve(cwd), above = ''; folder !== above; above = folder, folder = dirname(folder)) {
    const entry = packageEntry(join(folder, 'node_modules', name), `.${subpath ?? ''}`);
    if (entry !== undefined) return entry;
  }
  try {
    const found = createRequire(join(resolve(cwd), 'package.json')).resolve(spec);
    return isAbsolute(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** What Node says of TypeScript that it does not import, or not here, or not with this syntax in it. */
const TYPESCRIPT_ERRORS: ReadonlySet<unknown> = new Set([
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
]);

function importFailure(spec: string, file: string, error: unknown): EngineLoadError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message =
    /\.[cm]?tsx?$/.test(file) && TYPESCRIPT_ERRORS.has(code)
      ? `"${spec}" is TypeScript that Node ${process.version} does not import: compile it, and name the .js file.`
      : `The engine "${spec}" cannot be imported: ${firstLine(error)}. Run node ${file} to see more.`;
  return new EngineLoadError('engine-broken', message, { cause: error });
}

/** The module's exports, or those that its default export holds, as a CommonJS module has them. */
function engineOf(module: unknown, name: string): EngineModule {
  for (const candidate of [module, member(module, 'default')]) {
    if (isEngineModule(candidate)) return candidate;
  }
  const exports = typeof module === 'object' && module !== null ? Object.keys(module) : [];
  const instead =
    exports.length === 0 ? 'it exports nothing' : `it exports ${exports.slice(0, 5).join(', ')}`;
  const message = `${name} is no engine: ${instead}, and createInstance is needed. Export it as kv-engine-migrate/engine says.`;
  throw new EngineLoadError('not-an-engine', message.charAt(0).toUpperCase() + message.slice(1));
}

function isEngineModule(value: unknown): value is EngineModule {
  return typeof member(value, 'createInstance') === 'function';
}

function member(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;
}
