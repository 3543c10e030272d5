import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonDocument } from '../../../reference/protocol/json-document.ts';

const isJson = (value: string | Buffer): boolean => {
  const bytes = Buffer.from(value);
  // Somewhere in a connection's input, between other packets.
  const input = Buffer.concat([Buffer.from('{"}'), bytes, Buffer.from('"]')]);
  return isJsonDocument(input, 3, 3 + bytes.length);
};

describe('isJsonDocument', () => {
  it('takes every JSON text', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.stringMatching(/^[ \t\r\n]{0,3}$/), (json, space) => {
        expect(isJson(`${space}${json}${space}`)).toBe(true);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it.each(['0', '-1.5e+3', '""', 'true', 'false', 'null', '[]', '{}', ' {"airport": "MUC"}\n', '"é€😀"'])(
    'takes %j',
    (text) => {
      expect(isJson(text)).toBe(true);
    },
  );

  it.each([
    '',
    '   ',
    'airport',
    '{"airport": }',
    "{'airport': 'MUC'}",
    '[1, 2,]',
    '{"a":1}{"b":2}',
    'tree',
    'nul',
    '01',
    '1e',
    '-',
    '"',
    '"\n"',
    '\ufeff{}',
    '\u00a0{}',
    'NaN',
  ])('refuses %j', (text) => {
    expect(isJson(text)).toBe(false);
  });

  it('refuses what is no UTF-8', () => {
    expect(isJson(Buffer.from([0x22, 0xff, 0x22]))).toBe(false);
    expect(isJson(Buffer.from([0x22, 0xc3, 0x22]))).toBe(false);
  });

  it('says of any bytes what a parser says', () => {
    const parses = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const text = fc.string({
      unit: fc.constantFrom(...'{}[]",:0123456789.-+eE truefalsn\\\n'),
      maxLength: 8,
    });
    fc.assert(
      fc.property(text, (candidate) => {
        expect(isJson(candidate)).toBe(parses(candidate));
      }),
      { seed: 3, numRuns: 3000 },
    );
  });
});
