// DCP conversations with the server as producer, over the default engine. Every byte of the client is written by hand.
// Consumers that do not keep up are in dcp-slow-consumer.test.ts.
import { afterEach, describe, expect, it } from 'vitest';
import { createServer, type Server } from '../../reference/server.ts';
import type { ServerOptions } from '../../reference/server-options.ts';
import { RawClient } from '../support/raw-client.ts';
import { FOREVER, Op, open, type RawMessage, request, set, streamReq } from '../support/raw-dcp.ts';
import { turn, until } from '../support/until.ts';

const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop({ graceMs: 0 })));
});

async function serve(options: ServerOptions = {}): Promise<Server> {
  const server = await createServer({ profile: 'couchbase', ...options, port: false });
  servers.push(server);
  return server;
}

/** Stores documents in vbucket 0, in this order. */
async function store(
  server: Server,
  documents: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const client = new RawClient(server);
  for (const [key, value] of Object.entries(documents)) {
    const { status } = await client.ask(set(key, value, { flags: 0x0badcafe }));
    expect(status).toBe(0);
  }
  client.wire.end();
}

const PRODUCER = 1;
const text = ({ value }: RawMessage): string => value.toString('latin1');
const opcodes = (messages: readonly RawMessage[]): number[] => messages.map(({ opcode }) => opcode);

/** The failover log of a success, taken apart. */
function failoverLog(answer: RawMessage): { readonly uuid: bigint; readonly seqno: bigint }[] {
  expect(answer).toMatchObject({ magic: 0x81, status: 0, key: '' });
  expect(answer.extras.byteLength).toBe(0);
  expect(answer.value.length % 16).toBe(0);
  return Array.from({ length: answer.value.length / 16 }, (_, at) => ({
    uuid: answer.value.readBigUInt64BE(16 * at),
    seqno: answer.value.readBigUInt64BE(16 * at + 8),
  }));
}

describe('a stream of the default engine', () => {
  it('brings the failover log, a snapshot, every document, and its end', async () => {
    const server = await serve();
    await store(server, { 'user:1': 'Ada', 'user:2': 'Grace', 'user:3': 'Edsger' });
    const keeper = new RawClient(server);
    await keeper.ask(request(Op.delete, { key: 'user:2' }));
    const client = new RawClient(server);
    await client.open(PRODUCER);
    const answer = await client.ask(streamReq(0, { opaque: 0xfeed, end: 4n }));
    expect(answer).toMatchObject({ opcode: Op.streamReq, opaque: 0xfeed });
    expect(failoverLog(answer)).toHaveLength(1);
    const [marker, ada, edsger, grace, end] = (await client.take(5)) as [
      RawMessage,
      RawMessage,
      RawMessage,
      RawMessage,
      RawMessage,
    ];
    expect(marker).toMatchObject({ magic: 0x80, opcode: Op.snapshotMarker, vbucket: 0, opaque: 0xfeed });
    expect(marker.extras.byteLength).toBe(20);
    expect(marker.extras.getBigUint64(8)).toBe(4n);
    expect(ada).toMatchObject({ magic: 0x80, opcode: Op.mutation, opaque: 0xfeed, key: 'user:1' });
    expect(text(ada)).toBe('Ada');
    expect(ada.extras.byteLength).toBe(31);
    expect(ada.extras.getBigUint64(0)).toBe(1n);
    expect(ada.extras.getBigUint64(8)).toBe(1n);
    // The flags are the client's bytes, whatever they mean to it.
    expect(ada.extras.getUint32(16)).toBe(0x0badcafe);
    expect(ada.extras.getUint32(20)).toBe(0);
    expect(ada.extras.getUint16(28)).toBe(0);
    expect(ada.cas).toBeGreaterThan(0n);
    expect(edsger).toMatchObject({ opcode: Op.mutation, key: 'user:3' });
    expect(edsger.extras.getBigUint64(0)).toBe(3n);
    expect(grace).toMatchObject({ opcode: Op.deletion, key: 'user:2', datatype: 0 });
    expect(grace.extras.byteLength).toBe(18);
    expect(grace.extras.getBigUint64(0)).toBe(4n);
    expect(grace.extras.getBigUint64(8)).toBe(2n);
    expect(grace.value).toHaveLength(0);
    expect(end).toMatchObject({ magic: 0x80, opcode: Op.streamEnd, opaque: 0xfeed });
    expect(end.extras.getUint32(0)).toBe(0);
    expect(await client.sync()).toEqual([]);
  });

  it.each(['copy', 'ref', 'auto'] as const)('brings values of every size unharmed (%s)', async (send) => {
    const sizes = [0, 1, 4095, 4096, 20_000, 65_536, 200_000];
    const value = (size: number): Buffer => Buffer.from(Array.from({ length: size }, (_, at) => at * size));
    const server = await serve({ send });
    await store(server, Object.fromEntries(sizes.map((size) => [`size:${size}`, value(size)])));
    const client = new RawClient(server);
    await client.open(PRODUCER);
    await client.ask(streamReq(0, { end: BigInt(sizes.length) }));
    const [, ...messages] = await client.take(1 + sizes.length);
    for (const [at, size] of sizes.entries()) {
      expect(messages[at]?.key).toBe(`size:${size}`);
      expect(messages[at]?.value.equals(value(size))).toBe(true);
    }
    expect((await client.next()).opcode).toBe(Op.streamEnd);
  });

  it('goes on with what is stored while it is open', async () => {
    const server = await serve();
    const client = new RawClient(server);
    await client.open(PRODUCER);
    await client.ask(streamReq(0));
    for (const [at, key] of ['first', 'second', 'third'].entries()) {
      await store(server, { [key]: `value of ${key}` });
      const [marker, document] = (await client.take(2)) as [RawMessage, RawMessage];
      expect(marker.opcode).toBe(Op.snapshotMarker);
      expect(document).toMatchObject({ opcode: Op.mutation, key });
      expect(document.extras.getBigUint64(0)).toBe(BigInt(at + 1));
    }
  });

  it('carries the old value where the document is replaced while it waits in the queue', async () => {
    for (const send of ['copy', 'ref'] as const) {
      const server = await serve({ send, maxSendQueueSize: 16 * 1024 * 1024 });
      const old = Buffer.alloc(2 * 1024 * 1024, 'old');
      await store(server, { report: old.subarray(0, 1024 * 1024), invoice: old.subarray(0, 1024 * 1024) });
      const client = new RawClient(server);
      await client.open(PRODUCER);
      client.wire.pause();
      client.send(streamReq(0));
      await until('both are queued', () => (server.connections()[0]?.queued ?? 0) > 1_900_000);
      const keeper = new RawClient(server);
      await keeper.ask(set('report', Buffer.alloc(1024 * 1024, 'new')));
      await keeper.ask(request(Op.delete, { key: 'invoice' }));
      client.wire.resume();
      const messages = await client.take(4);
      expect(opcodes(messages)).toEqual([Op.streamReq, Op.snapshotMarker, Op.mutation, Op.mutation]);
      for (const { value } of messages.slice(2))
        expect(value.equals(old.subarray(0, 1024 * 1024))).toBe(true);
    }
  });

  it('keeps the datatype that a document was stored with', async () => {
    const server = await serve();
    const keeper = new RawClient(server);
    // HELLO for JSON (0x0b).
    await keeper.ask(request(0x1f, { value: new Uint8Array([0x00, 0x0b]) }));
    await keeper.ask(set('ada', '{"age":36}', { datatype: 1 }));
    const client = new RawClient(server);
    await client.open(PRODUCER);
    await client.ask(streamReq(0));
    const [, document] = await client.take(2);
    expect(document).toMatchObject({ key: 'ada', datatype: 1 });
  });

  it('can be one of several on a connection', async () => {
    const server = await serve();
    const keeper = new RawClient(server);
    for (const vbucket of [0, 7, 1023]) await keeper.ask(set(`in ${vbucket}`, 'here', { vbucket }));
    const client = new RawClient(server);
    await client.open(PRODUCER);
    client.send(...[0, 7, 1023].map((vbucket) => streamReq(vbucket, { opaque: 0x100 + vbucket, end: 1n })));
    const messages = await client.take(3 * 4);
    for (const vbucket of [0, 7, 1023]) {
      const own = messages.filter((each) => each.opaque === 0x100 + vbucket);
      expect(opcodes(own)).toEqual([Op.streamReq, Op.snapshotMarker, Op.mutation, Op.streamEnd]);
      expect(own.slice(1).map((each) => each.vbucket)).toEqual([vbucket, vbucket, vbucket]);
      expect(own[2]?.key).toBe(`in ${vbucket}`);
    }
  });
});

describe('where a stream starts', () => {
  it('is told by the failover log, and is rolled back where the histories differ', async () => {
    const server = await serve();
    await store(server, { a: '1', b: '2', c: '3' });
    const client = new RawClient(server);
    await client.open(PRODUCER);
    const [entry] = failoverLog(await client.ask(request(Op.getFailoverLog, { vbucket: 0 })));
    const uuid = entry?.uuid ?? 0n;
    const foreign = await client.ask(streamReq(0, { start: 2n, uuid: uuid + 1n }));
    expect(foreign).toMatchObject({ opcode: Op.streamReq, status: 0x23 });
    expect(foreign.value.toString('hex')).toBe('0000000000000000');
    const ahead = await client.ask(streamReq(0, { start: 9n, uuid }));
    expect(ahead).toMatchObject({ status: 0x23 });
    expect(ahead.value.readBigUInt64BE()).toBe(3n);
    expect(failoverLog(await client.ask(streamReq(0, { start: 2n, uuid, end: 3n })))[0]?.uuid).toBe(uuid);
    const [, document, end] = await client.take(3);
    expect(document?.key).toBe('c');
    expect(end?.opcode).toBe(Op.streamEnd);
  });

  it('is refused with what is wrong with it', async () => {
    const server = await serve();
    await store(server, { a: '1' });
    const client = new RawClient(server);
    await client.open(PRODUCER);
    const status = async (...asked: Parameters<typeof streamReq>): Promise<number> =>
      (await client.ask(streamReq(...asked))).status;
    expect(await status(0, { start: 5n, end: 4n })).toBe(0x22);
    expect(await status(0, { start: 5n, snapStart: 6n, snapEnd: 9n })).toBe(0x22);
    expect(await status(0, { start: 5n, snapStart: 1n, snapEnd: 4n })).toBe(0x22);
    expect(await status(1024)).toBe(0x07);
    expect(await status(1)).toBe(0);
    expect(await status(1)).toBe(0x02);
    expect(await client.sync()).toEqual([]);
  });

  it('is no question for a connection that is not open', async () => {
    const server = await serve();
    const client = new RawClient(server);
    client.send(streamReq(0));
    expect(await client.ended()).toEqual([]);
  });
});

describe('a stream that is closed in the middle of a snapshot', () => {
  it('says nothing more, and may be asked for again', async () => {
    const server = await serve({ maxSendQueueSize: 1000 });
    const big = 'x'.repeat(70_000);
    await store(server, { a: big, b: big, c: big, d: big });
    const client = new RawClient(server, { capacity: 1000 });
    await client.open(PRODUCER);
    client.send(streamReq(0));
    const [, marker, first] = await client.take(3);
    expect([marker?.opcode, first?.key]).toEqual([Op.snapshotMarker, 'a']);
    client.wire.pause();
    client.send(request(Op.closeStream, { vbucket: 0, opaque: 0xc105 }));
    await turn(20);
    client.wire.resume();
    const messages: RawMessage[] = [];
    do messages.push(await client.next());
    while (messages.at(-1)?.opaque !== 0xc105);
    expect(messages.at(-1)).toMatchObject({ magic: 0x81, opcode: Op.closeStream, status: 0 });
    expect(messages.length).toBeLessThan(4);
    await store(server, { e: big });
    expect(await client.sync()).toEqual([]);
    expect(await client.ask(request(Op.closeStream))).toMatchObject({ status: 0x01 });
    expect(await client.ask(streamReq(0, { end: 5n }))).toMatchObject({ status: 0 });
    expect((await client.take(7)).map(({ key }) => key)).toEqual(['', 'a', 'b', 'c', 'd', 'e', '']);
  });
});

describe('a server that stops', () => {
  it('ends with its streams', async () => {
    const server = await serve();
    await store(server, { a: '1' });
    const client = new RawClient(server);
    await client.open(PRODUCER);
    await client.ask(streamReq(0));
    await client.take(2);
    const stopped = server.stop({ graceMs: 0 });
    await client.ended();
    await stopped;
    expect(server.stats.engineFaults).toBe(0);
  });

  it('or begins anew closes what replicates', async () => {
    const server = await serve();
    await store(server, { a: '1' });
    const client = new RawClient(server);
    await client.open(PRODUCER);
    await client.ask(streamReq(0, { end: FOREVER }));
    await client.take(2);
    await server.reset();
    await client.ended();
    const again = new RawClient(server);
    await again.open(PRODUCER);
    expect(await again.ask(streamReq(0))).toMatchObject({ status: 0 });
    expect(await again.sync()).toEqual([]);
  });
});

describe('a second connection of the same name', () => {
  it('takes the place of the first', async () => {
    const server = await serve();
    const first = new RawClient(server);
    await first.open(PRODUCER, 'rebalance');
    const second = new RawClient(server);
    expect((await second.ask(open(PRODUCER, 'rebalance'))).status).toBe(0);
    expect(await first.ended()).toEqual([]);
    expect(await second.sync()).toEqual([]);
  });
});
