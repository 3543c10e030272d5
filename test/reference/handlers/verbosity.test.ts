import { expect, it } from 'vitest';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { scriptedServer } from '../../support/scripted-server.ts';

it('VERBOSITY is accepted, and leaves the connection as it was', async () => {
  await using bed = await scriptedServer();
  const answer = await bed.client.request({ opcode: Opcode.Verbosity, extras: Buffer.from([0, 0, 0, 2]) });
  expect(answer).toMatchObject({ vbucketOrStatus: Status.Success, value: Buffer.alloc(0), cas: 0n });
  expect(await bed.client.sync()).toEqual([]);
});
