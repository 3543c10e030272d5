import { describe, expect, test } from 'vitest';
import { type Cookie, EngineErrorCode, type EngineInterface } from '../../../reference/engine/contract.ts';
import { dcpSlots, missingSlots } from '../../../reference/engine/slots.ts';
import { CrashEngine, createInstance } from '../../../reference/engines/crash.ts';
import { docKey, type SmallServer, smallServer } from '../../support/small-server-api.ts';

const { ENGINE_EINVAL, ENGINE_ENOTSUP, ENGINE_EWOULDBLOCK, ENGINE_FAILED, ENGINE_SUCCESS } = EngineErrorCode;
const COOKIE: Cookie = { name: 'a client' };
const RESULTS =
  'allocate allocateEx remove get getMeta getIf getLocked getAndTouch store storeIf dcp.streamReq'.split(' ');
const CODES = [
  ...'unlock flush getStats unknownCommand'.split(' '),
  ...Object.keys(dcpSlots)
    .map((name) => `dcp.${name}`)
    .filter((name) => !RESULTS.includes(name)),
];

interface Started {
  readonly engine: CrashEngine;
  readonly server: SmallServer;
  readonly put: (() => void)[];
}

function start(config: string): Started {
  const server = smallServer();
  const put: (() => void)[] = [];
  const engine = new CrashEngine(
    () => server.api as never,
    (task) => put.push(task),
  );
  expect(engine.initialize(engine, config)).toBe(ENGINE_SUCCESS);
  return { engine, server, put };
}

/** Calls `get` or `dcp.step`. */
function call(engine: EngineInterface, slot: string, cookie = COOKIE): unknown {
  const [name = '', inner] = slot.split('.');
  const table = inner === undefined ? engine : engine.dcp;
  const found: unknown = Reflect.get(table ?? {}, inner ?? name);
  if (typeof found !== 'function') throw new Error(`no slot ${slot}`);
  return Reflect.apply(found, table, [engine, cookie, docKey('anything'), 0]);
}

describe('the engine that crashes', () => {
  test('has every slot that is required, starts, and misbehaves in 32 of them', () => {
    const { engine } = start('');
    expect(missingSlots(engine)).toEqual([]);
    expect(engine.getInfo(engine).description).toBe('Crash (throw)');
    expect(new Set([...RESULTS, ...CODES]).size).toBe(32);
    expect(engine.isXattrEnabled(engine)).toBe(false);
  });

  test('knows its modes, its version, and nothing else', () => {
    const { engine } = start('mode=never');
    for (const config of ['mode=segfault', 'mode=', 'mode', 'cache=1', 'mode=never;mode=throw']) {
      expect([config, engine.initialize(engine, config)]).toEqual([config, ENGINE_EINVAL]);
    }
    expect(engine.getInfo(engine).description).toBe('Crash (never)');
    expect(createInstance(7, () => smallServer().api as never)).toEqual({ status: ENGINE_ENOTSUP });
    expect(createInstance(1, () => smallServer().api as never)).toMatchObject({ status: ENGINE_SUCCESS });
  });

  test.each(['', 'mode=throw'])('throws, configured as "%s"', (config) => {
    const { engine } = start(config);
    for (const slot of [...RESULTS, ...CODES]) expect(() => call(engine, slot)).toThrow('crashed');
  });

  test('rejects', async () => {
    const { engine } = start('mode=reject');
    for (const slot of [...RESULTS, ...CODES])
      await expect(call(engine, slot)).rejects.toThrow('crashed later');
  });

  test('answers nonsense in turn', () => {
    const { engine } = start('mode=nonsense;');
    expect(['get', 'flush', 'dcp.step', 'get'].map((slot) => call(engine, slot))).toEqual([
      undefined,
      42,
      {},
      undefined,
    ]);
  });

  test('blocks and never notifies', () => {
    const { engine, server, put } = start('mode=never');
    for (const slot of RESULTS) expect(call(engine, slot)).toEqual({ status: ENGINE_EWOULDBLOCK });
    for (const slot of CODES) expect(call(engine, slot)).toBe(ENGINE_EWOULDBLOCK);
    expect(put).toEqual([]);
    expect(server.notified).toEqual([]);
  });

  test('blocks, notifies twice, and fails the retry', () => {
    const { engine, server, put } = start('mode=twice');
    const other: Cookie = { name: 'another client' };
    expect(call(engine, 'get')).toEqual({ status: ENGINE_EWOULDBLOCK });
    expect(call(engine, 'dcp.open', other)).toBe(ENGINE_EWOULDBLOCK);
    expect(server.notified).toEqual([]);
    for (const task of put) task();
    expect(server.notified).toEqual(
      [COOKIE, COOKIE, other, other].map((cookie) => ({ cookie, status: ENGINE_SUCCESS })),
    );
    expect(call(engine, 'get')).toEqual({ status: ENGINE_FAILED });
    expect(call(engine, 'dcp.open', other)).toBe(ENGINE_FAILED);
    expect(call(engine, 'get')).toEqual({ status: ENGINE_EWOULDBLOCK });
  });

  test('notifies on the next turn of the event loop where nobody says otherwise', async () => {
    const server = smallServer();
    const engine = new CrashEngine(() => server.api as never);
    engine.initialize(engine, 'mode=twice');
    call(engine, 'get');
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.notified).toHaveLength(2);
  });
});
