import { describe, expect, test } from 'vitest';
import { Opcode, opcodeName, ServerOpcode, serverOpcodeName } from '../../../reference/protocol/opcode.ts';

describe('opcodes', () => {
  test('have the names of the protocol', () => {
    const names: Readonly<Record<number, string>> = {
      [0x00]: 'GET',
      [0x09]: 'GETQ',
      [0x0d]: 'GETKQ',
      [0x20]: 'SASL_LIST_MECHS',
      [0x3d]: 'SET_VBUCKET',
      [0x48]: 'GET_ALL_VB_SEQNOS',
      [0x57]: 'DCP_MUTATION',
      [0x5d]: 'DCP_BUFFER_ACKNOWLEDGEMENT',
      [0x89]: 'SELECT_BUCKET',
      [0xa1]: 'GETQ_META',
      [0xcb]: 'SUBDOC_ARRAY_PUSH_LAST',
      [0xfd]: 'EWOULDBLOCK_CTL',
      [0xff]: 'INVALID',
    };
    for (const [opcode, name] of Object.entries(names)) expect(opcodeName(Number(opcode))).toBe(name);
  });

  test('without a name are shown as numbers', () => {
    expect([opcodeName(0xe7), opcodeName(0x84)]).toEqual(['0xe7', '0x84']);
  });

  test('are all different bytes, and so are their names', () => {
    const opcodes = Object.values(Opcode);
    expect(new Set(opcodes).size).toBe(opcodes.length);
    expect(opcodes.every((opcode) => opcode >= 0 && opcode <= 0xff)).toBe(true);
    expect(new Set(opcodes.map(opcodeName)).size).toBe(opcodes.length);
  });

  test('fill the ranges that the protocol gave out without a gap', () => {
    const named = (from: number, to: number): boolean => {
      for (let opcode = from; opcode <= to; opcode++) {
        if (opcodeName(opcode).startsWith('0x')) return false;
      }
      return true;
    };
    expect(named(0x00, 0x29)).toBe(true);
    expect(named(0x30, 0x48)).toBe(true);
    expect(named(0x50, 0x5f)).toBe(true);
    expect(named(0xa0, 0xaa)).toBe(true);
    expect(named(0xb0, 0xb9)).toBe(true);
    expect(named(0xc5, 0xd2)).toBe(true);
  });

  test('of the server are numbered anew', () => {
    expect(serverOpcodeName(ServerOpcode.ClustermapChangeNotification)).toBe(
      'CLUSTERMAP_CHANGE_NOTIFICATION',
    );
    expect(serverOpcodeName(0x00)).toBe('0x00');
  });
});
