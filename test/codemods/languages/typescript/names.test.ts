import { describe, expect, test } from 'vitest';
import { lineMapping } from '../../../../codemods/languages/typescript/line-mapping.ts';
import { looksLike, nameDistance } from '../../../../codemods/languages/typescript/names.ts';
import { alignParameters } from '../../../../codemods/languages/typescript/parameter-alignment.ts';
import {
  normalizePath,
  relativePath,
  withoutExtension,
} from '../../../../codemods/languages/typescript/paths.ts';

describe('looksLike', () => {
  test.each([
    ['responsHandler', 'responseHandler'],
    ['response_handler', 'responseHandler'],
    ['ResponseHandler', 'responseHandler'],
    ['onRolback', 'onRollback'],
  ])('takes %s for %s', (name, slot) => {
    expect(looksLike(name, slot)).toBe(true);
  });

  test.each([
    ['get', 'set'],
    ['storeIf', 'store'],
    ['_flush', 'flush'],
    ['responseHandler', 'responseHandler'],
    ['systemEvents', 'streamEnd'],
  ])('does not take %s for %s', (name, slot) => {
    expect(looksLike(name, slot)).toBe(false);
  });

  test('counts neighbours that changed places once', () => {
    expect(nameDistance('flsuh', 'flush', 2)).toBe(1);
    expect(nameDistance('flush', 'flush', 2)).toBe(0);
    expect(nameDistance('flush', 'noop', 2)).toBeGreaterThan(2);
  });
});

describe('alignParameters', () => {
  const types = (slots: string, given: string) => (slot: number, index: number) =>
    slots[slot] === given[index];

  test('finds the one that is gone from the middle', () => {
    const { bySlot, swapped } = alignParameters(
      ['handle', 'cookie', 'opaque', 'key'],
      ['handle', 'opaque', 'key'],
      types('hcns', 'hns'),
    );
    expect(bySlot).toEqual([0, undefined, 1, 2]);
    expect(swapped).toEqual([]);
  });

  test('finds names that changed places although their types are the same', () => {
    expect(alignParameters(['keylen', 'bodylen'], ['bodylen', 'keylen'], types('nn', 'nn')).swapped).toEqual([
      [0, 1],
    ]);
  });

  test('finds types that changed places although their names are new', () => {
    expect(alignParameters(['key', 'count'], ['n', 'text'], types('sn', 'ns')).swapped).toEqual([[0, 1]]);
  });

  test('calls what is left over extra', () => {
    expect(alignParameters(['a'], ['a', 'b'], types('n', 'ns')).extra).toEqual([1]);
  });
});

describe('lineMapping', () => {
  test('maps lines around an insertion and a change', () => {
    const toOld = lineMapping('import a\n\none\ntwo\nthree\n', 'import a, b\n\none\nnew line\ntwo!\nthree\n');
    expect([0, 1, 2, 5].map(toOld)).toEqual([0, 1, 2, 4]);
  });
});

describe('paths', () => {
  test('are taken apart without a file system', () => {
    expect(normalizePath('/a/./b/../c')).toBe('/a/c');
    expect(relativePath('/a/b', '/a/c/d.ts')).toBe('../c/d.ts');
    expect(relativePath('/a', '/a/d.ts')).toBe('./d.ts');
    expect(withoutExtension('engine/contract.d.ts')).toBe('engine/contract');
  });
});
