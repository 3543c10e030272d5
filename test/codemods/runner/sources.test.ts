import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { containsWord, overlaySources, readSources } from '../../../codemods/runner/sources.ts';
import { temporaryTree } from '../../support/temporary-tree.ts';

describe('readSources', () => {
  test('keeps BOM, CR and a missing final newline', () => {
    const text = '\uFEFFa\r\nb\rc';
    const root = temporaryTree({ 'a.c': text });
    expect(readSources(root, ['a.c']).read('a.c')).toBe(text);
  });

  test('tells why a file has no text', () => {
    const root = temporaryTree({
      'bin.c': Buffer.from([0x61, 0, 0x62]),
      'latin.c': Buffer.from([0x63, 0xe9, 0x0a]),
      'utf16.c': Buffer.from('\uFEFFint', 'utf16le'),
      'fine.c': 'replacement \uFFFD is a character, too',
    });
    const sources = readSources(root, ['bin.c', 'fine.c', 'gone.c', 'latin.c', 'utf16.c']);
    expect(sources.files.filter((file) => sources.read(file) !== undefined)).toEqual(['fine.c']);
    expect(sources.failures()).toEqual([
      { file: 'bin.c', reason: 'binary' },
      { file: 'gone.c', reason: 'vanished' },
      { file: 'latin.c', reason: 'not-utf8' },
      { file: 'utf16.c', reason: 'binary' },
    ]);
  });

  test('tells when a file cannot be read at all', () => {
    const root = temporaryTree({ 'folder.c/x': '' });
    const sources = readSources(root, ['folder.c']);
    expect(sources.read('folder.c')).toBeUndefined();
    expect(sources.failures()).toEqual([{ file: 'folder.c', reason: 'unreadable', detail: 'EISDIR' }]);
  });

  test('reads a file once, so that every part sees the same text', () => {
    const root = temporaryTree({ 'a.c': 'before' });
    const sources = readSources(root, ['a.c']);
    sources.read('a.c');
    writeFileSync(join(root, 'a.c'), 'after');
    expect(sources.read('a.c')).toBe('before');
    rmSync(join(root, 'a.c'));
    expect(sources.read('a.c')).toBe('before');
    expect(sources.failures()).toEqual([]);
  });

  test('gives out no file that is not of the tree, except as another one', () => {
    const root = temporaryTree({ 'a.c': 'a', 'tsconfig.json': '{}' });
    const sources = readSources(root, ['a.c']);
    expect(sources.read('tsconfig.json')).toBeUndefined();
    expect(sources.readOther(join(root, 'tsconfig.json'))).toBe('{}');
    expect(sources.readOther('tsconfig.json')).toBe('{}');
    expect(sources.readOther('nowhere.json')).toBeUndefined();
    expect(sources.failures()).toEqual([]);
  });

  test('finds files by whole word', () => {
    const root = temporaryTree({
      'a.c': 'x->open(1)',
      'b.c': 'reopen(open2, _open)',
      'c.c': 'open',
      'd.c': '$open',
    });
    expect(readSources(root, ['a.c', 'b.c', 'c.c', 'd.c']).mentioning('open')).toEqual(['a.c', 'c.c']);
  });
});

describe('overlaySources', () => {
  test('puts edited texts in the place of the ones on disk, for reads and for words', () => {
    const root = temporaryTree({ 'a.c': 'old', 'b.c': 'old', 'c.c': 'new' });
    const overlay = overlaySources(readSources(root, ['a.c', 'b.c', 'c.c']), new Map([['a.c', 'new']]));
    expect(overlay.read('a.c')).toBe('new');
    expect(overlay.read('b.c')).toBe('old');
    expect(overlay.mentioning('old')).toEqual(['b.c']);
    expect(overlay.mentioning('new')).toEqual(['a.c', 'c.c']);
  });
});

test('containsWord agrees with a regular expression', () => {
  const text = fc
    .array(fc.constantFrom('ab', 'a', '_', '$', ' ', '.', '1', 'é'))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (source) => {
      expect(containsWord(source, 'ab')).toBe(/(?<![A-Za-z0-9_$])ab(?![A-Za-z0-9_$])/.test(source));
    }),
  );
});
