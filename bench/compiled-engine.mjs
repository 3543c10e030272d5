// An engine of fixtures/engines as JavaScript, as it is or migrated by this package's own codemods.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { output } from './measure.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Compiles the engine into `folder`. @returns {string} the path of its module */
export function compiledEngine({ cli, folder, name, isMigrated }) {
  const engine = join(folder, 'fixtures/engines', name);
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'fixtures/engines', name), engine, { recursive: true });
  // The engine's project finds the contract where the package has it.
  cpSync(join(root, 'reference/engine'), join(folder, 'reference/engine'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  if (isMigrated) output(process.execPath, [cli, 'run', '--write', engine]);
  const project = {
    extends: `./fixtures/engines/${name}/tsconfig.json`,
    compilerOptions: { noEmit: false, outDir: 'out', rootDir: '.' },
    include: [`fixtures/engines/${name}/src`],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project));
  output(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]);
  const exports = { './engine': './reference/engine/contract.js', './engine/v1': './reference/engine/v1.js' };
  const manifest = { name: 'kv-engine-migrate', type: 'module', exports };
  writeFileSync(join(folder, 'out/package.json'), JSON.stringify(manifest));
  return join(folder, 'out/fixtures/engines', name, 'src/index.js');
}
