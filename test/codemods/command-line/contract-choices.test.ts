import { describe, expect, test } from 'vitest';
import { contractChoices } from '../../../codemods/command-line/contract-choices.ts';
import { shippedContracts } from '../../../codemods/contract/shipped.ts';

const [cpp, typescript] = shippedContracts;

describe('contractChoices', () => {
  test('are the shipped pairs of every language without a file', () => {
    expect(contractChoices([], [])).toEqual([
      { language: 'cpp', from: [cpp?.old], to: [cpp?.new], replacesCopies: false },
      { language: 'typescript', from: [typescript?.old], to: [typescript?.new], replacesCopies: false },
    ]);
  });

  test('are of the languages of the files only', () => {
    expect(contractChoices([], ['dcp.h', 'engine.h'])).toEqual([
      { language: 'cpp', from: [], to: ['dcp.h', 'engine.h'], replacesCopies: true },
    ]);
    expect(contractChoices([], ['contract.d.ts', 'dcp.h']).map(({ language }) => language)).toEqual([
      'cpp',
      'typescript',
    ]);
  });

  test('complete a contract to start from by the shipped one', () => {
    expect(contractChoices(['old.ts'], [])).toEqual([
      { language: 'typescript', from: ['old.ts'], to: [typescript?.new], replacesCopies: false },
    ]);
  });

  test('pair both sides', () => {
    expect(contractChoices(['old.h'], ['new.h'])).toEqual([
      { language: 'cpp', from: ['old.h'], to: ['new.h'], replacesCopies: true },
    ]);
  });

  test.each(['contract.txt', 'Makefile', 'contract.js'])('refuse %s', (file) => {
    expect(() => contractChoices([], [file])).toThrowError(
      expect.objectContaining({ code: 'contract-unknown' }),
    );
  });
});
