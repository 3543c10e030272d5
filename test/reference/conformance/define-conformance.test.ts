// The suite inside of vitest, of node:test, and of anything that has the two functions.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { defineConformance, type RunningTest } from '../../../reference/conformance/index.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('in vitest', () => {
  defineConformance({ engine: 'default', only: /^(get|get stats struct|LRU) test$/ }, { describe, it });
});

test('registers a group for each kind, and a test for each test', async () => {
  const tree: string[] = [];
  const bodies: ((running: RunningTest) => Promise<void>)[] = [];
  defineConformance(
    { engine: 'default', only: /^(set test|getIf|aggregate stats test)$/ },
    {
      describe: (name, body) => {
        tree.push(name);
        body();
      },
      it: (name, body) => {
        tree.push(`  ${name}`);
        bodies.push(body);
      },
    },
  );
  expect(tree).toEqual([
    'engine conformance: basic',
    '  set test',
    '  aggregate stats test',
    'engine conformance: robustness',
    '  getIf',
  ]);
  const reasons: unknown[] = [];
  for (const body of bodies) await body({ skip: (reason) => reasons.push(reason) });
  expect(reasons).toEqual(['The contract has no slot for it any more (aggregate_stats).']);
  await expect(bodies[1]?.({})).resolves.toBeUndefined();
});

test('rejects with the failure of the engine', async () => {
  const bodies: ((running: RunningTest) => Promise<void>)[] = [];
  defineConformance(
    { engine: 'nobucket', only: /^add test$/ },
    { describe: (_name, body) => body(), it: (_name, body) => bodies.push(body) },
  );
  await expect(bodies[0]?.({})).rejects.toThrow(/expected ENGINE_SUCCESS, got ENGINE_NO_BUCKET/);
});

test('in node:test', () => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-node-test-'));
  try {
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const project = join(folder, 'tsconfig.json');
    const compilerOptions = {
      noEmit: false,
      declaration: false,
      isolatedDeclarations: false,
      outDir: join(folder, 'out'),
      rootDir: ROOT,
      typeRoots: [join(ROOT, 'node_modules/@types')],
    };
    const include = [
      join(ROOT, 'reference/conformance/index.ts'),
      join(ROOT, 'reference/engines/default/index.ts'),
    ];
    writeFileSync(
      project,
      JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, include }),
    );
    execFileSync(process.execPath, [compiler, '-p', project], { encoding: 'utf8' });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(
      join(folder, 'engine.test.mjs'),
      `import { describe, it } from 'node:test';
       import { defineConformance } from './out/reference/conformance/index.js';
       const only = /^(set|LRU|aggregate stats) test$/;
       defineConformance({ engine: './out/reference/engines/default/index.js', cwd: import.meta.dirname, only }, { describe, it });
      `,
    );
    const env = { ...process.env };
    delete env['NODE_TEST_CONTEXT'];
    const tap = execFileSync(
      process.execPath,
      ['--test', '--test-reporter=tap', join(folder, 'engine.test.mjs')],
      { encoding: 'utf8', env },
    );
    expect(tap).toMatch(/# Subtest: engine conformance: basic/);
    expect(tap).toMatch(/ok \d - set test/);
    expect(tap).toMatch(/ok \d - LRU test/);
    expect(tap).toMatch(/ok \d - aggregate stats test # SKIP The contract has no slot for it any more/);
    expect(tap).toMatch(/# pass 2\n/);
    expect(tap).toMatch(/# skipped 1\n/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
