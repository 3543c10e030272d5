// Who gives the items of DCP messages back, and when; and what an engine may not do with its producers.
import { describe, expect, it } from 'vitest';
import type { Item, ReadonlyBytes } from '../../reference/engine/contract.ts';
import { dcpStage, itemOf, type Say, type Step, say, type TestItem } from '../support/dcp-stage.ts';
import { Op } from '../support/raw-dcp.ts';
import { until } from '../support/until.ts';

const NO_META = new Uint8Array(0);
const big = new Uint8Array(20_000).map((_, at) => at);

const sendMutation = (item: Item, meta: ReadonlyBytes = NO_META): Step =>
  say((producers, cookie) => producers.mutation(cookie, 7, item, 3, 6n, 2n, 0, meta, 0, 0));

describe('an item', () => {
  it('goes back at once where it is copied', async () => {
    const item = itemOf('a', big);
    await using staged = await dcpStage({ send: 'copy' });
    const { client, play } = staged;
    play((to, cookie) => {
      to.mutation(cookie, 1, item, 0, 1n, 1n, 0, NO_META, 0, 0);
      expect(item.released).toBe(1);
      return 9;
    });
    await client.next();
    expect(item.released).toBe(1);
  });

  it('goes back when the kernel took what was sent by reference', async () => {
    const item = itemOf('a', new Uint8Array(1024 * 1024));
    await using staged = await dcpStage({ send: 'ref' });
    const { client, play, server } = staged;
    client.wire.pause();
    play(sendMutation(item));
    await until('the message is queued', () => (server.connections()[0]?.queued ?? 0) > 1024 * 1024);
    expect(item.released).toBe(0);
    client.wire.resume();
    expect((await client.next()).value).toHaveLength(1024 * 1024);
    expect(await client.sync()).toEqual([]);
    expect(item.released).toBe(1);
  });

  it('goes back once where the connection dies with it', async () => {
    const items = [itemOf('a', new Uint8Array(1024 * 1024)), itemOf('b', 'small')];
    await using staged = await dcpStage({ send: 'ref', maxSendQueueSize: 8 * 1024 * 1024 });
    const { client, play, server } = staged;
    client.wire.pause();
    play(...items.map((item) => sendMutation(item)));
    await until('both are queued', () => server.stats.chained === 2);
    expect(items.map(({ released }) => released)).toEqual([0, 0]);
    client.wire.destroy();
    await until('the connection is gone', () => server.connections().length === 0);
    expect(items.map(({ released }) => released)).toEqual([1, 1]);
  });

  it('goes back, and nothing is queued, where the send queue is full', async () => {
    const items = [itemOf('a', new Uint8Array(300_000)), itemOf('b', 'small')];
    await using staged = await dcpStage({ maxSendQueueSize: 1000 });
    const { client, play, server } = staged;
    client.wire.pause();
    const codes: number[] = [];
    play((to, cookie) => {
      for (const item of items) codes.push(to.mutation(cookie, 1, item, 0, 1n, 1n, 0, NO_META, 0, 0));
      codes.push(to.noop(cookie, 5));
      return 9;
    });
    await until('the step was taken', () => codes.length === 3);
    expect(codes).toEqual([0, 8, 8]);
    expect(items[1]?.released).toBe(1);
    client.wire.resume();
    expect((await client.next()).key).toBe('a');
    expect(await client.sync()).toEqual([]);
    expect(items.map(({ released }) => released)).toEqual([1, 1]);
    expect(server.stats.engineFaults).toBe(0);
  });

  it('of which the engine cannot tell fails its message, not the connection', async () => {
    const item = itemOf('a', 'value');
    await using staged = await dcpStage({}, { getItemInfo: () => undefined });
    const { client, play } = staged;
    const codes: number[] = [];
    play((to, cookie) => {
      codes.push(to.mutation(cookie, 1, item, 0, 1n, 1n, 0, NO_META, 0, 0));
      return 0;
    });
    expect(await client.sync()).toEqual([]);
    expect([codes, item.released]).toEqual([[0xff], 1]);
  });

  it.each<readonly [string, (item: TestItem) => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no such item');
      },
    ],
    ['answers no value', ({ info }) => ({ ...info, value: 'text' })],
    ['answers no key', ({ info }) => ({ ...info, key: undefined })],
    ['answers no cas', ({ info }) => ({ ...info, cas: undefined })],
    ['answers a promise', ({ info }) => Promise.resolve(info)],
    [
      'answers a key that is too long',
      ({ info }) => ({ ...info, key: { ...info.key, data: Buffer.alloc(251) } }),
    ],
  ])('goes back once where getItemInfo %s', async (_, getItemInfo) => {
    const item = itemOf('a', 'value');
    await using staged = await dcpStage({}, { getItemInfo });
    const { client, play, server } = staged;
    play(sendMutation(item));
    expect(await client.ended()).toEqual([]);
    expect([item.released, server.stats.engineFaults]).toEqual([1, 1]);
  });

  it('whose release throws takes nothing down', async () => {
    const items = [itemOf('a', 'copied'), itemOf('b', big)];
    await using staged = await dcpStage(
      {},
      {
        release: ({ info }) => {
          throw new Error(`${info.key.text} stays`);
        },
      },
    );
    const { client, play, server } = staged;
    play(...items.map((item) => sendMutation(item)));
    expect((await client.take(2)).map(({ key }) => key)).toEqual(['a', 'b']);
    expect(await client.sync()).toEqual([]);
    expect(server.stats.engineFaults).toBe(2);
    expect(staged.log.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'release failed',
      'release failed',
    ]);
  });
});

describe('a producer', () => {
  it.each<readonly [string, Say]>([
    [
      'meta',
      (to, cookie) => to.mutation(cookie, 1, itemOf('a', ''), 0, 1n, 1n, 0, new Uint8Array(65_536), 0, 0),
    ],
    ['the key of a setting', (to, cookie) => to.control(cookie, 1, 'k'.repeat(251), 'v')],
    [
      'the key of an event',
      (to, cookie) => to.systemEvent(cookie, 1, 0, 0, 1n, new Uint8Array(251), NO_META),
    ],
  ])('refuses %s that no message holds', async (_, what) => {
    await using staged = await dcpStage();
    const { client, play, server } = staged;
    play((to, cookie) => {
      expect(() => what(to, cookie)).toThrow(RangeError);
      return 0;
    });
    expect(await client.sync()).toEqual([]);
    expect(server.stats.engineFaults).toBe(0);
  });

  it.each([0, 5, 256])('refuses a state of a vbucket that is none: %i', async (state) => {
    await using staged = await dcpStage();
    const { client, play } = staged;
    const codes: number[] = [];
    play((to, cookie) => {
      codes.push(to.setVbucketState(cookie, 1, 0, state as 1));
      return 0;
    });
    expect(await client.sync()).toEqual([]);
    expect(codes).toEqual([5]);
  });

  it("refuses another connection's cookie, and to be called outside a slot", async () => {
    await using staged = await dcpStage();
    const { client, play } = staged;
    const errors: unknown[] = [];
    const attempt = (what: () => number): void => {
      try {
        what();
      } catch (error) {
        errors.push(String(error));
      }
    };
    let later: (() => readonly number[]) | undefined;
    const item = itemOf('a', 'value');
    play((to, cookie) => {
      attempt(() => to.noop({ name: 'somebody else' }, 1));
      later = () => [to.mutation(cookie, 1, item, 0, 1n, 1n, 0, NO_META, 0, 0), to.noop(cookie, 1)];
      return 0;
    });
    expect(await client.sync()).toEqual([]);
    // A timer of the engine's would have nobody to catch an error.
    expect(later?.()).toEqual([0xff, 0xff]);
    expect(await client.sync()).toEqual([]);
    expect(errors).toEqual([expect.stringContaining('are those of connection 1')]);
    expect(staged.server.stats.engineFaults).toBe(2);
    expect(item.released).toBe(1);
  });

  it('may be taken off its object', async () => {
    await using staged = await dcpStage();
    const { client, play } = staged;
    play(({ noop }, cookie) => (noop(cookie, 77) === 0 ? 9 : 0));
    expect(await client.next()).toMatchObject({ opcode: Op.dcpNoop, opaque: 77 });
  });
});
