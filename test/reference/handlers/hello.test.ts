import { describe, expect, it } from 'vitest';
import { Feature } from '../../../reference/protocol/feature.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { Packet } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import type { Session } from '../../../reference/session.ts';
import { type ScriptedServer, scriptedServer } from '../../support/scripted-server.ts';

function hello({ client }: ScriptedServer, features: readonly number[], agent = ''): Promise<Packet> {
  const value = Buffer.alloc(features.length * 2);
  for (const [i, feature] of features.entries()) value.writeUInt16BE(feature, i * 2);
  return client.request({ opcode: Opcode.Hello, key: agent, value });
}

function granted({ value }: Packet): readonly number[] {
  return Array.from({ length: value.length / 2 }, (_, i) => value.readUInt16BE(i * 2));
}

const sessionOf = ({ server }: ScriptedServer): Session | undefined => server.connections()[0]?.session;

const everything = Object.values(Feature);

describe('HELLO', () => {
  it('grants what the couchbase profile has, in the order of the request', async () => {
    await using bed = await scriptedServer({ profile: 'couchbase' });
    const answer = await hello(bed, everything);
    expect(answer.vbucketOrStatus).toBe(Status.Success);
    expect(granted(answer)).toEqual([
      Feature.Tcpnodelay,
      Feature.MutationSeqno,
      Feature.Xattr,
      Feature.Xerror,
      Feature.SelectBucket,
      Feature.Json,
    ]);
    expect(sessionOf(bed)).toMatchObject({
      datatypes: 1 | 4,
      xattr: true,
      mutationExtras: true,
      xerror: true,
    });
  });

  it('grants no datatypes in the memcached profile, which has none', async () => {
    await using bed = await scriptedServer();
    expect(granted(await hello(bed, [Feature.Json, Feature.Xattr, Feature.Snappy, Feature.Xerror]))).toEqual([
      Feature.Xerror,
    ]);
    expect(sessionOf(bed)).toMatchObject({ datatypes: 0, xattr: false });
  });

  it('grants no xattrs where the engine has none', async () => {
    await using bed = await scriptedServer({ profile: 'couchbase' });
    bed.engine.answers.set('isXattrEnabled', [false]);
    expect(granted(await hello(bed, [Feature.Xattr, Feature.Json]))).toEqual([Feature.Json]);
    expect(sessionOf(bed)).toMatchObject({ datatypes: 1, xattr: false });
  });

  it.each([
    [[Feature.Tcpdelay, Feature.Tcpnodelay], [Feature.Tcpdelay]],
    [[Feature.Tcpnodelay, Feature.Tcpdelay], [Feature.Tcpnodelay]],
  ])('of %j grants %j: the first of the two', async (asked, expected) => {
    await using bed = await scriptedServer();
    expect(granted(await hello(bed, asked))).toEqual(expected);
  });

  it('says once what was asked twice, and nothing of what nobody knows', async () => {
    await using bed = await scriptedServer();
    expect(granted(await hello(bed, [0xffff, Feature.Xerror, 0, Feature.Xerror, 0x7777]))).toEqual([
      Feature.Xerror,
    ]);
  });

  it('begins anew each time', async () => {
    await using bed = await scriptedServer({ profile: 'couchbase' });
    await hello(bed, everything, 'first/1.0');
    const answer = await hello(bed, []);
    expect(answer).toMatchObject({ vbucketOrStatus: Status.Success, value: Buffer.alloc(0) });
    expect(sessionOf(bed)).toMatchObject({
      agent: '',
      datatypes: 0,
      xattr: false,
      mutationExtras: false,
      xerror: false,
    });
  });

  it("keeps the client's name", async () => {
    await using bed = await scriptedServer();
    await hello(bed, [], 'walrus-client/7.1 (arctic)');
    expect(sessionOf(bed)?.agent).toBe('walrus-client/7.1 (arctic)');
  });

  it('works before a login', async () => {
    await using bed = await scriptedServer({ users: { keeper: 'fish' } });
    expect((await hello(bed, [Feature.Xerror])).vbucketOrStatus).toBe(Status.Success);
  });
});
