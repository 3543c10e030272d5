import { describe, expect, test } from 'vitest';
import { Datatype } from '../../../reference/protocol/datatype.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import { Status } from '../../../reference/protocol/status.ts';
import type { Acceptance } from '../../../reference/protocol/validators.ts';
import { bytesOf } from './golden-packets.ts';
import { EVERYTHING, validate, validateExtras } from './validate-packet.ts';

describe('what the lengths of a DCP message do not say', () => {
  test('DCP_SET_VBUCKET_STATE sets a state, 1 to 4', () => {
    for (let state = 0; state < 256; state++) {
      expect(validate({ opcode: Opcode.DcpSetVbucketState, extras: Uint8Array.of(state) })).toBe(
        state >= 1 && state <= 4 ? Status.Success : Status.Einval,
      );
    }
  });

  test('DCP_OPEN has flags that go together', () => {
    const PRODUCER = 1;
    const NOTIFIER = 2;
    const COLLECTIONS = 16;
    const open = (flags: number, value = ''): number => {
      const extras = Buffer.alloc(8);
      extras.writeUInt32BE(flags, 4);
      return validate({ opcode: Opcode.DcpOpen, extras, key: 'replica', value });
    };
    for (let flags = 0; flags < 64; flags++) {
      const known = flags < 32;
      const together = (flags & NOTIFIER) === 0 || flags === NOTIFIER;
      expect(open(flags), `flags ${flags}`).toBe(known && together ? Status.Success : Status.Einval);
    }
    expect(open(0x8000_0000)).toBe(Status.Einval);
    expect(open(PRODUCER, '{}')).toBe(Status.Einval);
    expect(open(PRODUCER | COLLECTIONS, '{}')).toBe(Status.Success);
  });

  test('DCP_ADD_STREAM takes 1, 2, 4 and 16, and no NO_VALUE', () => {
    for (let flags = 0; flags < 64; flags++) {
      const extras = Uint8Array.of(0, 0, 0, flags);
      const known = (flags & ~(1 | 2 | 4 | 16)) === 0;
      expect(validate({ opcode: Opcode.DcpAddStream, extras })).toBe(known ? Status.Success : Status.Einval);
    }
    expect(validateExtras(Opcode.DcpAddStream, '80000000')).toBe(Status.Einval);
  });

  test('DCP_SYSTEM_EVENT is one of three', () => {
    for (let event = 0; event < 6; event++) {
      const notation = `ffffffffffffffff 0000000${event}`;
      expect(validateExtras(Opcode.DcpSystemEvent, notation)).toBe(
        event < 3 ? Status.Success : Status.Einval,
      );
    }
    expect(validateExtras(Opcode.DcpSystemEvent, '0000000000000000 01000000')).toBe(Status.Einval);
  });

  test.each([
    [Opcode.DcpMutation, 31],
    [Opcode.DcpDeletion, 18],
    [Opcode.DcpExpiration, 18],
  ])(
    'the document of opcode %i carries the length of its collection where the connection has any',
    (opcode, extlen) => {
      const collections: Acceptance = { ...EVERYTHING, collections: true };
      const key = 'beerduff';
      const without = { opcode, key, extras: Buffer.alloc(extlen) };
      const within = { opcode, key, extras: Buffer.alloc(extlen + 1) };
      expect(validate(without)).toBe(Status.Success);
      expect(validate(within)).toBe(Status.Einval);
      expect(validate(without, collections)).toBe(Status.Einval);
      expect(validate(within, collections)).toBe(Status.Success);
    },
  );

  test.each([
    [Opcode.DcpMutation, 31, 28],
    [Opcode.DcpDeletion, 18, 16],
  ])('the meta of opcode %i is no longer than what follows the key', (opcode, extlen, at) => {
    const extras = Buffer.alloc(extlen);
    extras.writeUInt16BE(5, at);
    expect(validate({ opcode, key: 'cat', extras, value: 'metas' })).toBe(Status.Success);
    expect(validate({ opcode, key: 'cat', extras, value: 'meta' })).toBe(Status.Einval);
  });

  test('an expiration has no meta, as it has no value', () => {
    const extras = Buffer.alloc(18);
    extras[17] = 1;
    expect(validate({ opcode: Opcode.DcpExpiration, key: 'cat', extras })).toBe(Status.Einval);
  });

  test.each([
    ['DCP_MUTATION', Opcode.DcpMutation, 31],
    ['DCP_DELETION', Opcode.DcpDeletion, 18],
    ['SET_WITH_META', Opcode.SetWithMeta, 24],
  ])('%s that says it has xattrs has some that are well formed', (_, opcode, extlen) => {
    const packet = { opcode, key: 'cat', extras: Buffer.alloc(extlen), datatype: Datatype.Xattr };
    const blob = bytesOf("0000000d 00000009 '_sync' 00 '1' 00");
    blob.writeUInt32BE(blob.length - 8, 4);
    blob.writeUInt32BE(blob.length - 4, 0);
    expect(validate({ ...packet, value: blob })).toBe(Status.Success);
    expect(validate({ ...packet, value: Buffer.concat([blob, Buffer.from('{}')]) })).toBe(Status.Success);
    expect(validate({ ...packet, value: blob.subarray(0, -1) })).toBe(Status.XattrEinval);
    expect(validate({ ...packet, value: '{}' })).toBe(Status.XattrEinval);
    expect(validate({ ...packet, value: '' })).toBe(Status.XattrEinval);
    expect(validate({ ...packet, datatype: 0, value: '{}' })).toBe(Status.Success);
  });
});
