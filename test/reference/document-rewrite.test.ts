// Through APPEND and INCR, which rewrite documents.
import { describe, expect, it } from 'vitest';
import { EngineErrorCode } from '../../reference/engine/contract.ts';
import { Opcode } from '../../reference/protocol/opcode.ts';
import type { PacketFields } from '../../reference/protocol/packet.ts';
import { Status } from '../../reference/protocol/status.ts';
import { set } from '../support/document-requests.ts';
import { scriptedServer } from '../support/scripted-server.ts';

const append = (value: string, fields: PacketFields = {}): PacketFields => ({
  opcode: Opcode.Append,
  key: 'logbook',
  value,
  ...fields,
});

const [JSON_BIT, XATTR_BIT] = [1, 4];

/** A value with one system xattr and one of the user's. */
function withXattrs(body: string): Buffer {
  const pairs = ['_sync\0{"rev":7}\0', 'colour\0"red"\0'].map((text) => {
    const pair = Buffer.from(text);
    return Buffer.concat([u32(pair.length), pair]);
  });
  const section = Buffer.concat(pairs);
  return Buffer.concat([u32(section.length), section, Buffer.from(body)]);
}

function u32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}

describe('a document that is rewritten', () => {
  it('is read, allocated and stored once each, however often the engine waits', async () => {
    await using bed = await scriptedServer();
    bed.engine.put('logbook', { value: 'a' });
    for (const slot of ['get', 'allocate', 'store'] as const) bed.engine.waits.add(slot);
    expect((await bed.client.request(append('b'))).vbucketOrStatus).toBe(Status.Success);
    expect(bed.engine.calls).toEqual(['get', 'allocate', 'itemSetCas', 'store']);
    expect(bed.engine.peek('logbook')?.value).toBe('ab');
    expect(bed.engine.outstanding).toBe(0);
  });

  it('is read again where somebody else has stored it in between', async () => {
    await using bed = await scriptedServer();
    bed.engine.put('logbook', { value: 'a' });
    let others = 3;
    const interfere = (): void => {
      bed.engine.put('logbook', { value: `other ${others}, ` });
      others -= 1;
      if (others > 0) bed.engine.before.set('store', interfere);
    };
    bed.engine.before.set('store', interfere);
    bed.engine.waits.add('store');
    expect((await bed.client.request(append('b'))).vbucketOrStatus).toBe(Status.Success);
    expect(others).toBe(0);
    expect(bed.engine.peek('logbook')?.value).toBe('other 1, b');
    expect(bed.engine.outstanding).toBe(0);
  });

  it('is not read again where the request has a cas', async () => {
    await using bed = await scriptedServer();
    const { cas } = await bed.client.request(set('logbook', 'a'));
    bed.engine.before.set('store', () => bed.engine.put('logbook', { value: 'other' }));
    expect((await bed.client.request(append('b', { cas }))).vbucketOrStatus).toBe(Status.KeyEexists);
    expect(bed.engine.peek('logbook')?.value).toBe('other');
  });

  it('fails for now where others are always faster', async () => {
    await using bed = await scriptedServer();
    bed.engine.put('logbook', { value: 'a' });
    const beaten = { status: EngineErrorCode.ENGINE_KEY_EEXISTS };
    bed.engine.answers.set('store', new Array(1000).fill(beaten));
    expect((await bed.client.request(append('b'))).vbucketOrStatus).toBe(Status.Etmpfail);
    expect(bed.engine.calls.filter((slot) => slot === 'store').length).toBe(100);
    expect(bed.engine.outstanding).toBe(0);
  });

  it('is missing where somebody has taken it away in between', async () => {
    await using bed = await scriptedServer();
    bed.engine.put('logbook', { value: 'a' });
    bed.engine.before.set('store', () => bed.engine.take('logbook'));
    expect((await bed.client.request(append('b'))).vbucketOrStatus).toBe(Status.NotStored);
    expect(bed.engine.outstanding).toBe(0);
  });

  it.each([
    [Opcode.Append, 'rain, then sun'],
    [Opcode.Prepend, ', then sunrain'],
  ])('keeps its xattrs in front (opcode %i)', async (opcode, body) => {
    await using bed = await scriptedServer({ profile: 'couchbase' });
    bed.engine.put('logbook', { value: withXattrs('rain'), datatype: XATTR_BIT | JSON_BIT });
    const answer = await bed.client.request(append(', then sun', { opcode }));
    expect(answer.vbucketOrStatus).toBe(Status.Success);
    const seen = bed.engine.peek('logbook');
    expect(seen?.value).toBe(withXattrs(body).toString('latin1'));
    expect(seen?.datatype).toBe(XATTR_BIT);
  });

  it('counts system xattrs as system data', async () => {
    const system = 4 + 4 + '_sync\0{"rev":7}\0'.length;
    const length = withXattrs('12').length;
    await using bed = await scriptedServer({ config: `item_size_max=${length - system}` });
    bed.engine.put('logbook', { value: withXattrs('1'), datatype: XATTR_BIT, system });
    expect((await bed.client.request(append('2'))).vbucketOrStatus).toBe(Status.Success);
    expect((await bed.client.request(append('3'))).vbucketOrStatus).toBe(Status.E2big);
  });

  it('stays locked for everybody but the holder of the lock', async () => {
    await using bed = await scriptedServer();
    const { client, engine } = bed;
    await client.request({ opcode: Opcode.Hello, value: Buffer.from([0, 7]) });
    await client.request(set('logbook', 'a'));
    const { cas } = await client.request({ opcode: Opcode.GetLocked, key: 'logbook' });
    expect((await client.request(append('b'))).vbucketOrStatus).toBe(Status.Locked);
    expect((await client.request(append('b', { cas: cas - 1n }))).vbucketOrStatus).toBe(Status.Locked);
    expect((await client.request(append('b', { cas }))).vbucketOrStatus).toBe(Status.Success);
    expect(engine.peek('logbook')?.value).toBe('ab');
    expect(engine.outstanding).toBe(0);
  });

  it('is stored without comparing where the engine has no cas', async () => {
    await using bed = await scriptedServer();
    const { engine } = bed;
    engine.put('logbook', { value: 'a' });
    const { getItemInfo } = engine.handle;
    engine.handle.getItemInfo = (...args) => {
      const info = getItemInfo.apply(engine.handle, args);
      return info && { ...info, cas: 0n };
    };
    expect((await bed.client.request(append('b'))).vbucketOrStatus).toBe(Status.Success);
    expect(engine.peek('logbook')?.value).toBe('ab');
  });
});
