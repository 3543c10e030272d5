// Engines that break what the contract says about items: the command fails, what was given out comes back.
import { describe, expect, it } from 'vitest';
import { EngineErrorCode, type EngineInterface, type ItemInfo } from '../../../reference/engine/contract.ts';
import { Feature } from '../../../reference/protocol/feature.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { PacketFields } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { documentCommands } from '../../support/command-families.ts';
import { get, noop, set } from '../../support/document-requests.ts';
import { sendWays } from '../../support/send-ways.ts';
import { replaceSlots } from '../../support/spoiled-engine.ts';
import { serveSpoiled } from '../../support/spoiled-server.ts';
import { textured } from '../../support/textured.ts';
import { turn, until } from '../../support/until.ts';

const { ENGINE_SUCCESS } = EngineErrorCode;
const later = (): Promise<never> => Promise.reject(new Error('too late'));

/** Commands that ask the engine about an item, and find one: a number, so that it can be counted. */
const asking: readonly (readonly [string, PacketFields])[] = Object.entries(documentCommands).filter(
  ([name]) => !/DELETE|UNLOCK|FLUSH|STAT|unknown|ADD/.test(name),
);
const counter = set('walrus', '42');

/** The real answer, changed. */
function changedInfo(engine: EngineInterface, change: (info: ItemInfo) => unknown): () => unknown {
  const { getItemInfo } = engine;
  return (...args) => {
    const info = Reflect.apply(getItemInfo, engine, args) as ItemInfo;
    return change(info);
  };
}

const withCas = (info: ItemInfo, cas: unknown): unknown => ({
  ...info,
  value: info.value,
  key: info.key,
  cas,
});

const answers: Readonly<Record<string, (info: ItemInfo) => unknown>> = {
  nothing: () => undefined,
  'an empty object': () => ({}),
  'no value': (info) => ({ ...info, value: null }),
  'a text as value': (info) => ({ ...info, value: 'tusks' }),
  'a number as cas': (info) => ({ ...(withCas(info, 5) as object) }),
  'no cas': (info) => ({ ...(withCas(info, undefined) as object) }),
  'a promise': later,
  'an error': () => {
    throw new Error('out of order');
  },
};

describe.each(Object.entries(sendWays))('responses that are %s', (_, options) => {
  it.each(Object.entries(answers))('an engine that tells %s about an item', async (_answer, change) => {
    let isSpoiled = false;
    await using bed = await serveSpoiled((engine) => {
      const spoiled = changedInfo(engine, change);
      const { getItemInfo } = engine;
      replaceSlots(engine, {
        getItemInfo: (...args: unknown[]) =>
          isSpoiled ? Reflect.apply(spoiled, engine, args) : Reflect.apply(getItemInfo, engine, args),
      });
    }, options);
    const client = await bed.connect();
    for (const [name, request] of asking) {
      isSpoiled = false;
      client.send({ opcode: Opcode.Flush }, counter);
      await client.sync();
      isSpoiled = true;
      const before = bed.server.stats.engineFaults;
      expect(await bed.statuses(client, request), name).toEqual([Status.Einternal]);
      expect(bed.server.stats.engineFaults, name).toBeGreaterThan(before);
    }
    expect(bed.errors.length).toBeGreaterThanOrEqual(asking.length);
    isSpoiled = false;
    expect(await bed.outstanding()).toBe(0);
  });

  it('an engine that gives out what it never made', async () => {
    let item: unknown;
    await using bed = await serveSpoiled((engine) => {
      const found = (): unknown => ({ status: ENGINE_SUCCESS, item });
      replaceSlots(engine, { allocate: found, get: found, getLocked: found, getAndTouch: found });
    }, options);
    const client = await bed.connect();
    for (item of [undefined, null, 'walrus', 42, {}, Object.freeze([])])
      for (const [name, request] of asking)
        expect(await bed.statuses(client, request), `${name}, ${String(item)}`).toEqual([Status.Einternal]);
    expect(bed.server.stats.engineFaults).toBeGreaterThanOrEqual(6 * asking.length);
  });

  it('an engine whose release fails, at once or later, has no effect on responses', async () => {
    for (const failure of [
      later,
      () => {
        throw new Error('no room for it');
      },
    ]) {
      await using bed = await serveSpoiled((engine) => {
        const { release } = engine;
        replaceSlots(engine, {
          release: (...args: unknown[]) => {
            Reflect.apply(release, engine, args);
            return failure();
          },
        });
      }, options);
      const client = await bed.connect();
      const value = textured(50_000);
      expect(await bed.statuses(client, set('seal', value))).toEqual([Status.Success]);
      expect((await client.request(get('seal', 7))).value.equals(value)).toBe(true);
      expect(await bed.outstanding()).toBe(0);
      await until('both are blamed', () => bed.server.stats.engineFaults === 2);
      expect(bed.errors).toHaveLength(2);
    }
  });

  it('an engine that takes its item back itself', async () => {
    await using bed = await serveSpoiled((engine) => {
      const getItem = engine.get;
      engine.get = (handle, cookie, ...rest) => {
        const found = getItem.call(engine, handle, cookie, ...rest);
        if (found.status === ENGINE_SUCCESS) engine.release(handle, cookie, found.item);
        return found;
      };
    }, options);
    const client = await bed.connect();
    expect(await bed.statuses(client, set('seal', 'flippers'))).toEqual([Status.Success]);
    expect((await client.request(get('seal', 7))).value.toString()).toBe('flippers');
    await until('the second release is blamed', () => bed.server.stats.engineFaults === 1);
    expect(bed.errors[0]).toContain('released more often');
    expect(await bed.outstanding()).toBe(0);
  });

  it('an engine that has less room for a value than was asked for', async () => {
    await using bed = await serveSpoiled((engine) => {
      const { allocate } = engine;
      engine.allocate = (handle, cookie, key, nbytes, ...rest) =>
        allocate.call(engine, handle, cookie, key, nbytes - 1, ...rest);
    }, options);
    const client = await bed.connect();
    expect(await bed.statuses(client, set('seal', 'flippers'))).toEqual([Status.Einternal]);
    expect(await bed.statuses(client, get('seal'))).toEqual([Status.KeyEnoent]);
    expect(bed.errors[0]).toContain('room');
    expect(await bed.outstanding()).toBe(0);
  });

  it('an engine whose values have another length each time that somebody looks', async () => {
    let isSpoiled = false;
    await using bed = await serveSpoiled((engine) => {
      let length = 10_000;
      const { getItemInfo } = engine;
      const flickering = changedInfo(engine, (info) => ({
        ...info,
        cas: info.cas,
        key: info.key,
        datatype: 4,
        get value() {
          length -= 7;
          return info.value.subarray(0, length);
        },
      }));
      replaceSlots(engine, {
        getItemInfo: (...args: unknown[]) =>
          Reflect.apply(isSpoiled ? flickering : (getItemInfo as never), engine, args),
      });
    }, options);
    const client = await bed.connect();
    await bed.statuses(client, set('seal', textured(10_000)));
    isSpoiled = true;
    client.send(get('seal', 1), get('seal', 2), noop(3));
    const packets = await client.take(3);
    expect(packets.map((each) => each.opaque)).toEqual([1, 2, 3]);
    const whole = textured(10_000);
    for (const { value } of packets.slice(0, 2))
      expect(value.equals(whole.subarray(0, value.length))).toBe(true);
    expect(await client.sync()).toEqual([]);
  });

  it('an engine that keeps a document and then fails', async () => {
    await using bed = await serveSpoiled((engine) => {
      const { store } = engine;
      engine.store = (...args) => {
        store.apply(engine, args);
        throw new Error('the disk is full, or so');
      };
    }, options);
    const client = await bed.connect();
    expect(await bed.statuses(client, set('seal', 'flippers'))).toEqual([Status.Einternal]);
    expect((await client.request(get('seal', 7))).value.toString()).toBe('flippers');
    expect(bed.errors).toHaveLength(1);
    expect(await bed.outstanding()).toBe(0);
  });

  it.each([undefined, 5, null, 'newer'])('an engine that stores and tells %s as cas', async (cas) => {
    await using bed = await serveSpoiled((engine) => {
      const { store } = engine;
      replaceSlots(engine, {
        store: (...args: unknown[]) => ({ ...(Reflect.apply(store, engine, args) as object), cas }),
      });
    }, options);
    const client = await bed.connect();
    // What it said of the store itself is believed, or the command fails: one response, and the next is understood.
    const [status, ...more] = await bed.statuses(client, set('seal', 'flippers'));
    expect([Status.Success, Status.Einternal]).toContain(status);
    expect(more).toEqual([]);
    expect(await bed.outstanding()).toBe(0);
  });

  it('an engine that answers promises where nothing is to be answered', async () => {
    await using bed = await serveSpoiled((engine) => {
      replaceSlots(engine, { itemSetCas: later, resetStats: later, isXattrEnabled: later });
    }, options);
    const client = await bed.connect();
    const requests: readonly PacketFields[] = [
      { ...set('seal', 'flippers'), cas: 5n },
      { opcode: Opcode.Append, key: 'seal', value: '!' },
      { opcode: Opcode.Stat, key: 'reset' },
      { opcode: Opcode.Hello, value: Buffer.from([0, Feature.Xattr, 0, Feature.Xerror]) },
      { opcode: Opcode.SelectBucket, key: 'default' },
    ];
    for (const request of requests) {
      expect((await bed.statuses(client, request)).length, `opcode ${request.opcode}`).toBe(1);
      await turn(2);
    }
    expect(await client.sync()).toEqual([]);
    expect(await bed.outstanding()).toBe(0);
  });
});

describe('a feature that the engine has to allow', () => {
  it('is not granted for an answer that is not yes', async () => {
    for (const answer of [undefined, 'yes', {}, 1, later]) {
      await using bed = await serveSpoiled(
        (engine) =>
          replaceSlots(engine, { isXattrEnabled: () => (typeof answer === 'function' ? answer() : answer) }),
        { profile: 'couchbase' },
      );
      const client = await bed.connect();
      const value = Buffer.from([0, Feature.Xattr, 0, Feature.Xerror]);
      const granted = await client.request({ opcode: Opcode.Hello, value });
      expect([...granted.value], String(answer)).toEqual([0, Feature.Xerror]);
    }
  });
});
