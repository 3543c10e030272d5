import { describe, expect, it } from 'vitest';
import { EngineErrorCode } from '../../../reference/engine/contract.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { scriptedServer } from '../../support/scripted-server.ts';

const TEA_TIME = 0xe0;
const SET_VBUCKET = 0x3d;
const GET_VBUCKET = 0x3e;
const { ENGINE_KEY_EEXISTS, ENGINE_LOCKED } = EngineErrorCode;

describe('an opcode that the core does not know', () => {
  it('goes to the engine with everything that the request has, and its response comes back', async () => {
    await using bed = await scriptedServer();
    const replica = Buffer.from([0, 0, 0, 2]);
    const set = await bed.client.request({ opcode: SET_VBUCKET, vbucketOrStatus: 5, value: replica });
    expect(set.vbucketOrStatus).toBe(Status.Success);
    const get = await bed.client.request({ opcode: GET_VBUCKET, vbucketOrStatus: 5, opaque: 0xdeadbeef });
    expect(get).toMatchObject({ vbucketOrStatus: Status.Success, value: replica, opaque: 0xdeadbeef });
    expect(bed.engine.calls).toEqual(['unknownCommand', 'unknownCommand']);
  });

  it('is an unknown command where the engine does not support it, and the next request is answered', async () => {
    await using bed = await scriptedServer();
    const answer = await bed.client.request({
      opcode: TEA_TIME,
      key: 'hare',
      extras: Buffer.alloc(9),
      value: 'tea',
    });
    expect(answer.vbucketOrStatus).toBe(Status.UnknownCommand);
    expect(await bed.client.sync()).toEqual([]);
  });

  it.each([
    [ENGINE_KEY_EEXISTS, Status.KeyEexists],
    [ENGINE_LOCKED, Status.KeyEexists],
  ])('answers the status of engine code %i: %i', async (code, status) => {
    await using bed = await scriptedServer();
    bed.engine.answers.set('unknownCommand', [code]);
    expect((await bed.client.request({ opcode: TEA_TIME })).vbucketOrStatus).toBe(status);
  });

  it('waits for an engine that would block, and asks it once more', async () => {
    await using bed = await scriptedServer();
    bed.engine.waits.add('unknownCommand');
    const answer = await bed.client.request({ opcode: GET_VBUCKET, vbucketOrStatus: 5 });
    expect(answer).toMatchObject({ vbucketOrStatus: Status.Success, value: Buffer.from([0, 0, 0, 1]) });
    expect(bed.engine.calls).toEqual(['unknownCommand']);
  });
});
