// The old connection of the mock core: pointers are read when they are sent, and everything is kept until then.
import { describe, expect, test } from 'vitest';
import { RecordingV1Connection } from '../../../../reference/conformance/mock-core/recording-v1-connection.ts';
import { Violations } from '../../../../reference/conformance/mock-core/violations.ts';
import { TransmitResult } from '../../../../reference/engine/v1.ts';

function open(): { connection: RecordingV1Connection; violations: Violations; released: object[] } {
  const violations = new Violations();
  const released: object[] = [];
  const connection = new RecordingV1Connection(violations, (item) => released.push(item));
  connection.isOpen = true;
  return { connection, violations, released };
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe('a recording connection of the old contract', () => {
  test('sends one message per call, and releases what it kept with the last one', () => {
    const { connection, violations, released } = open();
    const item = { key: 'anchor' };
    connection.addMsgHdr(true);
    connection.addIov(Buffer.from('one '));
    connection.addIov(new Uint8Array(0));
    connection.addMsgHdr(false);
    connection.addIov(Buffer.from('two'));
    expect(connection.reserveItem(item)).toBe(true);
    expect(connection.pushTempAlloc(Buffer.from('scratch'))).toBe(true);
    expect(connection.outstanding).toBe(4);
    expect(connection.transmit()).toBe(TransmitResult.Incomplete);
    expect(released).toEqual([]);
    expect(connection.transmit()).toBe(TransmitResult.Complete);
    expect(released).toEqual([item]);
    expect(connection.outstanding).toBe(0);
    expect(text(connection.sent())).toBe('one two');
    violations.check();
  });

  test('forgets what is queued where a message begins with a reset', () => {
    const { connection } = open();
    connection.addMsgHdr(true);
    connection.addIov(Buffer.from('success'));
    connection.addMsgHdr(true);
    connection.addIov(Buffer.from('failure'));
    connection.settle();
    expect(text(connection.sent())).toBe('failure');
  });

  test('gives items back also where the connection dies', () => {
    const { connection, released } = open();
    connection.addMsgHdr(true);
    connection.addIov(Buffer.from('never read'));
    connection.reserveItem({});
    connection.isOpen = false;
    connection.settle();
    connection.settle();
    expect(released).toHaveLength(1);
  });

  test('tells of memory that changed before it was sent', () => {
    const { connection, violations } = open();
    const memory = Buffer.from('as queued');
    connection.addMsgHdr(true);
    connection.addIov(memory);
    memory[1] = 0;
    connection.transmit();
    expect(() => violations.check()).toThrow('memory given to addIov changed before it was sent (byte 1).');
  });

  test('takes parts of memory through sendmsg', () => {
    const { connection } = open();
    const iov = (part: string, iovLen: number): { iovBase: Uint8Array; iovLen: number } => ({
      iovBase: Buffer.from(part),
      iovLen,
    });
    expect(connection.sendmsg({ msgIov: [iov('header', 4), iov('value', 5)] })).toBe(9);
    expect(text(connection.sent())).toBe('headvalue');
  });

  test('tells of an iovec without a message, and of calls between commands', () => {
    const { connection, violations } = open();
    connection.addIov(Buffer.from('x'));
    expect(() => violations.check()).toThrow('addIov was called before addMsgHdr.');
    connection.isOpen = false;
    expect(connection.transmit()).toBe(TransmitResult.HardError);
    expect(connection.reserveItem({})).toBe(false);
    expect(connection.pushTempAlloc(Buffer.from('x'))).toBe(false);
    expect(connection.sendmsg({ msgIov: [] })).toBe(-1);
    connection.addMsgHdr(true);
    expect(() => violations.check()).toThrow(
      /transmit was called while no slot .* addMsgHdr was called while/,
    );
  });
});
