import { describe, expect, it } from 'vitest';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import type { PacketFields } from '../../../reference/protocol/packet.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { get, set } from '../../support/document-requests.ts';
import { scriptedServer } from '../../support/scripted-server.ts';

const append = (value: string, fields: PacketFields = {}): PacketFields => ({
  opcode: Opcode.Append,
  key: 'logbook',
  value,
  ...fields,
});
const prepend = (value: string, fields: PacketFields = {}): PacketFields =>
  append(value, { opcode: Opcode.Prepend, ...fields });

describe('APPEND and PREPEND', () => {
  it('put bytes behind and before a value, and answer the new cas', async () => {
    await using bed = await scriptedServer();
    const { client } = bed;
    const stored = await client.request(set('logbook', 'Tuesday'));
    const longer = await client.request(append(', rain'));
    expect(longer).toMatchObject({ opcode: Opcode.Append, vbucketOrStatus: Status.Success });
    expect(longer.cas).toBeGreaterThan(stored.cas);
    const longest = await client.request(prepend('On '));
    const found = await client.request(get('logbook'));
    expect(found.value.toString()).toBe('On Tuesday, rain');
    expect(found.cas).toBe(longest.cas);
  });

  it('keep flags and expiry', async () => {
    await using bed = await scriptedServer();
    bed.engine.put('logbook', { value: 'a', flags: 0xdeadbeef, exptime: 1_800_000_000 });
    await bed.client.request(append('b'));
    expect(bed.engine.peek('logbook')).toEqual({
      flags: 0xdeadbeef,
      exptime: 1_800_000_000,
      datatype: 0,
      value: 'ab',
    });
  });

  it('answer NOT_STORED where there is no document, quiet or not', async () => {
    await using bed = await scriptedServer();
    const opcodes = [Opcode.Append, Opcode.Appendq, Opcode.Prepend, Opcode.Prependq];
    bed.client.send(...opcodes.map((opcode) => append('x', { opcode })));
    const answers = await bed.client.take(4);
    expect(answers.map((each) => [each.opcode, each.vbucketOrStatus, each.value.toString()])).toEqual(
      opcodes.map((opcode) => [opcode, Status.NotStored, 'Not stored.']),
    );
  });

  it('say nothing of a success when they are quiet', async () => {
    await using bed = await scriptedServer();
    await bed.client.request(set('logbook', 'b'));
    bed.client.send(append('c', { opcode: Opcode.Appendq }), prepend('a', { opcode: Opcode.Prependq }));
    expect(await bed.client.sync()).toEqual([]);
    expect(bed.engine.peek('logbook')?.value).toBe('abc');
  });

  it('compare the cas of the request', async () => {
    await using bed = await scriptedServer();
    const { client } = bed;
    const { cas } = await client.request(set('logbook', 'a'));
    expect((await client.request(append('b', { cas: cas + 1n }))).vbucketOrStatus).toBe(Status.KeyEexists);
    expect((await client.request(append('b', { cas }))).vbucketOrStatus).toBe(Status.Success);
    expect((await client.request(append('c', { cas }))).vbucketOrStatus).toBe(Status.KeyEexists);
    expect(bed.engine.peek('logbook')?.value).toBe('ab');
  });

  it('answer E2BIG where the engine takes no value of that length', async () => {
    await using bed = await scriptedServer({ config: 'item_size_max=10' });
    await bed.client.request(set('logbook', '0123456789'));
    expect(await bed.client.request(append('!'))).toMatchObject({ vbucketOrStatus: Status.E2big });
    expect(bed.engine.peek('logbook')?.value).toBe('0123456789');
    expect(bed.engine.outstanding).toBe(0);
  });

  it('answer the mutation to who asked for it', async () => {
    await using bed = await scriptedServer();
    const { client } = bed;
    await client.request({ opcode: Opcode.Hello, value: Buffer.from([0, 4]) });
    await client.request(set('logbook', 'a'));
    const { extras } = await client.request(append('b'));
    expect(extras.length).toBe(16);
    expect(extras.readBigUInt64BE(0)).not.toBe(0n);
    expect(extras.readBigUInt64BE(8)).toBe(2n);
  });

  it('count as sets', async () => {
    await using bed = await scriptedServer();
    await bed.client.request(append('nothing there'));
    await bed.client.request(set('logbook', 'a'));
    await bed.client.request(append('b'));
    expect(bed.server.stats.cmdSet).toBe(3);
  });
});
