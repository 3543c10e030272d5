// Engines that call back out of time, with nonsense, or too often: responses and statistics.
import { describe, expect, it } from 'vitest';
import type { AddResponse, AddStat, Cookie, ServerApi } from '../../../reference/engine/contract.ts';
import { EngineErrorCode } from '../../../reference/engine/contract.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { PacketFields } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { noop } from '../../support/document-requests.ts';
import { sendWays } from '../../support/send-ways.ts';
import { type SpoiledServer, serveSpoiled } from '../../support/spoiled-server.ts';
import { turn, until } from '../../support/until.ts';

const { ENGINE_EWOULDBLOCK, ENGINE_SUCCESS, ENGINE_TMPFAIL } = EngineErrorCode;
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
});
