import { describe, expect, it } from 'vitest';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { get } from '../../support/document-requests.ts';
import { scriptedServer } from '../../support/scripted-server.ts';
import { textured } from '../../support/textured.ts';

const { Get, Getk, Getkq, Getq } = Opcode;

describe('GET', () => {
  it.each([
    [Get, ''],
    [Getq, ''],
    [Getk, 'whale'],
    [Getkq, 'whale'],
  ])('answers flags, value and cas (opcode %i, key %j)', async (opcode, key) => {
    await using bed = await scriptedServer();
    bed.engine.put('whale', { value: 'song', flags: 0xdeadbeef });
    const found = await bed.client.request(get('whale', 5, opcode));
    expect(found).toMatchObject({ opcode, opaque: 5, vbucketOrStatus: Status.Success, cas: 1n });
    expect([found.key.toString(), found.value.toString()]).toEqual([key, 'song']);
    expect([...found.extras]).toEqual([0xde, 0xad, 0xbe, 0xef]);
    expect(bed.engine.outstanding).toBe(0);
  });

  it('answers a miss, GETK with the key instead of a text, the quiet forms not at all', async () => {
    await using bed = await scriptedServer();
    bed.client.send(...[Get, Getq, Getk, Getkq].map((opcode) => get('whale', 0, opcode)));
    const said = await bed.client.sync();
    expect(said.map((each) => [each.opcode, each.vbucketOrStatus, `${each.key}`, `${each.value}`])).toEqual([
      [Get, Status.KeyEnoent, '', 'Not found'],
      [Getk, Status.KeyEnoent, 'whale', ''],
    ]);
    expect(bed.server.stats).toMatchObject({ cmdGet: 4, getHits: 0, getMisses: 4 });
  });

  it.each(['copy', 'ref', 'auto'] as const)('gives every item back (send %s)', async (send) => {
    await using bed = await scriptedServer({ send });
    const value = textured(20_000);
    bed.engine.put('whale', { value });
    const found = await bed.client.request(get('whale'));
    expect(found.value.equals(value)).toBe(true);
    expect(bed.engine.outstanding).toBe(0);
  });

  it('is counted once where the engine waits', async () => {
    await using bed = await scriptedServer();
    bed.engine.put('whale', { value: 'song' });
    bed.engine.waits.add('get');
    expect((await bed.client.request(get('whale'))).vbucketOrStatus).toBe(Status.Success);
    expect(bed.server.stats).toMatchObject({ cmdGet: 1, getHits: 1, getMisses: 0 });
  });
});

describe('a document with xattrs', () => {
  const pair = Buffer.from('\0\0\0\x0a_sync\0"7"\0', 'latin1');
  const section = Buffer.concat([Buffer.from([0, 0, 0, pair.length]), pair]);
  const asked = { opcode: Opcode.Hello, value: Buffer.from([0, 6, 0, 11]) };

  it.each([
    ['GET', get('whale')],
    ['GETK', get('whale', 0, Getk)],
    ['GAT', { opcode: Opcode.Gat, key: 'whale', extras: Buffer.alloc(4) }],
    ['GET_LOCKED', { opcode: Opcode.GetLocked, key: 'whale' }],
  ])('shows none of them to %s', async (_, request) => {
    await using bed = await scriptedServer({ profile: 'couchbase' });
    bed.engine.put('whale', { value: Buffer.concat([section, Buffer.from('{"song": 1}')]), datatype: 5 });
    await bed.client.request(asked);
    const found = await bed.client.request(request);
    expect(found.value.toString()).toBe('{"song": 1}');
    expect(found.datatype).toBe(1);
  });

  it('is sent by reference without them, too', async () => {
    await using bed = await scriptedServer({ profile: 'couchbase', send: 'ref' });
    const body = textured(10_000);
    bed.engine.put('whale', { value: Buffer.concat([section, body]), datatype: 4 });
    expect((await bed.client.request(get('whale'))).value.equals(body)).toBe(true);
    expect(bed.engine.outstanding).toBe(0);
  });

  it.each([
    ['\0\0\0\x50short', '\0\0\0\x50short'],
    ['abc', 'abc'],
    ['', ''],
  ])('is sent as it is where its lengths are wrong: %j', async (value, sent) => {
    await using bed = await scriptedServer({ profile: 'couchbase' });
    bed.engine.put('whale', { value: Buffer.from(value, 'latin1'), datatype: 4 });
    expect((await bed.client.request(get('whale'))).value.toString('latin1')).toBe(sent);
  });
});
