import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Datatype } from '../../../reference/protocol/datatype.ts';
import { opcodeName } from '../../../reference/protocol/opcode.ts';
import { rawHeader } from '../../../reference/protocol/packet.ts';
import { RequestFrame } from '../../../reference/protocol/request-frame.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { frameProblem, hasLayout, isQuiet, validateRequest } from '../../../reference/protocol/validators.ts';
import { bytesOf } from './golden-packets.ts';
import { packetOf, rows } from './layout-table.ts';
import { EVERYTHING, MEMCACHED, PLAIN, validate } from './validate-packet.ts';

/** No xattrs, and a document. */
const EMPTY_BLOB = bytesOf('00000000');

const named = rows.map((row) => [row.name, row] as const);

describe('the layout of each command', () => {
  test('is known for these commands and no others', () => {
    const known = Array.from({ length: 256 }, (_, opcode) => opcode).filter(hasLayout);
    expect(known.map(opcodeName).sort()).toEqual(rows.map((row) => row.name).sort());
    expect(rows.every((row) => row.opcode !== undefined)).toBe(true);
  });

  test.each(named)('%s: takes its shortest packet', (_, row) => {
    expect(validate(packetOf(row))).toBe(Status.Success);
    expect(validate(packetOf(row), PLAIN)).toBe(Status.Success);
    expect(validate(packetOf(row), MEMCACHED)).toBe(Status.Success);
  });

  test.each(named)('%s: takes no other length of extras', (_, row) => {
    for (let extlen = 0; extlen < 256; extlen++) {
      const expected = row.extras.includes(extlen) ? Status.Success : Status.Einval;
      expect(validate(packetOf(row, { extlen })), `extras of ${extlen}`).toBe(expected);
    }
  });

  test.each(named)('%s: takes no other length of key', (_, row) => {
    for (const keylen of new Set([0, 1, ...row.key, row.key[1] + 1, 250, 251, 0xffff])) {
      const fits = keylen >= row.key[0] && keylen <= row.key[1];
      expect(validate(packetOf(row, { keylen })), `key of ${keylen}`).toBe(
        fits ? Status.Success : Status.Einval,
      );
    }
  });

  test.each(named)('%s: takes no other length of value', (_, row) => {
    for (const valuelen of new Set([0, 2, 8, ...row.value, 10_000])) {
      const fits = valuelen >= row.value[0] && valuelen <= row.value[1];
      expect(validate(packetOf(row, { valuelen })), `value of ${valuelen}`).toBe(
        fits ? Status.Success : Status.Einval,
      );
    }
  });

  test.each(named)('%s: is strict about the cas', (_, row) => {
    const packet = packetOf(row);
    const zero = validate({ ...packet, cas: 0n });
    expect(zero).toBe(row.cas === 'not-zero' ? Status.Einval : Status.Success);
    for (const cas of [1n, 1n << 32n, 0xffff_ffff_ffff_ffffn]) {
      expect(validate({ ...packet, cas }), `cas ${cas}`).toBe(
        row.cas === 'zero' ? Status.Einval : Status.Success,
      );
    }
  });

  test.each(named)('%s: takes its datatypes where they were negotiated', (_, row) => {
    for (let datatype = 1; datatype < 256; datatype++) {
      const packet = { ...packetOf(row), datatype };
      const says = `datatype ${datatype}`;
      // Xattrs need a value that has them.
      if ((datatype & Datatype.Xattr) !== 0 && row.value[1] >= 4) packet.value = EMPTY_BLOB;
      const fits = (datatype & ~row.datatypes) === 0;
      expect(validate(packet), says).toBe(fits ? Status.Success : Status.Einval);
      expect(validate(packet, PLAIN), says).toBe(Status.Einval);
      expect(validate(packet, { ...EVERYTHING, datatypes: 7 & ~datatype }), says).toBe(Status.Einval);
      if ((datatype & Datatype.Xattr) !== 0) {
        expect(validate(packet, { ...EVERYTHING, xattr: false }), says).toBe(Status.Einval);
      }
    }
  });

  test.each(named)('%s: takes any datatype where the profile does not look', (_, row) => {
    const keeps = ['HELLO', 'OBSERVE_SEQNO', 'GET_ERROR_MAP'].includes(row.name);
    const value = keeps ? {} : { value: Buffer.alloc(Math.min(row.value[1], 5), 0xff) };
    const collections = row.name === 'DCP_OPEN' ? { value: '' } : {};
    for (const datatype of [1, 4, 7, 8, 0xff]) {
      expect(validate({ ...packetOf(row), ...value, ...collections, datatype }, MEMCACHED)).toBe(
        Status.Success,
      );
    }
  });

  test.each(named)('%s: is a client’s request', (_, row) => {
    for (const magic of [0x00, 0x08, 0x81, 0x82, 0x83]) {
      expect(validate({ ...packetOf(row), magic }), `magic ${magic}`).toBe(Status.Einval);
    }
  });

  test.each(named)('%s: is for any vbucket, but where it is for none', (_, row) => {
    const none = ['GET_ERROR_MAP', 'COLLECTIONS_SET_MANIFEST'].includes(row.name);
    const packet = { ...packetOf(row), vbucketOrStatus: 1023 };
    expect(validate(packet)).toBe(none ? Status.Einval : Status.Success);
    expect(validate(packet, MEMCACHED)).toBe(Status.Success);
  });

  test('of a command that is not in the table is anything', () => {
    for (let opcode = 0; opcode < 256; opcode++) {
      if (hasLayout(opcode)) continue;
      expect(
        validate({ opcode, extras: Buffer.alloc(7), key: 'k'.repeat(300), datatype: 0xff, cas: 1n }),
      ).toBe(Status.Success);
    }
  });

  test('refuses lengths that contradict each other', () => {
    for (const row of rows) {
      const { cas = 0n } = packetOf(row);
      const frame = new RequestFrame();
      const keylen = row.key[0];
      const extlen = row.extras.at(-1)!;
      if (keylen + extlen === 0) continue;
      frame.read(rawHeader({ opcode: row.opcode, keylen, extlen, bodylen: keylen + extlen - 1, cas }), 0);
      expect(validateRequest(frame, EVERYTHING), row.name).toBe(Status.Einval);
    }
  });
});

describe('packets at random', () => {
  test('whatever the bytes are, nothing is thrown and nothing is changed', () => {
    const statuses: number[] = [Status.Success, Status.Einval, Status.NotSupported, Status.XattrEinval];
    const acceptance = fc.record({
      datatypes: fc.integer({ min: 0, max: 7 }),
      ignoresDatatype: fc.boolean(),
      collections: fc.boolean(),
      xattr: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 200 }), acceptance, (bytes, accepts) => {
        const memory = Buffer.from(bytes);
        memory[0] = 0x80;
        const frame = new RequestFrame();
        frame.read(memory, 0);
        frameProblem(frame, 100);
        expect(statuses).toContain(validateRequest(frame, accepts));
        expect(memory.subarray(1)).toEqual(Buffer.from(bytes).subarray(1));
      }),
      { seed: 813, numRuns: 2000 },
    );
  });

  test('valid headers over random bodies are judged without a throw', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...rows),
        fc.uint8Array({ minLength: 60, maxLength: 120 }),
        fc.integer({ min: 0, max: 7 }),
        (row, body, datatype) => {
          const extlen = row.extras.at(-1)!;
          const keylen = row.key[0];
          const packet = {
            ...packetOf(row),
            datatype,
            extras: body.subarray(0, extlen),
            key: body.subarray(extlen, extlen + keylen),
            value: body.subarray(extlen + keylen, extlen + keylen + Math.min(row.value[1], 60)),
          };
          const status = validate(packet);
          expect([Status.Success, Status.Einval, Status.NotSupported, Status.XattrEinval]).toContain(status);
        },
      ),
      { seed: 814, numRuns: 2000 },
    );
  });
});

describe('a frame', () => {
  const problem = (fields: Parameters<typeof rawHeader>[0], maxPacketSize = 1000): string | undefined => {
    const frame = new RequestFrame();
    frame.read(rawHeader(fields), 0);
    return frameProblem(frame, maxPacketSize);
  };

  test('starts with 0x80, or with 0x81 where a DCP client responds', () => {
    for (let magic = 0; magic < 256; magic++) {
      expect(problem({ magic })).toBe(magic === 0x80 || magic === 0x81 ? undefined : 'bad-magic');
    }
  });

  test('has extras and a key that fit into its body', () => {
    expect(problem({ keylen: 7, extlen: 8, bodylen: 15 })).toBeUndefined();
    expect(problem({ keylen: 7, extlen: 8, bodylen: 14 })).toBe('bad-lengths');
    expect(problem({ keylen: 1 })).toBe('bad-lengths');
    expect(problem({ extlen: 1 })).toBe('bad-lengths');
    expect(problem({ keylen: 0xffff, extlen: 0xff, bodylen: 1000 })).toBe('bad-lengths');
  });

  test('has a body within the limit, and lengths are unsigned', () => {
    expect(problem({ bodylen: 1000 })).toBeUndefined();
    expect(problem({ bodylen: 1001 })).toBe('too-large');
    expect(problem({ bodylen: 0x8000_0000 })).toBe('too-large');
    expect(problem({ bodylen: 0xffff_ffff })).toBe('too-large');
  });

  test('that is many things at once is first of all no packet', () => {
    expect(problem({ magic: 0x47, keylen: 9, bodylen: 8 })).toBe('bad-magic');
    expect(problem({ keylen: 0xffff, bodylen: 2000 })).toBe('bad-lengths');
  });
});

describe('quiet commands', () => {
  test('are those whose name says so, and no others', () => {
    const quiet = Array.from({ length: 256 }, (_, opcode) => opcode)
      .filter(isQuiet)
      .map(opcodeName);
    expect(quiet.sort()).toEqual(
      [
        'GETQ GETKQ SETQ ADDQ REPLACEQ DELETEQ INCREMENTQ DECREMENTQ QUITQ FLUSHQ APPENDQ PREPENDQ GATQ',
        'RSETQ RAPPENDQ RPREPENDQ RDELETEQ RINCRQ RDECRQ GETQ_META SETQ_WITH_META ADDQ_WITH_META DELQ_WITH_META',
      ]
        .flatMap((line) => line.split(' '))
        .sort(),
    );
  });
});
