import { describe, expect, test } from 'vitest';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { validate, validateExtras } from './validate-packet.ts';

describe('what the lengths of a command do not say', () => {
  test('FLUSH is now or never', () => {
    for (const opcode of [Opcode.Flush, Opcode.Flushq]) {
      expect(validateExtras(opcode, '00000000')).toBe(Status.Success);
      expect(validateExtras(opcode, '00000001')).toBe(Status.NotSupported);
      expect(validateExtras(opcode, '80000000')).toBe(Status.NotSupported);
    }
  });

  test('HELLO has whole features', () => {
    expect(validate({ opcode: Opcode.Hello, key: 'tester', value: Buffer.alloc(3) })).toBe(Status.Einval);
    expect(validate({ opcode: Opcode.Hello, key: 'odd', value: Buffer.alloc(4) })).toBe(Status.Success);
  });

  test('GET_META knows the versions 0 to 2', () => {
    const key = 'user::1';
    for (let version = 0; version < 256; version++) {
      expect(validate({ opcode: Opcode.GetMeta, extras: Uint8Array.of(version), key })).toBe(
        version <= 2 ? Status.Success : Status.Einval,
      );
    }
  });

  test('SET_CTRL_TOKEN has a token', () => {
    expect(validateExtras(Opcode.SetCtrlToken, '0000000000000000')).toBe(Status.Einval);
    expect(validateExtras(Opcode.SetCtrlToken, '0000000100000000')).toBe(Status.Success);
  });

  test('GET_ALL_VB_SEQNOS names a state, 1 to 4', () => {
    for (let state = 0; state < 256; state++) {
      expect(validate({ opcode: Opcode.GetAllVbSeqnos, extras: Uint8Array.of(0, 0, 0, state) })).toBe(
        state >= 1 && state <= 4 ? Status.Success : Status.Einval,
      );
    }
    expect(validateExtras(Opcode.GetAllVbSeqnos, '01000000')).toBe(Status.Einval);
  });
});
