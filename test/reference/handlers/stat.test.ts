import { describe, expect, it } from 'vitest';
import { type AddStat, type Cookie, EngineErrorCode } from '../../../reference/engine/contract.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { get, noop, set } from '../../support/document-requests.ts';
import { type ScriptedServer, scriptedServer } from '../../support/scripted-server.ts';
import { connectClient, type TestClient } from '../../support/test-client.ts';
import { turn } from '../../support/until.ts';

const { ENGINE_EWOULDBLOCK, ENGINE_SUCCESS } = EngineErrorCode;

/** Asks for a group; the statistics in order. @throws where it is not answered as one. */
async function stat(client: TestClient, group = ''): Promise<readonly (readonly [string, string])[]> {
  client.send({ opcode: Opcode.Stat, key: group, opaque: 9 });
  const statistics: [string, string][] = [];
  for (;;) {
    const { cas, extras, key, opaque, opcode, value, vbucketOrStatus } = await client.next();
    expect([opcode, opaque, vbucketOrStatus, cas, extras.length]).toEqual([Opcode.Stat, 9, 0, 0n, 0]);
    if (key.length === 0) {
      expect(value.length).toBe(0);
      return statistics;
    }
    statistics.push([key.toString(), value.toString()]);
  }
}

const statusOf = async (client: TestClient, group: string): Promise<number> =>
  (await client.request({ opcode: Opcode.Stat, key: group })).vbucketOrStatus;

/** Puts another `getStats` into the engine; `call` counts from 1. */
function report(
  { engine }: ScriptedServer,
  getStats: (call: number, add: AddStat, cookie: Cookie) => EngineErrorCode,
): void {
  let call = 0;
  engine.handle.getStats = (_handle, cookie, _group, add) => {
    call += 1;
    return getStats(call, add, cookie);
  };
}

describe('STAT', () => {
  it("tells the server's numbers, then the engine's, each name once", async () => {
    await using bed = await scriptedServer();
    const { client } = bed;
    client.send(set('walrus', 'tusks'), get('walrus'), get('whale'));
    await client.take(3);
    bed.time.advance(7);
    const statistics = await stat(client);
    expect(new Set(statistics.map(([name]) => name)).size).toBe(statistics.length);
    expect(Object.fromEntries(statistics)).toMatchObject({
      pid: String(process.pid),
      uptime: '7',
      time: '1700000007',
      curr_connections: '1',
      cmd_get: '2',
      cmd_set: '1',
      get_hits: '1',
      get_misses: '1',
      threads: '1',
      engine_faults: '0',
      curr_items: '1',
    });
    const names = statistics.map(([name]) => name);
    expect(names.indexOf('threads')).toBeLessThan(names.indexOf('curr_items'));
  });

  it('believes itself where the engine has a number of the same name', async () => {
    await using bed = await scriptedServer();
    report(bed, (_, add, cookie) => {
      add('get_hits', '4711', cookie);
      add('walruses', '12', cookie);
      return ENGINE_SUCCESS;
    });
    const statistics = await stat(bed.client);
    expect(statistics.filter(([name]) => name === 'get_hits')).toEqual([['get_hits', '0']]);
    expect(statistics.at(-1)).toEqual(['walruses', '12']);
  });

  it("asks the engine for every group that is not the server's", async () => {
    await using bed = await scriptedServer();
    const asked: string[] = [];
    bed.engine.handle.getStats = (_handle, cookie, group, add) => {
      asked.push(group);
      if (group === 'ghosts') return EngineErrorCode.ENGINE_KEY_ENOENT;
      add('group', group, cookie);
      return ENGINE_SUCCESS;
    };
    expect(await stat(bed.client, 'sea lions 3')).toEqual([['group', 'sea lions 3']]);
    expect(await statusOf(bed.client, 'ghosts')).toBe(Status.KeyEnoent);
    expect(asked).toEqual(['sea lions 3', 'ghosts']);
  });

  it('sends nothing of an engine that fails after its first statistics', async () => {
    await using bed = await scriptedServer();
    report(bed, (_, add, cookie) => {
      add('walruses', '12', cookie);
      return EngineErrorCode.ENGINE_TMPFAIL;
    });
    bed.client.send({ opcode: Opcode.Stat, key: 'zoo' });
    expect((await bed.client.sync()).map((each) => each.vbucketOrStatus)).toEqual([Status.Etmpfail]);
  });

  it('sends once what an engine reports before it waits, again or not', async () => {
    await using bed = await scriptedServer();
    report(bed, (call, add, cookie) => {
      if (call === 1) {
        add('walruses', '12', cookie);
        setImmediate(() => {
          add('seals', '3', cookie);
          bed.engine.server.cookie.notifyIoComplete(cookie, ENGINE_SUCCESS);
        });
        return ENGINE_EWOULDBLOCK;
      }
      add('walruses', '13', cookie);
      add('whales', '1', cookie);
      return ENGINE_SUCCESS;
    });
    expect(await stat(bed.client, 'zoo')).toEqual([
      ['walruses', '13'],
      ['seals', '3'],
      ['whales', '1'],
    ]);
  });

  it('ignores what comes after the end, and lets it into no other response', async () => {
    await using bed = await scriptedServer();
    const late: (() => void)[] = [];
    report(bed, (call, add, cookie) => {
      add(`call ${call}`, 'done', cookie);
      late.push(() => add('late', 'too late', cookie));
      return ENGINE_SUCCESS;
    });
    expect(await stat(bed.client, 'zoo')).toEqual([['call 1', 'done']]);
    late[0]?.();
    bed.engine.before.set('get', () => late[0]?.());
    bed.client.send(get('walrus'), noop());
    const said = await bed.client.sync();
    expect(said.map((each) => each.opcode)).toEqual([Opcode.Get, Opcode.Noop]);
    expect(await stat(bed.client, 'zoo')).toEqual([['call 2', 'done']]);
    await bed.client.close();
    await turn(3);
    late[1]?.();
    expect(bed.server.stats.engineFaults).toBe(0);
  });

  it('survives an engine that throws', async () => {
    await using bed = await scriptedServer();
    report(bed, (_, add, cookie) => {
      add('walruses', '12', cookie);
      throw new Error('no more numbers');
    });
    bed.client.send({ opcode: Opcode.Stat, key: 'zoo' });
    expect((await bed.client.sync()).map((each) => each.vbucketOrStatus)).toEqual([Status.Einternal]);
    expect(bed.server.stats.engineFaults).toBe(1);
  });
});

describe('the groups of the server', () => {
  it('reset: counters begin again, those of the engine as well', async () => {
    await using bed = await scriptedServer();
    await bed.client.request(get('walrus'));
    expect(await stat(bed.client, 'reset')).toEqual([]);
    const statistics = Object.fromEntries(await stat(bed.client));
    expect(statistics).toMatchObject({ cmd_get: '0', get_misses: '0', curr_connections: '1' });
    expect(bed.engine.calls).toContain('resetStats');
  });

  it('settings: what the server was told', async () => {
    await using bed = await scriptedServer({ send: 'ref', maxConnections: 3 });
    expect(Object.fromEntries(await stat(bed.client, 'settings'))).toMatchObject({
      profile: 'memcached',
      send: 'ref',
      maxconns: '3',
      max_packet_size: '31457280',
    });
  });

  it('send: how responses went out', async () => {
    await using bed = await scriptedServer({ send: 'ref' });
    bed.engine.put('walrus', { value: 'tusks' });
    bed.client.send(...Array.from({ length: 100 }, (_, i) => get('walrus', i)));
    await bed.client.take(100);
    const statistics = Object.fromEntries(await stat(bed.client, 'send'));
    const bytes = 100 * (24 + 4 + 'tusks'.length);
    expect(statistics).toMatchObject({ responses: '100', total_send: `${bytes}`, chained: '100' });
    expect(Number(statistics['total_queued_send'])).toBe(bytes);
    expect(Number(statistics['writes'])).toBeLessThan(10);
    expect(Number(statistics['writes_per_response'])).toBe(Number(statistics['writes']) / 100);
    expect(Number(statistics['send_queue_high_water'])).toBeGreaterThan(0);
  });

  it('connections: one after the other, or one alone', async () => {
    await using bed = await scriptedServer();
    const other = await connectClient(bed.server);
    await other.request({ opcode: Opcode.Hello, key: 'walrus-client' });
    const all = Object.fromEntries(await stat(bed.client, 'connections'));
    expect(all).toMatchObject({
      '1:addr': 'pair',
      '1:agent': '',
      '2:agent': 'walrus-client',
      '2:bucket': 'default',
      '2:bytes_read': String(24 + 'walrus-client'.length),
      '2:dcp': 'none',
      '2:user': '',
    });
    const second = await stat(bed.client, 'connections 2');
    expect(second.length).toBeGreaterThan(5);
    expect(second.every(([name]) => name.startsWith('2:'))).toBe(true);
    expect(await stat(bed.client, 'connections 77')).toEqual([]);
  });

  it('detail: taken, and empty', async () => {
    await using bed = await scriptedServer();
    expect(await stat(bed.client, 'detail on')).toEqual([]);
    expect(await stat(bed.client, 'detail dump')).toEqual([['detailed', 'END\r\n']]);
    expect(await stat(bed.client, 'detail off')).toEqual([]);
    expect(await statusOf(bed.client, 'detail')).toBe(Status.KeyEnoent);
  });

  it.each(['reset now', 'settings all', 'send 1', 'connections x', 'connections -1'])(
    '%s: an argument that makes no sense, and the connection stays',
    async (group) => {
      await using bed = await scriptedServer();
      expect(await statusOf(bed.client, group)).toBe(Status.Einval);
      expect(await bed.client.sync()).toEqual([]);
      expect(bed.engine.calls).toEqual([]);
    },
  );
});
