import { describe, expect, it } from 'vitest';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { PacketFields } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { get, set } from '../../support/document-requests.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';
import { scriptedServer } from '../../support/scripted-server.ts';
import { connectClient } from '../../support/test-client.ts';

const select = (name: string): PacketFields => ({ opcode: Opcode.SelectBucket, key: name });
const buckets = { travel: { engine: 'default' }, été: { engine: 'default' } };

describe('SELECT_BUCKET', () => {
  it("moves a connection to another bucket's documents, and back", async () => {
    await using bed = await scriptedServer({ buckets });
    const { client } = bed;
    await client.request(set('ticket', 'none'));
    expect((await client.request(select('travel'))).vbucketOrStatus).toBe(Status.Success);
    expect((await client.request(get('ticket'))).vbucketOrStatus).toBe(Status.KeyEnoent);
    await client.request(set('ticket', 'Muscat'));
    const other = await connectClient(bed.server);
    expect((await other.request(get('ticket'))).value.toString()).toBe('none');
    await client.request(select('default'));
    expect((await client.request(get('ticket'))).value.toString()).toBe('none');
  });

  it('leaves a connection where it is, where there is no such bucket', async () => {
    await using bed = await scriptedServer({ buckets });
    await bed.client.request(select('travel'));
    for (const name of ['nowhere', '', 'Travel', 'constructor'])
      expect((await bed.client.request(select(name))).vbucketOrStatus).toBe(Status.KeyEnoent);
    expect(bed.server.connections()[0]?.session.bucket.name).toBe('travel');
  });

  it('takes names in UTF-8', async () => {
    await using bed = await scriptedServer({ buckets });
    expect((await bed.client.request(select('été'))).vbucketOrStatus).toBe(Status.Success);
  });

  it("asks the bucket's engine for xattrs, where the client wants them", async () => {
    const plainEngine = new ScriptedEngine();
    await using bed = await scriptedServer({
      profile: 'couchbase',
      buckets: { plain: { engine: plainEngine } },
    });
    const xattr = (): boolean | undefined => bed.server.connections()[0]?.session.xattr;
    await bed.client.request({ opcode: Opcode.Hello, value: Buffer.from([0, 6]) });
    expect(xattr()).toBe(true);
    plainEngine.answers.set('isXattrEnabled', [false]);
    await bed.client.request(select('plain'));
    expect(xattr()).toBe(false);
    await bed.client.request(select('default'));
    expect(xattr()).toBe(true);
  });

  it('is not for connections that replicate', async () => {
    await using bed = await scriptedServer({ buckets });
    const extras = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]);
    await bed.client.request({ opcode: Opcode.DcpOpen, key: 'replication', extras });
    expect((await bed.client.request(select('travel'))).vbucketOrStatus).toBe(Status.NotSupported);
    expect(bed.server.connections()[0]?.session.bucket.name).toBe('default');
  });

  it('needs a login where there are users', async () => {
    await using bed = await scriptedServer({ buckets, users: { keeper: 'fish' }, profile: 'couchbase' });
    bed.client.send(select('travel'), { opcode: Opcode.ListBuckets });
    const answers = await bed.client.take(2);
    expect(answers.map((each) => each.vbucketOrStatus)).toEqual([Status.Eaccess, Status.Eaccess]);
  });
});

describe('LIST_BUCKETS', () => {
  it('names them, parted by spaces', async () => {
    await using bed = await scriptedServer({ buckets });
    const { value } = await bed.client.request({ opcode: Opcode.ListBuckets });
    expect(value.toString()).toBe('default travel été');
  });
});
