import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  IOV_LIST_HIGHWAT,
  IOV_LIST_INITIAL,
  IOV_MAX,
  MsghdrList,
} from '../../../reference/legacy/msghdr-list.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** What is queued, message by message, as one sendmsg after the other would take it. */
function messages(list: MsghdrList): string[] {
  const texts: string[] = [];
  while (list.bytes > 0) {
    const chunks: Uint8Array[] = [];
    const length = list.gather(Number.POSITIVE_INFINITY, chunks);
    texts.push(Buffer.concat(chunks).toString());
    list.adjust(length);
  }
  return texts;
}

describe('the iov list', () => {
  test('queues pointers, not copies', () => {
    const list = new MsghdrList();
    const value = bytes('cold');
    list.addIov(value);
    value.set(bytes('warm'));
    expect(messages(list)).toEqual(['warm']);
  });

  test('takes no notice of no bytes', () => {
    const list = new MsghdrList();
    list.addIov(bytes(''));
    expect([list.bytes, list.messages, list.iovusedHighWatermark]).toEqual([0, 0, 0]);
  });

  test('doubles when it is full, and is short again once it is empty', () => {
    const list = new MsghdrList();
    const capacities = new Set<number>();
    for (let i = 0; i < 100; i++) {
      list.addIov(bytes('x'));
      capacities.add(list.capacity);
    }
    expect([...capacities]).toEqual([10, 20, 40, 80, 160]);
    list.clear();
    expect(list.capacity).toBe(IOV_LIST_INITIAL);
    for (let i = 0; i < IOV_LIST_HIGHWAT - 10; i++) list.addIov(bytes('x'));
    list.clear();
    expect(list.capacity).toBe(40);
  });

  test('begins a new message after IOV_MAX iovecs', () => {
    const list = new MsghdrList();
    const words = Array.from({ length: 3000 }, (_, i) => `${i},`);
    for (const word of words) list.addIov(bytes(word));
    expect(list.messages).toBe(3);
    expect(list.msgusedHighWatermark).toBe(3);
    expect(list.iovusedHighWatermark).toBe(3000);
    expect(messages(list)).toEqual([
      words.slice(0, IOV_MAX).join(''),
      words.slice(IOV_MAX, 2 * IOV_MAX).join(''),
      words.slice(2 * IOV_MAX).join(''),
    ]);
  });

  test('begins a message where it is told to, and passes over empty ones', () => {
    const list = new MsghdrList();
    list.addMsgHdr(true);
    list.addIov(bytes('header '));
    list.addMsgHdr(false);
    list.addMsgHdr(false);
    list.addIov(bytes('value'));
    expect(list.messages).toBe(2);
    expect(messages(list)).toEqual(['header ', 'value']);
  });

  test('forgets what is queued when a message begins with a reset', () => {
    const list = new MsghdrList();
    list.addIov(bytes('success'));
    list.addMsgHdr(true);
    list.addIov(bytes('no memory'));
    expect(list.bytes).toBe(9);
    expect(messages(list)).toEqual(['no memory']);
  });

  test('goes on where the kernel stopped, wherever that is', () => {
    const words = ['GET', ' ', 'user::1', '\r\n', 'a longer value'];
    const whole = words.join('');
    for (let first = 0; first <= whole.length; first++) {
      const list = new MsghdrList();
      for (const word of words) list.addIov(bytes(word));
      list.adjust(first);
      expect(list.bytes).toBe(whole.length - first);
      expect(messages(list).join('')).toBe(whole.slice(first));
    }
  });

  test('keeps every byte in order, whatever is queued, sent and taken back', () => {
    const word = fc.string({ maxLength: 12, unit: 'grapheme-ascii' });
    const step = fc.oneof(
      fc.record({ add: word }),
      fc.record({ send: fc.nat(20) }),
      fc.record({ drop: fc.nat(20) }),
      fc.constant({ begin: true }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const list = new MsghdrList();
        let expected = '';
        let sent = '';
        let model = '';
        for (const each of steps) {
          if ('add' in each) {
            list.addIov(bytes(each.add));
            model += each.add;
          } else if ('send' in each) {
            const chunks: Uint8Array[] = [];
            const length = list.gather(each.send, chunks);
            sent += Buffer.concat(chunks).toString();
            list.adjust(length);
            expected += model.slice(0, length);
            model = model.slice(length);
          } else if ('drop' in each) {
            list.dropLast(each.drop);
            model = model.slice(0, Math.max(0, model.length - each.drop));
          } else {
            list.addMsgHdr(false);
          }
          if (list.bytes !== model.length) return false;
        }
        return sent + messages(list).join('') === expected + model;
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});
