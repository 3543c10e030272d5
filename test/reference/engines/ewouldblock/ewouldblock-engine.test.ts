import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type AddResponse,
  type Cookie,
  EngineErrorCode,
  type EngineEventType,
  type EngineInterface,
  type EventCallback,
  HEADER_LENGTH,
  type ProtocolBinaryRequestHeader,
} from '../../../../reference/engine/contract.ts';
import { dcpSlots, engineSlots, missingSlots } from '../../../../reference/engine/slots.ts';
import { EwbMode } from '../../../../reference/engines/ewouldblock/control-request.ts';
import {
  createInstance,
  destroyEngine,
  EwouldblockEngine,
} from '../../../../reference/engines/ewouldblock/index.ts';
import { destroyed, lastRecording, type Recording } from '../../../support/recording-engine.ts';
import { docKey, type SmallServer, smallServer } from '../../../support/small-server-api.ts';

const { ENGINE_EINVAL, ENGINE_ENOTSUP, ENGINE_EWOULDBLOCK, ENGINE_FAILED } = EngineErrorCode;
const { ENGINE_KEY_EEXISTS, ENGINE_NO_BUCKET, ENGINE_SUCCESS, ENGINE_TMPFAIL } = EngineErrorCode;
const INNER = join(import.meta.dirname, '../../../support/recording-engine.ts');
const [SET, CAS] = [2, 6];
const PASS = 0xffff_ffff;

interface Registered {
  readonly handle: unknown;
  readonly type: EngineEventType;
  readonly callback: EventCallback;
}

/** A wrapped recording engine on a server where every cookie is a connection of its own. */
class Wrapped {
  readonly server: SmallServer = smallServer();
  readonly registered: Registered[] = [];
  readonly contexts: string[] = [];
  readonly responses: { status: number; cookie: Cookie }[] = [];
  readonly put: (() => void)[] = [];
  readonly engine: EwouldblockEngine;
  inner: Recording | undefined;

  constructor() {
    const { api } = this.server;
    const ids = new Map<Cookie, bigint>();
    api.cookie.getConnectionId = (cookie) => {
      const id = ids.get(cookie) ?? BigInt(ids.size);
      ids.set(cookie, id);
      return id;
    };
    api.cookie.setErrorContext = (_cookie, message) => this.contexts.push(message);
    api.callback.registerCallback = (handle, type, callback) =>
      this.registered.push({ handle, type, callback });
    this.engine = new EwouldblockEngine(() => api as never, { schedule: (task) => this.put.push(task) });
  }

  async start(config = ''): Promise<this> {
    expect(await this.engine.initialize(this.engine, `engine=${INNER};${config}`)).toBe(ENGINE_SUCCESS);
    this.inner = lastRecording();
    this.inner.calls.length = 0;
    return this;
  }

  /** Sends opcode 0xfd. */
  steer(
    cookie: Cookie,
    mode: number,
    value = 0,
    error = 0,
    body: { key?: Uint8Array; value?: Uint8Array } = {},
  ): EngineErrorCode {
    const extras = Buffer.alloc(12);
    extras.writeUInt32BE(mode, 0);
    extras.writeUInt32BE(value, 4);
    extras.writeUInt32BE(error, 8);
    return this.control(cookie, Buffer.concat([extras, body.key ?? Buffer.of(), body.value ?? Buffer.of()]), {
      keylen: body.key?.length ?? 0,
    });
  }

  control(cookie: Cookie, body: Buffer, fields: { extlen?: number; keylen?: number }): EngineErrorCode {
    const { engine } = this;
    const response: AddResponse = (_key, _extras, _body, _datatype, status, _cas, to) =>
      this.responses.push({ status, cookie: to }) > 0;
    return engine.unknownCommand(engine, cookie, request(0xfd, body, fields), response, 0);
  }

  get(cookie: Cookie): EngineErrorCode {
    return this.engine.get(this.engine, cookie, docKey('beer'), 0, 0xf0).status;
  }

  store(cookie: Cookie, operation: number): EngineErrorCode {
    return this.engine.store(this.engine, cookie, {}, operation as 2 | 6, 0xf0).status;
  }

  /** Names of the slots that reached the inner engine. */
  get reached(): string[] {
    return this.inner?.calls.map(({ slot }) => slot) ?? [];
  }
}

function request(
  opcode: number,
  body: Buffer,
  { extlen = 12, keylen = 0 }: { extlen?: number; keylen?: number } = {},
): ProtocolBinaryRequestHeader {
  const bytes = Buffer.concat([Buffer.alloc(HEADER_LENGTH), body]);
  const fields = { magic: 0x80, opcode, keylen, extlen, datatype: 0, vbucket: 0, opaque: 0, cas: 0n };
  return { request: { ...fields, bodylen: body.length }, bytes };
}

const u32s = (...numbers: number[]): Buffer => {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [i, number] of numbers.entries()) bytes.writeUInt32BE(number, i * 4);
  return bytes;
};

const alice: Cookie = { name: 'alice' };
const bob: Cookie = { name: 'bob' };

describe('forwarding', () => {
  /** Every slot by its path, with the table that holds it. */
  const slotsOf = (engine: EngineInterface): [name: string, table: object, slot: unknown][] => [
    ...Object.keys(engineSlots).map((name): [string, object, unknown] => [
      name,
      engine,
      Reflect.get(engine, name),
    ]),
    ...Object.entries(engine.dcp ?? {}).map(([name, slot]): [string, object, unknown] => [
      `dcp.${name}`,
      engine.dcp ?? {},
      slot,
    ]),
    ...Object.entries(engine.collections ?? {}).map(([name, slot]): [string, object, unknown] => [
      `collections.${name}`,
      engine.collections ?? {},
      slot,
    ]),
  ];

  test('passes every slot on, with its arguments, its answer, and the inner engine as handle', async () => {
    const { engine, inner } = await new Wrapped().start();
    const forwarded: string[] = [];
    for (const [name, table, slot] of slotsOf(engine)) {
      if (['getInfo', 'initialize', 'destroy'].includes(name) || typeof slot !== 'function') continue;
      const args = [
        'setLogLevel isXattrEnabled collections.setManifest'.includes(name) ? 'first' : alice,
        name === 'unknownCommand' ? request(0x80, Buffer.of()) : { second: name },
        ...Array.from({ length: name === 'unknownCommand' ? 2 : 15 }, (_, i) => `${name} ${i}`),
      ];
      const answer: unknown = Reflect.apply(slot, table, [engine, ...args]);
      expect(inner?.calls.splice(0)).toEqual([
        { slot: name, self: expect.anything(), args: [inner?.engine, ...args] },
      ]);
      expect(answer).toEqual({ status: 0, from: name });
      forwarded.push(name);
    }
    expect(forwarded).toEqual([
      ...Object.keys(engineSlots).filter((name) => !['getInfo', 'initialize', 'destroy'].includes(name)),
      ...Object.keys(dcpSlots).map((name) => `dcp.${name}`),
      'collections.setManifest',
    ]);
  });

  test("calls slots as methods of the inner engine's tables", async () => {
    const { engine, inner } = await new Wrapped().start();
    engine.dcp?.noop?.(engine, alice, 1);
    engine.get(engine, alice, docKey('beer'), 0, 0xf0);
    expect(inner?.calls.map(({ self }) => self)).toEqual([inner?.engine.dcp, inner?.engine]);
  });

  test('has those optional slots and tables that the inner engine has', async () => {
    const bare = await new Wrapped().start(
      'lacks=getMeta,setLogLevel,dcp.noop,dcp.responseHandler,collections',
    );
    expect([bare.engine.getMeta, bare.engine.setLogLevel, bare.engine.collections]).toEqual(
      Array<undefined>(3).fill(undefined),
    );
    expect(Object.keys(bare.engine.dcp ?? {})).toEqual(
      Object.keys(dcpSlots).filter((name) => name !== 'noop' && name !== 'responseHandler'),
    );
    const { engine } = await new Wrapped().start('lacks=dcp');
    expect(engine.dcp).toBeUndefined();
    expect(missingSlots(engine)).toEqual([]);
  });

  test('is an engine before it is initialized, and does not work before', () => {
    const { engine } = new Wrapped();
    expect(missingSlots(engine)).toEqual([]);
    expect(engine.getInfo(engine)).toEqual({ description: 'EWOULDBLOCK over nothing yet', features: [] });
    expect(() => engine.isXattrEnabled(engine)).toThrow('not initialized');
  });

  test('hands the configuration on, without its own settings', async () => {
    const wrapped = new Wrapped();
    const { engine } = wrapped;
    await engine.initialize(engine, `seed=7;engine=${INNER};cache_size=48;seed=9`);
    const { calls, engine: inner } = lastRecording();
    expect(calls.map(({ slot, args }) => [slot, args[1]])).toEqual([['initialize', 'cache_size=48;seed=9']]);
    calls.length = 0;
    Reflect.set(inner, 'getInfo', () => ({ description: 'a recorder', features: [{ feature: 0 }] }));
    expect(engine.getInfo(engine)).toEqual({
      description: 'EWOULDBLOCK over a recorder',
      features: [{ feature: 0 }],
    });
    await engine.destroy(engine, true);
    expect(calls).toEqual([{ slot: 'destroy', self: inner, args: [inner, true] }]);
  });

  test('says why there is no inner engine', async () => {
    const { engine } = new Wrapped();
    await expect(engine.initialize(engine, 'engine=gone')).rejects.toThrow(
      'There is no engine "gone": name a bundled one (crash, default, nobucket)',
    );
    await expect(engine.initialize(engine, 'engine=crash;mode=segfault')).rejects.toThrow(
      'The engine "crash" refused the configuration "mode=segfault": initialize answered ENGINE_EINVAL.',
    );
    expect(await engine.initialize(engine, 'engine=nobucket;seed=many')).toBe(ENGINE_EINVAL);
  });

  test('wraps bundled engines by name', async () => {
    const wrapped = new Wrapped();
    await wrapped.engine.initialize(wrapped.engine, 'engine=nobucket');
    expect(wrapped.get(alice)).toBe(ENGINE_NO_BUCKET);
    expect(wrapped.steer(alice, EwbMode.Next_N, 1, ENGINE_TMPFAIL)).toBe(ENGINE_SUCCESS);
    expect([wrapped.get(alice), wrapped.get(alice)]).toEqual([ENGINE_TMPFAIL, ENGINE_NO_BUCKET]);
  });

  test("registers the inner engine's callbacks in its own name", async () => {
    const { engine, inner, registered } = await new Wrapped().start();
    inner?.server.callback.registerCallback(inner.engine, 2, () => {});
    expect(registered.map(({ handle, type }) => [handle, type])).toEqual([
      [engine, 0],
      [engine, 2],
    ]);
    expect(registered[0]?.handle).toBe(engine);
  });
});

describe('steering', () => {
  test('answers success, and injects into that connection only', async () => {
    const wrapped = await new Wrapped().start();
    expect(wrapped.steer(alice, EwbMode.Next_N, 2, ENGINE_TMPFAIL)).toBe(ENGINE_SUCCESS);
    expect(wrapped.responses).toEqual([{ status: 0, cookie: alice }]);
    expect([wrapped.get(bob), wrapped.get(alice), wrapped.get(bob)]).toEqual([0, ENGINE_TMPFAIL, 0]);
    expect([wrapped.get(alice), wrapped.get(alice)]).toEqual([ENGINE_TMPFAIL, 0]);
    expect(wrapped.reached).toEqual(['get', 'get', 'get']);
    expect(wrapped.put).toEqual([]);
  });

  test('replaces the mode that the connection had', async () => {
    const wrapped = await new Wrapped().start();
    wrapped.steer(alice, EwbMode.Next_N, 1000, ENGINE_TMPFAIL);
    wrapped.steer(alice, EwbMode.Next_N, 0, ENGINE_TMPFAIL);
    expect(wrapped.get(alice)).toBe(0);
  });

  test('is forgotten with the connection', async () => {
    const wrapped = await new Wrapped().start();
    wrapped.steer(alice, EwbMode.Next_N, 5, ENGINE_TMPFAIL);
    wrapped.steer(bob, EwbMode.Next_N, 5, ENGINE_TMPFAIL);
    wrapped.registered[0]?.callback(alice, 0, undefined);
    wrapped.registered[0]?.callback(undefined, 0, undefined);
    expect([wrapped.get(alice), wrapped.get(bob)]).toEqual([0, ENGINE_TMPFAIL]);
  });

  test('puts the code into the shape of the slot', async () => {
    const wrapped = await new Wrapped().start();
    const { engine } = wrapped;
    const key = docKey('beer');
    const failed = { status: ENGINE_TMPFAIL };
    const answers: [unknown, () => unknown][] = [
      [failed, () => engine.allocate(engine, alice, key, 1, 0, 0, 0, 0)],
      [failed, () => engine.allocateEx(engine, alice, key, 1, 0, 0, 0, 0, 0)],
      [failed, () => engine.remove(engine, alice, key, 0n, 0)],
      [failed, () => engine.get(engine, alice, key, 0, 0xf0)],
      [failed, () => engine.getMeta?.(engine, alice, key, 0)],
      [failed, () => engine.getIf(engine, alice, key, 0, () => true)],
      [failed, () => engine.getLocked(engine, alice, key, 0, 15)],
      [failed, () => engine.getAndTouch(engine, alice, key, 0, 0)],
      [ENGINE_TMPFAIL, () => engine.unlock(engine, alice, key, 0, 1n)],
      [failed, () => engine.store(engine, alice, {}, 2, 0xf0)],
      [failed, () => engine.storeIf(engine, alice, {}, 0n, 2, () => 0, 0xf0)],
      [ENGINE_TMPFAIL, () => engine.flush(engine, alice)],
      [ENGINE_TMPFAIL, () => engine.getStats(engine, alice, '', () => {})],
      [ENGINE_TMPFAIL, () => engine.unknownCommand(engine, alice, request(0x80, Buffer.of()), () => true, 0)],
    ];
    for (const [expected, call] of answers) {
      wrapped.steer(alice, EwbMode.Next_N, 1, ENGINE_TMPFAIL);
      expect(call()).toEqual(expected);
    }
    expect(wrapped.inner?.calls).toEqual([]);
  });

  test('never touches DCP, items and what cannot fail', async () => {
    const wrapped = await new Wrapped().start();
    const { engine } = wrapped;
    wrapped.steer(alice, EwbMode.Next_N, 100, ENGINE_TMPFAIL);
    engine.release(engine, alice, {});
    engine.itemSetCas(engine, alice, {}, 1n);
    engine.getItemInfo(engine, alice, {});
    engine.resetStats(engine, alice);
    engine.dcp?.open?.(engine, alice, 1, 0, 1, 'replica', Buffer.of());
    expect(wrapped.reached).toEqual(['release', 'itemSetCas', 'getItemInfo', 'resetStats', 'dcp.open']);
  });

  test('notifies later of the ENGINE_EWOULDBLOCK that it injects, once', async () => {
    const wrapped = await new Wrapped().start();
    wrapped.steer(alice, EwbMode.First, 0, ENGINE_EWOULDBLOCK);
    expect(wrapped.get(alice)).toBe(ENGINE_EWOULDBLOCK);
    expect(wrapped.server.notified).toEqual([]);
    for (const task of wrapped.put) task();
    expect(wrapped.server.notified).toEqual([{ cookie: alice, status: ENGINE_SUCCESS }]);
    expect(wrapped.get(alice)).toBe(0);
    expect(wrapped.put).toHaveLength(1);
  });

  test('notifies nobody once it is destroyed', async () => {
    const wrapped = await new Wrapped().start();
    wrapped.steer(alice, EwbMode.Next_N, 1, ENGINE_EWOULDBLOCK);
    wrapped.get(alice);
    await wrapped.engine.destroy(wrapped.engine, false);
    for (const task of wrapped.put) task();
    expect(wrapped.server.notified).toEqual([]);
  });

  test('does not notify in the mode No_Notify', async () => {
    const wrapped = await new Wrapped().start();
    wrapped.steer(alice, EwbMode.No_Notify, 2, ENGINE_EWOULDBLOCK);
    expect([1, 2, 3].map(() => wrapped.get(alice))).toEqual([ENGINE_EWOULDBLOCK, ENGINE_EWOULDBLOCK, 0]);
    // kv_engine ignores both numbers in this mode, and blocks one call.
    wrapped.steer(alice, EwbMode.No_Notify);
    expect([1, 2].map(() => wrapped.get(alice))).toEqual([ENGINE_EWOULDBLOCK, 0]);
    expect(wrapped.put).toEqual([]);
  });

  test('reads a sequence of codes from the key, from the value, or from both', async () => {
    const wrapped = await new Wrapped().start();
    const codes = u32s(ENGINE_TMPFAIL, PASS, ENGINE_EWOULDBLOCK, 0, ENGINE_KEY_EEXISTS);
    for (const body of [
      { key: codes },
      { value: codes },
      { key: codes.subarray(0, 8), value: codes.subarray(8) },
    ]) {
      expect(wrapped.steer(alice, EwbMode.Sequence, 0, 0, body)).toBe(ENGINE_SUCCESS);
      expect([1, 2, 3, 4, 5, 6].map(() => wrapped.get(alice))).toEqual([
        ENGINE_TMPFAIL,
        0,
        ENGINE_EWOULDBLOCK,
        0,
        ENGINE_KEY_EEXISTS,
        0,
      ]);
    }
    expect(wrapped.put).toHaveLength(3);
  });

  test("reads a sequence of one code from the bits of value, kv_engine's older form", async () => {
    const wrapped = await new Wrapped().start();
    wrapped.steer(alice, EwbMode.Sequence, 0x8000_0005, ENGINE_TMPFAIL);
    const codes = Array.from({ length: 34 }, () => wrapped.get(alice));
    expect([...codes.entries()].filter(([, code]) => code === ENGINE_TMPFAIL).map(([i]) => i)).toEqual([
      0, 2, 31,
    ]);
  });

  test('makes stores with a cas fail, and no others', async () => {
    const wrapped = await new Wrapped().start();
    const { engine } = wrapped;
    wrapped.steer(alice, EwbMode.CasMismatch, 2);
    expect([wrapped.store(alice, SET), wrapped.store(alice, CAS)]).toEqual([0, ENGINE_KEY_EEXISTS]);
    expect(engine.storeIf(engine, alice, {}, 1n, 6, () => 0, 0xf0)).toEqual({ status: ENGINE_KEY_EEXISTS });
    expect([wrapped.store(alice, CAS), wrapped.get(alice)]).toEqual([0, 0]);
  });

  test('hits at random as the seed says', async () => {
    const play = async (config: string): Promise<EngineErrorCode[]> => {
      const wrapped = await new Wrapped().start();
      const { engine } = wrapped;
      await engine.initialize(engine, `${config}engine=${INNER}`);
      wrapped.steer(alice, EwbMode.Random, 50, ENGINE_TMPFAIL);
      return Array.from({ length: 64 }, () => wrapped.get(alice));
    };
    const codes = await play('seed=3;');
    expect(new Set(codes)).toEqual(new Set([0, ENGINE_TMPFAIL]));
    expect(await play('seed=3;')).toEqual(codes);
    expect(await play('seed=4;')).not.toEqual(codes);
  });

  test('injects nothing where the code is success', async () => {
    const wrapped = await new Wrapped().start();
    for (const mode of [EwbMode.Next_N, EwbMode.Random, EwbMode.First]) {
      expect(wrapped.steer(alice, mode, 100, 0)).toBe(ENGINE_SUCCESS);
      expect(wrapped.get(alice)).toBe(0);
    }
  });

  test('fails where its response cannot be queued', async () => {
    const { engine } = await new Wrapped().start();
    const codes = u32s(EwbMode.First, 0, ENGINE_TMPFAIL);
    expect(engine.unknownCommand(engine, alice, request(0xfd, codes), () => false, 0)).toBe(ENGINE_FAILED);
  });
});

describe('what steering refuses, with a reason and without a change', () => {
  const refusals: [EngineErrorCode, string, (wrapped: Wrapped) => EngineErrorCode][] = [
    [ENGINE_ENOTSUP, 'the mode IncrementClusterMapRevno is not built', (w) => w.steer(alice, 5)],
    [ENGINE_ENOTSUP, 'the mode Suspend is not built', (w) => w.steer(alice, EwbMode.Suspend)],
    [ENGINE_ENOTSUP, 'the mode ThrowException is not built', (w) => w.steer(alice, 12)],
    [ENGINE_EINVAL, 'there is no mode 99', (w) => w.steer(alice, 99)],
    [ENGINE_EINVAL, '66 is no engine code', (w) => w.steer(alice, EwbMode.Next_N, 1, 0x42)],
    [ENGINE_EINVAL, '101 percent is more than all', (w) => w.steer(alice, EwbMode.Random, 101, 5)],
    [
      ENGINE_EINVAL,
      'a sequence has 4 bytes for each call',
      (w) => w.steer(alice, EwbMode.Sequence, 0, 0, { value: Buffer.alloc(6) }),
    ],
    [
      ENGINE_EINVAL,
      '66 is no engine code',
      (w) => w.steer(alice, EwbMode.Sequence, 0, 0, { key: u32s(1, 0x42) }),
    ],
    [ENGINE_EINVAL, 'the extras are not 12 bytes', (w) => w.control(alice, u32s(0, 1), { extlen: 8 })],
    [ENGINE_EINVAL, 'the extras are not 12 bytes', (w) => w.control(alice, u32s(0, 1, 5), { extlen: 0 })],
    [ENGINE_EINVAL, 'the extras are not 12 bytes', (w) => w.control(alice, u32s(0), { extlen: 12 })],
  ];

  test.each(refusals)('%i: %s', async (code, reason, send) => {
    const wrapped = await new Wrapped().start();
    wrapped.steer(alice, EwbMode.Next_N, 1, ENGINE_TMPFAIL);
    wrapped.responses.length = 0;
    expect(send(wrapped)).toBe(code);
    expect(wrapped.contexts).toEqual([`ewouldblock: ${reason}`]);
    expect(wrapped.responses).toEqual([]);
    expect(wrapped.get(alice)).toBe(ENGINE_TMPFAIL);
  });
});

describe('the module', () => {
  test('makes engines for its version of the interface', () => {
    const { api } = smallServer();
    expect(createInstance(2, () => api as never)).toEqual({ status: ENGINE_ENOTSUP });
    expect(createInstance(1, () => api as never)).toMatchObject({ status: ENGINE_SUCCESS });
  });

  test('destroys the modules of its inner engines with itself, once', async () => {
    const made = createInstance(1, () => smallServer().api as never);
    if (made.status !== ENGINE_SUCCESS) throw new Error('not made');
    const before = destroyed.count;
    for (const config of [`engine=${INNER}`, `engine=${INNER}`, 'engine=nobucket']) {
      await made.handle.initialize(made.handle, config);
    }
    destroyEngine();
    destroyEngine();
    expect(destroyed.count).toBe(before + 1);
  });
});
