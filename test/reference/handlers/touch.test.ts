import { describe, expect, it } from 'vitest';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { PacketFields } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { get } from '../../support/document-requests.ts';
import { scriptedServer } from '../../support/scripted-server.ts';

/** TOUCH, or its relatives, of the key "milk". */
function touch(seconds: number, opcode: number = Opcode.Touch): PacketFields {
  const extras = Buffer.alloc(4);
  extras.writeUInt32BE(seconds);
  return { opcode, key: 'milk', extras };
}

describe('TOUCH and GAT', () => {
  it('give a document another expiry', async () => {
    await using bed = await scriptedServer();
    bed.engine.put('milk', { value: 'fresh', exptime: 1_700_000_010 });
    expect((await bed.client.request(touch(60))).vbucketOrStatus).toBe(Status.Success);
    bed.time.advance(59);
    expect((await bed.client.request(get('milk'))).vbucketOrStatus).toBe(Status.Success);
    bed.time.advance(1);
    expect((await bed.client.request(get('milk'))).vbucketOrStatus).toBe(Status.KeyEnoent);
  });

  it('take the expiry away with 0, and the document with a time that is past', async () => {
    await using bed = await scriptedServer();
    bed.engine.put('milk', { value: 'fresh', exptime: 1_700_000_010 });
    await bed.client.request(touch(0));
    expect(bed.engine.peek('milk')?.exptime).toBe(0);
    await bed.client.request(touch(2_592_001));
    expect(bed.engine.peek('milk')).toBeUndefined();
  });

  it.each([
    ['memcached', [0, 0, 0, 7]],
    ['couchbase', []],
  ] as const)('TOUCH answers the cas, and in the %s profile the extras %j', async (profile, extras) => {
    await using bed = await scriptedServer({ profile });
    bed.engine.put('milk', { value: 'fresh', flags: 7 });
    const found = await bed.client.request(get('milk'));
    const touched = await bed.client.request(touch(60));
    expect([...touched.extras]).toEqual(extras);
    expect(touched).toMatchObject({ cas: found.cas, key: Buffer.alloc(0), value: Buffer.alloc(0) });
    expect(bed.engine.outstanding).toBe(0);
  });

  it('GAT answers as GET does', async () => {
    await using bed = await scriptedServer();
    bed.engine.put('milk', { value: 'fresh', flags: 7 });
    const found = await bed.client.request(get('milk'));
    expect(await bed.client.request(touch(60, Opcode.Gat))).toEqual({ ...found, opcode: Opcode.Gat });
    expect(bed.engine.peek('milk')?.exptime).toBe(1_700_000_060);
    expect(bed.engine.outstanding).toBe(0);
  });

  it('answer KEY_ENOENT for a miss, of which GATQ says nothing', async () => {
    await using bed = await scriptedServer();
    bed.client.send(touch(1), touch(1, Opcode.Gat), touch(1, Opcode.Gatq));
    const said = await bed.client.sync();
    expect(said.map((each) => [each.opcode, each.vbucketOrStatus])).toEqual([
      [Opcode.Touch, Status.KeyEnoent],
      [Opcode.Gat, Status.KeyEnoent],
    ]);
    bed.engine.put('milk', { value: 'fresh' });
    expect((await bed.client.request(touch(1, Opcode.Gatq))).value.toString()).toBe('fresh');
  });

  it('count as touches, not as gets', async () => {
    await using bed = await scriptedServer();
    await bed.client.request(touch(1));
    bed.engine.put('milk', { value: 'fresh' });
    await bed.client.request(touch(60));
    await bed.client.request(touch(60, Opcode.Gat));
    expect(bed.server.stats).toMatchObject({
      cmdTouch: 3,
      touchHits: 2,
      touchMisses: 1,
      cmdGet: 0,
      getHits: 0,
    });
  });

  it('are counted once where the engine waits', async () => {
    await using bed = await scriptedServer();
    bed.engine.put('milk', { value: 'fresh' });
    bed.engine.waits.add('getAndTouch');
    expect((await bed.client.request(touch(60))).vbucketOrStatus).toBe(Status.Success);
    expect(bed.server.stats).toMatchObject({ cmdTouch: 1, touchHits: 1 });
  });
});
