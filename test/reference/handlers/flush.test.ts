import { describe, expect, it } from 'vitest';
import { EngineErrorCode } from '../../../reference/engine/contract.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { set } from '../../support/document-requests.ts';
import { scriptedServer } from '../../support/scripted-server.ts';

describe('FLUSH', () => {
  it.each([
    ['without extras', Buffer.alloc(0)],
    ['with an expiry of 0', Buffer.alloc(4)],
  ])('empties the bucket, %s', async (_, extras) => {
    await using bed = await scriptedServer();
    bed.client.send(set('tub', 'water'), set('sink', 'water'));
    await bed.client.take(2);
    const flushed = await bed.client.request({ opcode: Opcode.Flush, extras });
    expect(flushed).toMatchObject({ vbucketOrStatus: Status.Success, cas: 0n, value: Buffer.alloc(0) });
    expect([bed.engine.peek('tub'), bed.engine.peek('sink')]).toEqual([undefined, undefined]);
    expect(bed.server.stats.cmdFlush).toBe(1);
  });

  it('is refused in the future, and the connection stays', async () => {
    await using bed = await scriptedServer();
    await bed.client.request(set('tub', 'water'));
    const later = Buffer.from([0, 0, 0, 9]);
    expect((await bed.client.request({ opcode: Opcode.Flush, extras: later })).vbucketOrStatus).toBe(
      Status.NotSupported,
    );
    expect(bed.engine.peek('tub')?.value).toBe('water');
    expect(await bed.client.sync()).toEqual([]);
  });

  it('says nothing of a success when it is quiet, but of a failure', async () => {
    await using bed = await scriptedServer();
    await bed.client.request(set('tub', 'water'));
    bed.client.send({ opcode: Opcode.Flushq });
    expect(await bed.client.sync()).toEqual([]);
    expect(bed.engine.peek('tub')).toBeUndefined();
    bed.engine.answers.set('flush', [EngineErrorCode.ENGINE_TMPFAIL]);
    expect((await bed.client.request({ opcode: Opcode.Flushq })).vbucketOrStatus).toBe(Status.Etmpfail);
    expect(bed.server.stats.cmdFlush).toBe(1);
  });

  it('is done once where the engine waits', async () => {
    await using bed = await scriptedServer();
    bed.engine.waits.add('flush');
    expect((await bed.client.request({ opcode: Opcode.Flush })).vbucketOrStatus).toBe(Status.Success);
    expect(bed.engine.calls).toEqual(['flush']);
  });
});
