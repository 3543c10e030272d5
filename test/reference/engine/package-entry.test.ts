import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageEntry } from '../../../reference/engine/package-entry.ts';
import { temporaryTree } from '../../support/temporary-tree.ts';

const FILES = ['index.js', 'main.js', 'esm.mjs', 'sub.js', 'lib/deep.js'];

/** The entry of a package with this manifest and all of FILES, relative to it. */
function entry(manifest: unknown, subpath = '.'): string | undefined {
  const files = Object.fromEntries(FILES.map((name) => [name, '']));
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  const root = temporaryTree({ ...files, 'package.json': text });
  return packageEntry(root, subpath)?.slice(root.length + 1);
}

describe('the entry of a package', () => {
  test('is what exports says, by the first condition that import has', () => {
    expect(entry({ exports: './esm.mjs', main: './main.js' })).toBe('esm.mjs');
    expect(entry({ exports: { '.': './esm.mjs' } })).toBe('esm.mjs');
    expect(entry({ exports: { require: './main.js', import: './esm.mjs' } })).toBe('esm.mjs');
    expect(entry({ exports: { default: './main.js', import: './esm.mjs' } })).toBe('main.js');
    expect(entry({ exports: { '.': { types: './x.d.ts', node: { import: './esm.mjs' } } } })).toBe('esm.mjs');
    expect(entry({ exports: { node: { require: './main.js' }, default: './esm.mjs' } })).toBe('esm.mjs');
  });

  test('is none where exports leaves it out', () => {
    expect(entry({ exports: { require: './main.js' } })).toBeUndefined();
    expect(entry({ exports: { '.': null, './sub': './sub.js' } })).toBeUndefined();
    expect(entry({ exports: './esm.mjs' }, './sub')).toBeUndefined();
    expect(entry({ exports: { './sub': './sub.js' } }, './lib/deep.js')).toBeUndefined();
  });

  test('of a subpath is what exports says of it, or the file itself', () => {
    expect(entry({ exports: { './sub': { import: './sub.js' } } }, './sub')).toBe('sub.js');
    expect(entry({}, './lib/deep.js')).toBe('lib/deep.js');
  });

  test('is main without exports, and index.js without main', () => {
    expect(entry({ main: './main.js' })).toBe('main.js');
    expect(entry({ name: 'replica' })).toBe('index.js');
    expect(entry('{ broken')).toBe('index.js');
  });

  test('is none where the file is not there, or is a folder', () => {
    expect(entry({ exports: './gone.js' })).toBeUndefined();
    expect(entry({ main: './lib' })).toBeUndefined();
    expect(packageEntry(join(temporaryTree(), 'none'), '.')).toBeUndefined();
  });
});
