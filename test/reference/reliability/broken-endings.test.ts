// Engines that use a connection when they may not, and that fail at the end of one, or at their own.
import { describe, expect, it } from 'vitest';
import type { Connection, EngineInterface } from '../../../reference/engine/contract.ts';
import { EngineErrorCode, EngineEventType } from '../../../reference/engine/contract.ts';
import { encodePacket, type PacketFields } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { get } from '../../support/document-requests.ts';
import { profileNames } from '../../support/send-ways.ts';
import { onEvent, replaceSlots } from '../../support/spoiled-engine.ts';
import { type SpoiledServer, serveSpoiled } from '../../support/spoiled-server.ts';
import { turn, until } from '../../support/until.ts';

const { ENGINE_SUCCESS } = EngineErrorCode;
const NOTHING = new Uint8Array(0);
const PRIVATE: PacketFields = { opcode: 0xe0, key: 'walrus', opaque: 0xe0e0 };

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
