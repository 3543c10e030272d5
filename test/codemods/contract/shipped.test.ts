import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shippedContracts } from '../../../codemods/contract/shipped.ts';
import { languages } from '../../../codemods/languages/index.ts';

describe('shipped contracts', () => {
  test('are there for every language, sorted', () => {
    expect(shippedContracts.map(({ language }) => language)).toEqual(languages.map(({ id }) => id));
  });

  for (const shipped of shippedContracts) {
    test(`of ${shipped.language} are two files that are there`, () => {
      expect(shipped.old).not.toBe(shipped.new);
      for (const path of [shipped.old, shipped.new])
        expect([isAbsolute(path), existsSync(path)]).toEqual([true, true]);
    });
  }
});
