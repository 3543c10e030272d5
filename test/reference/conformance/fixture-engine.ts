// The engines of fixtures/engines, compiled into a folder that stands for the package: each is imported by its path.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');

/** A folder with compiled engines. */
export interface CompiledFixtures {
  /** Path of an engine's module. */
  readonly modulePath: (name: string) => string;
  readonly remove: () => void;
}

/** Compiles fixture engines; takes a second for each. */
export function compileFixtures(...names: readonly string[]): CompiledFixtures {
  const out = mkdtempSync(join(tmpdir(), 'conformance-engines-'));
  const exports = { './engine': './reference/engine/contract.js', './engine/v1': './reference/engine/v1.js' };
  writeFileSync(
    join(out, 'package.json'),
    JSON.stringify({ name: 'kv-engine-migrate', type: 'module', exports }),
  );
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  for (const name of names) {
    const project = join(ROOT, 'fixtures/engines', name);
    const options = ['--noEmit', 'false', '--outDir', out, '--rootDir', ROOT];
    execFileSync(process.execPath, [compiler, '-p', project, ...options], { encoding: 'utf8' });
  }
  return {
    modulePath: (name) => join(out, 'fixtures/engines', name, 'src/index.js'),
    remove: () => rmSync(out, { recursive: true, force: true }),
  };
}
