import { describe, expect, test } from 'vitest';
import { describePacket } from '../../../reference/protocol/describe.ts';
import { Magic } from '../../../reference/protocol/magic.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import { encodePacket, type PacketFields, PacketParser } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { goldenPackets, meaningOf } from './golden-packets.ts';

const lineOf = (fields: PacketFields): string =>
  describePacket(new PacketParser().push(encodePacket(fields))[0]!);

describe('a packet in words', () => {
  test.each(Object.entries(goldenPackets))('describes %s', (_, packet) => {
    expect(describePacket(meaningOf(packet))).toBe(packet.line);
  });

  test('stays one line of printable characters, whatever the key and the value are', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    for (let opcode = 0; opcode < 256; opcode++) {
      for (const magic of Object.values(Magic)) {
        const line = lineOf({ magic, opcode, extras: bytes.subarray(1, 18), key: bytes, value: bytes });
        expect(line).toMatch(/^[ -~]+$/);
      }
    }
  });

  test('shows the whole key, and the beginning of a long value', () => {
    const line = lineOf({ opcode: Opcode.Append, key: 'k'.repeat(250), value: 'v'.repeat(1000) });
    expect(line).toBe(
      `APPEND key="${'k'.repeat(250)}" value 1000 bytes "${'v'.repeat(40)}"... opaque=0x00 vbucket=0`,
    );
  });

  test('never shows what SASL says', () => {
    for (const opcode of [Opcode.SaslAuth, Opcode.SaslStep]) {
      for (const magic of [Magic.ClientRequest, Magic.ClientResponse]) {
        expect(lineOf({ magic, opcode, key: 'PLAIN', value: '\0ann\0open sesame' })).not.toContain('sesame');
      }
    }
  });

  test('falls back to hexadecimal where the extras are not the command’s', () => {
    expect(lineOf({ opcode: Opcode.Set, key: 'cat', extras: Uint8Array.of(1, 2, 3) })).toContain(
      'extras=010203',
    );
    expect(lineOf({ opcode: Opcode.Set, key: 'cat', extras: new Uint8Array(9) })).toContain(
      `extras=${'00'.repeat(9)}`,
    );
  });

  test('reads the collection of a DCP message where there is one', () => {
    const extras = new Uint8Array(19);
    extras[18] = 4;
    const line = lineOf({ opcode: Opcode.DcpDeletion, key: 'beerduff', extras });
    expect(line).toContain('by_seqno=0 rev_seqno=0 nmeta=0 collection_len=4');
  });

  test('falls back to the bytes where a value is not what the command answers with', () => {
    const magic = Magic.ClientResponse;
    const value = 'odd';
    expect(lineOf({ magic, opcode: Opcode.Hello, value })).toContain('value 3 bytes "odd"');
    expect(lineOf({ magic, opcode: Opcode.Increment, value })).toContain('value 3 bytes "odd"');
    expect(lineOf({ magic, opcode: Opcode.DcpStreamReq, value })).toContain('value 3 bytes "odd"');
    expect(lineOf({ magic, opcode: Opcode.DcpStreamReq, value, vbucketOrStatus: Status.Rollback })).toContain(
      'value 3 bytes "odd"',
    );
  });

  test('does not take the text of an error for a count', () => {
    const line = lineOf({
      magic: Magic.ClientResponse,
      opcode: Opcode.Increment,
      vbucketOrStatus: Status.Einternal,
      value: '8 bytes.',
    });
    expect(line).toBe(
      'response to INCREMENT: EINTERNAL (Internal error) value 8 bytes "8 bytes." opaque=0x00',
    );
  });
});
