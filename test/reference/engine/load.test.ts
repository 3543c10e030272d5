import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EngineLoadError, type EngineLoadErrorCode } from '../../../reference/engine/engine-load-error.ts';
import { type LoadOptions, loadEngine } from '../../../reference/engine/load.ts';
import { createInstance as nobucket } from '../../../reference/engines/nobucket.ts';
import { temporaryTree } from '../../support/temporary-tree.ts';

const ENGINE = 'export const createInstance = () => ({ status: 6 });';
const COMMONJS = 'exports.createInstance = () => ({ status: 6 });';

/** Node's own import, which knows nothing of vite: a CommonJS file that is required has it. */
function nodeImport(url: string): Promise<unknown> {
  const folder = temporaryTree({ 'import.cjs': 'module.exports = (url) => import(url);' });
  const importer: unknown = createRequire(import.meta.url)(join(folder, 'import.cjs'));
  return (importer as typeof nodeImport)(url);
}

async function refusal(spec: unknown, options?: LoadOptions): Promise<[EngineLoadErrorCode, string]> {
  try {
    await loadEngine(spec as string, options);
  } catch (error) {
    if (error instanceof EngineLoadError) return [error.code, error.message];
    throw error;
  }
  throw new Error('It was loaded.');
}

describe('an engine is loaded', () => {
  test('by the name of a bundled one', async () => {
    expect((await loadEngine('nobucket')).createInstance).toBe(nobucket);
    for (const name of ['crash', 'default', 'ewouldblock']) {
      const { createInstance } = await loadEngine(name);
      expect([name, typeof createInstance]).toEqual([name, 'function']);
    }
  });

  test('as a module that is there already', async () => {
    const module = { createInstance: nobucket };
    expect(await loadEngine(module)).toBe(module);
    expect(await loadEngine({ default: module } as unknown as typeof module)).toBe(module);
  });

  test.each(['./engines/replica.mjs', 'engines/replica.mjs', '../here/engines/replica.mjs'])(
    'by a path that is relative to cwd: %s',
    async (spec) => {
      const root = temporaryTree({ 'here/engines/replica.mjs': ENGINE });
      const { createInstance } = await loadEngine(spec, { cwd: join(root, 'here') });
      expect(createInstance(1, () => undefined as never)).toEqual({ status: 6 });
    },
  );

  test('by an absolute path and by a file URL, with signs in it that URLs escape', async () => {
    const file = join(temporaryTree({ 'a #1 folder/replica.mjs': ENGINE }), 'a #1 folder/replica.mjs');
    for (const spec of [file, pathToFileURL(file).href]) {
      const { createInstance } = await loadEngine(spec, { cwd: '/', importModule: nodeImport });
      expect(typeof createInstance).toBe('function');
    }
  });

  test('from CommonJS, whose exports are the default export', async () => {
    const cwd = temporaryTree({ 'replica.cjs': COMMONJS });
    const { createInstance } = await loadEngine('./replica.cjs', { cwd, importModule: nodeImport });
    expect(typeof createInstance).toBe('function');
  });

  test('from TypeScript, where the importer can', async () => {
    const cwd = temporaryTree({
      'replica.ts': 'export const createInstance = (version: number) => version;',
    });
    expect(typeof (await loadEngine('./replica.ts', { cwd })).createInstance).toBe('function');
  });

  test('by the folder of a package, and by the name of an installed one', async () => {
    const exports = { '.': { types: './x.d.ts', import: './engine.mjs' }, './second': './second.mjs' };
    const files = {
      'package.json': JSON.stringify({ name: '@acme/replica', exports }),
      'engine.mjs': ENGINE,
      'second.mjs': ENGINE,
    };
    const installed = Object.entries(files).map(([name, text]) => [
      `node_modules/@acme/replica/${name}`,
      text,
    ]);
    const root = temporaryTree({ ...Object.fromEntries(installed), 'deep/down/note.txt': '' });
    const seen: string[] = [];
    const importModule = (url: string): Promise<unknown> => {
      seen.push(url.slice(url.lastIndexOf('/') + 1));
      return nodeImport(url);
    };
    await loadEngine('@acme/replica', { cwd: join(root, 'deep/down'), importModule });
    await loadEngine('@acme/replica/second', { cwd: root, importModule });
    await loadEngine('./node_modules/@acme/replica', { cwd: root, importModule });
    expect(seen).toEqual(['engine.mjs', 'second.mjs', 'engine.mjs']);
  });

  test('by a name that only require finds', async () => {
    const manifest = JSON.stringify({ name: 'replica', exports: { './*': './lib/*.cjs' } });
    const cwd = temporaryTree({
      'node_modules/replica/package.json': manifest,
      'node_modules/replica/lib/engine.cjs': COMMONJS,
    });
    const { createInstance } = await loadEngine('replica/engine', { cwd, importModule: nodeImport });
    expect(typeof createInstance).toBe('function');
  });
});

describe('what is no engine is refused with one line that says what to do', () => {
  test('a name that nobody has', async () => {
    const [code, message] = await refusal('memory', { cwd: temporaryTree() });
    expect(code).toBe('engine-not-found');
    expect(message).toBe(
      'There is no engine "memory": name a bundled one (crash, default, ewouldblock, nobucket), the path of a module, or an installed package.',
    );
    expect((await refusal('', { cwd: temporaryTree() }))[0]).toBe('engine-not-found');
    expect((await refusal('node:fs'))[0]).toBe('engine-not-found');
    expect((await refusal('fs'))[0]).toBe('engine-not-found');
  });

  test('a path that leads nowhere', async () => {
    const cwd = temporaryTree({ 'empty/readme.txt': '' });
    const [code, message] = await refusal('./replica.mjs', { cwd });
    expect([code, message]).toEqual([
      'engine-not-found',
      `There is no file ${join(cwd, 'replica.mjs')}: check the path of the engine.`,
    ]);
    expect(await refusal('./empty', { cwd })).toEqual([
      'engine-not-found',
      'The folder "./empty" has no module to import: name the file that exports createInstance.',
    ]);
    expect((await refusal(join(cwd, 'none.mjs')))[0]).toBe('engine-not-found');
    expect((await refusal('file:///none.mjs'))[0]).toBe('engine-not-found');
    expect(await refusal('file://elsewhere/replica.mjs')).toEqual([
      'engine-not-found',
      expect.stringMatching(/^"file:\/\/elsewhere\/replica.mjs" names no file here: .*file:\/\/\/path/),
    ]);
  });

  test('a module that throws', async () => {
    const cwd = temporaryTree({ 'replica.mjs': 'throw new Error("No disk.\\nNone at all.")' });
    expect(await refusal('./replica.mjs', { cwd })).toEqual([
      'engine-broken',
      `The engine "./replica.mjs" cannot be imported: No disk. Run node ${join(cwd, 'replica.mjs')} to see more.`,
    ]);
  });

  test('TypeScript, where Node does not import it', async () => {
    const cwd = temporaryTree({ 'replica.ts': 'export enum Mode { On }' });
    expect(await refusal('./replica.ts', { cwd, importModule: nodeImport })).toEqual([
      'engine-broken',
      `"./replica.ts" is TypeScript that Node ${process.version} does not import: compile it, and name the .js file.`,
    ]);
  });

  test('a module that exports something else', async () => {
    const cwd = temporaryTree({
      'other.mjs': 'export const start = 1; export const stop = 2;',
      'nothing.mjs': '',
      'notes.json': '{}',
      'wrong.mjs': 'export const createInstance = 1;',
    });
    expect(await refusal('./other.mjs', { cwd })).toEqual([
      'not-an-engine',
      '"./other.mjs" is no engine: it exports start, stop, and createInstance is needed. Export it as kv-engine-migrate/engine says.',
    ]);
    expect((await refusal('./nothing.mjs', { cwd }))[1]).toContain('it exports nothing');
    expect((await refusal('./wrong.mjs', { cwd }))[0]).toBe('not-an-engine');
    expect((await refusal('./notes.json', { cwd, importModule: nodeImport }))[0]).toBe('engine-broken');
    expect(await refusal({ start: 1 })).toEqual([
      'not-an-engine',
      expect.stringMatching(/^The given module is no engine/),
    ]);
    expect((await refusal(undefined))[0]).toBe('not-an-engine');
  });
});
