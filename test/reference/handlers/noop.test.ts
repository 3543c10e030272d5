import { describe, expect, it } from 'vitest';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { get, noop } from '../../support/document-requests.ts';
import { scriptedServer } from '../../support/scripted-server.ts';

const users = { keeper: 'fish' };
const refusal = Status.Eaccess;

describe('NOOP', () => {
  it('answers with a header and nothing else', async () => {
    await using bed = await scriptedServer();
    const answer = await bed.client.request(noop(0xffff_ffff));
    expect(answer).toEqual({
      magic: 0x81,
      opcode: Opcode.Noop,
      datatype: 0,
      vbucketOrStatus: Status.Success,
      opaque: 0xffff_ffff,
      cas: 0n,
      extras: Buffer.alloc(0),
      key: Buffer.alloc(0),
      value: Buffer.alloc(0),
    });
  });

  it('needs a login where there are users', async () => {
    await using bed = await scriptedServer({ users, profile: 'couchbase' });
    expect((await bed.client.request(noop())).vbucketOrStatus).toBe(refusal);
  });
});

describe('VERSION', () => {
  it('answers the version, before a login as well', async () => {
    await using bed = await scriptedServer({ users, profile: 'couchbase' });
    const { value, vbucketOrStatus } = await bed.client.request({ opcode: Opcode.Version });
    expect(vbucketOrStatus).toBe(Status.Success);
    expect(value.toString()).toMatch(/^\d+\.\d+\.\d+/);
  });
});

describe('QUIT', () => {
  it('is answered, and then the connection is closed; nothing behind it is', async () => {
    await using bed = await scriptedServer();
    bed.client.send(noop(1), { opcode: Opcode.Quit, opaque: 2 }, noop(3), get('whale', 4));
    const said = await bed.client.rest();
    expect(said.map((each) => [each.opcode, each.opaque, each.vbucketOrStatus])).toEqual([
      [Opcode.Noop, 1, 0],
      [Opcode.Quit, 2, 0],
    ]);
    expect(bed.engine.calls).toEqual([]);
  });

  it('closes without an answer when it is quiet, before a login as well', async () => {
    await using bed = await scriptedServer({ users, profile: 'couchbase' });
    bed.client.send({ opcode: Opcode.Quitq }, noop());
    expect(await bed.client.rest()).toEqual([]);
  });
});
