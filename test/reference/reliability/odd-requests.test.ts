// Requests that are well-formed and wrong: each is answered for what it is, and the next one is understood.
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../reference/profile.ts';
import { Feature } from '../../../reference/protocol/feature.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { Packet, PacketFields } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { hasLayout } from '../../../reference/protocol/validators.ts';
import { dcpCommands, documentCommands } from '../../support/command-families.ts';
import { get, noop, set } from '../../support/document-requests.ts';
import { profileNames, sendWays } from '../../support/send-ways.ts';
import { serveOver, type TestBed } from '../../support/serve-over.ts';
import { textured } from '../../support/textured.ts';
import type { WireClient } from '../../support/wire-client.ts';

const MIB = 1024 * 1024;
const ways = Object.entries(sendWays);

/** The status of the answer, and whether the next request was answered, too. */
type Outcome = readonly [status: number | undefined, goesOn: boolean];

async function outcome(client: WireClient, request: PacketFields): Promise<Outcome> {
  client.send({ ...request, opaque: 0xbad }, noop(0x900d));
  let status: number | undefined;
  for (;;) {
    let packet: Packet;
    try {
      packet = await client.next();
    } catch {
      return [status, false];
    }
    if (packet.opaque === 0x900d) return [status, true];
    expect(packet.opaque).toBe(0xbad);
    expect(status).toBeUndefined();
    status = packet.vbucketOrStatus;
  }
}

/** The outcome on a connection of its own. */
async function alone(bed: TestBed, request: PacketFields): Promise<Outcome> {
  const client = await bed.connect();
  const result = await outcome(client, request);
  client.wire.destroy();
  return result;
}

/** What a request is answered with whose layout is wrong: then memcached closes. */
const invalid = (profile: Profile['name']): Outcome => [Status.Einval, profile === 'couchbase'];

const commands: Readonly<Record<string, PacketFields>> = {
  ...documentCommands,
  ...dcpCommands,
  NOOP: { opcode: Opcode.Noop },
  VERSION: { opcode: Opcode.Version },
  QUIT: { opcode: Opcode.Quit },
  QUITQ: { opcode: Opcode.Quitq },
  VERBOSITY: { opcode: Opcode.Verbosity, extras: Buffer.alloc(4) },
  HELLO: { opcode: Opcode.Hello, key: 'tester' },
  SELECT_BUCKET: { opcode: Opcode.SelectBucket, key: 'default' },
  LIST_BUCKETS: { opcode: Opcode.ListBuckets },
  SASL_LIST_MECHS: { opcode: Opcode.SaslListMechs },
  SASL_AUTH: { opcode: Opcode.SaslAuth, key: 'PLAIN', value: '\0ada\0lovelace' },
};
const withLayout = Object.entries(commands).filter(([, { opcode = 0 }]) => hasLayout(opcode));

describe.each(profileNames)('as %s', (profile) => {
  it('extras of a wrong length are refused, of every command', async () => {
    await using bed = await serveOver('pair', { profile });
    for (const [name, request] of withLayout) {
      const { length } = request.extras ?? [];
      // FLUSH and GET_LOCKED may have four bytes, DCP's documents one more for collections, which are not negotiated.
      for (const extlen of new Set([length + 1, length + 3, Math.max(0, length - 1), 255])) {
        if (extlen === length) continue;
        expect(await alone(bed, { ...request, extras: Buffer.alloc(extlen) }), `${name}, ${extlen}`).toEqual(
          invalid(profile),
        );
      }
    }
  });

  it('a key that is missing, too long, or where none belongs is refused, of every command', async () => {
    await using bed = await serveOver('pair', { profile });
    const mayLackKey = /STAT$|HELLO|SELECT_BUCKET|SYSTEM_EVENT/;
    for (const [name, request] of withLayout) {
      const isKeyed = request.key !== undefined;
      if (isKeyed && !mayLackKey.test(name)) {
        expect(await alone(bed, { ...request, key: '' }), name).toEqual(invalid(profile));
      }
      if (isKeyed && !/HELLO|SELECT_BUCKET/.test(name)) {
        expect(await alone(bed, { ...request, key: 'k'.repeat(251) }), name).toEqual(invalid(profile));
        expect(await alone(bed, { ...request, key: 'k'.repeat(0xffff) }), name).toEqual(invalid(profile));
        const [status] = await alone(bed, { ...request, key: 'k'.repeat(250) });
        expect(status, name).not.toBe(Status.Einval);
      }
      if (!isKeyed && name !== 'STAT')
        expect(await alone(bed, { ...request, key: 'walrus' }), name).toEqual(invalid(profile));
    }
  });

  it('a value where none belongs is refused, of every command', async () => {
    await using bed = await serveOver('pair', { profile });
    const mayHaveValue = /STREAM_REQ|DELETION|SYSTEM_EVENT|HELLO/;
    for (const [name, request] of withLayout) {
      if (request.value !== undefined || mayHaveValue.test(name)) continue;
      expect(await alone(bed, { ...request, value: 'surplus' }), name).toEqual(invalid(profile));
    }
  });

  it.each(ways)(
    'a command that nobody knows is skipped whole, whatever its body is, %s',
    async (_, options) => {
      await using bed = await serveOver('pair', { ...options, profile });
      const known = new Set(Object.values(Opcode) as number[]);
      const client = await bed.connect();
      const bodies: readonly PacketFields[] = [
        {},
        { key: 'walrus' },
        { extras: Buffer.alloc(8), key: 'walrus' },
        { extras: Buffer.alloc(255, 0x80), key: Buffer.alloc(300, 0x80), value: Buffer.alloc(70_000, 0x80) },
        { datatype: 0xff, vbucketOrStatus: 0xffff, cas: 0xffff_ffff_ffff_ffffn, value: 'x' },
      ];
      const unknown = Array.from({ length: 256 }, (_each, opcode) => opcode).filter(
        (opcode) => !known.has(opcode),
      );
      expect(unknown.length).toBeGreaterThan(50);
      for (const opcode of [...unknown, 0xff])
        for (const body of bodies)
          expect(await outcome(client, { opcode, ...body }), `opcode ${opcode}`).toEqual([
            Status.UnknownCommand,
            true,
          ]);
    },
  );

  it.each(ways)(
    'a value one byte too long is refused and skipped, and nothing of it is stored, %s',
    async (_, options) => {
      await using bed = await serveOver('pair', {
        ...options,
        profile,
        config: 'item_size_max=1m;cache_size=64m',
      });
      const client = await bed.connect();
      const longest = textured(MIB);
      const tooLong = textured(MIB + 1);
      const append = (opcode: number): PacketFields => ({ opcode, key: 'whale', value: '!' });
      const requests: readonly PacketFields[] = [
        ...[Opcode.Set, Opcode.Setq, Opcode.Add, Opcode.Addq, Opcode.Replace, Opcode.Replaceq].map((opcode) =>
          set('whale', tooLong, 0, opcode),
        ),
        ...[Opcode.Append, Opcode.Appendq, Opcode.Prepend, Opcode.Prependq].map(append),
      ];
      for (const request of requests) {
        expect(await outcome(client, set('whale', longest))).toEqual([Status.Success, true]);
        expect(await outcome(client, request), `opcode ${request.opcode}`).toEqual([Status.E2big, true]);
        client.send(get('whale', 1));
        const { value, vbucketOrStatus } = await client.next();
        // memcached takes the old value away where it could be served as the new one.
        const isGone = profile === 'memcached' && vbucketOrStatus === Status.KeyEnoent;
        expect(isGone || value.equals(longest), `opcode ${request.opcode}`).toBe(true);
      }
      expect(await outcome(client, set('whale', 'small'))).toEqual([Status.Success, true]);
    },
  );

  it('datatype bits that were not agreed on are refused, or ignored where nobody agrees on any', async () => {
    await using bed = await serveOver('pair', { profile });
    const client = await bed.connect();
    for (const datatype of [1, 2, 3, 4, 8, 0x80, 0xff]) {
      const wanted: Outcome = profile === 'memcached' ? [Status.Success, true] : [Status.Einval, true];
      expect(await outcome(client, { ...set('seal', '{}'), datatype }), `datatype ${datatype}`).toEqual(
        wanted,
      );
      const { value } = await client.request(get('seal'));
      if (profile === 'memcached') expect(value.toString()).toBe('{}');
    }
    const value = Buffer.from([0, Feature.Json]);
    const granted = await client.request({ opcode: Opcode.Hello, value });
    expect(granted.value).toHaveLength(profile === 'memcached' ? 0 : 2);
    expect(await outcome(client, { ...set('seal', '{}'), datatype: 1 })).toEqual([Status.Success, true]);
    const [status] = await outcome(client, { ...set('seal', '{}'), datatype: 2 });
    expect(status).toBe(profile === 'memcached' ? Status.Success : Status.Einval);
  });

  it('a vbucket that there is not is refused, or means nothing', async () => {
    await using bed = await serveOver('pair', { profile });
    const client = await bed.connect();
    for (const vbucketOrStatus of [1024, 0xffff]) {
      const [status, goesOn] = await outcome(client, { ...get('seal'), vbucketOrStatus });
      expect([Status.NotMyVbucket, Status.KeyEnoent]).toContain(status);
      expect(goesOn).toBe(true);
    }
  });

  it('an increment of what is no number, or of too many digits, changes nothing', async () => {
    await using bed = await serveOver('pair', { profile });
    const client = await bed.connect();
    for (const text of ['', 'seven', '-1', '1e3', '18446744073709551616', '9'.repeat(100), '0x10']) {
      expect(await outcome(client, set('count', text))).toEqual([Status.Success, true]);
      for (const opcode of [Opcode.Increment, Opcode.Decrement, Opcode.Incrementq, Opcode.Decrementq])
        expect(await outcome(client, { opcode, key: 'count', extras: Buffer.alloc(20) }), text).toEqual([
          Status.DeltaBadval,
          true,
        ]);
      expect((await client.request(get('count'))).value.toString()).toBe(text);
    }
  });
});
