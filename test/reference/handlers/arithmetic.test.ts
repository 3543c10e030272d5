import { describe, expect, it } from 'vitest';
import { EngineErrorCode } from '../../../reference/engine/contract.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { Packet, PacketFields } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { get, set } from '../../support/document-requests.ts';
import { scriptedServer } from '../../support/scripted-server.ts';

const TOP = (1n << 64n) - 1n;
const DO_NOT_CREATE = 0xffff_ffff;

interface Count {
  readonly delta?: bigint;
  readonly initial?: bigint;
  readonly expiry?: number;
  readonly opcode?: number;
}

/** INCR, or its relatives, of the key "visitors". */
function count({
  delta = 1n,
  initial = 0n,
  expiry = 0,
  opcode = Opcode.Increment,
}: Count = {}): PacketFields {
  const extras = Buffer.alloc(20);
  extras.writeBigUInt64BE(delta, 0);
  extras.writeBigUInt64BE(initial, 8);
  extras.writeUInt32BE(expiry, 16);
  return { opcode, key: 'visitors', extras };
}

const decrement = (fields: Count): PacketFields => count({ ...fields, opcode: Opcode.Decrement });

const counterIn = ({ value }: Packet): bigint => value.readBigUInt64BE(0);

describe('INCR and DECR', () => {
  it('change decimal text, and answer the number and the new cas', async () => {
    await using bed = await scriptedServer();
    const { client } = bed;
    const stored = await client.request(set('visitors', '41'));
    const more = await client.request(count());
    expect(more).toMatchObject({ vbucketOrStatus: Status.Success, opcode: Opcode.Increment });
    expect([counterIn(more), more.value.length, more.extras.length]).toEqual([42n, 8, 0]);
    expect(more.cas).toBeGreaterThan(stored.cas);
    expect(counterIn(await client.request(decrement({ delta: 40n })))).toBe(2n);
    expect((await client.request(get('visitors'))).value.toString()).toBe('2 ');
  });

  it('go around at 2^64, and stop at 0', async () => {
    await using bed = await scriptedServer();
    bed.engine.put('visitors', { value: `${TOP}` });
    expect(counterIn(await bed.client.request(count({ delta: 0n })))).toBe(TOP);
    expect(counterIn(await bed.client.request(count({ delta: 2n })))).toBe(1n);
    expect(counterIn(await bed.client.request(decrement({ delta: 7n })))).toBe(0n);
  });

  it('create a counter with the initial value and an expiry', async () => {
    await using bed = await scriptedServer();
    const created = await bed.client.request(count({ delta: 5n, initial: 100n, expiry: 60 }));
    expect(counterIn(created)).toBe(100n);
    expect(created.cas).not.toBe(0n);
    const now = 1_700_000_000;
    expect(bed.engine.peek('visitors')).toEqual({ value: '100', flags: 0, datatype: 0, exptime: now + 60 });
    expect(bed.engine.outstanding).toBe(0);
  });

  it('create none where the expiry says so', async () => {
    await using bed = await scriptedServer();
    bed.client.send(
      count({ expiry: DO_NOT_CREATE }),
      count({ expiry: DO_NOT_CREATE, opcode: Opcode.Decrementq }),
    );
    const answers = await bed.client.take(2);
    expect(answers.map((each) => each.vbucketOrStatus)).toEqual([Status.KeyEnoent, Status.KeyEnoent]);
    expect(bed.engine.peek('visitors')).toBeUndefined();
    expect(bed.server.stats).toMatchObject({ incrMisses: 1, decrMisses: 1, incrHits: 0, decrHits: 0 });
  });

  it('say nothing of a success when they are quiet', async () => {
    await using bed = await scriptedServer();
    bed.client.send(
      count({ opcode: Opcode.Incrementq, initial: 7n }),
      count({ opcode: Opcode.Incrementq }),
      count({ opcode: Opcode.Decrementq, delta: 3n }),
    );
    expect(await bed.client.sync()).toEqual([]);
    expect(bed.engine.peek('visitors')?.value).toBe('5');
  });

  it('refuse what is no number, and leave it as it is', async () => {
    await using bed = await scriptedServer();
    bed.engine.put('visitors', { value: 'many' });
    bed.client.send(count(), count({ opcode: Opcode.Incrementq }), decrement({}));
    const answers = await bed.client.take(3);
    expect(answers.map((each) => each.vbucketOrStatus)).toEqual(new Array(3).fill(Status.DeltaBadval));
    expect(answers[0]?.value.toString()).toBe('Non-numeric server-side value for incr or decr');
    expect(bed.engine.peek('visitors')?.value).toBe('many');
    expect(bed.engine.outstanding).toBe(0);
  });

  it('keep flags and expiry', async () => {
    await using bed = await scriptedServer();
    bed.engine.put('visitors', { value: '9', flags: 3, exptime: 1_800_000_000 });
    await bed.client.request(count({ expiry: 10 }));
    expect(bed.engine.peek('visitors')).toEqual({
      value: '10',
      flags: 3,
      datatype: 0,
      exptime: 1_800_000_000,
    });
  });

  it.each([
    ['memcached', '99  '],
    ['couchbase', '99'],
  ] as const)('take fewer digits: %s leaves %j', async (profile, value) => {
    await using bed = await scriptedServer({ profile });
    bed.engine.put('visitors', { value: '1000' });
    await bed.client.request(decrement({ delta: 901n }));
    expect(bed.engine.peek('visitors')?.value).toBe(value);
  });

  it('create once where the engine waits at every step', async () => {
    await using bed = await scriptedServer();
    for (const slot of ['get', 'allocate', 'store'] as const) bed.engine.waits.add(slot);
    expect(counterIn(await bed.client.request(count({ initial: 3n })))).toBe(3n);
    expect(bed.engine.calls).toEqual(['get', 'allocate', 'store']);
    expect(counterIn(await bed.client.request(count()))).toBe(4n);
    expect(bed.engine.outstanding).toBe(0);
  });

  it('add to a counter that somebody else created in between', async () => {
    await using bed = await scriptedServer();
    bed.engine.before.set('store', () => bed.engine.put('visitors', { value: '10' }));
    bed.engine.waits.add('store');
    expect(counterIn(await bed.client.request(count({ initial: 0n })))).toBe(11n);
    expect(bed.engine.outstanding).toBe(0);
  });

  it('create a counter that somebody has taken away in between', async () => {
    await using bed = await scriptedServer();
    bed.engine.put('visitors', { value: '10' });
    bed.engine.before.set('store', () => bed.engine.take('visitors'));
    bed.engine.waits.add('store');
    expect(counterIn(await bed.client.request(count({ initial: 5n })))).toBe(5n);
    expect(bed.engine.peek('visitors')?.value).toBe('5');
    expect(bed.engine.outstanding).toBe(0);
  });

  it('fail for now where the engine neither has a document nor takes one', async () => {
    await using bed = await scriptedServer();
    bed.engine.answers.set('store', new Array(1000).fill({ status: EngineErrorCode.ENGINE_NOT_STORED }));
    expect((await bed.client.request(count())).vbucketOrStatus).toBe(Status.Etmpfail);
    expect(bed.engine.outstanding).toBe(0);
  });

  it('answer the mutation to who asked for it', async () => {
    await using bed = await scriptedServer();
    await bed.client.request({ opcode: Opcode.Hello, value: Buffer.from([0, 4]) });
    const created = await bed.client.request(count({ initial: 1n }));
    const counted = await bed.client.request(count());
    expect([created, counted].map(({ extras }) => extras.readBigUInt64BE(8))).toEqual([1n, 2n]);
    expect([created, counted].map(counterIn)).toEqual([1n, 2n]);
  });

  it('count hits', async () => {
    await using bed = await scriptedServer();
    bed.engine.put('visitors', { value: '1' });
    bed.client.send(count(), count(), decrement({}));
    await bed.client.take(3);
    expect(bed.server.stats).toMatchObject({ incrHits: 2, decrHits: 1, incrMisses: 0, decrMisses: 0 });
  });
});
