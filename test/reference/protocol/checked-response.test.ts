import { describe, expect, it } from 'vitest';
import { checkedResponse } from '../../../reference/protocol/checked-response.ts';

describe('a response', () => {
  it('has everything that was left out, empty or 0', () => {
    const nothing = new Uint8Array(0);
    const empty = { extras: nothing, key: nothing, value: nothing };
    expect(checkedResponse({})).toEqual({ status: 0, datatype: 0, cas: 0n, ...empty });
  });

  it('keeps bytes as they are, and copies those that can only be read', () => {
    const key = Buffer.from('walrus');
    const readOnly = { length: 3, slice: () => Uint8Array.of(1, 2, 3) };
    const checked = checkedResponse({ key, value: readOnly, status: 0x84, datatype: 1, cas: 7n });
    expect(checked.key).toBe(key);
    expect(checked).toMatchObject({ value: Uint8Array.of(1, 2, 3), status: 0x84, datatype: 1, cas: 7n });
  });

  it('may be as big as its header can say', () => {
    const most = { key: new Uint8Array(0xffff), extras: new Uint8Array(0xff), status: 0xffff };
    expect(checkedResponse(most)).toMatchObject(most);
  });

  it.each<readonly [string, object]>([
    ['a key that is too long', { key: new Uint8Array(0x1_0000) }],
    ['extras that are too long', { extras: new Uint8Array(0x100) }],
    ['a status of more than 16 bits', { status: 0x1_0000 }],
    ['a status that is no number', { status: 'ok' }],
    ['a cas that is no bigint', { cas: 7 }],
    ['a text', { value: 'tusks' }],
    ['a number', { value: 7 }],
    ['null', { extras: null }],
  ])('refuses %s', (_, parts) => {
    expect(() => checkedResponse(parts)).toThrow();
  });
});
