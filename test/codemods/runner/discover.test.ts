import { symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { discover } from '../../../codemods/runner/discover.ts';
import { git, has, temporaryTree } from '../../support/temporary-tree.ts';

const wanted = (file: string): boolean => file.endsWith('.c');
const list = (cwd: string, ...paths: string[]) => discover({ cwd, paths, wanted });

describe('discover outside of git', () => {
  test('walks the tree, names files relative to the root and leaves node_modules out', () => {
    const root = temporaryTree({
      'b.c': '',
      'x/a.c': '',
      'x/.hidden/h.c': '',
      'dist/d.c': '',
      'node_modules/p/n.c': '',
      'x/t.txt': '',
    });
    expect(list(root)).toEqual({
      root,
      files: ['b.c', 'dist/d.c', 'x/.hidden/h.c', 'x/a.c'],
      warning: undefined,
    });
  });

  test('takes the given folder as the root', () => {
    const root = temporaryTree({ 'x/a.c': '', 'y/b.c': '' });
    expect(list(root, 'x')).toMatchObject({ root: join(root, 'x'), files: ['a.c'] });
  });

  test('takes the shared folder as the root of several paths, each file once', () => {
    const root = temporaryTree({ 'x/a.c': '', 'y/b.c': '', 'z/c.c': '' });
    expect(list(root, 'x', 'y/b.c', 'x/a.c')).toMatchObject({ root, files: ['x/a.c', 'y/b.c'] });
  });

  test('names a file alone from the current folder', () => {
    const root = temporaryTree({ 'x/a.c': '', 'x/b.c': '' });
    expect(list(root, 'x/a.c')).toMatchObject({ root, files: ['x/a.c'] });
  });

  test('does not follow links, so that they cannot loop', () => {
    const root = temporaryTree({ 'x/a.c': '' });
    symlinkSync('..', join(root, 'x/up'));
    symlinkSync('a.c', join(root, 'x/same.c'));
    expect(list(root).files).toEqual(['x/a.c']);
  });

  test('says which path is missing', () => {
    const root = temporaryTree();
    expect(() => list(root, 'nowhere')).toThrowError(
      expect.objectContaining({ code: 'path-missing', message: 'There is no file or folder "nowhere".' }),
    );
  });

  test('answers no file for an empty folder', () => {
    expect(list(temporaryTree()).files).toEqual([]);
  });
});

describe.skipIf(!has('git'))('discover in a git tree', () => {
  test('honours .gitignore and takes tracked and new files', () => {
    const root = temporaryTree({
      '.gitignore': 'out/\n',
      'a.c': '',
      'out/o.c': '',
      'new.c': '',
      'sub dir/ü.c': '',
    });
    git(root, 'init', '-q');
    git(root, 'add', 'a.c');
    expect(list(root).files).toEqual(['a.c', 'new.c', 'sub dir/ü.c']);
    expect(list(root, 'sub dir').files).toEqual(['ü.c']);
  });

  test('leaves out files that were deleted and links', () => {
    const root = temporaryTree({ 'a.c': '', 'gone.c': '' });
    symlinkSync('a.c', join(root, 'link.c'));
    git(root, 'init', '-q');
    git(root, 'add', '.');
    unlinkSync(join(root, 'gone.c'));
    expect(list(root).files).toEqual(['a.c']);
  });

  test('looks into an ignored folder that was given by name', () => {
    const root = temporaryTree({ '.gitignore': 'out/\n', 'out/o.c': '' });
    git(root, 'init', '-q');
    expect(list(root, 'out').files).toEqual(['o.c']);
  });

  test('warns and walks when git cannot list the tree', () => {
    const root = temporaryTree({ '.git/broken': '', 'a.c': '' });
    const found = list(root);
    expect(found.files).toEqual(['a.c']);
    expect(found.warning).toContain('.gitignore');
  });
});
