// Engines that wait, and engines that fail here and there: what clients see is what they would have seen without.
import { describe, expect, it } from 'vitest';
import { virtualTime } from '../../../reference/clock.ts';
import { EngineErrorCode } from '../../../reference/engine/contract.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { Packet, PacketFields } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { Random } from '../../../reference/random.ts';
import type { ServerOptions } from '../../../reference/server-options.ts';
import { documentCommands } from '../../support/command-families.ts';
import { get, noop, set } from '../../support/document-requests.ts';
import {
  casMismatch,
  faultAfter,
  faultAtRandom,
  neverNotify,
  noFaults,
} from '../../support/fault-requests.ts';
import { fuzzFactor, fuzzSeed } from '../../support/random-frames.ts';
import { profileNames, sendWays, waysAndProfiles } from '../../support/send-ways.ts';
import { serveOver, type TestBed } from '../../support/serve-over.ts';
import { textured } from '../../support/textured.ts';
import { turn, until } from '../../support/until.ts';
import type { WireClient } from '../../support/wire-client.ts';

const { ENGINE_ENOMEM, ENGINE_EWOULDBLOCK, ENGINE_TMPFAIL } = EngineErrorCode;

/** Every word of a response. */
const words = (packets: readonly Packet[]): unknown[] =>
  packets.map(({ extras, key, value, ...header }) => ({
    ...header,
    extras: extras.toString('hex'),
    key: key.toString('latin1'),
    value: value.length > 100 ? `${value.length} bytes, ${sum(value)}` : value.toString('latin1'),
  }));

const sum = (bytes: Uint8Array): number => bytes.reduce((total, byte) => (total * 31 + byte) >>> 0, 7);

const serve = (options: ServerOptions): Promise<TestBed> =>
  serveOver('pair', { ...options, engine: 'ewouldblock', time: virtualTime() });

async function outstanding(client: WireClient): Promise<number> {
  client.send({ opcode: Opcode.Stat });
  const found = (await client.sync()).find((each) => each.key.toString() === 'items_outstanding');
  return Number(found?.value.toString());
}

const { STAT: _, 'an unknown command': __, ...about } = documentCommands;
const commands = Object.entries(about);

/** A request about one of a few documents, small or big, sometimes with a cas that somebody could have. */
function someRequest(random: Random, opaque: number): PacketFields {
  const [, command] = commands[random.below(commands.length)] as (typeof commands)[number];
  if (command.key === undefined) return random.chance(0.9) ? noop(opaque) : { ...command, opaque };
  const key = random.pick(['seal', 'otter', 'walrus', '42']);
  const isStore = command.extras?.length === 8;
  const cas =
    random.chance(0.15) && (isStore || command.opcode === Opcode.Delete)
      ? BigInt(random.below(200))
      : undefined;
  const isAdd = command.opcode === Opcode.Add || command.opcode === Opcode.Addq;
  const value = random.pick(['7', '{"seals":3}', textured(5000), textured(60_000), 'flippers']);
  return {
    ...command,
    key,
    opaque,
    ...(command.value === undefined ? {} : { value: isStore ? value : 'x'.repeat(random.below(30)) }),
    ...(cas === undefined || isAdd ? {} : { cas }),
  };
}

describe.each(waysAndProfiles)('responses %s', (name, options) => {
  it('are the same, byte for byte, where half of all calls have to wait', async () => {
    await using plain = await serve(options);
    await using delayed = await serve(options);
    const random = new Random(fuzzSeed, name.length);
    const steer = await delayed.connect();
    expect((await steer.request(noFaults)).vbucketOrStatus).toBe(Status.Success);
    for (let round = 0; round < 8 * fuzzFactor; round++) {
      const requests = Array.from({ length: 60 }, (_each, i) => someRequest(random, i));
      const [expected, wanted] = [await plain.connect(), await delayed.connect()];
      expected.send(...requests, noop(0xffff));
      await wanted.request(faultAtRandom(50));
      // In pieces, so that a command waits while more comes in.
      for (const request of requests) {
        wanted.send(request);
        if (random.chance(0.2)) await turn();
      }
      wanted.send(noop(0xffff));
      expected.wire.end();
      wanted.wire.end();
      expect(words(await wanted.rest()), `FUZZ_SEED=${fuzzSeed}, round ${round}`).toEqual(
        words(await expected.rest()),
      );
    }
    expect(await outstanding(steer)).toBe(0);
    const { cmdGet, cmdSet, getHits, getMisses, incrHits, decrHits, deleteHits, casHits, casBadval } =
      plain.server.stats;
    expect(delayed.server.stats).toMatchObject({
      cmdSet,
      incrHits,
      decrHits,
      deleteHits,
      casHits,
      casBadval,
    });
    expect(delayed.server.stats).toMatchObject({ cmdGet, getHits, getMisses });
    // They did wait: each time what was said before went out by itself. The old path sends one by one anyway.
    const least = options.contract === 'v1' ? 0 : 5;
    expect(delayed.server.stats.writes).toBeGreaterThan(least * plain.server.stats.writes);
  });
});

describe.each(profileNames)('as %s', (profile) => {
  it('a command may wait at any of its calls, and does nothing twice', async () => {
    await using plain = await serve({ profile });
    await using delayed = await serve({ profile });
    const states: readonly (readonly PacketFields[])[] = [
      [{ opcode: Opcode.Flush }],
      [{ opcode: Opcode.Flush }, set('walrus', '42')],
      [{ opcode: Opcode.Flush }, set('walrus', 'tusks')],
    ];
    const [expected, wanted] = [await plain.connect(), await delayed.connect()];
    await expected.request(noFaults);
    await wanted.request(noFaults);
    for (const [name, request] of commands) {
      for (const [kind, state] of states.entries()) {
        for (let calls = 0; calls < 6; calls++) {
          const play = async (client: WireClient, steering: PacketFields): Promise<unknown> => {
            client.send(...state, steering, { ...request, opaque: 5 }, noFaults, get('walrus', 6), noop(7));
            return words(await client.sync());
          };
          const delayedWords = await play(wanted, faultAfter(calls));
          expect(delayedWords, `${name}, state ${kind}, call ${calls}`).toEqual(
            await play(expected, noFaults),
          );
        }
      }
    }
    expect(await outstanding(wanted)).toBe(0);
  });

  it('a command may fail at any of its calls: it tells that, gives everything back, and the next one works', async () => {
    await using bed = await serve({ profile });
    const client = await bed.connect();
    const codes: readonly (readonly [number, number])[] = [
      [ENGINE_TMPFAIL, Status.Etmpfail],
      [ENGINE_ENOMEM, Status.Enomem],
    ];
    for (const [code, status] of codes) {
      for (const [name, request] of commands) {
        for (let calls = 0; calls < 5; calls++) {
          client.send({ opcode: Opcode.Flush }, set('walrus', '42'));
          await client.sync();
          client.send(faultAfter(calls, code), { ...request, opaque: 5 }, noFaults, noop(7));
          const said = (await client.sync()).filter((each) => each.opaque === 5);
          expect(said.length, `${name}, call ${calls}`).toBeLessThanOrEqual(1);
          if (calls === 0) expect(said[0]?.vbucketOrStatus, name).toBe(status);
        }
      }
    }
    expect(await outstanding(client)).toBe(0);
    expect(bed.server.stats.engineFaults).toBe(0);
  });

  it.each(Object.entries(sendWays))(
    'commands that nobody ever wakes are cleaned up with their clients: %s',
    async (_way, way) => {
      await using bed = await serve({ ...way, profile });
      const other = await bed.connect();
      for (const [name, request] of commands) {
        for (const calls of [1, 2]) {
          const client = await bed.connect();
          client.send(set('walrus', '42'), neverNotify(calls), { ...request, opaque: 5 }, noop(7));
          await client.take(2);
          await turn(2);
          expect(client.pending, name).toBe(0);
          expect((await other.request(noop(9))).opaque).toBe(9);
          client.wire.destroy();
        }
      }
      await until('they are gone', () => bed.server.connections().length === 1);
      expect(await outstanding(other)).toBe(0);
    },
  );

  it('a cas that somebody else was faster with fails who has one, and is tried again for who has none', async () => {
    await using bed = await serve({ profile });
    const client = await bed.connect();
    await client.request(set('walrus', '42'));
    const { cas } = await client.request(get('walrus'));
    await client.request(casMismatch(1));
    expect((await client.request({ ...set('walrus', 'tusks'), cas })).vbucketOrStatus).toBe(
      Status.KeyEexists,
    );
    await client.request(casMismatch(5));
    const append = await client.request({ opcode: Opcode.Append, key: 'walrus', value: '0' });
    expect(append.vbucketOrStatus).toBe(Status.Success);
    expect((await client.request(get('walrus'))).value.toString()).toBe('420');
    await client.request(casMismatch(1_000_000));
    expect((await client.request({ opcode: Opcode.Append, key: 'walrus', value: '0' })).vbucketOrStatus).toBe(
      Status.Etmpfail,
    );
    expect(await outstanding(client)).toBe(0);
  });

  it('statistics that wait are told once', async () => {
    await using bed = await serve({ profile });
    const client = await bed.connect();
    client.send({ opcode: Opcode.Stat });
    const names = (await client.sync()).map((each) => each.key.toString());
    client.send(faultAfter(0, ENGINE_EWOULDBLOCK), { opcode: Opcode.Stat });
    const delayed = (await client.sync()).slice(1).map((each) => each.key.toString());
    expect(delayed).toEqual(names);
    expect(new Set(delayed).size).toBe(delayed.length);
  });
});
