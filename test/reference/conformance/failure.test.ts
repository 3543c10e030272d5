// Failure texts: codes by name, values in few words, bytes compared by content.
import { describe, expect, test } from 'vitest';
import {
  ConformanceFailure,
  codeName,
  demandCode,
  demandEqual,
  failureReason,
  show,
} from '../../../reference/conformance/failure.ts';

describe('demands', () => {
  test('name the codes', () => {
    demandCode('store', 0, 0, 1);
    expect(() => demandCode('store', 4, 0, 1)).toThrow(
      new ConformanceFailure('store: expected ENGINE_SUCCESS or ENGINE_KEY_ENOENT, got ENGINE_NOT_STORED.'),
    );
    expect(codeName(99)).toBe('99');
  });

  test('compare bytes by content, and numbers by identity', () => {
    demandEqual('the value', Buffer.from('same'), new Uint8Array(Buffer.from('same')));
    demandEqual('the cas', 5n, 5n);
    expect(() => demandEqual('the value', Buffer.from('one'), Buffer.from('two'))).toThrow(
      'the value: expected 3 bytes "two", got 3 bytes "one".',
    );
    expect(() => demandEqual('the cas', 5, 5n)).toThrow('the cas: expected 5n, got 5.');
  });
});

test('values are shown in few words', () => {
  expect(show(new Uint8Array(30).fill(97))).toBe(`30 bytes "${'a'.repeat(24)}"...`);
  expect(show({ status: 0, item: { key: 'x' }, cas: 5n })).toBe('{status: 0, item: an object, cas: 5n}');
  expect([show(() => 1), show(null), show('x'), show(Promise.resolve())]).toEqual([
    'a function',
    'null',
    '"x"',
    'a promise',
  ]);
});

test('reasons are the message of a failure, and the name of an error with its message', () => {
  expect(failureReason(new ConformanceFailure('get: no.'))).toBe('get: no.');
  expect(failureReason(new TypeError('not a function'))).toBe('TypeError: not a function');
  expect(failureReason('thrown')).toBe('thrown');
});
