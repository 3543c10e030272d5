// Engines that notify of what is no cookie, with what is no code, for ever, or when nobody is there; and what else they tell.
import { describe, expect, it } from 'vitest';
import type { Cookie, EngineInterface, ServerApi } from '../../../reference/engine/contract.ts';
import { EngineErrorCode } from '../../../reference/engine/contract.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { documentCommands } from '../../support/command-families.ts';
import { get, noop, set } from '../../support/document-requests.ts';
import { sendWays } from '../../support/send-ways.ts';
import { replaceSlots } from '../../support/spoiled-engine.ts';
import { serveSpoiled } from '../../support/spoiled-server.ts';
import { turn, until } from '../../support/until.ts';

const { ENGINE_EINVAL, ENGINE_EWOULDBLOCK, ENGINE_SUCCESS, ENGINE_TMPFAIL } = EngineErrorCode;

describe.each(Object.entries(sendWays))('responses that are %s', (_, options) => {
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
      await until('it is asked again', () => calls > 3);
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
      let late: (() => void)[] = [];
      for (let round = 0; round < 10; round++) {
        client.send(get(`seal${round}`, round), noop(0x100 + round));
        await until('it waits', () => pending.length > 0);
        // Those of the one before it are none of its business.
        for (const notify of late) notify();
        await turn(3);
        expect(client.pending).toBe(0);
        for (const notify of pending.splice(0, 10)) notify();
        late = pending.splice(0);
        const [first, second] = await client.take(2);
        expect([first?.opaque, first?.vbucketOrStatus, second?.opaque]).toEqual([round, 1, 0x100 + round]);
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
