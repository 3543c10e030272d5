// Keys that are lent for one call: nothing is lost on the way, and nothing is left afterwards.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyText, LentKey } from '../../../reference/conformance/lent-key.ts';

test('text and bytes are the same key', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 250 }), (bytes) => {
      const key = new LentKey(bytes);
      expect(key.data).toEqual(new Uint8Array(bytes));
      expect(new LentKey(key.text).data).toEqual(key.data);
      expect(keyText(key.data)).toBe(key.text);
    }),
  );
});

test('what an engine kept turns into another key, what it sliced stays', () => {
  const key = new LentKey('anchor');
  const { data, text } = key;
  const slice = data.slice();
  key.takeBack();
  expect([key.text, keyText(data)]).toEqual(['~~~~~~', '~~~~~~']);
  expect([text, keyText(slice)]).toEqual(['anchor', 'anchor']);
});
