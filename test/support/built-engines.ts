// The engines of fixtures/engines, compiled, as they are or migrated by this package's own codemods.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runCli } from './run-cli.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A tree with compiled engines in it. */
export interface BuiltEngines {
  /** Where it is; its sources are where they are in the package. */
  readonly root: string;
  /** The file URL of an engine's module: of `index`, where no other is named. */
  url(name: string, module?: string): string;
  /** Removes the tree. */
  remove(): void;
}

/** One text instead of another that is there once. */
export type Edit = readonly [from: string, to: string];

/** How engines are built. */
export interface BuildOptions {
  /** Where they are; fixtures/engines. */
  readonly folder?: string;
  /** Engines that are nowhere but here: texts of files by path from that folder, put there first. */
  readonly sources?: Readonly<Record<string, string>>;
  /** The codemods have run; `partly` where it is no failure that they leave something as it is. */
  readonly isMigrated?: boolean | 'partly';
  /** Texts of files, by path from that folder, that take the place of what is there. */
  readonly files?: Readonly<Record<string, string>>;
  /** Changes of files, in the same way, made last. */
  readonly edits?: Readonly<Record<string, readonly Edit[]>>;
}

/** Compiles the named engines (all of fixtures/engines by default) in a tree of their own. */
export async function buildEngines(
  names: readonly string[] = readdirSync(join(ROOT, 'fixtures/engines')),
  {
    folder = 'fixtures/engines',
    sources = {},
    isMigrated = false,
    files = {},
    edits = {},
  }: BuildOptions = {},
): Promise<BuiltEngines> {
  const tree = realpathSync(mkdtempSync(join(tmpdir(), 'built-engines-')));
  for (const [file, text] of Object.entries(sources)) {
    mkdirSync(dirname(join(tree, folder, file)), { recursive: true });
    writeFileSync(join(tree, folder, file), text);
  }
  for (const name of names)
    if (existsSync(join(ROOT, folder, name)))
      cpSync(join(ROOT, folder, name), join(tree, folder, name), { recursive: true });
  // Engines find the contract where their tsconfig looks for it; compiled, in the folder that stands for the package.
  cpSync(join(ROOT, 'reference/engine'), join(tree, 'reference/engine'), { recursive: true });
  writeFileSync(join(tree, 'package.json'), '{ "type": "module" }');
  if (isMigrated !== false) {
    const run = await runCli(tree, ['run', '--write', folder]);
    if (run.status !== 0 && isMigrated !== 'partly')
      throw new Error(`The engines were not migrated:\n${run.out}${run.err}`);
  }
  const engines = join(tree, folder);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(engines, file), text);
  for (const [file, changes] of Object.entries(edits))
    writeFileSync(join(engines, file), edited(readFileSync(join(engines, file), 'utf8'), changes));
  const out = join(tree, 'out');
  const project = {
    extends: `./${folder}/${names[0]}/tsconfig.json`,
    compilerOptions: { noEmit: false, outDir: 'out', rootDir: '.' },
    include: names.map((name) => `${folder}/${name}/src`),
  };
  writeFileSync(join(tree, 'tsconfig.json'), JSON.stringify(project));
  try {
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', tree]);
  } catch (error) {
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
    throw new Error(`The engines do not compile:\n${said}`);
  }
  const exports = { './engine': './reference/engine/contract.js', './engine/v1': './reference/engine/v1.js' };
  const manifest = { name: 'kv-engine-migrate', type: 'module', exports };
  writeFileSync(join(out, 'package.json'), JSON.stringify(manifest));
  return {
    root: tree,
    url: (name, module = 'index') => pathToFileURL(join(out, folder, name, 'src', `${module}.js`)).href,
    remove: () => rmSync(tree, { recursive: true, force: true }),
  };
}

/** A text with edits made to it. @throws Error for one that does not fit exactly once. */
export function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((before, [from, to]) => {
    const parts = before.split(from);
    if (parts.length !== 2) throw new Error(`This is there ${parts.length - 1} times, not once:\n${from}`);
    return parts.join(to);
  }, text);
}
