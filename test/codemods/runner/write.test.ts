import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeResults } from '../../../codemods/runner/write.ts';
import { git, has, temporaryTree } from '../../support/temporary-tree.ts';

const safe = { allowDirty: false };
const change = (file: string) => ({ file, original: 'old\r\n', edited: '\uFEFFnew\r\n' });
const tree = (...names: string[]) =>
  temporaryTree(Object.fromEntries(names.map((name) => [name, 'old\r\n'])));
const textOf = (root: string, file: string): string => readFileSync(join(root, file), 'utf8');

describe('writeResults', () => {
  test('writes every byte of the new text and answers the files that changed', () => {
    const root = tree('a.c', 'x/b.c', 'c.c');
    const same = { file: 'c.c', original: 'old\r\n', edited: 'old\r\n' };
    expect(writeResults(root, [change('a.c'), change('x/b.c'), same], safe)).toEqual({
      written: ['a.c', 'x/b.c'],
    });
    expect(textOf(root, 'a.c')).toBe('\uFEFFnew\r\n');
    expect(textOf(root, 'x/b.c')).toBe('\uFEFFnew\r\n');
    expect(readdirSync(root).sort()).toEqual(['a.c', 'c.c', 'x']);
  });

  test('keeps the permissions', () => {
    const root = tree('a.c');
    chmodSync(join(root, 'a.c'), 0o757);
    writeResults(root, [change('a.c')], safe);
    expect(statSync(join(root, 'a.c')).mode & 0o777).toBe(0o757);
  });

  test('writes through a link', () => {
    const root = tree('a.c');
    symlinkSync('a.c', join(root, 'link.c'));
    writeResults(root, [change('link.c')], safe);
    expect(lstatSync(join(root, 'link.c')).isSymbolicLink()).toBe(true);
    expect(textOf(root, 'a.c')).toBe('\uFEFFnew\r\n');
  });

  test('refuses files that changed, vanished or are read-only, and then writes none', () => {
    const root = tree('a.c', 'changed.c', 'gone.c', 'binary.c', 'locked.c');
    writeFileSync(join(root, 'changed.c'), 'older\r\n');
    writeFileSync(join(root, 'binary.c'), Buffer.from([0]));
    rmSync(join(root, 'gone.c'));
    chmodSync(join(root, 'locked.c'), 0o444);
    const results = ['a.c', 'binary.c', 'changed.c', 'gone.c', 'locked.c'].map(change);
    expect(writeResults(root, results, { allowDirty: true })).toEqual({
      refused: [
        { file: 'binary.c', reason: 'changed' },
        { file: 'changed.c', reason: 'changed' },
        { file: 'gone.c', reason: 'vanished' },
        { file: 'locked.c', reason: 'read-only' },
      ],
    });
    expect(textOf(root, 'a.c')).toBe('old\r\n');
  });

  test('sees a change that leaves the text but not the bytes alike', () => {
    const root = temporaryTree({ 'a.c': Buffer.from([0xff]) });
    expect(writeResults(root, [{ file: 'a.c', original: '\uFFFD', edited: 'x' }], safe)).toEqual({
      refused: [{ file: 'a.c', reason: 'changed' }],
    });
  });
});

describe.skipIf(!has('git'))('writeResults in a git tree', () => {
  function committed(): string {
    const root = tree('a.c', 'sub/b.c');
    git(root, 'init', '-q');
    git(root, 'add', '.');
    git(root, 'commit', '-q', '-m', 'Start');
    return root;
  }

  test('writes files that are committed', () => {
    expect(writeResults(committed(), [change('a.c'), change('sub/b.c')], safe)).toEqual({
      written: ['a.c', 'sub/b.c'],
    });
  });

  test('refuses files with uncommitted changes, new and staged ones, too, unless allowed', () => {
    const root = committed();
    writeFileSync(join(root, 'a.c'), 'changed');
    writeFileSync(join(root, 'new.c'), 'old\r\n');
    writeFileSync(join(root, 'staged.c'), 'old\r\n');
    git(root, 'add', 'staged.c');
    const results = [
      { file: 'a.c', original: 'changed', edited: 'x' },
      change('new.c'),
      change('staged.c'),
      change('sub/b.c'),
    ];
    expect(writeResults(root, results, safe)).toEqual({
      refused: ['a.c', 'new.c', 'staged.c'].map((file) => ({ file, reason: 'uncommitted' })),
    });
    expect(textOf(root, 'sub/b.c')).toBe('old\r\n');
    expect(writeResults(root, results, { allowDirty: true })).toHaveProperty('written.length', 4);
  });

  test('knows names relative to a root below the top, with blanks and other letters', () => {
    const root = committed();
    writeFileSync(join(root, 'sub/ü ber.c'), 'old\r\n');
    expect(writeResults(join(root, 'sub'), [change('ü ber.c')], safe)).toHaveProperty(
      'refused.0.file',
      'ü ber.c',
    );
    expect(writeResults(join(root, 'sub'), [change('b.c')], safe)).toEqual({ written: ['b.c'] });
  });
});
