// When `dcp.step` is called, when it is not, and what becomes of engines that answer it badly.
import { afterEach, describe, expect, it } from 'vitest';
import type { PairOptions } from '../../reference/bufferevent/pair.ts';
import { virtualTime } from '../../reference/clock.ts';
import {
  type Cookie,
  type DcpInterface,
  type DcpMessageProducers,
  EngineErrorCode,
} from '../../reference/engine/contract.ts';
import { createServer, type Server } from '../../reference/server.ts';
import type { LogRecord, ServerOptions } from '../../reference/server-options.ts';
import { type DcpRecorder, dcpRecorder } from '../support/dcp-recorder.ts';
import { RawClient } from '../support/raw-client.ts';
import { bufferAck, Op, type RawMessage, request, response } from '../support/raw-dcp.ts';
import { turn, until } from '../support/until.ts';

let server: Server;
const log: LogRecord[] = [];

afterEach(async () => {
  await server.stop({ graceMs: 0 });
  log.length = 0;
});

async function start(engine: DcpRecorder, options: ServerOptions = {}): Promise<Server> {
  server = await createServer({
    profile: 'couchbase',
    ...options,
    engine: engine.module,
    port: false,
    log: (record) => log.push(record),
  });
  return server;
}

async function openProducer(options: PairOptions = {}): Promise<RawClient> {
  const client = new RawClient(server, options);
  await client.open(1);
  return client;
}

type Step = (producers: DcpMessageProducers, cookie: Cookie) => unknown;

/** An engine with these steps; the cookie of its connection is where it can be woken. */
function stepping(
  step: Step,
  slots: DcpInterface = {},
): DcpRecorder & { cookie: Cookie | undefined; wake(): void } {
  const recorder = dcpRecorder({
    ...slots,
    open: (_handle, cookie) => {
      engine.cookie = cookie;
      return 0;
    },
    step: (_handle, cookie, producers) => step(producers, cookie) as 0,
  });
  const engine = Object.assign(Object.create(recorder) as DcpRecorder, {
    cookie: undefined as Cookie | undefined,
    wake: () => {
      if (engine.cookie !== undefined) recorder.server.cookie.notifyIoComplete(engine.cookie, 0);
    },
  });
  return engine;
}

const { ENGINE_SUCCESS: SUCCESS, ENGINE_EWOULDBLOCK: EWOULDBLOCK, ENGINE_E2BIG: E2BIG } = EngineErrorCode;
const { ENGINE_WANT_MORE: WANT_MORE, ENGINE_DISCONNECT: DISCONNECT } = EngineErrorCode;
const key = (number: number): string => String(number).padStart(8, '0');

/** Says `count` messages of about `size` bytes, numbered by their opaque. */
function counting(count: number, size: number): { readonly step: Step; sent: number; calls: number } {
  const data = new Uint8Array(size);
  const state = {
    sent: 0,
    calls: 0,
    step: (producers: DcpMessageProducers, cookie: Cookie): number => {
      state.calls += 1;
      if (state.sent === count) return SUCCESS;
      const code = producers.systemEvent(cookie, state.sent, 0, 0, 1n, Buffer.from(key(state.sent)), data);
      if (code !== SUCCESS) return code;
      state.sent += 1;
      return WANT_MORE;
    },
  };
  return state;
}

const inOrder = (messages: readonly RawMessage[]): boolean =>
  messages.every(({ opaque, key: name }, at) => opaque === at && name === key(at));

describe('dcp.step', () => {
  it('is called when the connection is open, and until there is nothing to say', async () => {
    const source = counting(3, 10);
    await start(stepping(source.step));
    const client = await openProducer();
    expect(inOrder(await client.take(3))).toBe(true);
    await turn(20);
    expect(source.calls).toBe(4);
  });

  it('is not called for a connection that is not open, nor without the slot', async () => {
    let calls = 0;
    const engine = stepping(() => {
      calls += 1;
      return SUCCESS;
    });
    await start(engine);
    const client = new RawClient(server);
    await client.sync();
    expect(calls).toBe(0);
    await server.stop();
    await start(dcpRecorder({}, ['step']));
    expect(await (await openProducer()).sync()).toEqual([]);
  });

  it('is called again when the engine wakes the connection, once for several times', async () => {
    let calls = 0;
    const engine = stepping((producers, cookie) => {
      calls += 1;
      if (calls !== 2) return SUCCESS;
      producers.noop(cookie, 42);
      return WANT_MORE;
    });
    await start(engine);
    const client = await openProducer();
    await turn(20);
    expect(calls).toBe(1);
    engine.wake();
    engine.wake();
    engine.wake();
    // Never within the call.
    expect(calls).toBe(1);
    expect(await client.next()).toMatchObject({ opcode: Op.dcpNoop, opaque: 42 });
    await turn(20);
    expect(calls).toBe(3);
  });

  it('is called once a second, for engines that watch the time', async () => {
    const time = virtualTime();
    let calls = 0;
    await start(
      stepping(() => {
        calls += 1;
        return SUCCESS;
      }),
      { time },
    );
    await openProducer();
    await turn(20);
    expect(calls).toBe(1);
    for (let second = 1; second <= 3; second++) {
      time.advance(1);
      await turn(20);
      expect(calls).toBe(1 + second);
    }
  });

  it('is not called while a command waits, and is afterwards', async () => {
    const order: string[] = [];
    let isWaiting = true;
    const engine = stepping(
      () => {
        order.push('step');
        return SUCCESS;
      },
      {
        noop: () => {
          order.push('noop');
          return isWaiting ? EWOULDBLOCK : SUCCESS;
        },
      },
    );
    await start(engine);
    const client = await openProducer();
    await turn(20);
    order.length = 0;
    client.send(request(Op.dcpNoop));
    await turn(20);
    expect(order).toEqual(['noop']);
    isWaiting = false;
    engine.wake();
    expect(await client.next()).toMatchObject({ opcode: Op.dcpNoop, status: 0 });
    expect(order.slice(0, 3)).toEqual(['noop', 'noop', 'step']);
  });

  it('that says something and then that it has nothing more is heard', async () => {
    let calls = 0;
    await start(
      stepping((producers, cookie) => {
        calls += 1;
        if (calls === 1) producers.noop(cookie, 1);
        return SUCCESS;
      }),
    );
    expect(await (await openProducer()).next()).toMatchObject({ opcode: Op.dcpNoop, opaque: 1 });
    expect(calls).toBe(1);
  });

  it.each([EWOULDBLOCK, E2BIG])('that answers %i is called when it is woken', async (code) => {
    let calls = 0;
    const engine = stepping((producers, cookie) => {
      calls += 1;
      if (calls === 1) return code;
      if (calls > 2) return SUCCESS;
      producers.noop(cookie, 5);
      return WANT_MORE;
    });
    await start(engine);
    const client = await openProducer();
    await turn(20);
    expect(calls).toBe(1);
    engine.wake();
    expect(await client.next()).toMatchObject({ opcode: Op.dcpNoop, opaque: 5 });
    await turn(20);
    expect(calls).toBe(3);
  });
});

describe('an engine whose step', () => {
  const failures: readonly (readonly [string, () => unknown, string])[] = [
    [
      'throws',
      () => {
        throw new Error('the disk is on fire');
      },
      'the disk is on fire',
    ],
    ['answers nothing', () => undefined, 'answered undefined'],
    ['answers a text', () => 'WANT_MORE', 'answered WANT_MORE'],
    ['answers a promise', () => Promise.reject(new Error('too late')), 'answered [object Promise]'],
  ];

  it.each(failures)('%s loses its connection, and no other', async (_, step, told) => {
    await start(stepping(step));
    const other = new RawClient(server);
    const client = new RawClient(server);
    client.send(request(Op.open, { key: 'x', extras: new Uint8Array([0, 0, 0, 0, 0, 0, 0, 1]) }));
    await client.ended();
    expect(await other.sync()).toEqual([]);
    const errors = log.filter(({ level }) => level === 'error');
    expect(errors[0]).toMatchObject({ message: 'dcp.step failed', bucket: 'default' });
    expect(errors[0]?.['error']).toContain(told);
    expect(server.stats.engineFaults).toBeGreaterThan(0);
  });

  it.each([DISCONNECT, 0xff, 0x05, 4711])(
    'answers %i closes the connection, and is no fault',
    async (code) => {
      await start(stepping(() => code));
      const client = new RawClient(server);
      client.send(request(Op.open, { key: 'x', extras: new Uint8Array([0, 0, 0, 0, 0, 0, 0, 1]) }));
      await client.ended();
      expect(server.stats.engineFaults).toBe(0);
      expect(log).toContainEqual(
        expect.objectContaining({ level: 'info', message: 'dcp.step closes the connection' }),
      );
    },
  );

  it('wants more and says nothing does not keep others waiting', async () => {
    let calls = 0;
    await start(
      stepping(() => {
        calls += 1;
        return WANT_MORE;
      }),
      { maxRequestsPerEvent: 100 },
    );
    await openProducer();
    const other = new RawClient(server);
    const before = calls;
    for (let i = 0; i < 5; i++) expect(await other.sync()).toEqual([]);
    expect(calls).toBeGreaterThan(before);
    expect(server.stats.connYields).toBeGreaterThan(0);
  });
});

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
            Buffer.from(key(sent)),
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
