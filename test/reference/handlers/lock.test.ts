import { describe, expect, it } from 'vitest';
import { EngineErrorCode } from '../../../reference/engine/contract.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { PacketFields } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { get, set } from '../../support/document-requests.ts';
import { scriptedServer } from '../../support/scripted-server.ts';

const XERROR = Buffer.from([0, 7]);

function lock(seconds?: number): PacketFields {
  if (seconds === undefined) return { opcode: Opcode.GetLocked, key: 'vault' };
  const extras = Buffer.alloc(4);
  extras.writeUInt32BE(seconds);
  return { opcode: Opcode.GetLocked, key: 'vault', extras };
}

const unlock = (cas: bigint): PacketFields => ({ opcode: Opcode.UnlockKey, key: 'vault', cas });

describe('GET_LOCKED and UNLOCK_KEY', () => {
  it('lock a document under a new cas, which unlocks it', async () => {
    await using bed = await scriptedServer();
    const { client } = bed;
    const stored = await client.request({
      ...set('vault', 'gold'),
      extras: Buffer.from('00000009'.padEnd(16, '0'), 'hex'),
    });
    const locked = await client.request(lock());
    expect(locked).toMatchObject({ vbucketOrStatus: Status.Success, value: Buffer.from('gold') });
    expect([...locked.extras]).toEqual([0, 0, 0, 9]);
    expect(locked.cas).toBeGreaterThan(stored.cas);
    expect((await client.request(set('vault', 'lead'))).vbucketOrStatus).toBe(Status.KeyEexists);
    const unlocked = await client.request(unlock(locked.cas));
    expect(unlocked).toMatchObject({ vbucketOrStatus: Status.Success, cas: 0n, value: Buffer.alloc(0) });
    expect((await client.request(set('vault', 'lead'))).vbucketOrStatus).toBe(Status.Success);
    expect(bed.engine.outstanding).toBe(0);
  });

  it('lock for the seconds of the extras, or for as long as the engine likes', async () => {
    await using bed = await scriptedServer();
    const { client } = bed;
    await client.request(set('vault', 'gold'));
    await client.request(lock(3));
    bed.time.advance(2);
    expect((await client.request(lock())).vbucketOrStatus).toBe(Status.Etmpfail);
    bed.time.advance(1);
    expect((await client.request(lock())).vbucketOrStatus).toBe(Status.Success);
    bed.time.advance(14);
    expect((await client.request(lock())).vbucketOrStatus).toBe(Status.Etmpfail);
    bed.time.advance(1);
    expect((await client.request(lock())).vbucketOrStatus).toBe(Status.Success);
  });

  it('say LOCKED to clients that know it', async () => {
    await using bed = await scriptedServer();
    const { client } = bed;
    await client.request({ opcode: Opcode.Hello, value: XERROR });
    await client.request(set('vault', 'gold'));
    await client.request(lock());
    expect((await client.request(lock())).vbucketOrStatus).toBe(Status.Locked);
    expect((await client.request(unlock(1n))).vbucketOrStatus).toBe(Status.Locked);
    expect((await client.request(get('vault'))).cas).toBe(0xffff_ffff_ffff_ffffn);
  });

  it('take an engine that says ENGINE_LOCKED for one that says ENGINE_LOCKED_TMPFAIL', async () => {
    await using bed = await scriptedServer();
    await bed.client.request(set('vault', 'gold'));
    bed.engine.answers.set('getLocked', [{ status: EngineErrorCode.ENGINE_LOCKED }]);
    expect((await bed.client.request(lock())).vbucketOrStatus).toBe(Status.Etmpfail);
  });

  it('answer KEY_ENOENT for a miss', async () => {
    await using bed = await scriptedServer();
    expect((await bed.client.request(lock())).vbucketOrStatus).toBe(Status.KeyEnoent);
    expect((await bed.client.request(unlock(1n))).vbucketOrStatus).toBe(Status.KeyEnoent);
  });

  it('refuse to unlock what is not locked', async () => {
    await using bed = await scriptedServer();
    const { cas } = await bed.client.request(set('vault', 'gold'));
    expect((await bed.client.request(unlock(cas))).vbucketOrStatus).toBe(Status.Etmpfail);
  });

  it('are counted, once where the engine waits', async () => {
    await using bed = await scriptedServer();
    await bed.client.request(set('vault', 'gold'));
    bed.engine.waits.add('getLocked').add('unlock');
    const { cas } = await bed.client.request(lock());
    await bed.client.request(lock());
    await bed.client.request(unlock(cas));
    expect(bed.server.stats).toMatchObject({ cmdLock: 1, lockErrors: 1 });
    expect(bed.engine.calls.filter((slot) => slot === 'unlock').length).toBe(1);
  });
});
