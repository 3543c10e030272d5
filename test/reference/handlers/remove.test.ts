import { describe, expect, it } from 'vitest';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { PacketFields } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { remove, set } from '../../support/document-requests.ts';
import { scriptedServer } from '../../support/scripted-server.ts';

const quietly = (key: string): PacketFields => ({ ...remove(key), opcode: Opcode.Deleteq });

describe('DELETE', () => {
  it('removes a document, whatever its cas', async () => {
    await using bed = await scriptedServer();
    await bed.client.request(set('dodo', 'extinct'));
    const removed = await bed.client.request(remove('dodo'));
    expect(removed).toMatchObject({ vbucketOrStatus: Status.Success, cas: 0n });
    expect(removed.value.length).toBe(0);
    expect(bed.engine.peek('dodo')).toBeUndefined();
    expect((await bed.client.request(remove('dodo'))).vbucketOrStatus).toBe(Status.KeyEnoent);
    expect(bed.server.stats).toMatchObject({ deleteHits: 1, deleteMisses: 1 });
  });

  it('compares the cas of the request', async () => {
    await using bed = await scriptedServer();
    const { cas } = await bed.client.request(set('dodo', 'extinct'));
    const wrong = await bed.client.request({ ...remove('dodo'), cas: cas + 1n });
    expect(wrong.vbucketOrStatus).toBe(Status.KeyEexists);
    expect((await bed.client.request({ ...remove('dodo'), cas })).vbucketOrStatus).toBe(Status.Success);
    expect(bed.server.stats).toMatchObject({ deleteHits: 1, deleteMisses: 0 });
  });

  it('says nothing of a success when it is quiet, but of a miss', async () => {
    await using bed = await scriptedServer();
    await bed.client.request(set('dodo', 'extinct'));
    bed.client.send(quietly('dodo'), quietly('dodo'));
    const said = await bed.client.sync();
    expect(said.map((each) => [each.opcode, each.vbucketOrStatus])).toEqual([
      [Opcode.Deleteq, Status.KeyEnoent],
    ]);
  });

  it("answers the tombstone's cas and mutation in the couchbase profile", async () => {
    await using bed = await scriptedServer({ profile: 'couchbase' });
    await bed.client.request({ opcode: Opcode.Hello, value: Buffer.from([0, 4]) });
    const stored = await bed.client.request(set('dodo', 'extinct'));
    const removed = await bed.client.request(remove('dodo'));
    expect(removed.cas).toBeGreaterThan(stored.cas);
    expect(removed.extras.readBigUInt64BE(8)).toBe(stored.extras.readBigUInt64BE(8) + 1n);
  });

  it('is done once where the engine waits', async () => {
    await using bed = await scriptedServer();
    await bed.client.request(set('dodo', 'extinct'));
    bed.engine.waits.add('remove');
    bed.engine.calls.length = 0;
    expect((await bed.client.request(remove('dodo'))).vbucketOrStatus).toBe(Status.Success);
    expect(bed.engine.calls).toEqual(['remove']);
    expect(bed.server.stats.deleteHits).toBe(1);
  });
});
