// How much is shipped at a time, and what becomes of a client that does not read.
import { afterEach, describe, expect, it } from 'vitest';
import type { PairOptions } from '../../reference/bufferevent/pair.ts';
import { EngineErrorCode } from '../../reference/engine/contract.ts';
import { createServer, type Server } from '../../reference/server.ts';
import type { ServerOptions } from '../../reference/server-options.ts';
import type { DcpRecorder } from '../support/dcp-recorder.ts';
import { RawClient } from '../support/raw-client.ts';
import { bufferAck, Op, request, response } from '../support/raw-dcp.ts';
import { counting, inOrder, numberedKey, stepping } from '../support/stepping-engine.ts';
import { turn, until } from '../support/until.ts';

let server: Server;

afterEach(() => server.stop({ graceMs: 0 }));

async function start(engine: DcpRecorder, options: ServerOptions = {}): Promise<Server> {
  server = await createServer({
    profile: 'couchbase',
    ...options,
    engine: engine.module,
    port: false,
  });
  return server;
}

async function openProducer(options: PairOptions = {}): Promise<RawClient> {
  const client = new RawClient(server, options);
  await client.open(1);
  return client;
}

const { ENGINE_SUCCESS: SUCCESS } = EngineErrorCode;

describe('what is shipped at a time', () => {
  /** The most that happened between two turns of the event loop, while `count` turns passed. */
  async function mostInATurn(amount: () => number, turns: number): Promise<number> {
    let most = 0;
    let before = amount();
    for (let i = 0; i < turns; i++) {
      await turn();
      most = Math.max(most, amount() - before);
      before = amount();
    }
    return most;
  }

  it('is a mebibyte, before others go first', async () => {
    const source = counting(20_000, 10_000);
    await start(stepping(source.step), { maxSendQueueSize: 1024 ** 3 });
    const client = await openProducer();
    client.wire.pause();
    const other = new RawClient(server);
    const most = await mostInATurn(() => source.sent * 10_044, 20);
    expect(most).toBeGreaterThan(1024 * 1024);
    // Woken and drained may fall into one turn.
    expect(most).toBeLessThan(2.5 * 1024 * 1024);
    expect(await other.sync()).toEqual([]);
    expect(source.sent).toBeLessThan(20_000);
  });

  it('is a number of small messages, before others go first', async () => {
    const source = counting(100_000, 0);
    await start(stepping(source.step), { maxRequestsPerEvent: 50 });
    const client = await openProducer();
    client.wire.pause();
    const most = await mostInATurn(() => source.sent, 50);
    expect(most).toBeGreaterThanOrEqual(50);
    expect(most).toBeLessThanOrEqual(200);
  });

  it('goes on where the kernel takes everything at once, and nothing ever drains', async () => {
    const source = counting(1000, 10_000);
    await start(stepping(source.step), { maxSendQueueSize: 64 * 1024 });
    const client = await openProducer({ capacity: 1024 ** 3 });
    client.wire.pause();
    await until('everything is with the kernel', () => source.sent === 1000);
    client.wire.resume();
    expect(inOrder(await client.take(1000))).toBe(true);
  });

  it('goes on where one step says more than the queue holds', async () => {
    let sent = 0;
    await start(
      stepping((producers, cookie) => {
        while (sent < 300) {
          const code = producers.systemEvent(
            cookie,
            sent,
            0,
            0,
            1n,
            Buffer.from(numberedKey(sent)),
            new Uint8Array(5000),
          );
          if (code !== SUCCESS) return code;
          sent += 1;
        }
        return SUCCESS;
      }),
      { maxSendQueueSize: 20_000 },
    );
    const client = await openProducer({ capacity: 1000 });
    expect(inOrder(await client.take(300))).toBe(true);
  });
});

describe('a client that does not read', () => {
  const LIMIT = 256 * 1024;
  const SIZE = 10_000;

  it.each(['copy', 'ref'] as const)(
    'holds the engine up, and gets everything in the end (%s)',
    async (send) => {
      const source = counting(500, SIZE);
      await start(stepping(source.step), { send, maxSendQueueSize: LIMIT });
      const client = await openProducer();
      client.wire.pause();
      await until('the queue is full', () => (server.connections()[0]?.queued ?? 0) > LIMIT);
      await turn(50);
      const held = source.calls;
      expect(source.sent).toBeLessThan(40);
      const other = new RawClient(server);
      for (let i = 0; i < 10; i++) expect(await other.sync()).toEqual([]);
      expect(source.calls).toBe(held);
      expect(server.stats.sendQueueHighWater).toBeLessThan(LIMIT + SIZE + 100);
      client.wire.resume();
      const messages = await client.take(500);
      expect(inOrder(messages)).toBe(true);
      expect(messages.every(({ value }) => value.length === SIZE)).toBe(true);
      expect(server.stats.sendQueueHighWater).toBeLessThan(LIMIT + SIZE + 100);
    },
  );

  it('is still heard: acknowledgements, responses, and that it is alive', async () => {
    const source = counting(500, SIZE);
    const heard: string[] = [];
    const hears = (what: string) => () => {
      heard.push(what);
      return SUCCESS;
    };
    const engine = stepping(source.step, {
      bufferAcknowledgement: hears('ack'),
      responseHandler: hears('response'),
      noop: hears('noop'),
      getFailoverLog: hears('failover log'),
    });
    await start(engine, { maxSendQueueSize: LIMIT });
    const client = await openProducer();
    client.wire.pause();
    await until('the queue is full', () => (server.connections()[0]?.queued ?? 0) > LIMIT);
    const { sent } = source;
    for (let round = 1; round <= 3; round++) {
      client.send(bufferAck(1000), response(Op.snapshotMarker), request(Op.dcpNoop, { opaque: 0xa11e }));
      await until('all three were heard', () => heard.length === 3 * round);
    }
    expect(heard.slice(0, 3)).toEqual(['ack', 'response', 'noop']);
    // What asks for more has to wait, and whatever comes after it, too.
    client.send(request(Op.getFailoverLog), bufferAck(1000));
    await turn(50);
    expect(heard).toHaveLength(9);
    expect(source.sent).toBe(sent);
    client.wire.resume();
    const messages = await client.take(500 + 4);
    expect(heard.slice(9)).toEqual(['failover log', 'ack']);
    expect(inOrder(messages.filter(({ opcode }) => opcode === Op.systemEvent))).toBe(true);
    expect(messages.filter(({ opaque }) => opaque === 0xa11e)).toHaveLength(3);
  });

  it('is heard over and over, each time that it stopped to read', async () => {
    const source = counting(10_000, SIZE);
    let acknowledged = 0;
    const engine = stepping(source.step, {
      bufferAcknowledgement: (_handle, _cookie, _opaque, _vbucket, bytes) => {
        acknowledged += bytes;
        return SUCCESS;
      },
    });
    await start(engine, { maxSendQueueSize: LIMIT });
    const client = await openProducer();
    for (let round = 1; round <= 5; round++) {
      client.wire.pause();
      await until('the queue is full', () => (server.connections()[0]?.queued ?? 0) > LIMIT);
      client.send(...Array.from({ length: 3000 }, () => bufferAck(1)));
      await until('all of it was heard', () => acknowledged === 3000 * round);
      client.wire.resume();
      await client.take(50);
    }
  });

  it('cannot fill the memory with acknowledgements that are refused', async () => {
    const source = counting(100, SIZE);
    let refused = 0;
    const engine = stepping(source.step, {
      bufferAcknowledgement: () => {
        refused += 1;
        return 5;
      },
    });
    await start(engine, { maxSendQueueSize: LIMIT });
    const client = await openProducer();
    client.wire.pause();
    await until('the queue is full', () => (server.connections()[0]?.queued ?? 0) > LIMIT);
    const acks = Buffer.concat(Array.from({ length: 20_000 }, () => bufferAck(1)));
    client.send(acks);
    await turn(200);
    expect(refused).toBe(1000);
    expect(server.stats.sendQueueHighWater).toBeLessThan(LIMIT + SIZE + 100 + 1000 * 24);
    client.wire.resume();
    const messages = await client.take(100 + 20_000);
    expect(messages.filter(({ opcode, status }) => opcode === Op.bufferAck && status === 4)).toHaveLength(
      20_000,
    );
  });
});
