import { describe, expect, test } from 'vitest';
import { encodePacket, type PacketFields } from '../../../reference/protocol/packet.ts';
import { compare } from '../../../reference/verify/compare.ts';
import type { ConnectionRecord, Recording } from '../../../reference/verify/recording.ts';

const none = { isNormalised: false };
const response = (fields: PacketFields): Buffer => encodePacket({ magic: 0x81, ...fields });
const GET = encodePacket({ opcode: 0x00, opaque: 1, key: 'user::1' });
const SET = encodePacket({ opcode: 0x01, opaque: 2, key: 'user::1', extras: new Uint8Array(8) });
const MISS = response({ opcode: 0x00, opaque: 1, vbucketOrStatus: 1 });
const STORED = response({ opcode: 0x01, opaque: 2, cas: 7n });

/** A client that sends GET in step 0 and SET in step 1, and gets an answer in each. */
const connection = (answers: readonly Buffer[], more: Partial<ConnectionRecord> = {}): ConnectionRecord => ({
  slot: 1,
  openedIn: 0,
  received: Buffer.concat(answers),
  marks: answers.map((_, at) => Buffer.concat(answers.slice(0, at + 1)).length),
  closedIn: undefined,
  sent: [
    { step: 0, bytes: GET },
    { step: 1, bytes: SET },
  ],
  ...more,
});
const recording = (more: Partial<Recording> = {}): Recording => ({
  connections: [connection([MISS, STORED])],
  releases: [],
  headerWrites: [],
  violations: [],
  failure: undefined,
  counts: {} as Recording['counts'],
  ...more,
});

describe('two recordings', () => {
  test('that are equal have no difference', () => {
    expect(compare(recording(), recording(), none)).toEqual([]);
  });

  test('differ in a byte: both packets are shown, and the request with their opaque', () => {
    const other = response({ opcode: 0x01, opaque: 2, cas: 8n });
    const after = recording({ connections: [connection([MISS, other])] });
    expect(compare(recording(), after, none)).toEqual([
      {
        kind: 'bytes',
        message: 'byte 47 of what connection 1 (client 1) got differs',
        request: 'SET key="user::1" flags=0x00 expiration=0 opaque=0x02 vbucket=0',
        before: [
          'after response to GET: KEY_ENOENT (Not found) opaque=0x01',
          'response to SET: SUCCESS opaque=0x02 cas=0x07',
          'bytes 31 to 48: 00000000 00000000 02000000 00000000 07',
        ],
        after: [
          'after response to GET: KEY_ENOENT (Not found) opaque=0x01',
          'response to SET: SUCCESS opaque=0x02 cas=0x08',
          'bytes 31 to 48: 00000000 00000000 02000000 00000000 08',
        ],
      },
    ]);
  });

  test('differ in a response that is missing, or not whole', () => {
    const [lost] = compare(recording(), recording({ connections: [connection([MISS])] }), none);
    expect(lost?.request).toMatch(/^SET key="user::1"/);
    expect(lost?.after).toEqual([
      'after response to GET: KEY_ENOENT (Not found) opaque=0x01',
      'nothing more',
    ]);
    const cut = response({ opcode: 0x01, opaque: 2, value: 'Ann' }).subarray(0, 25);
    const [short] = compare(recording(), recording({ connections: [connection([MISS, cut])] }), none);
    expect(short?.after[1]).toMatch(/^25 bytes that are no packet: .*, of which 2 bytes are missing$/);
  });

  test('differ in the first step where any connection does', () => {
    const two = (late: Buffer, early: Buffer): Recording =>
      recording({ connections: [connection([MISS, late]), connection([early, STORED], { slot: 2 })] });
    const other = response({ opcode: 0x00, opaque: 1, value: 'found' });
    const [first] = compare(two(STORED, MISS), two(MISS, other), none);
    expect(first?.message).toMatch(/connection 2 \(client 2\)/);
    expect(first?.request).toMatch(/^GET /);
  });

  test('differ in when, or whether, a connection was closed', () => {
    const after = recording({ connections: [connection([MISS, STORED], { closedIn: 1 })] });
    expect(compare(recording(), after, none)).toMatchObject([
      { kind: 'close', before: ['the server kept it open'], after: ['the server closed it in step 2'] },
    ]);
  });

  test('differ in how often an item was given back, not in when', () => {
    const before = recording({ releases: [0, 1].map((step) => ({ step, text: '"user::1" seqno 3' })) });
    const late = recording({ releases: [1, 1].map((step) => ({ step, text: '"user::1" seqno 3' })) });
    expect(compare(before, late, none)).toEqual([]);
    const [missing] = compare(before, recording({ releases: before.releases.slice(0, 1) }), none);
    expect(missing).toMatchObject({
      kind: 'release',
      message: '"user::1" seqno 3 was not given back to the engine equally often',
      before: ['given back 2 times'],
      after: ['given back once'],
    });
    expect(missing?.request).toMatch(/^SET key="user::1"/);
  });

  test('differ in a write to a header by the engine after, and not by the one before', () => {
    const write = { step: 0, field: 'response.response.status', response: MISS };
    const writing = recording({ headerWrites: [write, write] });
    expect(compare(writing, recording(), none)).toEqual([]);
    expect(compare(writing, writing, none)).toMatchObject([
      {
        kind: 'header-write',
        request: 'response to GET: KEY_ENOENT (Not found) opaque=0x01',
        after: ['wrote to response.response.status, and 1 more times to this or other fields'],
      },
    ]);
  });

  test('differ where either side breaks a rule, or does not come to an end', () => {
    const broken = recording({
      violations: [{ step: 1, text: 'an item was never given back to the engine' }],
    });
    expect(compare(broken, recording(), none)).toMatchObject([
      { kind: 'violation', after: ['kept the rule'] },
    ]);
    const stuck = recording({ failure: { step: 0, text: 'dcp.step does not come to an end' } });
    expect(compare(recording(), stuck, none)).toMatchObject([
      { kind: 'failure', before: ['went on to the end'], after: ['dcp.step does not come to an end'] },
    ]);
  });
});

describe('what an engine makes up anew each time', () => {
  const uuid = (first: number): Buffer => Buffer.from([first, 0, 0, 0, 0, 0, 0, 1]);
  const seqno = Buffer.from([0, 0, 0, 0, 0, 0, 0, 9]);
  const recorded = (cas: bigint, other: bigint, id: Buffer): Recording => {
    const mutation = response({ opcode: 0x01, opaque: 2, cas, extras: Buffer.concat([id, seqno]) });
    const log = response({ opcode: 0x53, opaque: 3, value: Buffer.concat([id, seqno]) });
    const hit = response({ opcode: 0x00, opaque: 4, cas: other, extras: Buffer.alloc(4), value: 'Ann' });
    return recording({ connections: [connection([mutation, log]), connection([hit])] });
  };

  test('is compared by its order of appearance', () => {
    const before = recorded(100n, 100n, uuid(7));
    const after = recorded(205n, 205n, uuid(8));
    expect(compare(before, after, none)).toHaveLength(1);
    expect(compare(before, after, { isNormalised: true })).toEqual([]);
  });

  test('still differs where one value stands for two', () => {
    const [found] = compare(recorded(100n, 100n, uuid(7)), recorded(205n, 206n, uuid(8)), {
      isNormalised: true,
    });
    expect(found).toMatchObject({
      kind: 'bytes',
      message: 'byte 23 of what connection 2 (client 1) got differs',
    });
  });
});
