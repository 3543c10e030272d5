import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readContractTexts } from '../../../codemods/runner/contract-texts.ts';
import { temporaryTree } from '../../support/temporary-tree.ts';

describe('readContractTexts', () => {
  test('names a contract of the tree like its other files, and another one as it was given', () => {
    const cwd = temporaryTree({ 'tree/include/in.h': 'in', 'out.h': 'out' });
    const place = { cwd, root: join(cwd, 'tree'), files: [] };
    expect(readContractTexts(place, ['tree/include/in.h', 'out.h', join(cwd, 'out.h')])).toEqual([
      { file: 'include/in.h', path: join(cwd, 'tree/include/in.h'), text: 'in' },
      { file: 'out.h', path: join(cwd, 'out.h'), text: 'out' },
      { file: join(cwd, 'out.h'), path: join(cwd, 'out.h'), text: 'out' },
    ]);
  });

  test('tells a contract from a file of the tree with the same name', () => {
    const cwd = temporaryTree({ 'tree/dcp.h': 'in', 'dcp.h': 'out' });
    const place = { cwd, root: join(cwd, 'tree'), files: ['dcp.h'] };
    expect(readContractTexts(place, ['dcp.h'])[0]?.file).toBe(join(cwd, 'dcp.h'));
  });

  test.each([
    ['is missing', 'nowhere.h', 'There is no contract file "nowhere.h".'],
    ['is binary', 'bin.h', 'No contract can be read from "bin.h" (binary).'],
    ['is not UTF-8', 'latin.h', 'No contract can be read from "latin.h" (not-utf8).'],
    ['is a folder', 'folder.h', 'No contract can be read from "folder.h" (EISDIR).'],
  ])('says when a contract %s', (_, name, message) => {
    const cwd = temporaryTree({
      'bin.h': Buffer.from([0]),
      'latin.h': Buffer.from([0xe9]),
      'folder.h/x': '',
    });
    expect(() => readContractTexts({ cwd, root: cwd, files: [] }, [name])).toThrowError(
      expect.objectContaining({ code: 'contract-unreadable', message }),
    );
  });
});
