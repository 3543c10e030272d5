// When `dcp.step` is called, when it is not, and what becomes of engines that answer it badly.
import { afterEach, describe, expect, it } from 'vitest';
import { virtualTime } from '../../reference/clock.ts';
import { EngineErrorCode } from '../../reference/engine/contract.ts';
import { createServer, type Server } from '../../reference/server.ts';
import type { LogRecord, ServerOptions } from '../../reference/server-options.ts';
import { type DcpRecorder, dcpRecorder } from '../support/dcp-recorder.ts';
import { RawClient } from '../support/raw-client.ts';
import { Op, request } from '../support/raw-dcp.ts';
import { counting, inOrder, stepping } from '../support/stepping-engine.ts';
import { turn } from '../support/until.ts';

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

async function openProducer(): Promise<RawClient> {
  const client = new RawClient(server);
  await client.open(1);
  return client;
}

const { ENGINE_SUCCESS: SUCCESS, ENGINE_EWOULDBLOCK: EWOULDBLOCK, ENGINE_E2BIG: E2BIG } = EngineErrorCode;
const { ENGINE_WANT_MORE: WANT_MORE, ENGINE_DISCONNECT: DISCONNECT } = EngineErrorCode;

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
