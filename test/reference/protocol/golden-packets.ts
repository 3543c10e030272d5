// Packets written out by hand from the protocol's description: header in its six words, then the body. No code made them.
import type { Packet } from '../../../reference/protocol/packet.ts';

/** One packet: its bytes as hexadecimal, what they mean, and the line that describes them. */
export interface GoldenPacket {
  readonly bytes: string;
  readonly packet: Partial<Record<'extras' | 'key' | 'value', string>> &
    Partial<Omit<Packet, 'extras' | 'key' | 'value'>>;
  readonly line: string;
}

/** Hexadecimal with blanks between the fields, and texts in quotes, as bytes. */
export function bytesOf(notation: string): Buffer {
  const parts = notation.match(/'[^']*'|[0-9a-f]+/g) ?? [];
  return Buffer.concat(
    parts.map((part) => (part.startsWith("'") ? Buffer.from(part.slice(1, -1)) : Buffer.from(part, 'hex'))),
  );
}

/** In `packet`, extras are notation, key and value are text; what is 0 or empty is left out, and the magic 0x80. */
export const goldenPackets: Readonly<Record<string, GoldenPacket>> = {
  GET: {
    bytes: "80 00 0007 00 00 0000 00000007 00000011 0000000000000000 'user::1'",
    packet: { opcode: 0x00, opaque: 0x11, key: 'user::1' },
    line: 'GET key="user::1" opaque=0x11 vbucket=0',
  },
  'a hit of GET': {
    bytes: "81 00 0000 04 00 0000 00000009 00000011 15d0a1b2c3d4e5f6 deadbeef 'World'",
    packet: {
      magic: 0x81,
      opaque: 0x11,
      cas: 0x15d0a1b2c3d4e5f6n,
      extras: 'deadbeef',
      value: 'World',
    },
    line: 'response to GET: SUCCESS flags=0xdeadbeef value 5 bytes "World" opaque=0x11 cas=0x15d0a1b2c3d4e5f6',
  },
  'a miss of GET': {
    bytes: "81 00 0000 00 00 0001 00000009 ffffffff 0000000000000000 'Not found'",
    packet: { magic: 0x81, vbucketOrStatus: 1, opaque: 0xffffffff, value: 'Not found' },
    line: 'response to GET: KEY_ENOENT (Not found) value 9 bytes "Not found" opaque=0xffffffff',
  },
  'a hit of GETK': {
    bytes: "81 0c 0005 04 00 0000 0000000f 00000000 0000000000000001 00000000 'Hello' 'World!'",
    packet: { magic: 0x81, opcode: 0x0c, cas: 1n, extras: '00000000', key: 'Hello', value: 'World!' },
    line: 'response to GETK: SUCCESS key="Hello" flags=0x00 value 6 bytes "World!" opaque=0x00 cas=0x01',
  },
  SET: {
    bytes: `80 01 0007 08 01 0025 00000018 80000001 0000000000000000 02000000 00000e10 'user::1' '{"age":7}'`,
    packet: {
      opcode: 0x01,
      datatype: 1,
      vbucketOrStatus: 0x25,
      opaque: 0x80000001,
      extras: '02000000 00000e10',
      key: 'user::1',
      value: '{"age":7}',
    },
    line: String.raw`SET key="user::1" flags=0x2000000 expiration=3600 value 9 bytes "{\"age\":7}" opaque=0x80000001 vbucket=37 datatype=JSON`,
  },
  'a response to SET with the mutation': {
    bytes: '81 01 0000 10 00 0000 00000010 80000001 0000000100000002 0000000000003039 000000000000002d',
    packet: {
      magic: 0x81,
      opcode: 0x01,
      opaque: 0x80000001,
      cas: 0x100000002n,
      extras: '0000000000003039 000000000000002d',
    },
    line: 'response to SET: SUCCESS vbucket_uuid=0x3039 seqno=45 opaque=0x80000001 cas=0x100000002',
  },
  ADD: {
    bytes: "80 02 0003 08 00 0000 0000000c 00000000 0000000000000000 00000000 00000000 'cat' 'm'",
    packet: { opcode: 0x02, extras: '0000000000000000', key: 'cat', value: 'm' },
    line: 'ADD key="cat" flags=0x00 expiration=0 value 1 byte "m" opaque=0x00 vbucket=0',
  },
  REPLACEQ: {
    bytes: "80 13 0003 08 00 0000 0000000b 00000000 00000000000000ff 00000000 ffffffff 'cat'",
    packet: { opcode: 0x13, cas: 0xffn, extras: '00000000 ffffffff', key: 'cat' },
    line: 'REPLACEQ key="cat" flags=0x00 expiration=4294967295 opaque=0x00 vbucket=0 cas=0xff',
  },
  DELETE: {
    bytes: "80 04 0003 00 00 03ff 00000003 00000000 ffffffffffffffff 'cat'",
    packet: { opcode: 0x04, vbucketOrStatus: 1023, cas: 0xffffffffffffffffn, key: 'cat' },
    line: 'DELETE key="cat" opaque=0x00 vbucket=1023 cas=0xffffffffffffffff',
  },
  INCREMENT: {
    bytes:
      "80 05 0007 14 00 0000 0000001b 00000000 0000000000000000 0000000000000001 0000000000000000 00000e10 'counter'",
    packet: {
      opcode: 0x05,
      extras: '0000000000000001 0000000000000000 00000e10',
      key: 'counter',
    },
    line: 'INCREMENT key="counter" delta=1 initial=0 expiration=3600 opaque=0x00 vbucket=0',
  },
  'a response to INCREMENT': {
    bytes: '81 05 0000 00 00 0000 00000008 00000000 0000000000000005 ffffffffffffffff',
    packet: { magic: 0x81, opcode: 0x05, cas: 5n, value: '\xff\xff\xff\xff\xff\xff\xff\xff' },
    line: 'response to INCREMENT: SUCCESS count=18446744073709551615 opaque=0x00 cas=0x05',
  },
  QUIT: {
    bytes: '80 07 0000 00 00 0000 00000000 00000000 0000000000000000',
    packet: { opcode: 0x07 },
    line: 'QUIT opaque=0x00 vbucket=0',
  },
  'FLUSH without extras': {
    bytes: '80 08 0000 00 00 0000 00000000 00000000 0000000000000000',
    packet: { opcode: 0x08 },
    line: 'FLUSH opaque=0x00 vbucket=0',
  },
  'FLUSH in an hour': {
    bytes: '80 08 0000 04 00 0000 00000004 00000000 0000000000000000 00000e10',
    packet: { opcode: 0x08, extras: '00000e10' },
    line: 'FLUSH expiration=3600 opaque=0x00 vbucket=0',
  },
  NOOP: {
    bytes: '80 0a 0000 00 00 0000 00000000 0badcafe 0000000000000000',
    packet: { opcode: 0x0a, opaque: 0x0badcafe },
    line: 'NOOP opaque=0xbadcafe vbucket=0',
  },
  'a response to VERSION': {
    bytes: "81 0b 0000 00 00 0000 00000005 00000000 0000000000000000 '1.3.1'",
    packet: { magic: 0x81, opcode: 0x0b, value: '1.3.1' },
    line: 'response to VERSION: SUCCESS value 5 bytes "1.3.1" opaque=0x00',
  },
  APPEND: {
    bytes: "80 0e 0005 00 00 0000 00000006 00000000 0000000000000000 'Hello' '!'",
    packet: { opcode: 0x0e, key: 'Hello', value: '!' },
    line: 'APPEND key="Hello" value 1 byte "!" opaque=0x00 vbucket=0',
  },
  'a line of STAT': {
    bytes: "81 10 0003 00 00 0000 00000007 00000000 0000000000000000 'pid' '3078'",
    packet: { magic: 0x81, opcode: 0x10, key: 'pid', value: '3078' },
    line: 'response to STAT: SUCCESS key="pid" value 4 bytes "3078" opaque=0x00',
  },
  VERBOSITY: {
    bytes: '80 1b 0000 04 00 0000 00000004 00000000 0000000000000000 00000002',
    packet: { opcode: 0x1b, extras: '00000002' },
    line: 'VERBOSITY level=2 opaque=0x00 vbucket=0',
  },
  TOUCH: {
    bytes: "80 1c 0003 04 00 0000 00000007 00000000 0000000000000000 0000000a 'cat'",
    packet: { opcode: 0x1c, extras: '0000000a', key: 'cat' },
    line: 'TOUCH key="cat" expiration=10 opaque=0x00 vbucket=0',
  },
  GATQ: {
    bytes: "80 1e 0003 04 00 0000 00000007 00000000 0000000000000000 0000000a 'cat'",
    packet: { opcode: 0x1e, extras: '0000000a', key: 'cat' },
    line: 'GATQ key="cat" expiration=10 opaque=0x00 vbucket=0',
  },
  HELLO: {
    bytes: "80 1f 0006 00 00 0000 0000000c 00000000 0000000000000000 'tester' 0003 0006 0010",
    packet: { opcode: 0x1f, key: 'tester', value: '\0\x03\0\x06\0\x10' },
    line: 'HELLO key="tester" features=[TCPNODELAY, XATTR, 0x10] opaque=0x00 vbucket=0',
  },
  SASL_AUTH: {
    bytes: "80 21 0005 00 00 0000 00000010 00000000 0000000000000000 'PLAIN' 00 'user' 00 'peace'",
    packet: { opcode: 0x21, key: 'PLAIN', value: '\0user\0peace' },
    line: 'SASL_AUTH key="PLAIN" value 11 bytes (not shown) opaque=0x00 vbucket=0',
  },
  UNLOCK_KEY: {
    bytes: "80 95 0003 00 00 0000 00000003 00000000 0000000000000007 'cat'",
    packet: { opcode: 0x95, cas: 7n, key: 'cat' },
    line: 'UNLOCK_KEY key="cat" opaque=0x00 vbucket=0 cas=0x07',
  },
  DCP_OPEN: {
    bytes: "80 50 0007 08 00 0000 0000000f 00000000 0000000000000000 00000000 00000005 'replica'",
    packet: { opcode: 0x50, extras: '00000000 00000005', key: 'replica' },
    line: 'DCP_OPEN key="replica" seqno=0 flags=0x05 opaque=0x00 vbucket=0',
  },
  DCP_STREAM_REQ: {
    bytes: `80 53 0000 30 00 0004 00000030 00001000 0000000000000000 00000000 00000000
      0000000000000010 ffffffffffffffff 00000000feeddeca 0000000000000008 0000000000000010`,
    packet: {
      opcode: 0x53,
      vbucketOrStatus: 4,
      opaque: 0x1000,
      extras:
        '00000000 00000000 0000000000000010 ffffffffffffffff 00000000feeddeca 0000000000000008 0000000000000010',
    },
    line:
      'DCP_STREAM_REQ flags=0x00 reserved=0 start=16 end=18446744073709551615 vbucket_uuid=0xfeeddeca ' +
      'snap_start=8 snap_end=16 opaque=0x1000 vbucket=4',
  },
  'a rollback': {
    bytes: '81 53 0000 00 00 0023 00000008 00001000 0000000000000000 000000000000000c',
    packet: {
      magic: 0x81,
      opcode: 0x53,
      vbucketOrStatus: 0x23,
      opaque: 0x1000,
      value: '\0\0\0\0\0\0\0\x0c',
    },
    line: 'response to DCP_STREAM_REQ: ROLLBACK (Roll back) seqno=12 opaque=0x1000',
  },
  'a failover log': {
    bytes: `81 54 0000 00 00 0000 00000020 00000000 0000000000000000
      00000000feeddeca 0000000000005432 0000000000decafe 0000000000000001`,
    packet: {
      magic: 0x81,
      opcode: 0x54,
      value: '\0\0\0\0\xfe\xed\xde\xca\0\0\0\0\0\0\x54\x32\0\0\0\0\0\xde\xca\xfe\0\0\0\0\0\0\0\x01',
    },
    line: 'response to DCP_GET_FAILOVER_LOG: SUCCESS failover_log=[0xfeeddeca@21554, 0xdecafe@1] opaque=0x00',
  },
  DCP_MUTATION: {
    bytes: `80 57 0005 1f 00 0210 00000029 00001210 0000000000000009
      0000000000000004 0000000000000001 02000000 00000e10 00000000 0000 03 'hello' 'world'`,
    packet: {
      opcode: 0x57,
      vbucketOrStatus: 0x210,
      opaque: 0x1210,
      cas: 9n,
      extras: '0000000000000004 0000000000000001 02000000 00000e10 00000000 0000 03',
      key: 'hello',
      value: 'world',
    },
    line:
      'DCP_MUTATION key="hello" by_seqno=4 rev_seqno=1 flags=0x2000000 expiration=3600 lock_time=0 nmeta=0 nru=3 ' +
      'value 5 bytes "world" opaque=0x1210 vbucket=528 cas=0x09',
  },
  'an unknown command': {
    bytes: "80 e7 0001 02 80 0000 00000004 00000000 0000000000000000 aabb 'k' 00",
    packet: { opcode: 0xe7, datatype: 0x80, extras: 'aabb', key: 'k', value: '\0' },
    line: String.raw`0xe7 key="k" extras=aabb value 1 byte "\x00" opaque=0x00 vbucket=0 datatype=0x80`,
  },
  "a server's request": {
    bytes: "82 01 0004 04 00 0000 0000000a 00000000 0000000000000000 00000007 'beer' '{}'",
    packet: { magic: 0x82, opcode: 0x01, extras: '00000007', key: 'beer', value: '{}' },
    line: `server's CLUSTERMAP_CHANGE_NOTIFICATION key="beer" extras=00000007 value 2 bytes "{}" opaque=0x00 vbucket=0`,
  },
  "a response to the server's request": {
    bytes: '83 01 0000 00 00 0000 00000000 00000000 0000000000000000',
    packet: { magic: 0x83, opcode: 0x01 },
    line: "response to server's CLUSTERMAP_CHANGE_NOTIFICATION: SUCCESS opaque=0x00",
  },
};

/** The packet that a golden packet means, every field there. */
export function meaningOf({ packet }: GoldenPacket): Packet {
  return {
    magic: packet.magic ?? 0x80,
    opcode: packet.opcode ?? 0,
    datatype: packet.datatype ?? 0,
    vbucketOrStatus: packet.vbucketOrStatus ?? 0,
    opaque: packet.opaque ?? 0,
    cas: packet.cas ?? 0n,
    extras: bytesOf(packet.extras ?? ''),
    key: Buffer.from(packet.key ?? '', 'latin1'),
    value: Buffer.from(packet.value ?? '', 'latin1'),
  };
}
