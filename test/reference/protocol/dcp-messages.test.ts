import { describe, expect, test, vi } from 'vitest';
import * as dcp from '../../../reference/protocol/dcp-messages.ts';
import { PacketParser } from '../../../reference/protocol/packet.ts';
import { RequestFrame } from '../../../reference/protocol/request-frame.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { validateRequest } from '../../../reference/protocol/validators.ts';
import { bytesOf } from './golden-packets.ts';
import { EVERYTHING } from './validate-packet.ts';

const text = (content: string): Buffer => Buffer.from(content);

const document = {
  vbucket: 0x210,
  cas: 0x15d0a1b2c3d4e5f6n,
  datatype: 1,
  bySeqno: 0xfffffffffffffffen,
  revSeqno: 3n,
  flags: 0x02000001,
  expiration: 0xfffffffe,
  lockTime: 30,
  nmeta: 0,
  nru: 7,
  collectionLen: undefined,
};

// Header and body by hand; what the caller appends is not there, but counted.
const messages: readonly (readonly [name: string, encode: () => Buffer, expected: string])[] = [
  [
    'DCP_OPEN',
    () => dcp.encodeDcpOpen(0xffffffff, 1, 0x15, 'replica'),
    "80 50 0007 08 00 0000 0000000f ffffffff 0000000000000000 00000001 00000015 'replica'",
  ],
  [
    'DCP_OPEN with a value',
    () => dcp.encodeDcpOpen(0, 0, 0x11, 'replica', 2),
    "80 50 0007 08 00 0000 00000011 00000000 0000000000000000 00000000 00000011 'replica'",
  ],
  [
    'DCP_ADD_STREAM',
    () => dcp.encodeDcpAddStream(0x11, 1023, 4),
    '80 51 0000 04 00 03ff 00000004 00000011 0000000000000000 00000004',
  ],
  [
    'DCP_CLOSE_STREAM',
    () => dcp.encodeDcpCloseStream(0x11, 5),
    '80 52 0000 00 00 0005 00000000 00000011 0000000000000000',
  ],
  [
    'DCP_STREAM_REQ',
    () =>
      dcp.encodeDcpStreamReq(0x1000, 5, {
        flags: 0x80000001,
        startSeqno: 16n,
        endSeqno: 0xffffffffffffffffn,
        vbucketUuid: 0xfeeddecan,
        snapStartSeqno: 8n,
        snapEndSeqno: 17n,
      }),
    `80 53 0000 30 00 0005 00000030 00001000 0000000000000000 80000001 00000000
     0000000000000010 ffffffffffffffff 00000000feeddeca 0000000000000008 0000000000000011`,
  ],
  [
    'DCP_GET_FAILOVER_LOG',
    () => dcp.encodeDcpGetFailoverLog(0xdeadbeef, 5),
    '80 54 0000 00 00 0005 00000000 deadbeef 0000000000000000',
  ],
  [
    'DCP_STREAM_END',
    () => dcp.encodeDcpStreamEnd(0x1000, 5, 2),
    '80 55 0000 04 00 0005 00000004 00001000 0000000000000000 00000002',
  ],
  [
    'DCP_SNAPSHOT_MARKER',
    () => dcp.encodeDcpMarker(0x1000, 5, 1n, 0x100000002n, 9),
    '80 56 0000 14 00 0005 00000014 00001000 0000000000000000 0000000000000001 0000000100000002 00000009',
  ],
  [
    'DCP_MUTATION',
    () => dcp.encodeDcpMutation(0x1210, text('hello'), 5, document),
    `80 57 0005 1f 01 0210 00000029 00001210 15d0a1b2c3d4e5f6
     fffffffffffffffe 0000000000000003 02000001 fffffffe 0000001e 0000 07 'hello'`,
  ],
  [
    'DCP_MUTATION in a collection, with a meta',
    () =>
      dcp.encodeDcpMutation(0x1210, text('beerduff'), 5, { ...document, nmeta: 0x0102, collectionLen: 4 }),
    `80 57 0008 20 01 0210 0000012f 00001210 15d0a1b2c3d4e5f6
     fffffffffffffffe 0000000000000003 02000001 fffffffe 0000001e 0102 07 04 'beerduff'`,
  ],
  [
    'DCP_DELETION',
    () => dcp.encodeDcpDeletion(0x1210, text('hello'), 0, { ...document, datatype: 0 }),
    "80 58 0005 12 00 0210 00000017 00001210 15d0a1b2c3d4e5f6 fffffffffffffffe 0000000000000003 0000 'hello'",
  ],
  [
    'DCP_DELETION of a document whose xattrs stay',
    () =>
      dcp.encodeDcpDeletion(0x1210, text('beerduff'), 4, {
        ...document,
        datatype: 4,
        nmeta: 3,
        collectionLen: 0,
      }),
    `80 58 0008 13 04 0210 00000022 00001210 15d0a1b2c3d4e5f6
     fffffffffffffffe 0000000000000003 0003 00 'beerduff'`,
  ],
  [
    'DCP_EXPIRATION',
    () => dcp.encodeDcpExpiration(0x1210, text('hello'), 0, { ...document, datatype: 0 }),
    "80 59 0005 12 00 0210 00000017 00001210 15d0a1b2c3d4e5f6 fffffffffffffffe 0000000000000003 0000 'hello'",
  ],
  [
    'DCP_FLUSH',
    () => dcp.encodeDcpFlush(0x1000, 5),
    '80 5a 0000 00 00 0005 00000000 00001000 0000000000000000',
  ],
  [
    'DCP_SET_VBUCKET_STATE',
    () => dcp.encodeDcpSetVbucketState(0x1000, 5, 3),
    '80 5b 0000 01 00 0005 00000001 00001000 0000000000000000 03',
  ],
  [
    'DCP_NOOP',
    () => dcp.encodeDcpNoop(0x80000000),
    '80 5c 0000 00 00 0000 00000000 80000000 0000000000000000',
  ],
  [
    'DCP_BUFFER_ACKNOWLEDGEMENT',
    () => dcp.encodeDcpBufferAcknowledgement(0x1000, 5, 0xf0000001),
    '80 5d 0000 04 00 0005 00000004 00001000 0000000000000000 f0000001',
  ],
  [
    'DCP_CONTROL',
    () => dcp.encodeDcpControl(0x11, 'enable_noop', 'true'),
    "80 5e 000b 00 00 0000 0000000f 00000011 0000000000000000 'enable_noop' 'true'",
  ],
  [
    'DCP_SYSTEM_EVENT',
    () => dcp.encodeDcpSystemEvent(0x1000, 5, 1, 4n, text('beer'), 2),
    "80 5f 0004 0c 00 0005 00000012 00001000 0000000000000000 0000000000000004 00000001 'beer'",
  ],
];

const responses: readonly (readonly [name: string, encode: () => Buffer, expected: string])[] = [
  [
    'DCP_ADD_STREAM',
    () => dcp.encodeDcpAddStreamRsp(0x11, 0xcafebabe, Status.KeyEexists),
    '81 51 0000 04 00 0002 00000004 00000011 0000000000000000 cafebabe',
  ],
  [
    'DCP_SNAPSHOT_MARKER',
    () => dcp.encodeDcpMarkerRsp(0x1000, Status.Enomem),
    '81 56 0000 00 00 0082 00000000 00001000 0000000000000000',
  ],
  [
    'DCP_SET_VBUCKET_STATE',
    () => dcp.encodeDcpSetVbucketStateRsp(0x1000, Status.Success),
    '81 5b 0000 00 00 0000 00000000 00001000 0000000000000000',
  ],
];

describe('DCP messages', () => {
  test.each(messages)('%s is the bytes that the protocol says', (_, encode, expected) => {
    expect(encode().toString('hex')).toBe(bytesOf(expected).toString('hex'));
  });

  test.each(responses)('the response to %s is, too', (_, encode, expected) => {
    expect(encode().toString('hex')).toBe(bytesOf(expected).toString('hex'));
  });

  test.each(messages)('%s passes the validators once its value is there', (_, encode) => {
    const bytes = encode();
    const missing = bytes.readUInt32BE(8) + 24 - bytes.length;
    const frame = new RequestFrame();
    frame.read(Buffer.concat([bytes, Buffer.alloc(missing)]), 0);
    const collections = frame.extlen === 32 || frame.extlen === 19;
    expect(validateRequest(frame, { ...EVERYTHING, collections })).toBe(Status.Success);
  });

  test('follow each other in one stream', () => {
    const whole = [...messages, ...responses].map(([, encode]) => {
      const bytes = encode();
      return Buffer.concat([bytes, Buffer.alloc(bytes.readUInt32BE(8) + 24 - bytes.length, 0x2e)]);
    });
    const packets = new PacketParser().push(Buffer.concat(whole));
    expect(packets.map((packet) => packet.opcode)).toEqual(whole.map((bytes) => bytes[1]));
  });

  test.each([...messages, ...responses])(
    '%s leaves nothing of what was in its memory before',
    (_, encode, expected) => {
      const allocate = vi.spyOn(Buffer, 'allocUnsafe').mockImplementation((size) => Buffer.alloc(size, 0xaa));
      try {
        expect(encode().toString('hex')).toBe(bytesOf(expected).toString('hex'));
        expect(allocate).toHaveBeenCalled();
      } finally {
        allocate.mockRestore();
      }
    },
  );

  test('have memory of their own', () => {
    const first = dcp.encodeDcpNoop(1);
    const second = dcp.encodeDcpNoop(2);
    second.fill(0xff);
    expect(first).toEqual(dcp.encodeDcpNoop(1));
  });
});
