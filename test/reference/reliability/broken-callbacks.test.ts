// Engines that use what the server lends them against the contract: callbacks, cookies, connections, out of time or wrong.
import { describe, expect, it } from 'vitest';
import type {
  AddResponse,
  AddStat,
  Connection,
  Cookie,
  EngineInterface,
  ServerApi,
} from '../../../reference/engine/contract.ts';
import { EngineErrorCode, EngineEventType } from '../../../reference/engine/contract.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import { encodePacket, type PacketFields } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { documentCommands } from '../../support/command-families.ts';
import { get, noop, set } from '../../support/document-requests.ts';
import { profileNames, sendWays } from '../../support/send-ways.ts';
import { onEvent, replaceSlots } from '../../support/spoiled-engine.ts';
import { type SpoiledServer, serveSpoiled } from '../../support/spoiled-server.ts';
import { turn, until } from '../../support/until.ts';

const { ENGINE_EINVAL, ENGINE_EWOULDBLOCK, ENGINE_SUCCESS, ENGINE_TMPFAIL } = EngineErrorCode;
const NOTHING = new Uint8Array(0);
const PRIVATE: PacketFields = { opcode: 0xe0, key: 'walrus', opaque: 0xe0e0 };
const STAT: PacketFields = { opcode: Opcode.Stat, key: 'seals' };

describe.each(Object.entries(sendWays))('responses that are %s', (_, options) => {
  describe('the callback that responds', () => {
    type Respond = (respond: AddResponse, cookie: Cookie, server: ServerApi) => unknown;

    const serve = (run: Respond): Promise<SpoiledServer> =>
      serveSpoiled((engine, server) => {
        engine.unknownCommand = (_handle, cookie, _request, respond) => run(respond, cookie, server) as 0;
      }, options);
    const say = (respond: AddResponse, cookie: Cookie, text = 'tusks'): boolean =>
      respond(NOTHING, NOTHING, Buffer.from(text), 0, 0, 0n, cookie);

    it('is not heard when its slot has returned', async () => {
      let late: (() => boolean) | undefined;
      await using bed = await serve((respond, cookie) => {
        late = () => say(respond, cookie, 'too late');
        return say(respond, cookie) ? ENGINE_SUCCESS : ENGINE_TMPFAIL;
      });
      const client = await bed.connect();
      client.send(PRIVATE);
      expect((await client.next()).value.toString()).toBe('tusks');
      expect(late?.()).toBe(false);
      expect(await client.sync()).toEqual([]);
      client.wire.destroy();
      await until('it is gone', () => bed.server.connections().length === 0);
      expect(late?.()).toBe(false);
      expect(bed.server.stats.engineFaults).toBe(2);
      expect(bed.errors[0]).toContain('returned');
    });

    it('is not heard from a slot that fails, or waits', async () => {
      let calls = 0;
      let cookie: Cookie | undefined;
      let api: ServerApi | undefined;
      await using bed = await serve((respond, caller, server) => {
        cookie = caller;
        api = server;
        calls += 1;
        say(respond, caller, `call ${calls}`);
        if (calls === 1) throw new Error('out of breath');
        if (calls === 2) return ENGINE_TMPFAIL;
        return calls === 3 ? ENGINE_EWOULDBLOCK : ENGINE_SUCCESS;
      });
      const client = await bed.connect();
      expect(await bed.statuses(client, PRIVATE)).toEqual([Status.Einternal]);
      expect(await bed.statuses(client, PRIVATE)).toEqual([Status.Etmpfail]);
      client.send(PRIVATE);
      await until('it waits', () => calls === 3);
      api?.cookie.notifyIoComplete(cookie as Cookie, ENGINE_SUCCESS);
      expect((await client.next()).value.toString()).toBe('call 4');
      expect(await client.sync()).toEqual([]);
    });

    it('is heard as often as it is called, with what the memory held then', async () => {
      await using bed = await serve((respond, cookie) => {
        const scratch = Buffer.from('one');
        respond(NOTHING, NOTHING, scratch, 0, 0, 0n, cookie);
        scratch.write('two');
        respond(NOTHING, NOTHING, scratch, 0, 0, 0n, cookie);
        scratch.fill(0xdb);
        return ENGINE_SUCCESS;
      });
      const client = await bed.connect();
      client.send(PRIVATE);
      expect((await client.take(2)).map(({ value }) => value.toString())).toEqual(['one', 'two']);
    });

    const responses: Readonly<Record<string, readonly unknown[]>> = {
      'a cas that is no bigint': [NOTHING, NOTHING, NOTHING, 0, 0, 5],
      'a key that no header can describe': [new Uint8Array(70_000), NOTHING, NOTHING, 0, 0, 0n],
      'extras that no header can describe': [NOTHING, new Uint8Array(300), NOTHING, 0, 0, 0n],
      'a text as value': [NOTHING, NOTHING, 'tusks', 0, 0, 0n],
      'a number as key': [7, NOTHING, NOTHING, 0, 0, 0n],
      'no extras': [NOTHING, null, NOTHING, 0, 0, 0n],
      'a status that no header can hold': [NOTHING, NOTHING, NOTHING, 0, 0x1_0000, 0n],
    };

    it.each(Object.entries(responses))('refuses %s', async (_what, fields) => {
      let refusal: unknown;
      await using bed = await serve((respond, cookie) => {
        try {
          Reflect.apply(respond, undefined, [...fields, cookie]);
        } catch (error) {
          refusal = error;
          throw error;
        }
        return ENGINE_SUCCESS;
      });
      const client = await bed.connect();
      expect(await bed.statuses(client, PRIVATE)).toEqual([Status.Einternal]);
      expect(refusal).toBeInstanceOf(Error);
      expect(bed.server.stats.engineFaults).toBe(1);
    });

    it.each(Object.entries(responses))(
      'leaves nothing behind of %s, though the engine goes on',
      async (_what, fields) => {
        await using bed = await serve((respond, cookie) => {
          try {
            Reflect.apply(respond, undefined, [...fields, cookie]);
          } catch {
            // As if nothing had been.
          }
          say(respond, cookie);
          return ENGINE_SUCCESS;
        });
        const client = await bed.connect();
        client.send(PRIVATE, noop(1));
        const [response, next] = await client.take(2);
        expect(response?.value.toString()).toBe('tusks');
        expect(next?.opaque).toBe(1);
      },
    );
  });

  describe('the callback that takes statistics', () => {
    const serve = (
      getStats: (add: AddStat, cookie: Cookie, server: ServerApi) => unknown,
    ): Promise<SpoiledServer> =>
      serveSpoiled((engine, server) => {
        engine.getStats = (_handle, cookie, _key, add) => getStats(add, cookie, server) as 0;
      }, options);

    it('takes a hundred thousand', async () => {
      await using bed = await serve((add, cookie) => {
        for (let i = 0; i < 100_000; i++) add(`seal_${i}`, `${i}`, cookie);
        return ENGINE_SUCCESS;
      });
      const [client, other] = [await bed.connect(), await bed.connect()];
      client.send(STAT);
      const packets = await client.take(100_001);
      expect(packets.at(99_999)?.key.toString()).toBe('seal_99999');
      expect(packets.at(-1)?.key).toHaveLength(0);
      expect(await other.sync()).toEqual([]);
      expect(await client.sync()).toEqual([]);
    });

    it('takes what comes while the command waits, once, and nothing that comes later', async () => {
      let calls = 0;
      let lend: { readonly add: AddStat; readonly cookie: Cookie; readonly server: ServerApi } | undefined;
      await using bed = await serve((add, cookie, server) => {
        calls += 1;
        if (calls > 1) return ENGINE_SUCCESS;
        lend = { add, cookie, server };
        return ENGINE_EWOULDBLOCK;
      });
      const client = await bed.connect();
      client.send(STAT, noop(2));
      await until('it waits', () => calls === 1);
      lend?.add('seals', '3', lend.cookie);
      lend?.add('walruses', '1', lend.cookie);
      await turn(3);
      expect(client.received).toBe(0);
      lend?.server.cookie.notifyIoComplete(lend.cookie, ENGINE_SUCCESS);
      const packets = await client.take(4);
      expect(packets.map(({ key, value }) => `${key}=${value}`)).toEqual(['seals=3', 'walruses=1', '=', '=']);
      lend?.add('otters', '9', lend.cookie);
      expect(await client.sync()).toEqual([]);
      client.wire.destroy();
      await until('it is gone', () => bed.server.connections().length === 0);
      lend?.add('otters', '9', lend.cookie);
      expect(bed.server.stats.engineFaults).toBe(0);
    });

    it('says nothing of what came before a failure', async () => {
      const failures: readonly unknown[] = [ENGINE_TMPFAIL, undefined, 4711, Promise.resolve(0)];
      for (const failure of failures) {
        await using bed = await serve((add, cookie) => {
          add('seals', '3', cookie);
          return failure;
        });
        const client = await bed.connect();
        const wanted = failure === ENGINE_TMPFAIL ? Status.Etmpfail : Status.Einternal;
        expect(await bed.statuses(client, STAT), String(failure)).toEqual([wanted]);
      }
    });

    it('takes numbers and nothings for texts, but no name that a header cannot describe', async () => {
      let name = 'seals';
      await using bed = await serve((add, cookie) => {
        Reflect.apply(add, undefined, [name, 3, cookie]);
        Reflect.apply(add, undefined, [undefined, undefined, cookie]);
        return ENGINE_SUCCESS;
      });
      const client = await bed.connect();
      expect(await bed.statuses(client, STAT)).toEqual([0, 0, 0]);
      name = 's'.repeat(70_000);
      expect(await bed.statuses(client, STAT)).toEqual([Status.Einternal]);
    });
  });

  describe('notifications', () => {
    it('that are no code fail the command', async () => {
      const codes: readonly unknown[] = [undefined, null, 'yes', 4711, {}, ENGINE_EWOULDBLOCK];
      let code: unknown;
      await using bed = await serveSpoiled((engine, server) => {
        engine.get = (_handle, cookie) => {
          setImmediate(() => Reflect.apply(server.cookie.notifyIoComplete, undefined, [cookie, code]));
          return { status: ENGINE_EWOULDBLOCK };
        };
      }, options);
      const client = await bed.connect();
      for (code of codes)
        expect(await bed.statuses(client, get('seal')), String(code)).toEqual([Status.Einternal]);
      expect(bed.server.stats.engineFaults).toBe(codes.length - 1);
    });

    it('for what is no cookie, for nobody, and for somebody long gone change nothing', async () => {
      const cookies: Cookie[] = [];
      let api: ServerApi | undefined;
      await using bed = await serveSpoiled((engine, server) => {
        api = server;
        const find = engine.get;
        engine.get = (handle, cookie, ...rest) => {
          cookies.push(cookie);
          return find.call(engine, handle, cookie, ...rest);
        };
      }, options);
      const client = await bed.connect();
      client.send(get('seal'), get('otter'));
      await client.take(2);
      const notify = (cookie: unknown): void =>
        Reflect.apply(api?.cookie.notifyIoComplete as () => void, undefined, [cookie, ENGINE_SUCCESS]);
      for (const cookie of [...cookies, { name: 'connection 1' }, undefined, 7]) notify(cookie);
      expect(await client.sync()).toEqual([]);
      client.wire.destroy();
      await until('it is gone', () => bed.server.connections().length === 0);
      for (const cookie of cookies) notify(cookie);
      await turn(3);
      expect(await bed.outstanding()).toBe(0);
    });

    it('that come before every answer, for ever, keep nobody else waiting', async () => {
      let calls = 0;
      await using bed = await serveSpoiled((engine, server) => {
        const find = engine.get;
        engine.get = (handle, cookie, key, ...rest) => {
          if (key.text !== 'sisyphus') return find.call(engine, handle, cookie, key, ...rest);
          calls += 1;
          server.cookie.notifyIoComplete(cookie, ENGINE_SUCCESS);
          // Once it is clear that nobody else comes to his turn.
          return { status: calls < 100_000 ? ENGINE_EWOULDBLOCK : ENGINE_TMPFAIL };
        };
      }, options);
      const [client, other] = [await bed.connect(), await bed.connect()];
      client.send(get('sisyphus'), noop(1));
      expect(await other.sync()).toEqual([]);
      expect(calls).toBeLessThan(1000);
      client.wire.destroy();
      await until('it is gone', () => bed.server.connections().length === 1);
      const before = calls;
      await turn(5);
      expect(calls - before).toBeLessThanOrEqual(1);
    });

    it('of twenty timers, some after the connection died, complete each command once', async () => {
      const pending: (() => void)[] = [];
      await using bed = await serveSpoiled((engine, server) => {
        const find = engine.get;
        const waited = new Set<string>();
        engine.get = (handle, cookie, key, ...rest) => {
          if (waited.has(key.text)) return find.call(engine, handle, cookie, key, ...rest);
          waited.add(key.text);
          for (let i = 0; i < 20; i++)
            pending.push(() =>
              server.cookie.notifyIoComplete(cookie, i % 2 === 0 ? ENGINE_SUCCESS : ENGINE_TMPFAIL),
            );
          return { status: ENGINE_EWOULDBLOCK };
        };
      }, options);
      const client = await bed.connect();
      client.send(set('seal', 'flippers'));
      await client.next();
      for (let round = 0; round < 10; round++) {
        client.send(get(`seal${round}`, round), noop(0x100 + round));
        await until('it waits', () => pending.length > 0);
        for (const notify of pending.splice(0, 10)) notify();
        const [first, second] = await client.take(2);
        expect([first?.opaque, first?.vbucketOrStatus, second?.opaque]).toEqual([round, 1, 0x100 + round]);
        for (const notify of pending.splice(0)) notify();
      }
      client.send(get('last'));
      await until('it waits', () => pending.length > 0);
      client.wire.destroy();
      await until('it is gone', () => bed.server.connections().length === 0);
      for (const notify of pending) notify();
      await turn(3);
      expect(await bed.outstanding()).toBe(0);
      expect(bed.server.stats.engineFaults).toBe(0);
    });
  });

  it('a context for an error that is no text is one, or none', async () => {
    const contexts: readonly unknown[] = [5n, 7, undefined, null, { seal: 1 }, Symbol('seal'), 'no seal'];
    let context: unknown;
    await using bed = await serveSpoiled(
      (engine, server) => {
        engine.get = (_handle, cookie) => {
          Reflect.apply(server.cookie.setErrorContext, undefined, [cookie, context]);
          return { status: ENGINE_EINVAL };
        };
      },
      { ...options, profile: 'couchbase' },
    );
    const client = await bed.connect();
    // XERROR: contexts go out.
    expect(await bed.statuses(client, { opcode: Opcode.Hello, value: Buffer.from([0, 7]) })).toEqual([0]);
    for (context of contexts)
      expect(await bed.statuses(client, get('seal')), String(context)).toHaveLength(1);
    client.send(get('seal'));
    expect(JSON.parse((await client.next()).value.toString())).toEqual({ error: { context: 'no seal' } });
  });
});

describe.each(['copy', 'ref'] as const)('a connection that is lent to an engine, send mode %s', (send) => {
  const whole = encodePacket({ magic: 0x81, opcode: 0xe0, opaque: 0xe0e0, value: 'x'.repeat(5000) });

  type Use = (connection: Connection, engine: EngineInterface) => unknown;
  const serve = (use: Use): Promise<SpoiledServer> =>
    serveSpoiled(
      (engine, server) => {
        engine.unknownCommand = (_handle, cookie) =>
          use(server.cookie.getConnection(cookie), engine) as typeof ENGINE_SUCCESS;
      },
      { send },
    );

  it('is of no use when the slot has returned: nothing is sent, what was chained is released once', async () => {
    let kept: Connection | undefined;
    let released = 0;
    await using bed = await serve((connection) => {
      kept = connection;
      connection.copyToOutputStream(whole);
      return ENGINE_SUCCESS;
    });
    const client = await bed.connect();
    client.send(PRIVATE);
    await client.next();
    const late = (): void => {
      kept?.copyToOutputStream(whole);
      kept?.chainDataToOutputStream(whole, () => {
        released += 1;
      });
    };
    late();
    expect(released).toBe(1);
    expect(await client.sync()).toEqual([]);
    client.wire.destroy();
    await until('it is gone', () => bed.server.connections().length === 0);
    late();
    expect(released).toBe(2);
    expect(bed.server.stats.engineFaults).toBe(4);
    expect(bed.errors[0]).toContain('copyToOutputStream');
  });

  it('releases what was chained once, though the release throws, fails later, or the client is gone', async () => {
    for (const failure of ['throws', 'rejects', 'reads nothing'] as const) {
      let released = 0;
      await using bed = await serve((connection) => {
        connection.chainDataToOutputStream(whole, () => {
          released += 1;
          if (failure === 'throws') throw new Error('cannot let go');
          if (failure === 'rejects') return Promise.reject(new Error('cannot let go'));
          return undefined;
        });
        return ENGINE_SUCCESS;
      });
      const client = await bed.connect();
      if (failure === 'reads nothing') client.wire.pause();
      for (let i = 0; i < 100; i++) client.send(PRIVATE);
      if (failure === 'reads nothing') {
        await until('the queue is full', () => (bed.server.connections()[0]?.queued ?? 0) > 100_000);
        client.wire.destroy();
      } else {
        expect(await client.take(100)).toHaveLength(100);
      }
      await until('all are released', () => released === 100);
      await turn(3);
      expect(released).toBe(100);
      expect(bed.server.stats.engineFaults, failure).toBe(failure === 'reads nothing' ? 0 : 100);
    }
  });

  it('takes no text, no nothing, no number', async () => {
    const calls: readonly Use[] = [
      (connection) => Reflect.apply(connection.copyToOutputStream, connection, [undefined]),
      (connection) => Reflect.apply(connection.chainDataToOutputStream, connection, ['tusks', () => {}]),
      (connection) => connection.chainDataToOutputStream(NOTHING, () => {}),
      (connection) => Reflect.apply(connection.chainDataToOutputStream, connection, [undefined, undefined]),
    ];
    for (const call of calls) {
      await using bed = await serve((connection, engine) => {
        call(connection, engine);
        return ENGINE_SUCCESS;
      });
      const client = await bed.connect();
      expect(await bed.statuses(client, PRIVATE)).toEqual([Status.Einternal]);
      expect(bed.server.stats.engineFaults).toBe(1);
    }
  });
});

describe('what an engine does at the end of a connection, or its own', () => {
  const failures: Readonly<Record<string, () => unknown>> = {
    throws: () => {
      throw new Error('never heard of it');
    },
    rejects: () => Promise.reject(new Error('never heard of it')),
  };

  it.each(Object.entries(failures))('a callback for disconnects that %s', async (_, failure) => {
    await using bed = await serveSpoiled((engine, server) => {
      onEvent(engine, server, EngineEventType.ON_DISCONNECT, failure);
      onEvent(engine, server, EngineEventType.ON_DISCONNECT, failure);
    });
    const [client, other] = [await bed.connect(), await bed.connect()];
    client.wire.destroy();
    await until('both are blamed', () => bed.server.stats.engineFaults === 2);
    expect(bed.errors[0]).toContain('never heard of it');
    expect(await other.sync()).toEqual([]);
    expect(bed.server.connections()).toHaveLength(1);
  });

  it('a callback that asks for more callbacks is not called for ever', async () => {
    let calls = 0;
    await using bed = await serveSpoiled((engine, server) => {
      const again = (): void => {
        calls += 1;
        server.callback.registerCallback(engine, EngineEventType.ON_DISCONNECT, again);
      };
      onEvent(engine, server, EngineEventType.ON_DISCONNECT, again);
    });
    for (const wanted of [1, 3]) {
      const client = await bed.connect();
      client.wire.destroy();
      await until('it is gone', () => bed.server.connections().length === 0);
      expect(calls).toBe(wanted);
    }
  });

  it('a callback that is none is blamed', async () => {
    await using bed = await serveSpoiled((engine, server) => {
      const { initialize } = engine;
      engine.initialize = (handle, config) => {
        Reflect.apply(server.callback.registerCallback, undefined, [
          handle,
          EngineEventType.ON_DISCONNECT,
          'me',
        ]);
        return initialize.call(engine, handle, config);
      };
    });
    const client = await bed.connect();
    client.wire.destroy();
    await until('it is blamed', () => bed.server.stats.engineFaults === 1);
  });

  it.each(Object.entries(failures))(
    'destroy that %s: the server stops, resets and restarts all the same',
    async (_, failure) => {
      await using bed = await serveSpoiled((engine) => replaceSlots(engine, { destroy: failure }));
      const { server } = bed;
      await (await bed.connect()).sync();
      await server.reset();
      expect(server.stats.currConnections).toBe(1);
      await (await bed.connect()).sync();
      await server.restart({ graceMs: 0 });
      await (await bed.connect()).sync();
      expect(await server.stop({ graceMs: 0 })).toEqual({ dropped: expect.any(Number) });
      expect(bed.errors).toHaveLength(3);
      expect(bed.errors[0]).toContain('never heard of it');
    },
  );

  it.each(profileNames)(
    'a shutdown asked for within a command: it is answered first, as %s',
    async (profile) => {
      await using bed = await serveSpoiled(
        (engine, server) => {
          const find = engine.get;
          engine.get = (...args) => {
            server.core.shutdown();
            return find.apply(engine, args);
          };
        },
        { profile },
      );
      const client = await bed.connect();
      client.send(get('seal', 7));
      expect((await client.next()).opaque).toBe(7);
      await bed.server.stopped;
      expect(bed.server.connections()).toEqual([]);
    },
  );
});

describe('slots that disappear', () => {
  it('fail the command that needs them', async () => {
    let engine: EngineInterface | undefined;
    await using bed = await serveSpoiled((made) => {
      engine = made;
    });
    const client = await bed.connect();
    replaceSlots(engine as EngineInterface, {
      get: undefined,
      allocate: undefined,
      remove: undefined,
      getLocked: undefined,
      getAndTouch: undefined,
      unlock: undefined,
      flush: undefined,
      getStats: undefined,
      unknownCommand: undefined,
    });
    for (const [name, request] of Object.entries(documentCommands))
      expect(await bed.statuses(client, request), name).toEqual([Status.Einternal]);
  });
});
