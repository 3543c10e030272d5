import { describe, expect, it } from 'vitest';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { PacketFields } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { get, noop } from '../../support/document-requests.ts';
import { scriptedServer } from '../../support/scripted-server.ts';
import { connectClient } from '../../support/test-client.ts';

const users = { keeper: 'fish', zoë: 'käse', guest: '' };

const plain = (message: string, key = 'PLAIN'): PacketFields => ({
  opcode: Opcode.SaslAuth,
  key,
  value: message,
});

const listMechanisms: PacketFields = { opcode: Opcode.SaslListMechs };
const step: PacketFields = { opcode: Opcode.SaslStep, key: 'PLAIN', value: '\0keeper\0fish' };

describe.each(['memcached', 'couchbase'] as const)('SASL with users, in the %s profile', (profile) => {
  it('has one mechanism', async () => {
    await using bed = await scriptedServer({ profile, users });
    expect((await bed.client.request(listMechanisms)).value.toString()).toBe('PLAIN');
  });

  it.each(['\0keeper\0fish', 'somebody\0keeper\0fish', '\0zoë\0käse', '\0guest\0'])(
    'lets %j in',
    async (message) => {
      await using bed = await scriptedServer({ profile, users });
      const answer = await bed.client.request(plain(message));
      expect(answer).toMatchObject({ vbucketOrStatus: Status.Success, opcode: Opcode.SaslAuth });
      expect(answer.value.toString()).toBe('Authenticated');
      expect(bed.server.connections()[0]?.session.user).toBe(message.split('\0')[1]);
      expect((await bed.client.request(get('walrus'))).vbucketOrStatus).toBe(Status.KeyEnoent);
      expect(bed.server.stats).toMatchObject({ authCmds: 1, authErrors: 0 });
    },
  );

  it.each(['\0keeper\0meat', '\0nobody\0fish', '\0\0', '\0toString\0', '\0keeper\0fish\0', '\0KEEPER\0fish'])(
    'does not let %j in',
    async (message) => {
      await using bed = await scriptedServer({ profile, users });
      expect((await bed.client.request(plain(message))).vbucketOrStatus).toBe(Status.AuthError);
      expect(bed.server.connections()[0]?.session.user).toBeUndefined();
      expect(bed.server.stats).toMatchObject({ authCmds: 1, authErrors: 1 });
    },
  );

  it('refuses mechanisms that it does not have', async () => {
    await using bed = await scriptedServer({ profile, users });
    for (const key of ['SCRAM-SHA512', 'CRAM-MD5', 'PLAIN ', 'P'])
      expect((await bed.client.request(plain('\0keeper\0fish', key))).vbucketOrStatus).toBe(Status.AuthError);
    expect((await bed.client.request(plain('\0keeper\0fish', 'plain'))).vbucketOrStatus).toBe(Status.Success);
  });

  it('refuses documents before a login, and after one that failed', async () => {
    await using bed = await scriptedServer({ profile, users });
    const refusal = profile === 'memcached' ? Status.AuthError : Status.Eaccess;
    await bed.client.request(plain('\0keeper\0fish'));
    expect((await bed.client.request(noop())).vbucketOrStatus).toBe(Status.Success);
    await bed.client.request(plain('\0keeper\0meat'));
    expect((await bed.client.request(get('walrus'))).vbucketOrStatus).toBe(refusal);
    expect(bed.engine.calls).toEqual([]);
  });

  it('takes a login from the connection that failed to renew it, and from no other', async () => {
    await using bed = await scriptedServer({ profile, users });
    const other = await connectClient(bed.server);
    for (const client of [bed.client, other]) await client.request(plain('\0keeper\0fish'));
    await bed.client.request(plain('\0keeper\0meat'));
    expect((await other.request(noop())).vbucketOrStatus).toBe(Status.Success);
  });

  it('never logs a password', async () => {
    await using bed = await scriptedServer({ profile, users });
    await bed.client.request(plain('\0keeper\0meat'));
    expect(bed.log.map(({ message }) => message)).toContain('login refused');
    expect(
      JSON.stringify(bed.log, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
    ).not.toContain('meat');
  });
});

describe('a command before the login', () => {
  it('is refused by the memcached profile, which then closes', async () => {
    await using bed = await scriptedServer({ users });
    bed.client.send({ opcode: Opcode.Version }, noop(1), noop(2));
    const said = await bed.client.rest();
    expect(said.map((each) => [each.opcode, each.opaque, each.vbucketOrStatus])).toEqual([
      [Opcode.Version, 0, Status.Success],
      [Opcode.Noop, 1, Status.AuthError],
    ]);
  });

  it('is refused by the couchbase profile, which stays', async () => {
    await using bed = await scriptedServer({ profile: 'couchbase', users });
    bed.client.send(noop(1), plain('\0keeper\0fish'), noop(2));
    const said = await bed.client.take(3);
    expect(said.map((each) => each.vbucketOrStatus)).toEqual([
      Status.Eaccess,
      Status.Success,
      Status.Success,
    ]);
  });
});

describe('a login that cannot be read', () => {
  it.each([
    ['memcached', Status.AuthError],
    ['couchbase', Status.Einval],
  ] as const)('is answered by the %s profile with %i, and the connection stays', async (profile, status) => {
    await using bed = await scriptedServer({ profile, users });
    for (const message of ['', 'keeper', 'keeper fish', '\0keeper'])
      expect((await bed.client.request(plain(message))).vbucketOrStatus).toBe(status);
    expect((await bed.client.request(step)).vbucketOrStatus).toBe(status);
    expect(bed.server.stats).toMatchObject({ authCmds: 5, authErrors: 5 });
    expect((await bed.client.request(plain('\0keeper\0fish'))).vbucketOrStatus).toBe(Status.Success);
  });
});

describe('SASL without users', () => {
  it('is unknown to the memcached profile', async () => {
    await using bed = await scriptedServer();
    bed.client.send(listMechanisms, plain('\0keeper\0fish'), step);
    const answers = await bed.client.take(3);
    expect(answers.map((each) => each.vbucketOrStatus)).toEqual(new Array(3).fill(Status.UnknownCommand));
    expect(bed.server.stats).toMatchObject({ authCmds: 0, authErrors: 0 });
  });

  it('lets everybody in, in the couchbase profile', async () => {
    await using bed = await scriptedServer({ profile: 'couchbase' });
    expect((await bed.client.request(listMechanisms)).value.toString()).toBe('PLAIN');
    expect((await bed.client.request(plain('\0anybody\0anything'))).vbucketOrStatus).toBe(Status.Success);
    expect(bed.server.connections()[0]?.session.user).toBe('anybody');
  });
});
