// Engines that break the contract on connections that replicate: they cost their own connection at most.
import { describe, expect, it } from 'vitest';
import {
  type Cookie,
  type DcpAddFailoverLog,
  type DcpMessageProducers,
  EngineErrorCode,
  type ServerApi,
} from '../../../reference/engine/contract.ts';
import { encodePacket } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import type { ServerOptions } from '../../../reference/server-options.ts';
import { dcpCommands } from '../../support/command-families.ts';
import { set } from '../../support/document-requests.ts';
import { RawClient } from '../../support/raw-client.ts';
import { Op, response, streamReq } from '../../support/raw-dcp.ts';
import { sendWays } from '../../support/send-ways.ts';
import { replaceSlots } from '../../support/spoiled-engine.ts';
import { type SpoiledServer, serveSpoiled } from '../../support/spoiled-server.ts';
import { turn, until } from '../../support/until.ts';

const { ENGINE_DISCONNECT, ENGINE_SUCCESS, ENGINE_WANT_MORE } = EngineErrorCode;
const PRODUCER = 1;
const NO_META = new Uint8Array(0);

/** Slots of DCP that a command calls, by the command's name. */
const slotOf: Readonly<Record<string, string>> = {
  DCP_ADD_STREAM: 'addStream',
  DCP_CLOSE_STREAM: 'closeStream',
  DCP_STREAM_REQ: 'streamReq',
  DCP_GET_FAILOVER_LOG: 'getFailoverLog',
  DCP_STREAM_END: 'streamEnd',
  DCP_SNAPSHOT_MARKER: 'snapshotMarker',
  DCP_MUTATION: 'mutation',
  DCP_DELETION: 'deletion',
  DCP_EXPIRATION: 'expiration',
  DCP_FLUSH: 'flush',
  DCP_SET_VBUCKET_STATE: 'setVbucketState',
  DCP_NOOP: 'noop',
  DCP_BUFFER_ACKNOWLEDGEMENT: 'bufferAcknowledgement',
  DCP_CONTROL: 'control',
  DCP_SYSTEM_EVENT: 'systemEvent',
};

const failures: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error('no idea');
  },
  'answers nothing': () => undefined,
  'answers a number that is no code': () => 4711,
  'answers a promise that fails': () => Promise.reject(new Error('no idea')),
};

async function store(bed: SpoiledServer, keys: readonly string[]): Promise<void> {
  const client = await bed.connect();
  for (const key of keys) await client.request(set(key, `value of ${key}`));
  await client.close();
}

let consumers = 0;

/** A consumer of everything in vbucket 0 that got `count` documents so far. */
async function consumer(bed: SpoiledServer, count: number): Promise<RawClient> {
  const client = new RawClient(bed.server);
  // One of the same name would take the place of the first.
  consumers += 1;
  await client.open(PRODUCER, `consumer ${consumers}`);
  client.send(streamReq(0, { opaque: 7 }));
  for (let left = count; left > 0; ) if ((await client.next()).opcode === Op.mutation) left -= 1;
  return client;
}

describe.each(Object.entries(sendWays))('responses %s', (_, way) => {
  const options: ServerOptions = { ...way, profile: 'couchbase' };

  it.each(Object.entries(failures))(
    'a slot that %s fails its command; its connection, and others, replicate on',
    async (_what, fail) => {
      const broken = new Set<string>();
      await using bed = await serveSpoiled((engine) => {
        const dcp = engine.dcp as unknown as Record<string, (...args: unknown[]) => unknown>;
        const slots = Object.values(slotOf).map((slot) => {
          const inner = dcp[slot];
          return [
            slot,
            (...args: unknown[]) => (broken.has(slot) ? fail() : inner?.apply(dcp, args)),
          ] as const;
        });
        replaceSlots(dcp, Object.fromEntries(slots));
      }, options);
      await store(bed, ['seal', 'otter']);
      const [other, client] = [await consumer(bed, 2), await consumer(bed, 2)];
      for (const [name, slot] of Object.entries(slotOf)) {
        broken.add(slot);
        const before = bed.server.stats.engineFaults;
        const answer = await client.ask(encodePacket({ ...dcpCommands[name], opaque: 0xbad }));
        expect(answer, name).toMatchObject({ magic: 0x81, opaque: 0xbad, status: Status.Einternal });
        await until(`${name} is blamed`, () => bed.server.stats.engineFaults > before);
        broken.delete(slot);
      }
      await store(bed, ['walrus']);
      for (const each of [client, other]) {
        expect(await each.next()).toMatchObject({ opcode: Op.snapshotMarker, opaque: 7 });
        expect(await each.next()).toMatchObject({ opcode: Op.mutation, key: 'walrus' });
        expect(await each.sync()).toEqual([]);
      }
      expect(await bed.outstanding()).toBe(0);
    },
  );

  it('what it is told about an item may be anything: the message fails, the item goes back', async () => {
    const answers: readonly (() => unknown)[] = [
      () => undefined,
      () => ({}),
      () => Promise.reject(new Error('too late')),
      () => ({ value: 'text', key: { data: new Uint8Array(3) }, cas: 1n }),
      () => ({ value: new Uint8Array(3), key: { data: new Uint8Array(3) }, cas: 5 }),
      () => ({ value: new Uint8Array(3), key: undefined, cas: 1n }),
      () => ({ value: new Uint8Array(3), key: { data: new Uint8Array(251) }, cas: 1n }),
      () => {
        throw new Error('lost');
      },
    ];
    for (const [at, answer] of answers.entries()) {
      let isBroken = false;
      await using bed = await serveSpoiled((engine) => {
        const { getItemInfo } = engine;
        replaceSlots(engine, {
          getItemInfo: (...args: unknown[]) =>
            isBroken ? answer() : Reflect.apply(getItemInfo, engine, args),
        });
      }, options);
      await store(bed, ['seal', 'otter', 'walrus']);
      isBroken = true;
      const client = new RawClient(bed.server);
      await client.open(PRODUCER);
      client.send(streamReq(0));
      // Whatever the engine makes of it: it ends, or goes on without the document.
      await turn(20);
      isBroken = false;
      expect(
        client.inbox.some(({ opcode }) => opcode === Op.mutation),
        `answer ${at}`,
      ).toBe(false);
      client.wire.destroy();
      await until('it is gone', () => bed.server.connections().length === 0);
      expect(await bed.outstanding(), `answer ${at}`).toBe(0);
    }
  });

  it('timers that use what was lent to a step, before and after the connection is gone, send nothing', async () => {
    let lent:
      | { readonly producers: DcpMessageProducers; readonly cookie: Cookie; readonly api: ServerApi }
      | undefined;
    let steps = 0;
    await using bed = await serveSpoiled((engine, api) => {
      const { step } = engine.dcp ?? {};
      replaceSlots(engine.dcp ?? {}, {
        step: (...args: Parameters<NonNullable<typeof step>>) => {
          steps += 1;
          lent = { producers: args[2], cookie: args[1], api };
          return step?.apply(engine.dcp, args);
        },
      });
    }, options);
    await store(bed, ['seal']);
    const client = await consumer(bed, 1);
    const item = { name: 'no item of anybody' };
    const late = (): number[] => {
      if (lent === undefined) throw new Error('No step was taken.');
      const { api, cookie, producers } = lent;
      for (let i = 0; i < 10; i++) api.cookie.notifyIoComplete(cookie, ENGINE_SUCCESS);
      return [
        producers.noop(cookie, 1),
        producers.mutation(cookie, 1, item, 0, 1n, 1n, 0, NO_META, 0, 0),
        producers.streamEnd(cookie, 1, 0, 0),
      ];
    };
    expect(late()).toEqual([0xff, 0xff, 0xff]);
    expect(await client.sync()).toEqual([]);
    client.wire.destroy();
    await until('it is gone', () => bed.server.connections().length === 0);
    const before = steps;
    expect(late()).toEqual([0xff, 0xff, 0xff]);
    await turn(5);
    expect(steps).toBe(before);
    expect(await bed.outstanding()).toBe(0);
  });

  it('a failover log that comes too late, or is none, is not sent', async () => {
    let late: (() => unknown) | undefined;
    let log: unknown = [{ uuid: 5n, seqno: 0n }];
    await using bed = await serveSpoiled((engine) => {
      replaceSlots(engine.dcp ?? {}, {
        getFailoverLog: (
          _handle: unknown,
          cookie: Cookie,
          _opaque: number,
          _vbucket: number,
          take: DcpAddFailoverLog,
        ) => {
          late = () => Reflect.apply(take, undefined, [[{ uuid: 6n, seqno: 0n }], cookie]);
          return Reflect.apply(take, undefined, [log, cookie]);
        },
      });
    }, options);
    const client = new RawClient(bed.server);
    await client.open(PRODUCER);
    const ask = encodePacket(dcpCommands['DCP_GET_FAILOVER_LOG'] ?? {});
    expect((await client.ask(ask)).value).toHaveLength(16);
    late?.();
    expect(await client.sync()).toEqual([]);
    for (log of [undefined, 'none', [{}], [{ uuid: 5, seqno: 0n }], Promise.resolve([])])
      expect((await client.ask(ask)).status).toBe(Status.Einternal);
    expect(await client.sync()).toEqual([]);
  });

  it('a step that never has enough, says nothing, or ends it, leaves others alone', async () => {
    const answers: readonly unknown[] = [
      ENGINE_WANT_MORE,
      ENGINE_DISCONNECT,
      4711,
      undefined,
      'more',
      Promise.resolve(9),
    ];
    for (const answer of answers) {
      let isBroken = true;
      await using bed = await serveSpoiled((engine) => {
        const { step } = engine.dcp ?? {};
        replaceSlots(engine.dcp ?? {}, {
          step: (...args: unknown[]) =>
            isBroken ? answer : Reflect.apply(step as () => unknown, engine.dcp, args),
        });
      }, options);
      const broken = new RawClient(bed.server);
      broken.send(encodePacket(dcpCommands['DCP_OPEN'] ?? {}));
      const client = await bed.connect();
      for (let i = 0; i < 5; i++) expect(await client.sync()).toEqual([]);
      if (answer !== ENGINE_WANT_MORE) await broken.ended();
      broken.wire.destroy();
      await until('it is gone', () => bed.server.connections().length === 1);
      isBroken = false;
      await store(bed, ['seal']);
      await consumer(bed, 1);
    }
  });

  it('a response handler that fails costs its connection', async () => {
    for (const [what, fail] of Object.entries(failures)) {
      await using bed = await serveSpoiled((engine) => {
        replaceSlots(engine.dcp ?? {}, { responseHandler: fail });
      }, options);
      await store(bed, ['seal']);
      const [client, other] = [await consumer(bed, 1), await consumer(bed, 1)];
      client.send(response(Op.dcpNoop, { opaque: 1 }));
      await client.ended();
      await until(`${what}: it is blamed`, () => bed.server.stats.engineFaults > 0);
      expect(await other.sync()).toEqual([]);
      expect(await bed.outstanding()).toBe(0);
    }
  });
});
