import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as read from '../../../reference/protocol/dcp-extras.ts';
import * as dcp from '../../../reference/protocol/dcp-messages.ts';
import { RequestFrame } from '../../../reference/protocol/request-frame.ts';

function frameOf(...parts: readonly Uint8Array[]): RequestFrame {
  const frame = new RequestFrame();
  frame.read(Buffer.concat([Buffer.alloc(7, 0xff), ...parts, Buffer.alloc(7, 0xff)]), 7);
  return frame;
}

const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u8 = fc.integer({ min: 0, max: 0xff });
const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: 1, maxLength }).map((content) => Buffer.from(content));
const collectionLen = fc.option(u8, { nil: undefined });

describe('what a DCP message says', () => {
  test('DCP_OPEN', () => {
    const frame = frameOf(dcp.encodeDcpOpen(0, 0x80000001, 5, 'replica'));
    expect(read.readDcpOpen(frame)).toEqual({ seqno: 0x80000001, flags: 5 });
    expect(frame.keyText()).toBe('replica');
  });

  test('DCP_ADD_STREAM, DCP_STREAM_END, DCP_SET_VBUCKET_STATE, DCP_BUFFER_ACKNOWLEDGEMENT', () => {
    expect(read.readDcpAddStream(frameOf(dcp.encodeDcpAddStream(0, 0, 16)))).toEqual({ flags: 16 });
    expect(read.readDcpStreamEnd(frameOf(dcp.encodeDcpStreamEnd(0, 0, 3)))).toEqual({ flags: 3 });
    expect(read.readDcpSetVbucketState(frameOf(dcp.encodeDcpSetVbucketState(0, 0, 4)))).toEqual({ state: 4 });
    const acknowledgement = frameOf(dcp.encodeDcpBufferAcknowledgement(0, 0, 0xffff_ffff));
    expect(read.readDcpBufferAcknowledgement(acknowledgement)).toEqual({ bufferBytes: 0xffff_ffff });
  });

  test('DCP_STREAM_REQ', () => {
    const request = fc.record({
      flags: u32,
      startSeqno: u64,
      endSeqno: u64,
      vbucketUuid: u64,
      snapStartSeqno: u64,
      snapEndSeqno: u64,
    });
    fc.assert(
      fc.property(request, (fields) => {
        expect(read.readDcpStreamReq(frameOf(dcp.encodeDcpStreamReq(1, 2, fields)))).toEqual(fields);
      }),
      { seed: 53, numRuns: 100 },
    );
  });

  test('DCP_SNAPSHOT_MARKER', () => {
    fc.assert(
      fc.property(u64, u64, u32, (startSeqno, endSeqno, flags) => {
        const frame = frameOf(dcp.encodeDcpMarker(1, 2, startSeqno, endSeqno, flags));
        expect(read.readDcpMarker(frame)).toEqual({ startSeqno, endSeqno, flags });
      }),
      { seed: 56, numRuns: 100 },
    );
  });

  test('DCP_MUTATION, its meta told from its value', () => {
    const said = fc.record({
      bySeqno: u64,
      revSeqno: u64,
      flags: u32,
      expiration: u32,
      lockTime: u32,
      nru: u8,
      collectionLen,
    });
    fc.assert(
      fc.property(
        said,
        u16,
        u64,
        u8,
        bytes(250),
        bytes(40),
        bytes(20),
        (fields, vbucket, cas, datatype, key, value, meta) => {
          const head = dcp.encodeDcpMutation(1, key, value.length, {
            ...fields,
            vbucket,
            cas,
            datatype,
            nmeta: meta.length,
          });
          const frame = frameOf(head, value, meta);
          expect(read.readDcpMutation(frame)).toEqual({
            ...fields,
            collectionLen: fields.collectionLen ?? 0,
            value,
            meta,
          });
          expect([frame.vbucket, frame.cas, frame.datatype]).toEqual([vbucket, cas, datatype]);
          expect(frame.key()).toEqual(key);
        },
      ),
      { seed: 57, numRuns: 200 },
    );
  });

  test('DCP_DELETION and DCP_EXPIRATION', () => {
    const said = fc.record({ bySeqno: u64, revSeqno: u64, collectionLen });
    fc.assert(
      fc.property(
        said,
        fc.boolean(),
        bytes(250),
        bytes(40),
        bytes(20),
        (fields, expires, key, value, meta) => {
          const encode = expires ? dcp.encodeDcpExpiration : dcp.encodeDcpDeletion;
          const rest = { vbucket: 0, cas: 1n, datatype: 4, nmeta: meta.length };
          const frame = frameOf(encode(1, key, value.length, { ...fields, ...rest }), value, meta);
          expect(read.readDcpDeletion(frame)).toEqual({
            ...fields,
            collectionLen: fields.collectionLen ?? 0,
            value,
            meta,
          });
          expect(frame.key()).toEqual(key);
        },
      ),
      { seed: 58, numRuns: 200 },
    );
  });

  test('DCP_SYSTEM_EVENT', () => {
    const head = dcp.encodeDcpSystemEvent(1, 2, 2, 0xffff_ffff_ffff_ffffn, Buffer.from('beer'), 2);
    const frame = frameOf(head, Buffer.from('01'));
    expect(read.readDcpSystemEvent(frame)).toEqual({ bySeqno: 0xffff_ffff_ffff_ffffn, event: 2 });
    expect(frame.keyText()).toBe('beer');
    expect(frame.value().toString()).toBe('01');
  });
});
