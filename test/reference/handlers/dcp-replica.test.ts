import { afterEach, describe, expect, it } from 'vitest';
import type { DcpInterface } from '../../../reference/engine/contract.ts';
import { createServer, type Server } from '../../../reference/server.ts';
import type { ServerOptions } from '../../../reference/server-options.ts';
import { type DcpRecorder, dcpRecorder } from '../../support/dcp-recorder.ts';
import { RawClient } from '../../support/raw-client.ts';
import { marker, mutation, Op, removal, request, words } from '../../support/raw-dcp.ts';

let server: Server;

afterEach(() => server.stop({ graceMs: 0 }));

const INCLUDE_XATTRS = 4;

async function connect(engine: DcpRecorder, options: ServerOptions = {}): Promise<RawClient> {
  server = await createServer({ profile: 'couchbase', ...options, engine: engine.module, port: false });
  const client = new RawClient(server);
  await client.open(INCLUDE_XATTRS);
  return client;
}

const MAX = 0xffff_ffff_ffff_ffffn;

/** Xattrs: `_sync` is the system's, `tag` the user's; and a document after them. */
function xattrs(): { readonly value: Buffer; readonly systemBytes: number } {
  const pair = (key: string, json: string): Buffer => {
    const bytes = Buffer.from(`${key}\0${json}\0`);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const system = pair('_sync', '{"rev":3}');
  const all = Buffer.concat([system, pair('tag', '"new"')]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(all.length);
  return {
    value: Buffer.concat([length, all, Buffer.from('{"name":"Ada"}')]),
    systemBytes: 4 + system.length,
  };
}

describe('a mutation', () => {
  it('reaches the engine with every field', async () => {
    const engine = dcpRecorder();
    const client = await connect(engine);
    client.send(
      mutation({
        vbucket: 511,
        opaque: 0xfedcba98,
        datatype: 1,
        cas: 0x1122_3344_5566_7788n,
        key: 'order:\xe9',
        value: '{"total":9}META',
        bySeqno: MAX,
        revSeqno: 0x8000_0000_0000_0000n,
        flags: 0xdeadbeef,
        expiration: 0xfffffffe,
        lockTime: 0x80000001,
        nmeta: 4,
        nru: 0xfd,
      }),
    );
    expect(await client.sync()).toEqual([]);
    expect(engine.last('mutation')).toEqual([
      0xfedcba98,
      { key: 'order:\xe9', docNamespace: 0 },
      '{"total":9}',
      0,
      1,
      0x1122_3344_5566_7788n,
      511,
      0xdeadbeef,
      MAX,
      0x8000_0000_0000_0000n,
      0xfffffffe,
      0x80000001,
      'META',
      0xfd,
    ]);
  });

  it('may have no value', async () => {
    const engine = dcpRecorder();
    const client = await connect(engine);
    client.send(mutation({ key: 'empty', bySeqno: 1n }));
    expect(await client.sync()).toEqual([]);
    expect(engine.last('mutation').slice(1, 4)).toEqual([{ key: 'empty', docNamespace: 0 }, '', 0]);
  });

  it('tells how much of its value is the system', async () => {
    const { systemBytes, value } = xattrs();
    const engine = dcpRecorder();
    const client = await connect(engine);
    client.send(mutation({ key: 'ada', value, datatype: 4 | 1, bySeqno: 1n }));
    expect(await client.sync()).toEqual([]);
    expect(engine.last('mutation').slice(2, 5)).toEqual([value.toString('latin1'), systemBytes, 5]);
  });

  it('is refused where its xattrs are none, or more than may be', async () => {
    const engine = dcpRecorder();
    const client = await connect(engine);
    const broken = await client.ask(mutation({ key: 'ada', value: 'no xattrs', datatype: 4, bySeqno: 1n }));
    expect(broken.status).toBe(0x87);
    const json = `"${'x'.repeat(1024 * 1024)}"`;
    const pair = Buffer.from(`_big\0${json}\0`);
    const value = Buffer.concat([words([pair.length + 4, 32], [pair.length, 32]), pair]);
    const big = await client.ask(mutation({ key: 'ada', value, datatype: 4, bySeqno: 1n }));
    expect(big.status).toBe(0x03);
    expect(engine.calls.map(({ slot }) => slot)).toEqual(['open']);
  });

  it('keeps its datatype in a profile that knows none', async () => {
    const engine = dcpRecorder();
    const client = await connect(engine, { profile: 'memcached' });
    client.send(mutation({ key: 'ada', value: '{}', datatype: 0xf1, bySeqno: 1n }));
    expect(await client.sync()).toEqual([]);
    expect(engine.last('mutation')[4]).toBe(1);
  });
});

describe.each([
  ['deletion', Op.deletion],
  ['expiration', Op.expiration],
] as const)('a %s', (slot, opcode) => {
  it('reaches the engine with every field', async () => {
    const engine = dcpRecorder();
    const client = await connect(engine);
    client.send(
      removal(opcode, {
        vbucket: 7,
        opaque: 0x80000000,
        cas: MAX,
        key: 'session:9',
        bySeqno: 0x0102_0304_0506_0708n,
        revSeqno: 0x1112_1314_1516_1718n,
      }),
    );
    expect(await client.sync()).toEqual([]);
    expect(engine.last(slot)).toEqual([
      0x80000000,
      { key: 'session:9', docNamespace: 0 },
      '',
      0,
      0,
      MAX,
      7,
      0x0102_0304_0506_0708n,
      0x1112_1314_1516_1718n,
      '',
    ]);
  });
});

describe('a deletion', () => {
  it('keeps xattrs, all of which are the system, and meta', async () => {
    const { value } = xattrs();
    const engine = dcpRecorder();
    const client = await connect(engine);
    const withMeta = Buffer.concat([value, Buffer.from('META')]);
    client.send(
      removal(Op.deletion, { key: 'ada', value: withMeta, datatype: 4, bySeqno: 2n, nmeta: 4 }),
      removal(Op.deletion, { key: 'ada', value: 'META', bySeqno: 3n, nmeta: 4 }),
    );
    expect(await client.sync()).toEqual([]);
    const [first, second] = engine.calls.filter((call) => call.slot === 'deletion');
    expect(first?.args.slice(2, 5)).toEqual([value.toString('latin1'), value.length, 4]);
    expect(first?.args.at(-1)).toBe('META');
    expect(second?.args.slice(2, 5)).toEqual(['', 0, 0]);
    expect(second?.args.at(-1)).toBe('META');
  });
});

describe('the other messages of a producer', () => {
  it('reach the engine, and are not answered', async () => {
    const engine = dcpRecorder();
    const client = await connect(engine);
    client.send(
      marker(1, 11, 5n, MAX, 2 | 8),
      request(Op.flush, { vbucket: 2, opaque: 12 }),
      request(Op.setVbucketState, { vbucket: 3, opaque: 13, extras: words([4, 8]) }),
      request(Op.systemEvent, {
        vbucket: 4,
        opaque: 14,
        extras: words([MAX, 64], [1, 32]),
        key: 'beer',
        value: 'uid',
      }),
      request(Op.streamEnd, { vbucket: 5, opaque: 15, extras: words([0xffffffff, 32]) }),
    );
    expect(await client.sync()).toEqual([]);
    expect(engine.calls.slice(1).map(({ slot, args }) => [slot, ...args])).toEqual([
      ['snapshotMarker', 11, 1, 5n, MAX, 10],
      ['flush', 12, 2],
      ['setVbucketState', 13, 3, 4],
      ['systemEvent', 14, 4, 1, MAX, 'beer', 'uid'],
      ['streamEnd', 15, 5, 0xffffffff],
    ]);
  });

  const messages: readonly (readonly [keyof DcpInterface, Buffer])[] = [
    ['streamEnd', request(Op.streamEnd, { extras: words([0, 32]) })],
    ['snapshotMarker', marker(0, 1, 1n, 2n)],
    ['mutation', mutation({ key: 'ada', bySeqno: 1n })],
    ['deletion', removal(Op.deletion, { key: 'ada', bySeqno: 1n })],
    ['expiration', removal(Op.expiration, { key: 'ada', bySeqno: 1n })],
    ['flush', request(Op.flush)],
    ['systemEvent', request(Op.systemEvent, { extras: words([1n, 64], [0, 32]) })],
    ['setVbucketState', request(Op.setVbucketState, { extras: words([1, 8]) })],
  ];

  it.each(messages)('%s is not supported by an engine without the slot', async (slot, message) => {
    const client = await connect(dcpRecorder({}, [slot]));
    expect(await client.ask(message)).toMatchObject({ magic: 0x81, opcode: message[1], status: 0x83 });
    expect(await client.sync()).toEqual([]);
  });

  it.each(messages.slice(0, -1))('%s is answered where it fails', async (slot, message) => {
    const client = await connect(dcpRecorder({ [slot]: () => 0x0e }));
    expect(await client.ask(message)).toMatchObject({ magic: 0x81, opcode: message[1], status: 0x22 });
    expect(await client.sync()).toEqual([]);
  });

  it.each(messages)('%s closes the connection where the engine wants that', async (slot, message) => {
    const client = await connect(dcpRecorder({ [slot]: () => 0x0a }));
    client.send(message);
    expect(await client.ended()).toEqual([]);
  });

  it.each(messages)('%s waits, and is given to the engine again', async (slot, message) => {
    let isWaiting = true;
    const engine: DcpRecorder = dcpRecorder({
      [slot]: (_handle: unknown, cookie: Parameters<typeof engine.server.cookie.notifyIoComplete>[0]) => {
        if (!isWaiting) return 0;
        isWaiting = false;
        setImmediate(() => engine.server.cookie.notifyIoComplete(cookie, 0));
        return 7;
      },
    });
    const client = await connect(engine);
    client.send(message);
    expect(await client.sync()).toEqual([]);
    const [first, second] = engine.calls.filter((call) => call.slot === slot);
    expect(second?.args).toEqual(first?.args);
    expect(second?.cookie).toBe(first?.cookie);
  });

  it('a failed change of state closes the connection', async () => {
    const client = await connect(dcpRecorder({ setVbucketState: () => 0x0e }));
    client.send(request(Op.setVbucketState, { extras: words([1, 8]) }));
    expect(await client.ended()).toEqual([]);
  });
});
