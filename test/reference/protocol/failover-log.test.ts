import { describe, expect, test } from 'vitest';
import {
  encodeFailoverLog,
  encodeRollbackSeqno,
  readFailoverLog,
  readRollbackSeqno,
} from '../../../reference/protocol/failover-log.ts';
import { bytesOf } from './golden-packets.ts';

const LOG = [
  { uuid: 0xfeeddecan, seqno: 0x5432n },
  { uuid: 0xffff_ffff_ffff_ffffn, seqno: 0n },
];

describe('a failover log', () => {
  test('is 16 bytes an entry, uuid first', () => {
    const value = bytesOf('00000000feeddeca 0000000000005432 ffffffffffffffff 0000000000000000');
    expect(encodeFailoverLog(LOG)).toEqual(value);
    expect(readFailoverLog(value)).toEqual(LOG);
  });

  test('has at least one entry, and no half ones', () => {
    for (const length of [0, 1, 8, 15, 17, 24]) {
      expect(readFailoverLog(Buffer.alloc(length)), `${length} bytes`).toBeUndefined();
    }
    expect(readFailoverLog(Buffer.alloc(16))).toEqual([{ uuid: 0n, seqno: 0n }]);
  });
});

describe('the seqno of a rollback', () => {
  test('is a u64', () => {
    expect(encodeRollbackSeqno(0x8000_0000_0000_0001n)).toEqual(bytesOf('8000000000000001'));
    expect(readRollbackSeqno(bytesOf('8000000000000001'))).toBe(0x8000_0000_0000_0001n);
  });

  test('is 8 bytes and nothing else', () => {
    for (const length of [0, 7, 9, 16]) expect(readRollbackSeqno(Buffer.alloc(length))).toBeUndefined();
  });
});
