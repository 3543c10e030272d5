// Every message that `dcp.step` can produce, byte by byte, through both send paths. Who gives items back, and what an
// engine may not do, is in dcp-items.test.ts.
import { describe, expect, it } from 'vitest';
import type { DcpMessageProducers, Item } from '../../reference/engine/contract.ts';
import type { ServerOptions } from '../../reference/server-options.ts';
import { dcpStage, itemOf, type Say, say, type TestItem } from '../support/dcp-stage.ts';
import { RawClient } from '../support/raw-client.ts';
import { mutation, Op, removal, request, response, streamReq, words } from '../support/raw-dcp.ts';

const MAX = 0xffff_ffff_ffff_ffffn;
const NO_META = new Uint8Array(0);

const plain: readonly (readonly [keyof DcpMessageProducers, Say, Buffer])[] = [
  [
    'getFailoverLog',
    (to, cookie) => to.getFailoverLog(cookie, 0xdeadbeef, 1023),
    request(Op.getFailoverLog, { opaque: 0xdeadbeef, vbucket: 1023 }),
  ],
  [
    'streamReq',
    (to, cookie) => to.streamReq(cookie, 0xfeed, 511, 0x81, 1n, MAX, 0x8000_0000_0000_0001n, 2n, 3n),
    streamReq(511, {
      opaque: 0xfeed,
      flags: 0x81,
      start: 1n,
      end: MAX,
      uuid: 0x8000_0000_0000_0001n,
      snapStart: 2n,
      snapEnd: 3n,
    }),
  ],
  [
    'addStreamRsp',
    (to, cookie) => to.addStreamRsp(cookie, 0xaaaa0001, 0xbbbb0002, 0x23),
    response(Op.addStream, { opaque: 0xaaaa0001, status: 0x23, extras: words([0xbbbb0002, 32]) }),
  ],
  [
    'markerRsp',
    (to, cookie) => to.markerRsp(cookie, 0x80000001, 0x86),
    response(Op.snapshotMarker, { opaque: 0x80000001, status: 0x86 }),
  ],
  [
    'setVbucketStateRsp',
    (to, cookie) => to.setVbucketStateRsp(cookie, 2, 0x04),
    response(Op.setVbucketState, { opaque: 2, status: 0x04 }),
  ],
  [
    'streamEnd',
    (to, cookie) => to.streamEnd(cookie, 3, 9, 4),
    request(Op.streamEnd, { opaque: 3, vbucket: 9, extras: words([4, 32]) }),
  ],
  [
    'marker',
    (to, cookie) => to.marker(cookie, 4, 1, 0x0102_0304_0506_0708n, MAX, 2 | 8),
    request(Op.snapshotMarker, {
      opaque: 4,
      vbucket: 1,
      extras: words([0x0102_0304_0506_0708n, 64], [MAX, 64], [10, 32]),
    }),
  ],
  ['flush', (to, cookie) => to.flush(cookie, 5, 2), request(Op.flush, { opaque: 5, vbucket: 2 })],
  [
    'setVbucketState',
    (to, cookie) => to.setVbucketState(cookie, 6, 2, 4),
    request(Op.setVbucketState, { opaque: 6, vbucket: 2, extras: words([4, 8]) }),
  ],
  ['noop', (to, cookie) => to.noop(cookie, 0xffffffff), request(Op.dcpNoop, { opaque: 0xffffffff })],
  [
    'bufferAcknowledgement',
    (to, cookie) => to.bufferAcknowledgement(cookie, 8, 1, 0xfffffff0),
    request(Op.bufferAck, { opaque: 8, vbucket: 1, extras: words([0xfffffff0, 32]) }),
  ],
  [
    'control',
    (to, cookie) => to.control(cookie, 9, 'enable_noop', 'trüe'),
    request(Op.control, { opaque: 9, key: 'enable_noop', value: 'trüe' }),
  ],
  [
    'systemEvent',
    (to, cookie) => to.systemEvent(cookie, 10, 3, 1, MAX, Buffer.from('beer'), Buffer.from('uid')),
    request(Op.systemEvent, {
      opaque: 10,
      vbucket: 3,
      extras: words([MAX, 64], [1, 32]),
      key: 'beer',
      value: 'uid',
    }),
  ],
];

const XATTR = 4;
const big = new Uint8Array(20_000).map((_, at) => at);

const documents: readonly (readonly [string, TestItem, (item: Item) => Say, Buffer])[] = [
  [
    'mutation',
    itemOf('order:\xe9', 'nine', { datatype: 1 }),
    (item) => (to, cookie) =>
      to.mutation(cookie, 0xfeed, item, 1023, MAX, 0x8000_0000_0000_0000n, 0x80000001, NO_META, 0xfd, 0),
    mutation({
      opaque: 0xfeed,
      vbucket: 1023,
      datatype: 1,
      cas: 0x8877_6655_4433_2211n,
      key: 'order:\xe9',
      value: 'nine',
      bySeqno: MAX,
      revSeqno: 0x8000_0000_0000_0000n,
      flags: 0xdeadbeef,
      expiration: 0xfffffffe,
      lockTime: 0x80000001,
      nru: 0xfd,
    }),
  ],
  [
    'mutation with meta after a long value',
    itemOf('big', big),
    (item) => (to, cookie) => to.mutation(cookie, 1, item, 0, 1n, 1n, 0, Buffer.from('META'), 0, 0),
    mutation({
      opaque: 1,
      cas: 0x8877_6655_4433_2211n,
      key: 'big',
      value: Buffer.concat([big, Buffer.from('META')]),
      bySeqno: 1n,
      flags: 0xdeadbeef,
      expiration: 0xfffffffe,
      nmeta: 4,
    }),
  ],
  [
    'mutation without a value',
    itemOf('empty', ''),
    (item) => (to, cookie) => to.mutation(cookie, 1, item, 0, 1n, 1n, 0, NO_META, 0, 0),
    mutation({
      opaque: 1,
      cas: 0x8877_6655_4433_2211n,
      key: 'empty',
      bySeqno: 1n,
      flags: 0xdeadbeef,
      expiration: 0xfffffffe,
    }),
  ],
  [
    'deletion, whose value stays here',
    itemOf('session:9', 'gone', { datatype: 1 }),
    (item) => (to, cookie) => to.deletion(cookie, 2, item, 5, MAX, 7n, NO_META, 0),
    removal(Op.deletion, {
      opaque: 2,
      vbucket: 5,
      cas: 0x8877_6655_4433_2211n,
      key: 'session:9',
      bySeqno: MAX,
      revSeqno: 7n,
    }),
  ],
  [
    'deletion with xattrs and meta',
    itemOf('session:9', big, { datatype: XATTR }),
    (item) => (to, cookie) => to.deletion(cookie, 2, item, 5, 6n, 7n, Buffer.from('META'), 0),
    removal(Op.deletion, {
      opaque: 2,
      vbucket: 5,
      datatype: XATTR,
      cas: 0x8877_6655_4433_2211n,
      key: 'session:9',
      value: Buffer.concat([big, Buffer.from('META')]),
      bySeqno: 6n,
      revSeqno: 7n,
      nmeta: 4,
    }),
  ],
  [
    'expiration',
    itemOf('session:9', 'late', { datatype: XATTR }),
    (item) => (to, cookie) => to.expiration(cookie, 2, item, 5, 6n, 7n, NO_META, 0),
    removal(Op.expiration, {
      opaque: 2,
      vbucket: 5,
      cas: 0x8877_6655_4433_2211n,
      key: 'session:9',
      bySeqno: 6n,
      revSeqno: 7n,
    }),
  ],
];

const paths: readonly (readonly [string, ServerOptions])[] = [
  ['copied', { send: 'copy' }],
  ['sent by reference', { send: 'ref' }],
  ['sent by size', { send: 'auto' }],
  ['sent as before the change', { contract: 'v1' }],
];

describe.each(paths)('a message that is %s', (_path, options) => {
  it.each(plain)('%s has its bytes', async (_name, what, expected) => {
    await using staged = await dcpStage(options);
    const { client, play } = staged;
    play(say(what));
    expect((await client.next()).bytes.toString('hex')).toBe(expected.toString('hex'));
    expect(await client.sync()).toEqual([]);
  });

  it.each(documents)('%s has its bytes, and its item goes back once', async (_name, item, what, expected) => {
    item.released = 0;
    await using staged = await dcpStage(options);
    const { client, play } = staged;
    play(say(what(item)));
    expect((await client.next()).bytes.equals(expected)).toBe(true);
    expect(await client.sync()).toEqual([]);
    expect(item.released).toBe(1);
  });

  it('goes out with others of the same step, in order', async () => {
    const items = [itemOf('a', 'first'), itemOf('b', big)];
    await using staged = await dcpStage(options);
    const { client, play } = staged;
    play((to, cookie) => {
      expect(to.marker(cookie, 1, 0, 1n, 2n, 1)).toBe(0);
      for (const item of items) expect(to.mutation(cookie, 1, item, 0, 1n, 1n, 0, NO_META, 0, 0)).toBe(0);
      return 9;
    });
    const messages = await client.take(3);
    expect(messages.map(({ opcode, key }) => [opcode, key])).toEqual([
      [Op.snapshotMarker, ''],
      [Op.mutation, 'a'],
      [Op.mutation, 'b'],
    ]);
    expect(await client.sync()).toEqual([]);
    expect(items.map(({ released }) => released)).toEqual([1, 1]);
  });

  it('is nothing where the engine breaks off half-way, and the item goes back once', async () => {
    const item = itemOf('a', big);
    await using staged = await dcpStage(options);
    const { client, log, play, server } = staged;
    const other = new RawClient(server);
    play((to, cookie) => to.mutation(cookie, 1, item, 0, 'six' as unknown as bigint, 1n, 0, NO_META, 0, 0));
    expect(await client.ended()).toEqual([]);
    expect(await other.sync()).toEqual([]);
    expect(item.released).toBe(1);
    expect(server.stats.engineFaults).toBe(1);
    expect(log.find(({ level }) => level === 'error')?.message).toBe('dcp.step failed');
  });
});
