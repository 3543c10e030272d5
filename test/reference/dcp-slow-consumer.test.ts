// Consumers that do not keep up, or do not answer: flow control, noops, and a socket that nobody reads. Over the default
// engine.
import { afterEach, describe, expect, it } from 'vitest';
import { virtualTime } from '../../reference/clock.ts';
import { createServer, type Server } from '../../reference/server.ts';
import type { ServerOptions } from '../../reference/server-options.ts';
import { RawClient } from '../support/raw-client.ts';
import {
  bufferAck,
  control,
  Op,
  type RawMessage,
  request,
  response,
  set,
  streamReq,
} from '../support/raw-dcp.ts';
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
const opcodes = (messages: readonly RawMessage[]): number[] => messages.map(({ opcode }) => opcode);

describe('flow control', () => {
  it('holds the stream up until the bytes are acknowledged', async () => {
    const server = await serve();
    const value = 'x'.repeat(1000);
    await store(server, { a: value, b: value, c: value, d: value });
    const client = new RawClient(server);
    await client.open(PRODUCER);
    expect((await client.ask(control('connection_buffer_size', '2000'))).status).toBe(0);
    client.send(streamReq(0, { end: 4n }));
    const [, marker, ...first] = (await client.take(4)) as [RawMessage, RawMessage, RawMessage, RawMessage];
    expect(first.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(await client.sync()).toEqual([]);
    const bytes = [marker, ...first].reduce((sum, message) => sum + message.bytes.length, 0);
    client.send(bufferAck(bytes));
    const second = await client.take(2);
    expect(second.map(({ key }) => key)).toEqual(['c', 'd']);
    expect(await client.sync()).toEqual([]);
    // An acknowledgement that never comes keeps even the end back.
    client.send(bufferAck(second.reduce((sum, message) => sum + message.bytes.length, 0)));
    expect(await client.next()).toMatchObject({ opcode: Op.streamEnd });
  });

  it('is no setting of any other name', async () => {
    const server = await serve();
    const client = new RawClient(server);
    await client.open(PRODUCER);
    expect((await client.ask(control('connection_buffer', '1'))).status).toBe(0x04);
    expect((await client.ask(control('connection_buffer_size', 'much'))).status).toBe(0x04);
  });
});

describe('a consumer that is asked whether it is alive', () => {
  async function asked(): Promise<{ client: RawClient; tick: (seconds: number) => Promise<void> }> {
    const time = virtualTime();
    const server = await serve({ time });
    const client = new RawClient(server);
    await client.open(PRODUCER);
    await client.ask(control('set_noop_interval', '10'));
    await client.ask(control('enable_noop', 'true'));
    const tick = async (seconds: number): Promise<void> => {
      time.advance(seconds);
      await turn(20);
    };
    return { client, tick };
  }

  it('stays as long as it answers', async () => {
    const { client, tick } = await asked();
    for (let round = 0; round < 5; round++) {
      await tick(10);
      const question = await client.next();
      expect(question).toMatchObject({ magic: 0x80, opcode: Op.dcpNoop });
      expect(question.bytes).toHaveLength(24);
      client.send(response(Op.dcpNoop, { opaque: question.opaque }));
      expect(await client.sync()).toEqual([]);
    }
  });

  it('is left after an interval without an answer', async () => {
    const { client, tick } = await asked();
    await tick(10);
    await tick(9);
    expect(client.hasEnded).toBe(false);
    await tick(1);
    expect(opcodes(await client.ended())).toEqual([Op.dcpNoop]);
  });

  it('is left where it answers what was not asked', async () => {
    const { client, tick } = await asked();
    await tick(10);
    const { opaque } = await client.next();
    client.send(response(Op.dcpNoop, { opaque: opaque + 1 }));
    expect(await client.ended()).toEqual([]);
  });
});

describe('a consumer that stops reading', () => {
  it.each(['copy', 'auto'] as const)(
    'costs no more memory than the limit, and misses nothing (%s)',
    async (send) => {
      const limit = 256 * 1024;
      const server = await serve({ send, maxSendQueueSize: limit });
      const documents = Object.fromEntries(
        Array.from({ length: 300 }, (_, at) => [
          `order:${String(at).padStart(4, '0')}`,
          Buffer.alloc(10_000, at),
        ]),
      );
      await store(server, documents);
      const client = new RawClient(server);
      await client.open(PRODUCER);
      client.wire.pause();
      client.send(streamReq(0, { end: 300n }));
      await until('the queue is full', () => (server.connections()[0]?.queued ?? 0) > limit);
      const other = new RawClient(server);
      await other.ask(request(Op.get, { key: 'order:0007' }));
      await turn(50);
      const [connection] = server.connections();
      expect(connection?.queued).toBeLessThan(limit + 10_100);
      client.wire.resume();
      const [, , ...messages] = await client.take(2 + 300 + 1);
      expect(messages.pop()?.opcode).toBe(Op.streamEnd);
      expect(messages.map(({ key }) => key)).toEqual(Object.keys(documents));
      for (const { key, value } of messages) expect(value.equals(documents[key] as Buffer)).toBe(true);
    },
  );

  it('and goes away leaves nothing behind', async () => {
    const server = await serve({ send: 'ref' });
    await store(server, { a: Buffer.alloc(900_000), b: Buffer.alloc(900_000), c: Buffer.alloc(900_000) });
    const client = new RawClient(server);
    await client.open(PRODUCER);
    client.wire.pause();
    client.send(streamReq(0));
    await until('the queue is full', () => (server.connections()[0]?.queued ?? 0) > 1024 * 1024);
    client.wire.destroy();
    await until('the connection is gone', () => server.connections().length === 0);
    await store(server, { d: 'later' });
    await server.stop();
    expect(server.stats.engineFaults).toBe(0);
  });
});
