// Logins in any order, pipelined, renewed and refused: nobody who is not logged in reaches the engine.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { PacketFields } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import type { ServerOptions } from '../../../reference/server-options.ts';
import { dcpCommands, documentCommands } from '../../support/command-families.ts';
import { get, noop, set } from '../../support/document-requests.ts';
import { profileNames, sendWays } from '../../support/send-ways.ts';
import { serveOver, type TestBed } from '../../support/serve-over.ts';
import { SteeredEngine } from '../../support/steered-engine.ts';
import { turn, until } from '../../support/until.ts';

const users = { ada: 'lovelace', grace: 'hopper' };
const auth = (value: string | Uint8Array, opaque = 0, key = 'PLAIN'): PacketFields => ({
  opcode: Opcode.SaslAuth,
  key,
  value,
  opaque,
});
const step = (opaque = 0): PacketFields => ({ ...auth('\0ada\0lovelace', opaque), opcode: Opcode.SaslStep });
const hello = (opaque = 0): PacketFields => ({
  opcode: Opcode.Hello,
  key: 'tester',
  value: Buffer.from([0, 7]),
  opaque,
});
const list = (opaque = 0): PacketFields => ({ opcode: Opcode.SaslListMechs, opaque });

describe.each(profileNames)('as %s', (profile) => {
  const closes = profile === 'memcached';
  const refusal = closes ? Status.AuthError : Status.Eaccess;
  const serve = (options: ServerOptions = {}): Promise<TestBed> =>
    serveOver('pair', { ...options, profile, users });

  it.each(Object.entries(sendWays))(
    'what is asked in one write is answered in its order, %s',
    async (_, way) => {
      await using bed = await serve(way);
      const client = await bed.connect();
      client.send(hello(1), list(2), auth('\0ada\0lovelace', 3), set('seal', 'flippers', 4), get('seal', 5));
      const packets = await client.take(5);
      expect(packets.map((each) => [each.opaque, each.vbucketOrStatus])).toEqual(
        [1, 2, 3, 4, 5].map((i) => [i, 0]),
      );
      expect(packets[1]?.value.toString()).toBe('PLAIN');
    },
  );

  it('no command reaches the engine before a login', async () => {
    const engine = new SteeredEngine();
    let reached = 0;
    engine.parks = () => {
      reached += 1;
      return false;
    };
    await using bed = await serve({ engine });
    for (const [name, request] of Object.entries({ ...documentCommands, ...dcpCommands })) {
      const client = await bed.connect();
      client.send({ ...request, opaque: 1 });
      expect((await client.next()).vbucketOrStatus, name).toBe(refusal);
      client.wire.destroy();
    }
    for (let opcode = 0; opcode <= 0xff; opcode++) {
      const client = await bed.connect();
      client.send(
        { opcode, opaque: 1 },
        { opcode, key: 'seal', extras: Buffer.alloc(8), value: 'flippers', opaque: 2 },
      );
      client.wire.end();
      await client.rest();
    }
    expect([reached, engine.held, bed.server.stats.cmdGet, bed.server.stats.cmdSet]).toEqual([0, 0, 0, 0]);
    expect(bed.server.connections().every(({ session }) => session.dcp === 'none')).toBe(true);
  });

  it('a renewal that fails takes the login away from what is behind it in the same write, and no earlier', async () => {
    await using bed = await serve();
    const client = await bed.connect();
    client.send(
      auth('\0ada\0lovelace', 1),
      set('seal', 'flippers', 2),
      auth('\0ada\0byron', 3),
      get('seal', 4),
      auth('\0grace\0hopper', 5),
      get('seal', 6),
    );
    const statuses = (await client.take(closes ? 4 : 6)).map((each) => [each.opaque, each.vbucketOrStatus]);
    const refused = [
      [1, Status.Success],
      [2, Status.Success],
      [3, Status.AuthError],
      [4, refusal],
    ];
    expect(statuses).toEqual(closes ? refused : [...refused, [5, Status.Success], [6, Status.Success]]);
    // memcached closes after it.
    if (closes) expect(await client.rest()).toEqual([]);
  });

  it('a login waits behind a command that waits, and does not change for whom that is', async () => {
    const engine = new SteeredEngine();
    engine.parks = (key) => key === 'slow';
    await using bed = await serve({ engine });
    const client = await bed.connect();
    client.send(auth('\0ada\0lovelace', 1), get('slow', 2), auth('\0ada\0byron', 3), noop(4));
    await client.next();
    await until('it waits', () => engine.parked.length === 1);
    await turn(3);
    expect(bed.server.connections()[0]?.session.user).toBe('ada');
    engine.parked[0]?.notify();
    const packets = await client.take(3);
    expect(packets.map((each) => each.opaque)).toEqual([2, 3, 4]);
    expect(packets[0]?.vbucketOrStatus).toBe(Status.KeyEnoent);
    expect(packets[2]?.vbucketOrStatus).toBe(refusal);
  });

  it('a step without a login, and after one, is none', async () => {
    await using bed = await serve();
    for (const before of [[], [auth('\0ada\0lovelace')], [auth('\0ada\0byron')]]) {
      const client = await bed.connect();
      client.send(...before, step(9), noop(10));
      const packets = (await client.take(before.length + 2)).slice(before.length);
      expect([Status.AuthError, Status.Einval]).toContain(packets[0]?.vbucketOrStatus);
      client.wire.destroy();
    }
  });

  it('no message but the right one lets anybody in', async () => {
    await using bed = await serve();
    const part = fc.oneof(
      fc.constantFrom('ada', 'lovelace', 'grace', 'hopper', '', '\0', 'ADA'),
      fc.string({ maxLength: 6 }),
      fc.constant('x'.repeat(3000)),
    );
    const message = fc.oneof(
      fc.array(part, { maxLength: 5 }).map((parts) => Buffer.from(parts.join('\0'))),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    );
    const mechanism = fc.oneof(
      { weight: 5, arbitrary: fc.constant('PLAIN') },
      { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 20 }) },
    );
    await fc.assert(
      fc.asyncProperty(message, mechanism, async (value, key) => {
        const client = await bed.connect();
        client.send(auth(value, 1, key), get('seal', 2));
        client.wire.end();
        const [login, document] = await client.rest();
        const [, user = '', password] = value.toString().split(/\0(.*?)\0(.*)/s);
        const isRight =
          key.toUpperCase() === 'PLAIN' && Object.hasOwn(users, user) && users[user as 'ada'] === password;
        expect(login?.vbucketOrStatus === Status.Success).toBe(isRight);
        expect(document?.vbucketOrStatus === Status.KeyEnoent).toBe(isRight);
      }),
      { seed: 4616, numRuns: 150 },
    );
  });
});
