import { expect, test } from 'vitest';
import { nearestName } from '../../../codemods/command-line/nearest-name.ts';

test.each([
  ['chekc', 'check'],
  ['chek', 'check'],
  ['CHECK', 'check'],
  ['expl', 'explain'],
  ['lsit', 'list'],
  ['zzzzz', undefined],
  ['', undefined],
])('takes %j for %j', (word, name) => {
  expect(nearestName(word, ['check', 'explain', 'list', 'run'])).toBe(name);
});
