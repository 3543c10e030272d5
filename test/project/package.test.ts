import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
/** Where the build takes a file of dist from. */
const sourceOf = (path: string): string => path.replace(/^\.?\/?dist\//, '').replace(/\.d\.ts$|\.js$/, '.ts');

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('the package', () => {
  test('exports and starts only what the build makes of a source', () => {
    const exported = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry as object),
    );
    for (const path of [...exported, ...Object.values(manifest.bin)].map(String)) {
      expect([path, existsSync(join(root, sourceOf(path)))]).toEqual([path, true]);
    }
  });

  test('carries the build, the example engines and the changelog', () => {
    expect(manifest.files).toEqual(['dist', 'fixtures/engines', 'CHANGELOG.md']);
    expect(readFileSync(join(root, 'LICENSE'), 'utf8')).toContain('kv-engine-migrate contributors');
  });

  test('runs no script where it is installed', () => {
    for (const name of ['preinstall', 'install', 'postinstall'])
      expect(manifest.scripts).not.toHaveProperty(name);
  });

  test('depends on permissive licences only', () => {
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect([name, lock.packages[`node_modules/${name}`]?.license]).toEqual([
        name,
        expect.stringMatching(/^(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|MIT OR Apache-2\.0)$/),
      ]);
    }
  });

  test('is locked to what it asks for, without the address of a registry', () => {
    expect(lock.packages[''].dependencies).toEqual(manifest.dependencies);
    expect(lock.packages[''].devDependencies).toEqual(manifest.devDependencies);
    expect(JSON.stringify(lock)).not.toContain('"resolved"');
  });
});

describe('sources', () => {
  const sources = [...filesBelow('codemods'), ...filesBelow('reference')].filter((file) =>
    file.endsWith('.ts'),
  );

  test.each(sources.map((file) => [file.slice(root.length + 1), file]))(
    '%s says what it is for',
    (_, file) => {
      const text = readFileSync(file, 'utf8').replace(/^#!.*\n/, '');
      expect(text).toMatch(/^(\/\/ |\/\*\*)/);
    },
  );

  test('print and exit in the command line only', () => {
    const loud = sources.filter((file) =>
      /\bconsole\.|\bprocess\.(?:exit|std(?:out|err))/.test(readFileSync(file, 'utf8')),
    );
    expect(loud.map((file) => file.slice(root.length + 1))).toEqual(['codemods/cli.ts']);
  });
});
