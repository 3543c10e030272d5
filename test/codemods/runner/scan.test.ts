import { expect, test } from 'vitest';
import { scan } from '../../../codemods/runner/scan.ts';
import { readSources } from '../../../codemods/runner/sources.ts';
import { temporaryTree } from '../../support/temporary-tree.ts';

test('answers the files that mention the contract and reads every file', () => {
  const root = temporaryTree({ 'a.c': 'slot', 'b.c': 'other', 'c.c': Buffer.from('slot\0'), 'd.c': 'slot' });
  const sources = readSources(root, ['a.c', 'b.c', 'c.c', 'd.c']);
  expect(scan(sources, (text) => text.includes('slot'))).toEqual(['a.c', 'd.c']);
  expect(sources.failures()).toEqual([{ file: 'c.c', reason: 'binary' }]);
});
