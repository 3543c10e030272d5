// The producing side: which streams start, what they bring, when they wait and how they end.
import { describe, expect, test } from 'vitest';
import { DocumentState, EngineErrorCode } from '../../../../reference/engine/contract.ts';
import { type Bucket, setVbucketState, startBucket } from './bucket.ts';
import { ConsumerStub, NO_END } from './consumer-stub.ts';
import { wireLength } from './recording-producers.ts';

const { ENGINE_DISCONNECT, ENGINE_E2BIG, ENGINE_EINVAL, ENGINE_ENOTSUP, ENGINE_ERANGE } = EngineErrorCode;
const { ENGINE_KEY_EEXISTS, ENGINE_KEY_ENOENT, ENGINE_NOT_MY_VBUCKET, ENGINE_ROLLBACK } = EngineErrorCode;
const { ENGINE_SUCCESS, ENGINE_TMPFAIL } = EngineErrorCode;

const NOOP = 0x5c;
const SET_VBUCKET_STATE = 0x5b;

/** A bucket with three documents, of which one was changed and one removed. */
function libraryBucket(config = ''): Bucket {
  const bucket = startBucket(config);
  bucket.store('dune', '1965');
  bucket.store('solaris', '1960');
  bucket.store('ubik', '1969');
  bucket.store('solaris', '1961');
  bucket.remove('ubik');
  return bucket;
}

describe('open', () => {
  test.each([
    [1, ENGINE_SUCCESS],
    [0, ENGINE_SUCCESS],
    [1 | 4 | 8, ENGINE_SUCCESS],
    [2, ENGINE_ENOTSUP],
    [1 | 16, ENGINE_ENOTSUP],
    [32, ENGINE_EINVAL],
  ])('with flags %i answers %i', (flags, code) => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    expect(engine.dcp?.open?.(engine, cookie, 1, 0, flags, 'kafka', new Uint8Array(0))).toBe(code);
  });

  test('works once on a connection', () => {
    const stub = new ConsumerStub(startBucket());
    expect(stub.open(1, 'again')).toBe(ENGINE_DISCONNECT);
  });

  test('closes the connection that had the name', () => {
    const bucket = startBucket();
    const old = new ConsumerStub(bucket, 'kafka');
    const other = new ConsumerStub(bucket, 'spark');
    expect(old.step()).toBe(ENGINE_SUCCESS);
    const now = new ConsumerStub(bucket, 'kafka');
    expect(bucket.server.takeNotified()).toEqual([old.cookie]);
    expect([old.step(), other.step(), now.step()]).toEqual([
      ENGINE_DISCONNECT,
      ENGINE_SUCCESS,
      ENGINE_SUCCESS,
    ]);
  });

  test('is what every other slot needs', () => {
    const bucket = startBucket();
    const stub = new ConsumerStub(bucket);
    bucket.server.disconnect(stub.cookie);
    expect(stub.step()).toBe(ENGINE_DISCONNECT);
    expect(stub.stream()).toEqual({ status: ENGINE_DISCONNECT });
    expect(stub.control('enable_noop', 'true')).toBe(ENGINE_DISCONNECT);
    expect(stub.acknowledge(1)).toBe(ENGINE_DISCONNECT);
    expect(stub.close()).toBe(ENGINE_DISCONNECT);
    expect(stub.respond(NOOP, 0)).toBe(ENGINE_DISCONNECT);
  });

  test('gives a producer no slot of a consumer', () => {
    const { dcp, engine, cookie } = new ConsumerStub(startBucket());
    expect(dcp.addStream(engine, cookie, 1, 0, 0)).toBe(ENGINE_DISCONNECT);
    expect(dcp.streamEnd(engine, cookie, 1, 0, 0)).toBe(ENGINE_DISCONNECT);
    expect(dcp.snapshotMarker(engine, cookie, 1, 0, 0n, 1n, 1)).toBe(ENGINE_DISCONNECT);
    expect(dcp.flush(engine, cookie, 1, 0)).toBe(ENGINE_DISCONNECT);
    expect(dcp.setVbucketState(engine, cookie, 1, 0, 1)).toBe(ENGINE_DISCONNECT);
  });
});

describe('a stream', () => {
  test('brings the last version of every document, in the order of their seqnos', () => {
    const stub = new ConsumerStub(libraryBucket());
    expect(stub.stream()).toEqual({ status: ENGINE_SUCCESS });
    expect(stub.failoverLog).toEqual([{ uuid: expect.any(BigInt), seqno: 0n }]);
    expect(stub.read()).toEqual([
      'marker 0..5 disk',
      'mutation dune=1965 @1',
      'mutation solaris=1961 @4',
      'deletion ubik @5',
    ]);
  });

  test('goes on with what changes later, in snapshots of their own', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    stub.stream();
    stub.read();
    expect(bucket.server.takeNotified()).toEqual([]);
    bucket.store('emma', '1815');
    bucket.store('dune', '1984');
    expect(bucket.server.takeNotified()).toEqual([stub.cookie]);
    expect(stub.read()).toEqual(['marker 6..7 memory', 'mutation emma=1815 @6', 'mutation dune=1984 @7']);
    expect(stub.read()).toEqual([]);
  });

  test('keeps a snapshot whole while documents change', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    stub.stream();
    const { engine, cookie, producers } = stub;
    engine.dcp?.step?.(engine, cookie, producers);
    bucket.store('solaris', '1972');
    bucket.remove('dune');
    expect(stub.read()).toEqual([
      'marker 0..5 disk',
      'mutation dune=1965 @1',
      'mutation solaris=1961 @4',
      'deletion ubik @5',
      'marker 6..7 memory',
      'mutation solaris=1972 @6',
      'deletion dune @7',
    ]);
  });

  test('sends a message again that was refused, and hands out no item for good', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    stub.stream({ end: 5n });
    const words: string[] = [];
    let refusals = 0;
    stub.producers.isFull = () => {
      refusals += 1;
      return refusals % 3 !== 0;
    };
    for (let round = 0; round < 20; round += 1) {
      const code = stub.step();
      expect([ENGINE_E2BIG, ENGINE_SUCCESS]).toContain(code);
      words.push(...stub.read());
    }
    expect(words).toEqual([
      'marker 0..5 disk',
      'mutation dune=1965 @1',
      'mutation solaris=1961 @4',
      'deletion ubik @5',
      'streamEnd 0',
    ]);
    expect(bucket.stat('items_outstanding')).toBe(0);
  });

  test('brings revisions, flags, expiry and cas', () => {
    const bucket = startBucket();
    bucket.store('lem', 'a');
    bucket.remove('lem');
    const { cas } = bucket.store('lem', 'b', { flags: 7, exptime: 60, datatype: 1 });
    const stub = new ConsumerStub(bucket);
    stub.stream({ vbucket: 0, opaque: 42 });
    stub.step();
    expect(stub.producers.take()[1]).toMatchObject({
      type: 'mutation',
      opaque: 42,
      vbucket: 0,
      bySeqno: 3n,
      revSeqno: 3n,
      info: { cas, flags: 7, datatype: 1, exptime: 1_700_001_060 },
    });
  });

  test('tells of expiries that nobody noticed, after a look at a part of the vbucket each second', () => {
    const bucket = startBucket();
    bucket.store('early', 'x', { exptime: 10 });
    for (let index = 0; index < 1200; index += 1) bucket.store(`doc_${index}`, 'x', { exptime: 1000 });
    bucket.store('late', 'x', { exptime: 10 });
    const stub = new ConsumerStub(bucket);
    stub.stream();
    stub.read();
    bucket.server.now += 10;
    expect(stub.read()).toEqual(['marker 1203..1203 memory', 'expiration late @1203']);
    expect(stub.read()).toEqual([]);
    bucket.server.now += 1;
    expect(stub.read()).toEqual(['marker 1204..1204 memory', 'expiration early @1204']);
    // Whoever looks needs not be woken.
    expect(bucket.server.takeNotified()).toEqual([]);
  });

  test('tells of an eviction', () => {
    const bucket = startBucket('cache_size=1000');
    bucket.store('first', 'x'.repeat(500));
    const stub = new ConsumerStub(bucket);
    stub.stream();
    stub.read();
    bucket.store('second', 'x'.repeat(500));
    expect(stub.read()[1]).toBe('deletion first @2');
  });

  test('that takes turns with others brings a whole snapshot at a time', () => {
    const bucket = startBucket();
    for (const vbucket of [0, 1]) for (const name of ['a', 'b']) bucket.store(name, 'x', { vbucket });
    const stub = new ConsumerStub(bucket);
    stub.stream({ vbucket: 0, opaque: 10 });
    stub.stream({ vbucket: 1, opaque: 11 });
    stub.step();
    expect(stub.producers.take().map((message) => message.opaque)).toEqual([10, 10, 10, 11, 11, 11]);
  });

  test('leaves out xattrs and values as the connection wants it', () => {
    const bucket = startBucket();
    const xattrs = Buffer.from('\0\0\0\x05_sync', 'latin1');
    bucket.store('doc', Buffer.concat([xattrs, Buffer.from('{}')]), { datatype: 5 });
    const values = [1, 1 | 4, 1 | 8, 1 | 4 | 8].map((flags) => {
      const stub = new ConsumerStub(bucket, `connector ${flags}`, flags);
      stub.stream();
      stub.step();
      const message = stub.producers.take()[1];
      if (message?.type !== 'mutation') throw new Error('no mutation');
      return [Buffer.from(message.info.value).toString('latin1'), message.info.datatype];
    });
    expect(values).toEqual([
      ['{}', 1],
      ['\0\0\0\x05_sync{}', 5],
      ['', 0],
      ['\0\0\0\x05_sync', 4],
    ]);
    expect(bucket.stat('items_outstanding')).toBe(0);
  });

  test('of a tombstone with xattrs is a deletion, even if it expired', () => {
    const bucket = startBucket();
    const xattrs = Buffer.from('\0\0\0\x05_sync', 'latin1');
    bucket.server.preExpiry = (info) => ({ ...info, value: xattrs, nbytes: 9, datatype: 4 });
    bucket.store('doc', xattrs, { datatype: 4, exptime: 1 });
    bucket.server.now += 1;
    const withXattrs = new ConsumerStub(bucket, 'with', 1 | 4);
    const without = new ConsumerStub(bucket, 'without');
    withXattrs.stream();
    without.stream();
    expect(withXattrs.read()).toEqual(['marker 0..2 disk', 'deletion doc @2']);
    expect(without.read()).toEqual(['marker 0..2 disk', 'expiration doc @2']);
  });
});

describe('streamReq', () => {
  test('refuses what makes no sense', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    expect(stub.stream({ start: 3n, end: 2n })).toEqual({ status: ENGINE_ERANGE });
    expect(stub.stream({ start: 3n, snapStart: 4n, snapEnd: 5n })).toEqual({ status: ENGINE_ERANGE });
    expect(stub.stream({ start: 3n, snapStart: 1n, snapEnd: 2n })).toEqual({ status: ENGINE_ERANGE });
    expect(stub.stream({ flags: 0x40 })).toEqual({ status: ENGINE_EINVAL });
    expect(stub.stream({ vbucket: 1024 })).toEqual({ status: ENGINE_NOT_MY_VBUCKET });
    setVbucketState(bucket, 5, 2);
    expect(stub.stream({ vbucket: 5 })).toEqual({ status: ENGINE_NOT_MY_VBUCKET });
    expect(stub.read()).toEqual([]);
  });

  test('refuses a second stream of a vbucket, until the first ended', () => {
    const stub = new ConsumerStub(libraryBucket());
    expect(stub.stream({ end: 2n })).toEqual({ status: ENGINE_SUCCESS });
    expect(stub.stream()).toEqual({ status: ENGINE_KEY_EEXISTS });
    expect(stub.read().at(-1)).toBe('streamEnd 0');
    expect(stub.stream()).toEqual({ status: ENGINE_SUCCESS });
  });

  test('goes on from where the consumer is', () => {
    const bucket = libraryBucket();
    const first = new ConsumerStub(bucket, 'first');
    first.stream();
    const uuid = first.failoverLog[0]?.uuid ?? 0n;
    const second = new ConsumerStub(bucket, 'second');
    expect(second.stream({ start: 4n, uuid })).toEqual({ status: ENGINE_SUCCESS });
    expect(second.read()).toEqual(['marker 4..5 disk', 'deletion ubik @5']);
    const third = new ConsumerStub(bucket, 'third');
    expect(third.stream({ start: 4n, snapStart: 0n, snapEnd: 5n, uuid })).toEqual({ status: ENGINE_SUCCESS });
    expect(third.read()).toEqual(['marker 0..5 disk', 'deletion ubik @5']);
  });

  test('sends back whoever comes from another history', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    stub.stream({ end: 0n });
    const uuid = stub.failoverLog[0]?.uuid ?? 0n;
    stub.read();
    const rollback = (rollbackSeqno: bigint) => ({ status: ENGINE_ROLLBACK, rollbackSeqno });
    expect(stub.stream({ start: 3n, uuid: 0n })).toEqual(rollback(0n));
    expect(stub.stream({ start: 3n, uuid: uuid + 1n })).toEqual(rollback(0n));
    expect(stub.stream({ start: 9n, uuid })).toEqual(rollback(5n));
    expect(stub.stream({ start: 4n, snapStart: 2n, snapEnd: 9n, uuid })).toEqual(rollback(2n));
    expect(stub.stream({ start: 0n, uuid: uuid + 1n })).toEqual({ status: ENGINE_SUCCESS });
  });

  test('sends back whoever missed a tombstone that is forgotten', () => {
    const bucket = libraryBucket('history=1');
    const first = new ConsumerStub(bucket, 'first');
    first.stream({ end: 0n });
    const uuid = first.failoverLog[0]?.uuid ?? 0n;
    first.read();
    bucket.remove('dune');
    expect(bucket.stats('seqnos').get('vb_0:purge_seqno')).toBe('5');
    expect(first.stream({ start: 4n, uuid })).toEqual({ status: ENGINE_ROLLBACK, rollbackSeqno: 0n });
    expect(first.stream({ start: 5n, uuid })).toEqual({ status: ENGINE_SUCCESS });
  });

  test('ends at the newest change where the consumer wants no more', () => {
    for (const flags of [2, 4]) {
      const stub = new ConsumerStub(libraryBucket());
      stub.stream({ flags });
      expect(stub.read().at(-1)).toBe('streamEnd 0');
    }
  });

  test('starts nothing where the failover log could not be sent', () => {
    const stub = new ConsumerStub(libraryBucket());
    const { cookie, dcp, engine } = stub;
    const refuse = () => ENGINE_TMPFAIL;
    expect(dcp.streamReq(engine, cookie, 0, 1, 0, 0n, NO_END, 0n, 0n, 0n, refuse)).toEqual({
      status: ENGINE_TMPFAIL,
    });
    expect(stub.read()).toEqual([]);
    expect(stub.stream()).toEqual({ status: ENGINE_SUCCESS });
  });
});

describe('the end of a stream', () => {
  test('comes with its end seqno, even in the middle of the changes', () => {
    const stub = new ConsumerStub(libraryBucket());
    stub.stream({ end: 4n });
    expect(stub.read()).toEqual([
      'marker 0..4 disk',
      'mutation dune=1965 @1',
      'mutation solaris=1961 @4',
      'streamEnd 0',
    ]);
    expect(stub.close()).toBe(ENGINE_KEY_ENOENT);
  });

  test('comes when the end seqno is reached one day', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    stub.stream({ end: 6n });
    stub.read();
    bucket.store('emma', '1815');
    bucket.store('emma', '1816');
    expect(stub.read()).toEqual(['streamEnd 0']);
  });

  test('comes when the vbucket is no longer active', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    stub.stream();
    const { engine, cookie, producers } = stub;
    engine.dcp?.step?.(engine, cookie, producers);
    engine.dcp?.step?.(engine, cookie, producers);
    setVbucketState(bucket, 0, 4);
    expect(stub.read()).toEqual(['marker 0..5 disk', 'mutation dune=1965 @1', 'streamEnd 2']);
    expect(stub.step()).toBe(ENGINE_SUCCESS);
  });

  test('is silent when the consumer closes it, and nothing follows', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    expect(stub.close()).toBe(ENGINE_KEY_ENOENT);
    stub.stream();
    const { engine, cookie, producers } = stub;
    engine.dcp?.step?.(engine, cookie, producers);
    expect(stub.close()).toBe(ENGINE_SUCCESS);
    bucket.store('emma', '1815');
    expect(stub.read()).toEqual(['marker 0..5 disk']);
    expect(stub.close()).toBe(ENGINE_KEY_ENOENT);
  });

  test('comes where a deletion was forgotten before it was sent', () => {
    const bucket = libraryBucket('history=1');
    const stub = new ConsumerStub(bucket);
    stub.stream();
    stub.read();
    bucket.remove('dune');
    bucket.remove('solaris');
    expect(stub.read()).toEqual(['streamEnd 4']);
    expect(stub.stream({ start: 5n, uuid: stub.failoverLog[0]?.uuid ?? 0n })).toMatchObject({
      status: ENGINE_ROLLBACK,
    });
  });

  test('does not come for tombstones that were forgotten before it began', () => {
    const bucket = libraryBucket('history=1');
    bucket.remove('dune');
    const stub = new ConsumerStub(bucket);
    stub.stream();
    expect(stub.read()).toEqual(['marker 0..6 disk', 'mutation solaris=1961 @4', 'deletion dune @6']);
  });

  test('leaves nobody behind when the connection goes', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    stub.stream();
    stub.read();
    bucket.server.disconnect(bucket.cookie);
    bucket.server.disconnect(stub.cookie);
    bucket.store('emma', '1815');
    expect(bucket.server.takeNotified()).toEqual([]);
    expect(bucket.stats('dcp').get('dcp_count')).toBe('0');
  });
});

describe('a flush', () => {
  test('is told to streams, and sends back whoever missed it', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    stub.stream();
    const uuid = stub.failoverLog[0]?.uuid ?? 0n;
    stub.read();
    bucket.engine.flush(bucket.engine, bucket.cookie);
    bucket.store('emma', '1815');
    expect(stub.read()).toEqual(['flush', 'marker 7..7 memory', 'mutation emma=1815 @7']);
    const late = new ConsumerStub(bucket, 'late');
    expect(late.stream({ start: 5n, uuid })).toEqual({ status: ENGINE_ROLLBACK, rollbackSeqno: 0n });
  });
});

describe('getFailoverLog', () => {
  test('grows with every time that the vbucket becomes active', () => {
    const bucket = libraryBucket();
    const { dcp, engine, cookie } = new ConsumerStub(bucket);
    const log = () => {
      let seqnos: bigint[] = [];
      const code = dcp.getFailoverLog(engine, cookie, 1, 0, (entries) => {
        seqnos = entries.map((entry) => entry.seqno);
        return ENGINE_SUCCESS;
      });
      expect(code).toBe(ENGINE_SUCCESS);
      return seqnos;
    };
    expect(log()).toEqual([0n]);
    setVbucketState(bucket, 0, 2);
    setVbucketState(bucket, 0, 1);
    expect(log()).toEqual([5n, 0n]);
    setVbucketState(bucket, 0, 1);
    expect(log()).toEqual([5n, 0n]);
    expect(dcp.getFailoverLog(engine, cookie, 1, 4096, () => 0)).toBe(ENGINE_NOT_MY_VBUCKET);
  });
});

describe('control', () => {
  test.each([
    ['connection_buffer_size', '4096', ENGINE_SUCCESS],
    ['connection_buffer_size', 'large', ENGINE_EINVAL],
    ['connection_buffer_size', '-1', ENGINE_EINVAL],
    ['enable_noop', 'true', ENGINE_SUCCESS],
    ['enable_noop', 'yes', ENGINE_EINVAL],
    ['set_noop_interval', '20', ENGINE_SUCCESS],
    ['set_noop_interval', '0', ENGINE_EINVAL],
    ['set_priority', 'high', ENGINE_SUCCESS],
    ['set_priority', 'urgent', ENGINE_EINVAL],
    ['enable_ext_metadata', 'true', ENGINE_SUCCESS],
    ['enable_value_compression', 'false', ENGINE_SUCCESS],
    ['supports_cursor_dropping', 'true', ENGINE_SUCCESS],
    ['supports_cursor_dropping', '1', ENGINE_EINVAL],
    ['stream_buffer_size', '4096', ENGINE_EINVAL],
    ['', '', ENGINE_EINVAL],
  ])('%s=%s answers %i', (key, value, code) => {
    expect(new ConsumerStub(startBucket()).control(key, value)).toBe(code);
  });

  test('set_priority reaches the core', () => {
    const bucket = startBucket();
    const stub = new ConsumerStub(bucket);
    for (const priority of ['low', 'medium', 'high']) stub.control('set_priority', priority);
    expect(bucket.server.priorities).toEqual([2, 1, 0]);
  });
});

describe('flow control', () => {
  test('stops at the window, and goes on when bytes are acknowledged', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    stub.control('connection_buffer_size', '100');
    stub.stream();
    expect(stub.read()).toEqual(['marker 0..5 disk', 'mutation dune=1965 @1']);
    expect(bucket.stats('dcp').get('dcpq:replicator:unacked_bytes')).toBe('107');
    bucket.store('emma', '1815');
    expect(bucket.server.takeNotified()).toEqual([]);
    expect(stub.acknowledge(7)).toBe(ENGINE_SUCCESS);
    expect(bucket.server.takeNotified()).toEqual([]);
    stub.acknowledge(1);
    expect(bucket.server.takeNotified()).toEqual([stub.cookie]);
    expect(stub.read()).toEqual(['mutation solaris=1961 @4']);
    stub.acknowledge(1000);
    expect(stub.read()).toEqual(['deletion ubik @5', 'marker 6..6 memory', 'mutation emma=1815 @6']);
  });

  test('counts whole messages', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    stub.control('connection_buffer_size', '100000');
    stub.stream({ end: 5n });
    stub.step();
    const sent = stub.producers.take().reduce((sum, message) => sum + wireLength(message), 0);
    expect(bucket.stats('dcp').get('dcpq:replicator:unacked_bytes')).toBe(String(sent));
  });

  test('counts nothing without a window', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    stub.stream();
    stub.read();
    expect(bucket.stats('dcp').get('dcpq:replicator:unacked_bytes')).toBe('0');
  });

  test('goes on counting with a window of another size', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    stub.control('connection_buffer_size', '1');
    stub.stream();
    stub.read();
    stub.control('connection_buffer_size', '44');
    expect(stub.read()).toEqual([]);
    stub.control('connection_buffer_size', '45');
    expect(stub.read()).toEqual(['mutation dune=1965 @1']);
  });

  test('opens again when the window is taken away', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    stub.control('connection_buffer_size', '1');
    stub.stream();
    expect(stub.read()).toEqual(['marker 0..5 disk']);
    stub.control('connection_buffer_size', '0');
    expect(bucket.server.takeNotified()).toEqual([stub.cookie]);
    expect(stub.read()).toHaveLength(3);
  });
});

describe('noop', () => {
  const ready = (bucket: Bucket) => {
    const stub = new ConsumerStub(bucket);
    stub.control('set_noop_interval', '20');
    stub.control('enable_noop', 'true');
    return stub;
  };

  test('is asked after the interval, and disconnects where nobody answers for another', () => {
    const bucket = startBucket();
    const stub = ready(bucket);
    bucket.server.now += 19;
    expect(stub.read()).toEqual([]);
    bucket.server.now += 1;
    expect(stub.read()).toEqual(['noop']);
    bucket.server.now += 19;
    expect(stub.step()).toBe(ENGINE_SUCCESS);
    bucket.server.now += 1;
    expect(stub.step()).toBe(ENGINE_DISCONNECT);
  });

  test('is asked again and again while it is answered', () => {
    const bucket = startBucket();
    const stub = ready(bucket);
    const opaques = new Set<number>();
    for (let round = 0; round < 3; round += 1) {
      bucket.server.now += 20;
      stub.step();
      const [message] = stub.producers.take();
      expect(message?.type).toBe('noop');
      opaques.add(message?.opaque ?? -1);
      expect(stub.respond(NOOP, message?.opaque ?? -1)).toBe(ENGINE_SUCCESS);
    }
    expect(opaques.size).toBe(3);
  });

  test('is asked although the window is full, and again where it was refused', () => {
    const bucket = libraryBucket();
    const stub = ready(bucket);
    stub.control('connection_buffer_size', '1');
    stub.stream();
    stub.read();
    bucket.server.now += 20;
    stub.producers.isFull = () => true;
    expect(stub.step()).toBe(ENGINE_E2BIG);
    stub.producers.isFull = () => false;
    expect(stub.read()).toEqual(['noop']);
  });

  test('is first asked an interval after it was asked for', () => {
    const bucket = startBucket();
    const stub = new ConsumerStub(bucket);
    bucket.server.now += 500;
    stub.control('enable_noop', 'true');
    bucket.server.now += 179;
    expect(stub.read()).toEqual([]);
    bucket.server.now += 1;
    expect(stub.read()).toEqual(['noop']);
  });

  test('is not asked of who did not want it', () => {
    const bucket = startBucket();
    const stub = new ConsumerStub(bucket);
    bucket.server.now += 10_000;
    expect(stub.read()).toEqual([]);
  });
});

describe('responses', () => {
  test.each([0x55, 0x56, 0x57, 0x58, 0x59, 0x5b])('to opcode %i are taken', (opcode) => {
    expect(new ConsumerStub(startBucket()).respond(opcode, 1)).toBe(ENGINE_SUCCESS);
  });

  test.each([0x50, 0x51, 0x52, 0x53, 0x54, 0x5a, 0x5c, 0x5d, 0x5e, 0x5f, 0x00])(
    'to opcode %i disconnect',
    (opcode) => {
      expect(new ConsumerStub(startBucket()).respond(opcode, 1)).toBe(ENGINE_DISCONNECT);
    },
  );
});

describe('a takeover', () => {
  test('hands the vbucket over with everything that was stored meanwhile', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    const other = new ConsumerStub(bucket, 'other');
    other.stream();
    other.read();
    stub.stream({ flags: 1, opaque: 5 });
    expect(stub.read().at(-1)).toBe('setVbucketState 3');
    bucket.store('emma', '1815');
    expect(stub.respond(SET_VBUCKET_STATE, 5)).toBe(ENGINE_SUCCESS);
    expect(bucket.get('emma').status).toBe(ENGINE_NOT_MY_VBUCKET);
    expect(stub.read()).toEqual(['marker 6..6 memory', 'mutation emma=1815 @6', 'setVbucketState 1']);
    expect(stub.respond(SET_VBUCKET_STATE, 5)).toBe(ENGINE_SUCCESS);
    expect(stub.read()).toEqual(['streamEnd 0']);
    expect(other.read()).toEqual(['streamEnd 2']);
    expect(bucket.stats('vbucket').get('vb_0')).toBe('dead');
  });

  test('changes nothing any more between its two ends', () => {
    const bucket = startBucket();
    bucket.store('session', 'x', { exptime: 5 });
    const stub = new ConsumerStub(bucket);
    stub.stream({ flags: 1, opaque: 5 });
    stub.read();
    stub.respond(SET_VBUCKET_STATE, 5);
    bucket.server.now += 5;
    expect(stub.read()).toEqual(['setVbucketState 1']);
    setVbucketState(bucket, 0, 2);
    stub.respond(SET_VBUCKET_STATE, 5);
    expect(stub.read()).toEqual(['streamEnd 0']);
  });

  test('ends where the other side does not want the vbucket', () => {
    const bucket = libraryBucket();
    const stub = new ConsumerStub(bucket);
    stub.stream({ flags: 1, opaque: 5 });
    stub.read();
    expect(stub.respond(SET_VBUCKET_STATE, 5, 0x86)).toBe(ENGINE_SUCCESS);
    expect(stub.read()).toEqual(['streamEnd 1']);
    expect(bucket.get('dune').status).toBe(ENGINE_SUCCESS);
  });
});

test('the statistics name sessions and streams', () => {
  const bucket = libraryBucket();
  const stub = new ConsumerStub(bucket, 'kafka');
  stub.control('connection_buffer_size', '1000');
  stub.stream({ vbucket: 0, opaque: 5 });
  stub.read();
  expect(Object.fromEntries(bucket.stats('dcp'))).toMatchObject({
    dcp_count: '1',
    'dcpq:kafka:type': 'producer',
    'dcpq:kafka:num_streams': '1',
    'dcpq:kafka:max_buffer_bytes': '1000',
    'dcpq:kafka:noop_enabled': 'false',
    'dcpq:kafka:stream_0_opaque': '5',
    'dcpq:kafka:stream_0_last_sent_seqno': '5',
  });
});

test('documents that are stored as tombstones are deletions', () => {
  const bucket = startBucket();
  bucket.store('doc', 'kept', { state: DocumentState.Deleted, datatype: 1 });
  const stub = new ConsumerStub(bucket, 'xattrs', 1 | 4);
  stub.stream();
  stub.step();
  expect(stub.producers.take()[1]).toMatchObject({ type: 'deletion', info: { datatype: 0, nbytes: 0 } });
});
