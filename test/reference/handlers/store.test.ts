import { describe, expect, it } from 'vitest';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { get, set } from '../../support/document-requests.ts';
import { scriptedServer } from '../../support/scripted-server.ts';

const { Add, Addq, Replace, Replaceq, Set: SetOpcode, Setq } = Opcode;

describe('SET, ADD and REPLACE', () => {
  it.each([
    [SetOpcode, Status.Success, Status.Success],
    [Add, Status.Success, Status.KeyEexists],
    [Replace, Status.KeyEnoent, Status.Success],
  ])(
    'opcode %i answers %i where there is no document, %i where there is one',
    async (opcode, without, withOne) => {
      await using bed = await scriptedServer();
      expect((await bed.client.request(set('flag', 'blue', 0, opcode))).vbucketOrStatus).toBe(without);
      expect(bed.engine.peek('flag')?.value).toBe(without === Status.Success ? 'blue' : undefined);
      bed.engine.put('flag', { value: 'red' });
      expect((await bed.client.request(set('flag', 'green', 0, opcode))).vbucketOrStatus).toBe(withOne);
      expect(bed.engine.peek('flag')?.value).toBe(withOne === Status.Success ? 'green' : 'red');
      expect(bed.server.stats.cmdSet).toBe(2);
      expect(bed.engine.outstanding).toBe(0);
    },
  );

  it('store flags and expiry', async () => {
    await using bed = await scriptedServer();
    const extras = Buffer.from('deadbeef0000003c', 'hex');
    await bed.client.request({ ...set('flag', 'blue'), extras });
    expect(bed.engine.peek('flag')).toMatchObject({ flags: 0xdeadbeef, exptime: 1_700_000_060 });
  });

  it('say nothing of a success when they are quiet', async () => {
    await using bed = await scriptedServer();
    bed.client.send(set('a', '1', 1, Setq), set('b', '1', 2, Addq), set('a', '2', 3, Replaceq));
    expect(await bed.client.sync()).toEqual([]);
    bed.client.send(set('a', '3', 1, Addq), set('c', '3', 2, Replaceq));
    const said = await bed.client.sync();
    expect(said.map((each) => [each.opcode, each.vbucketOrStatus])).toEqual([
      [Addq, Status.KeyEexists],
      [Replaceq, Status.KeyEnoent],
    ]);
  });

  it.each([SetOpcode, Replace])('compare a cas, and count it (opcode %i)', async (opcode) => {
    await using bed = await scriptedServer();
    const { client } = bed;
    const missed = await client.request({ ...set('flag', 'blue', 0, opcode), cas: 7n });
    expect(missed.vbucketOrStatus).toBe(Status.KeyEnoent);
    const { cas } = await client.request(set('flag', 'red'));
    const stored = await client.request({ ...set('flag', 'blue', 0, opcode), cas });
    expect(stored.vbucketOrStatus).toBe(Status.Success);
    expect(stored.cas).toBeGreaterThan(cas);
    const late = await client.request({ ...set('flag', 'green', 0, opcode), cas });
    expect(late.vbucketOrStatus).toBe(Status.KeyEexists);
    expect(bed.engine.peek('flag')?.value).toBe('blue');
    expect(bed.server.stats).toMatchObject({ cmdSet: 4, casHits: 1, casBadval: 1, casMisses: 1 });
  });

  it('answer E2BIG where the value is too large', async () => {
    await using bed = await scriptedServer({ config: 'item_size_max=10' });
    const refused = await bed.client.request(set('flag', 'ultramarine'));
    expect(refused).toMatchObject({ vbucketOrStatus: Status.E2big, value: Buffer.from('Too large.') });
    expect(bed.server.stats.cmdSet).toBe(0);
    expect(bed.engine.outstanding).toBe(0);
  });

  it.each([
    ['memcached', SetOpcode, undefined],
    ['memcached', Setq, undefined],
    ['memcached', Replace, 'red'],
    ['memcached', Add, 'red'],
    ['couchbase', SetOpcode, 'red'],
  ] as const)('in the %s profile leave, too large, after opcode %i: %j', async (profile, opcode, left) => {
    await using bed = await scriptedServer({ profile, config: 'item_size_max=10' });
    bed.engine.put('flag', { value: 'red' });
    bed.engine.waits.add('remove');
    const refused = await bed.client.request(set('flag', 'ultramarine', 0, opcode));
    expect(refused.vbucketOrStatus).toBe(Status.E2big);
    expect(bed.engine.peek('flag')?.value).toBe(left);
    expect(bed.server.stats).toMatchObject({ cmdSet: 0, deleteHits: 0 });
  });

  it('allocate and store once where the engine waits', async () => {
    await using bed = await scriptedServer();
    bed.engine.waits.add('allocate').add('store');
    expect((await bed.client.request(set('flag', 'blue'))).vbucketOrStatus).toBe(Status.Success);
    expect(bed.engine.calls).toEqual(['allocate', 'store']);
    expect(bed.server.stats.cmdSet).toBe(1);
    expect(bed.engine.outstanding).toBe(0);
  });

  it('answer the mutation to who asked for it', async () => {
    await using bed = await scriptedServer();
    await bed.client.request({ opcode: Opcode.Hello, value: Buffer.from([0, 4]) });
    await bed.client.request(set('flag', 'red'));
    const { extras } = await bed.client.request(set('flag', 'blue'));
    expect(extras.readBigUInt64BE(8)).toBe(2n);
  });
});

describe('the datatype of a value', () => {
  it.each([
    ['{"colour": "blue"}', 1],
    [' [1, 2]\n', 1],
    ['7', 1],
    ['blue', 0],
    ['{"colour": blue}', 0],
    ['', 0],
  ])('is found out in the couchbase profile: %j is %i', async (value, datatype) => {
    await using bed = await scriptedServer({ profile: 'couchbase' });
    const { client } = bed;
    await client.request({ opcode: Opcode.Hello, value: Buffer.from([0, 11]) });
    // What the client says does not count.
    for (const claimed of [0, 1]) {
      const stored = await client.request({ ...set('flag', value), datatype: claimed });
      expect(stored.vbucketOrStatus).toBe(Status.Success);
      expect(bed.engine.peek('flag')?.datatype).toBe(datatype);
      expect((await client.request(get('flag'))).datatype).toBe(datatype);
    }
  });

  it('is told to nobody who did not ask for it', async () => {
    await using bed = await scriptedServer({ profile: 'couchbase' });
    await bed.client.request(set('flag', '{}'));
    expect(bed.engine.peek('flag')?.datatype).toBe(1);
    expect((await bed.client.request(get('flag'))).datatype).toBe(0);
  });

  it('is raw in the memcached profile, whatever the client says', async () => {
    await using bed = await scriptedServer();
    await bed.client.request({ ...set('flag', '{}'), datatype: 0xff });
    expect(bed.engine.peek('flag')).toMatchObject({ datatype: 0, value: '{}' });
  });
});
