// Every message that `dcp.step` can produce, byte by byte, through both send paths; and who gives items back, when.
import { afterEach, describe, expect, it } from 'vitest';
import type {
  Cookie,
  DcpMessageProducers,
  Item,
  ItemInfo,
  ReadonlyBytes,
} from '../../reference/engine/contract.ts';
import { createServer, type Server } from '../../reference/server.ts';
import type { LogRecord, ServerOptions } from '../../reference/server-options.ts';
import { engineWithDcp } from '../support/dcp-engine.ts';
import { RawClient } from '../support/raw-client.ts';
import { mutation, Op, removal, request, response, streamReq, words } from '../support/raw-dcp.ts';
import { until } from '../support/until.ts';

const MAX = 0xffff_ffff_ffff_ffffn;
const NO_META = new Uint8Array(0);

/** An item as plain data, and how often it was given back. */
interface TestItem {
  readonly info: ItemInfo;
  released: number;
}

function itemOf(key: string, value: string | Uint8Array, fields: Partial<ItemInfo> = {}): TestItem {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return {
    released: 0,
    info: {
      cas: 0x8877_6655_4433_2211n,
      vbucketUuid: 0n,
      seqno: 5n,
      exptime: 0xfffffffe,
      nbytes: bytes.length,
      flags: 0xdeadbeef,
      datatype: 0,
      documentState: 0xf0,
      key: { data: Buffer.from(key, 'latin1'), text: key, docNamespace: 0 },
      value: bytes,
      casIsHlc: false,
      ...fields,
    },
  };
}

/** One step: says something, and answers what the step answers. */
type Step = (producers: DcpMessageProducers, cookie: Cookie) => unknown;

const servers: Server[] = [];
const log: LogRecord[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop({ graceMs: 0 })));
  log.length = 0;
});

interface Stage {
  readonly server: Server;
  readonly client: RawClient;
  /** Takes these steps, one after the other, once the engine is asked. */
  play(...steps: readonly Step[]): void;
}

/** A server whose engine says what a test wants it to say. */
async function stage(
  options: ServerOptions = {},
  slots: { getItemInfo?: (item: TestItem) => unknown; release?: (item: TestItem) => void } = {},
): Promise<Stage> {
  const queue: Step[] = [];
  let wake = (): void => {};
  const engine = engineWithDcp(
    (api) => ({
      open: (_handle, cookie) => {
        wake = () => api.cookie.notifyIoComplete(cookie, 0);
        return 0;
      },
      step: (_handle, cookie, producers) => (queue.shift()?.(producers, cookie) ?? 0) as 0,
    }),
    () => ({
      getItemInfo: (_handle, _cookie, item) =>
        (slots.getItemInfo === undefined
          ? (item as TestItem).info
          : slots.getItemInfo(item as TestItem)) as ItemInfo,
      release: (_handle, _cookie, item) => {
        (item as TestItem).released += 1;
        slots.release?.(item as TestItem);
      },
    }),
  );
  const server = await createServer({ ...options, engine, port: false, log: (record) => log.push(record) });
  servers.push(server);
  const client = new RawClient(server);
  await client.open(1);
  return {
    server,
    client,
    play: (...steps) => {
      queue.push(...steps);
      wake();
    },
  };
}

/** Says one thing that has to succeed. */
const say =
  (what: (producers: DcpMessageProducers, cookie: Cookie) => number): Step =>
  (producers, cookie) => {
    expect(what(producers, cookie)).toBe(0);
    return 9;
  };

const sendMutation = (item: Item, meta: ReadonlyBytes = NO_META): Step =>
  say((producers, cookie) => producers.mutation(cookie, 7, item, 3, 6n, 2n, 0, meta, 0, 0));

type Say = Parameters<typeof say>[0];

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
    const { client, play } = await stage(options);
    play(say(what));
    expect((await client.next()).bytes.toString('hex')).toBe(expected.toString('hex'));
    expect(await client.sync()).toEqual([]);
  });

  it.each(documents)('%s has its bytes, and its item goes back once', async (_name, item, what, expected) => {
    item.released = 0;
    const { client, play } = await stage(options);
    play(say(what(item)));
    expect((await client.next()).bytes.equals(expected)).toBe(true);
    expect(await client.sync()).toEqual([]);
    expect(item.released).toBe(1);
  });

  it('goes out with others of the same step, in order', async () => {
    const items = [itemOf('a', 'first'), itemOf('b', big)];
    const { client, play } = await stage(options);
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
    const { client, play, server } = await stage(options);
    const other = new RawClient(server);
    play((to, cookie) => to.mutation(cookie, 1, item, 0, 'six' as unknown as bigint, 1n, 0, NO_META, 0, 0));
    expect(await client.ended()).toEqual([]);
    expect(await other.sync()).toEqual([]);
    expect(item.released).toBe(1);
    expect(server.stats.engineFaults).toBe(1);
    expect(log.find(({ level }) => level === 'error')?.message).toBe('dcp.step failed');
  });
});

describe('an item', () => {
  it('goes back at once where it is copied', async () => {
    const item = itemOf('a', big);
    const { client, play } = await stage({ send: 'copy' });
    play((to, cookie) => {
      to.mutation(cookie, 1, item, 0, 1n, 1n, 0, NO_META, 0, 0);
      expect(item.released).toBe(1);
      return 9;
    });
    await client.next();
    expect(item.released).toBe(1);
  });

  it('goes back when the kernel took what was sent by reference', async () => {
    const item = itemOf('a', new Uint8Array(1024 * 1024));
    const { client, play, server } = await stage({ send: 'ref' });
    client.wire.pause();
    play(sendMutation(item));
    await until('the message is queued', () => (server.connections()[0]?.queued ?? 0) > 1024 * 1024);
    expect(item.released).toBe(0);
    client.wire.resume();
    expect((await client.next()).value).toHaveLength(1024 * 1024);
    expect(await client.sync()).toEqual([]);
    expect(item.released).toBe(1);
  });

  it('goes back once where the connection dies with it', async () => {
    const items = [itemOf('a', new Uint8Array(1024 * 1024)), itemOf('b', 'small')];
    const { client, play, server } = await stage({ send: 'ref', maxSendQueueSize: 8 * 1024 * 1024 });
    client.wire.pause();
    play(...items.map((item) => sendMutation(item)));
    await until('both are queued', () => server.stats.chained === 2);
    expect(items.map(({ released }) => released)).toEqual([0, 0]);
    client.wire.destroy();
    await until('the connection is gone', () => server.connections().length === 0);
    expect(items.map(({ released }) => released)).toEqual([1, 1]);
  });

  it('goes back, and nothing is queued, where the send queue is full', async () => {
    const items = [itemOf('a', new Uint8Array(300_000)), itemOf('b', 'small')];
    const { client, play, server } = await stage({ maxSendQueueSize: 1000 });
    client.wire.pause();
    const codes: number[] = [];
    play((to, cookie) => {
      for (const item of items) codes.push(to.mutation(cookie, 1, item, 0, 1n, 1n, 0, NO_META, 0, 0));
      codes.push(to.noop(cookie, 5));
      return 9;
    });
    await until('the step was taken', () => codes.length === 3);
    expect(codes).toEqual([0, 8, 8]);
    expect(items[1]?.released).toBe(1);
    client.wire.resume();
    expect((await client.next()).key).toBe('a');
    expect(await client.sync()).toEqual([]);
    expect(items.map(({ released }) => released)).toEqual([1, 1]);
    expect(server.stats.engineFaults).toBe(0);
  });

  it('of which the engine cannot tell fails its message, not the connection', async () => {
    const item = itemOf('a', 'value');
    const { client, play } = await stage({}, { getItemInfo: () => undefined });
    const codes: number[] = [];
    play((to, cookie) => {
      codes.push(to.mutation(cookie, 1, item, 0, 1n, 1n, 0, NO_META, 0, 0));
      return 0;
    });
    expect(await client.sync()).toEqual([]);
    expect([codes, item.released]).toEqual([[0xff], 1]);
  });

  it.each<readonly [string, (item: TestItem) => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no such item');
      },
    ],
    ['answers no value', ({ info }) => ({ ...info, value: 'text' })],
    ['answers no key', ({ info }) => ({ ...info, key: undefined })],
    ['answers no cas', ({ info }) => ({ ...info, cas: undefined })],
    ['answers a promise', ({ info }) => Promise.resolve(info)],
    [
      'answers a key that is too long',
      ({ info }) => ({ ...info, key: { ...info.key, data: Buffer.alloc(251) } }),
    ],
  ])('goes back once where getItemInfo %s', async (_, getItemInfo) => {
    const item = itemOf('a', 'value');
    const { client, play, server } = await stage({}, { getItemInfo });
    play(sendMutation(item));
    expect(await client.ended()).toEqual([]);
    expect([item.released, server.stats.engineFaults]).toEqual([1, 1]);
  });

  it('whose release throws takes nothing down', async () => {
    const items = [itemOf('a', 'copied'), itemOf('b', big)];
    const { client, play, server } = await stage(
      {},
      {
        release: ({ info }) => {
          throw new Error(`${info.key.text} stays`);
        },
      },
    );
    play(...items.map((item) => sendMutation(item)));
    expect((await client.take(2)).map(({ key }) => key)).toEqual(['a', 'b']);
    expect(await client.sync()).toEqual([]);
    expect(server.stats.engineFaults).toBe(2);
    expect(log.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'release failed',
      'release failed',
    ]);
  });
});

describe('a producer', () => {
  it.each<readonly [string, Say]>([
    [
      'meta',
      (to, cookie) => to.mutation(cookie, 1, itemOf('a', ''), 0, 1n, 1n, 0, new Uint8Array(65_536), 0, 0),
    ],
    ['the key of a setting', (to, cookie) => to.control(cookie, 1, 'k'.repeat(251), 'v')],
    [
      'the key of an event',
      (to, cookie) => to.systemEvent(cookie, 1, 0, 0, 1n, new Uint8Array(251), NO_META),
    ],
  ])('refuses %s that no message holds', async (_, what) => {
    const { client, play, server } = await stage();
    play((to, cookie) => {
      expect(() => what(to, cookie)).toThrow(RangeError);
      return 0;
    });
    expect(await client.sync()).toEqual([]);
    expect(server.stats.engineFaults).toBe(0);
  });

  it.each([0, 5, 256])('refuses a state of a vbucket that is none: %i', async (state) => {
    const { client, play } = await stage();
    const codes: number[] = [];
    play((to, cookie) => {
      codes.push(to.setVbucketState(cookie, 1, 0, state as 1));
      return 0;
    });
    expect(await client.sync()).toEqual([]);
    expect(codes).toEqual([5]);
  });

  it("refuses another connection's cookie, and to be called outside a slot", async () => {
    const { client, play } = await stage();
    const errors: unknown[] = [];
    const attempt = (what: () => number): void => {
      try {
        what();
      } catch (error) {
        errors.push(String(error));
      }
    };
    let later: (() => void) | undefined;
    const item = itemOf('a', 'value');
    play((to, cookie) => {
      attempt(() => to.noop({ name: 'somebody else' }, 1));
      later = () => attempt(() => to.mutation(cookie, 1, item, 0, 1n, 1n, 0, NO_META, 0, 0));
      return 0;
    });
    expect(await client.sync()).toEqual([]);
    later?.();
    expect(await client.sync()).toEqual([]);
    expect(errors).toEqual([
      expect.stringContaining('are those of connection 1'),
      expect.stringContaining('outside dcp.step'),
    ]);
    expect(item.released).toBe(1);
  });

  it('may be taken off its object', async () => {
    const { client, play } = await stage();
    play(({ noop }, cookie) => (noop(cookie, 77) === 0 ? 9 : 0));
    expect(await client.next()).toMatchObject({ opcode: Op.dcpNoop, opaque: 77 });
  });
});
