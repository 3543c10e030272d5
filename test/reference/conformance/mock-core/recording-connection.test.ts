// Today's connection of the mock core: order, copies, and memory that is watched until it is released.
import { describe, expect, test } from 'vitest';
import { RecordingConnection } from '../../../../reference/conformance/mock-core/recording-connection.ts';
import { Violations } from '../../../../reference/conformance/mock-core/violations.ts';

function open(): { connection: RecordingConnection; violations: Violations } {
  const violations = new Violations();
  const connection = new RecordingConnection(violations);
  connection.isOpen = true;
  return { connection, violations };
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe('a recording connection', () => {
  test('keeps the order of copies and chains, and takes nothing for nothing', () => {
    const { connection, violations } = open();
    connection.copyToOutputStream(Buffer.from('header '));
    connection.chainDataToOutputStream(Buffer.from('value '), () => {});
    connection.copyToOutputStream(new Uint8Array(0));
    connection.copyToOutputStream(Buffer.from('trailer'));
    expect(text(connection.sent())).toBe('header value trailer');
    expect(() => connection.chainDataToOutputStream(new Uint8Array(0), () => {})).toThrow(RangeError);
    expect(connection.outstanding).toBe(1);
    violations.check();
  });

  test('copies at once, also from a Buffer', () => {
    const { connection } = open();
    const memory = Buffer.from('before');
    connection.copyToOutputStream(memory);
    memory.fill('x');
    expect(text(connection.sent())).toBe('before');
  });

  test('releases once, and tells of memory that changed', () => {
    const { connection, violations } = open();
    const [kept, changed] = [Buffer.from('kept'), Buffer.from('changed')];
    const released: string[] = [];
    connection.chainDataToOutputStream(kept, () => released.push('kept'));
    connection.chainDataToOutputStream(changed, () => released.push('changed'));
    changed[3] = 0;
    connection.settle();
    connection.settle();
    expect(released).toEqual(['kept', 'changed']);
    expect(text(connection.sent())).toBe('keptchanged');
    expect(() => violations.check()).toThrow(
      'memory given to chainDataToOutputStream changed before its release (byte 3).',
    );
  });

  test('tells of calls between commands, of what is no memory, and of releases that throw', () => {
    const { connection, violations } = open();
    connection.copyToOutputStream('text' as never);
    connection.copyToOutputStream(undefined as never);
    connection.chainDataToOutputStream(Buffer.from('x'), undefined as never);
    connection.chainDataToOutputStream(Buffer.from('x'), () => {
      throw new Error('twice');
    });
    connection.settle();
    connection.isOpen = false;
    connection.copyToOutputStream(Buffer.from('late'));
    expect(text(connection.sent())).toBe('x');
    let message = '';
    try {
      violations.check();
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain('copyToOutputStream got "text" in place of bytes');
    expect(message).toContain('copyToOutputStream got undefined in place of bytes');
    expect(message).toContain('chainDataToOutputStream got (1 bytes "x", undefined)');
    expect(message).toContain('a release given to chainDataToOutputStream threw Error: twice');
    expect(message).toContain('copyToOutputStream was called while no slot of this cookie ran');
    violations.check();
  });
});
