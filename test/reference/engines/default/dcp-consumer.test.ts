// The consuming side: what it asks for, what it takes, what it answers, and what it does not put up with.
import { describe, expect, test } from 'vitest';
import { type Cookie, EngineErrorCode, type EngineInterface } from '../../../../reference/engine/contract.ts';
import { type Bucket, docKey, EPOCH, setVbucketState, startBucket } from './bucket.ts';
import { NO_END } from './consumer-stub.ts';
import { type Message, RecordingProducers } from './recording-producers.ts';

const { ENGINE_DISCONNECT, ENGINE_E2BIG, ENGINE_EINVAL, ENGINE_ENOMEM, ENGINE_ERANGE } = EngineErrorCode;
const { ENGINE_KEY_EEXISTS, ENGINE_KEY_ENOENT, ENGINE_NOT_MY_VBUCKET, ENGINE_SUCCESS } = EngineErrorCode;

const STREAM_REQ = 0x53;
const ROLLBACK = 0x23;
const NO_BYTES = new Uint8Array(0);

/** A producer's failover log: one entry. */
const LOG = [0xabcn, 0n];

/** A producer's end of a DCP connection to an engine. */
class ProducerStub {
  readonly cookie: Cookie = { name: 'producer' };
  readonly bucket: Bucket;
  readonly producers: RecordingProducers;
  readonly dcp: Required<NonNullable<EngineInterface['dcp']>>;

  constructor(bucket: Bucket) {
    this.bucket = bucket;
    this.producers = new RecordingProducers(bucket);
    this.dcp = bucket.engine.dcp as Required<NonNullable<EngineInterface['dcp']>>;
    const code = this.dcp.open(bucket.engine, this.cookie, 1, 0, 0, 'replication', NO_BYTES);
    if (code !== ENGINE_SUCCESS) throw new Error(`open answered ${code}`);
  }

  read(): Message[] {
    this.producers.drain(this.cookie);
    return this.producers.take();
  }

  addStream(vbucket = 0, flags = 0): EngineErrorCode {
    return this.dcp.addStream(this.bucket.engine, this.cookie, 500, vbucket, flags);
  }

  /** Adds a stream and agrees to it; its opaque. */
  openStream(vbucket = 0): number {
    expect(this.addStream(vbucket)).toBe(ENGINE_SUCCESS);
    const request = this.read().find((message) => message.type === 'streamReq');
    if (request === undefined) throw new Error('no stream was asked for');
    expect(this.respond(STREAM_REQ, request.opaque, 0, LOG)).toBe(ENGINE_SUCCESS);
    this.read();
    return request.opaque;
  }

  respond(
    opcode: number,
    opaque: number,
    status = 0,
    body: readonly bigint[] = [],
    cut = 0,
  ): EngineErrorCode {
    const bytes = Buffer.alloc(24 + body.length * 8 - cut);
    for (const [index, number] of body.entries()) {
      if (24 + index * 8 + 8 <= bytes.length) bytes.writeBigUInt64BE(number, 24 + index * 8);
    }
    const before = Buffer.from(bytes);
    const response = Object.freeze({
      magic: 0x81,
      opcode,
      keylen: 0,
      extlen: 0,
      datatype: 0,
      status,
      bodylen: bytes.length - 24,
      opaque,
      cas: 0n,
    });
    const code = this.dcp.responseHandler(
      this.bucket.engine,
      this.cookie,
      Object.freeze({ response, bytes }),
    );
    expect(bytes.equals(before)).toBe(true);
    return code;
  }

  mutation(opaque: number, text: string, bySeqno: bigint, value = 'x', expiration = 0): EngineErrorCode {
    const { engine } = this.bucket;
    return this.dcp.mutation(
      engine,
      this.cookie,
      opaque,
      docKey(text),
      Buffer.from(value),
      0,
      1,
      900n,
      0,
      7,
      bySeqno,
      4n,
      expiration,
      0,
      NO_BYTES,
      0,
    );
  }

  marker(opaque: number, start: bigint, end: bigint, flags = 1): EngineErrorCode {
    return this.dcp.snapshotMarker(this.bucket.engine, this.cookie, opaque, 0, start, end, flags);
  }
}

test('asks for its window and for questions first', () => {
  const stub = new ProducerStub(startBucket());
  expect(stub.read()).toEqual([
    { type: 'control', opaque: 1, key: 'connection_buffer_size', value: '10485760' },
    { type: 'control', opaque: 2, key: 'set_noop_interval', value: '180' },
    { type: 'control', opaque: 3, key: 'enable_noop', value: 'true' },
  ]);
  expect(stub.read()).toEqual([]);
});

test('says again what was refused', () => {
  const stub = new ProducerStub(startBucket());
  stub.producers.isFull = () => true;
  expect(stub.producers.drain(stub.cookie)).toBe(ENGINE_E2BIG);
  stub.producers.isFull = () => false;
  expect(stub.read()).toHaveLength(3);
});

describe('addStream', () => {
  test('asks for everything where there is nothing', () => {
    const bucket = startBucket();
    const stub = new ProducerStub(bucket);
    stub.read();
    expect(stub.addStream(9, 5)).toBe(ENGINE_SUCCESS);
    expect(bucket.server.takeNotified()).toEqual([stub.cookie]);
    expect(stub.read()).toEqual([
      {
        type: 'streamReq',
        opaque: 4,
        vbucket: 9,
        flags: 5,
        start: 0n,
        end: NO_END,
        uuid: expect.any(BigInt),
        snapStart: 0n,
        snapEnd: 0n,
      },
    ]);
  });

  test('goes on from the last change, in the middle of a snapshot too', () => {
    const bucket = startBucket();
    const first = new ProducerStub(bucket);
    const opaque = first.openStream();
    first.marker(opaque, 3n, 9n);
    first.mutation(opaque, 'alpha', 3n);
    first.mutation(opaque, 'beta', 5n);
    bucket.server.disconnect(first.cookie);
    const second = new ProducerStub(bucket);
    second.addStream();
    const request = { start: 5n, snapStart: 3n, snapEnd: 9n, uuid: 0xabcn };
    expect(second.read().at(-1)).toMatchObject(request);
    bucket.server.disconnect(second.cookie);
    const third = new ProducerStub(bucket);
    const again = third.openStream();
    third.mutation(again, 'gamma', 9n);
    bucket.server.disconnect(third.cookie);
    const fourth = new ProducerStub(bucket);
    fourth.addStream();
    expect(fourth.read().at(-1)).toMatchObject({ start: 9n, snapStart: 9n, snapEnd: 9n });
  });

  test('refuses a second stream, and vbuckets that there are not', () => {
    const stub = new ProducerStub(startBucket());
    stub.addStream();
    expect(stub.addStream()).toBe(ENGINE_KEY_EEXISTS);
    expect(stub.addStream(1024)).toBe(ENGINE_NOT_MY_VBUCKET);
    expect(stub.addStream(1, 0x40)).toBe(ENGINE_EINVAL);
  });

  test('is answered with what the producer says', () => {
    const stub = new ProducerStub(startBucket());
    stub.addStream(0);
    stub.addStream(1);
    const [first, second] = stub.read().filter((message) => message.type === 'streamReq');
    stub.respond(STREAM_REQ, first?.opaque ?? 0, 0, LOG);
    stub.respond(STREAM_REQ, second?.opaque ?? 0, 0x07);
    expect(stub.read()).toEqual([
      { type: 'addStreamRsp', opaque: 500, streamOpaque: first?.opaque, status: 0 },
      { type: 'addStreamRsp', opaque: 500, streamOpaque: second?.opaque, status: 7 },
    ]);
    expect(stub.addStream(0)).toBe(ENGINE_KEY_EEXISTS);
    expect(stub.addStream(1)).toBe(ENGINE_SUCCESS);
  });
});

describe('a response to a stream request', () => {
  const asked = (bucket = startBucket()) => {
    bucket.store('stray', 'x');
    const stub = new ProducerStub(bucket);
    stub.addStream();
    const request = stub.read().at(-1);
    expect(request).toMatchObject({ type: 'streamReq', start: 1n });
    return { bucket, stub, opaque: request?.opaque ?? 0 };
  };

  test('with a rollback empties the vbucket and asks again', () => {
    const { bucket, opaque, stub } = asked();
    expect(stub.respond(STREAM_REQ, opaque, ROLLBACK, [0n])).toBe(ENGINE_SUCCESS);
    const [again] = stub.read();
    expect(again).toMatchObject({ type: 'streamReq', start: 0n, snapStart: 0n, snapEnd: 0n });
    expect(bucket.get('stray').status).toBe(ENGINE_KEY_ENOENT);
    expect(stub.respond(STREAM_REQ, again?.opaque ?? 0, 0, LOG)).toBe(ENGINE_SUCCESS);
    expect(stub.read()).toMatchObject([{ type: 'addStreamRsp', opaque: 500, status: 0 }]);
  });

  test('with a rollback from nothing ends there', () => {
    const { opaque, stub } = asked();
    stub.respond(STREAM_REQ, opaque, ROLLBACK, [0n]);
    const [again] = stub.read();
    expect(stub.respond(STREAM_REQ, again?.opaque ?? 0, ROLLBACK, [0n])).toBe(ENGINE_SUCCESS);
    expect(stub.read()).toMatchObject([{ type: 'addStreamRsp', status: ROLLBACK }]);
  });

  test.each([
    ['a rollback without a seqno', ROLLBACK, [], 0],
    ['a rollback with half a seqno', ROLLBACK, [0n], 4],
    ['a rollback with two', ROLLBACK, [0n, 0n], 0],
    ['an empty failover log', 0, [], 0],
    ['half an entry', 0, [1n], 0],
    ['a log that is cut', 0, [1n, 0n, 2n, 0n], 3],
  ])('disconnects for %s', (_name, status, body, cut) => {
    const { opaque, stub } = asked();
    expect(stub.respond(STREAM_REQ, opaque, status, body, cut)).toBe(ENGINE_DISCONNECT);
  });

  test('disconnects for what was never asked, or is answered already', () => {
    const { opaque, stub } = asked();
    expect(stub.respond(STREAM_REQ, opaque + 1, 0, LOG)).toBe(ENGINE_DISCONNECT);
    expect(stub.respond(STREAM_REQ, opaque, 0, LOG)).toBe(ENGINE_SUCCESS);
    expect(stub.respond(STREAM_REQ, opaque, 0, LOG)).toBe(ENGINE_DISCONNECT);
  });

  test('is of no interest where the stream was closed meanwhile', () => {
    const { bucket, opaque, stub } = asked();
    expect(stub.dcp.closeStream(bucket.engine, stub.cookie, 1, 0)).toBe(ENGINE_SUCCESS);
    expect(stub.respond(STREAM_REQ, opaque, 0, LOG)).toBe(ENGINE_SUCCESS);
    expect(stub.read()).toEqual([]);
    expect(stub.mutation(opaque, 'alpha', 2n)).toBe(ENGINE_KEY_ENOENT);
  });
});

test.each([
  [0x5d, ENGINE_SUCCESS],
  [0x5e, ENGINE_SUCCESS],
  [0x50, ENGINE_DISCONNECT],
  [0x51, ENGINE_DISCONNECT],
  [0x56, ENGINE_DISCONNECT],
  [0x57, ENGINE_DISCONNECT],
  [0x5b, ENGINE_DISCONNECT],
  [0x5c, ENGINE_DISCONNECT],
  [0x00, ENGINE_DISCONNECT],
])('a response to opcode %i answers %i', (opcode, code) => {
  expect(new ProducerStub(startBucket()).respond(opcode, 1)).toBe(code);
});

describe('a stream', () => {
  test('brings documents as they are on the other side', () => {
    const bucket = startBucket();
    const stub = new ProducerStub(bucket);
    const opaque = stub.openStream();
    stub.marker(opaque, 1n, 20n);
    expect(stub.mutation(opaque, 'alpha', 11n, 'one', EPOCH + 1500)).toBe(ENGINE_SUCCESS);
    const { info, value } = bucket.get('alpha');
    expect(value).toBe('one');
    expect(info).toMatchObject({
      cas: 900n,
      seqno: 11n,
      flags: 7,
      datatype: 1,
      exptime: EPOCH + 1500,
      vbucketUuid: 0xabcn,
    });
    bucket.server.now = 1500;
    expect(bucket.get('alpha').status).toBe(ENGINE_KEY_ENOENT);
  });

  test('takes nothing that comes out of turn', () => {
    const stub = new ProducerStub(startBucket());
    const opaque = stub.openStream();
    stub.marker(opaque, 1n, 20n);
    expect(stub.mutation(opaque, 'alpha', 0n)).toBe(ENGINE_EINVAL);
    expect(stub.mutation(opaque, 'alpha', 5n)).toBe(ENGINE_SUCCESS);
    expect(stub.mutation(opaque, 'beta', 5n)).toBe(ENGINE_ERANGE);
    expect(stub.mutation(opaque, 'beta', 4n)).toBe(ENGINE_ERANGE);
    expect(stub.marker(opaque, 9n, 8n)).toBe(ENGINE_ERANGE);
  });

  test('takes nothing of other streams, or after its end', () => {
    const bucket = startBucket();
    const stub = new ProducerStub(bucket);
    const opaque = stub.openStream();
    const { cookie, dcp } = stub;
    expect(stub.mutation(opaque + 1, 'alpha', 1n)).toBe(ENGINE_KEY_ENOENT);
    expect(dcp.streamEnd(bucket.engine, cookie, opaque, 3, 0)).toBe(ENGINE_KEY_ENOENT);
    expect(dcp.streamEnd(bucket.engine, cookie, opaque, 0, 0)).toBe(ENGINE_SUCCESS);
    expect(stub.mutation(opaque, 'alpha', 1n)).toBe(ENGINE_KEY_ENOENT);
    expect(stub.marker(opaque, 1n, 2n)).toBe(ENGINE_KEY_ENOENT);
    expect(dcp.flush(bucket.engine, cookie, opaque, 0)).toBe(ENGINE_KEY_ENOENT);
    expect(dcp.setVbucketState(bucket.engine, cookie, opaque, 0, 1)).toBe(ENGINE_KEY_ENOENT);
  });

  test('fails for a document that has no room', () => {
    const stub = new ProducerStub(startBucket('cache_size=200'));
    const opaque = stub.openStream();
    expect(stub.mutation(opaque, 'alpha', 1n, 'x'.repeat(200))).toBe(ENGINE_ENOMEM);
    expect(stub.mutation(opaque, 'alpha', 1n, 'x'.repeat(100))).toBe(ENGINE_SUCCESS);
  });

  test('is forgotten where it has no room, without a seqno of its own', () => {
    const bucket = startBucket('cache_size=300');
    const stub = new ProducerStub(bucket);
    const opaque = stub.openStream();
    setVbucketState(bucket, 0, 2);
    stub.mutation(opaque, 'alpha', 1n, 'x'.repeat(100));
    stub.mutation(opaque, 'beta', 2n, 'x'.repeat(100));
    expect(bucket.server.evicted).toEqual(['alpha']);
    expect(bucket.stat('tombstones')).toBe(0);
    expect(bucket.stats('seqnos').get('vb_0:high_seqno')).toBe('2');
    // Whoever comes with less has to begin again: it may have documents that nobody told it to forget.
    expect(bucket.stats('seqnos').get('vb_0:purge_seqno')).toBe('1');
    expect(stub.mutation(opaque, 'gamma', 3n)).toBe(ENGINE_SUCCESS);
  });

  test('advances with events of the system', () => {
    const bucket = startBucket();
    const stub = new ProducerStub(bucket);
    const opaque = stub.openStream();
    const event = (bySeqno: bigint) =>
      stub.dcp.systemEvent(
        bucket.engine,
        stub.cookie,
        opaque,
        0,
        0,
        bySeqno,
        Buffer.from('meat'),
        new Uint8Array(8),
      );
    stub.marker(opaque, 1n, 4n, 1 | 8);
    expect(event(4n)).toBe(ENGINE_SUCCESS);
    expect(stub.read()).toEqual([{ type: 'markerRsp', opaque, status: 0 }]);
    expect(bucket.stats('dcp').get('dcpq:replication:unacked_bytes')).toBe(
      String(24 + 20 + (24 + 12 + 4 + 8)),
    );
    expect(event(4n)).toBe(ENGINE_ERANGE);
    expect(bucket.stats('seqnos').get('vb_0:high_seqno')).toBe('4');
  });

  test('answers a marker that wants it, when its snapshot is complete', () => {
    const stub = new ProducerStub(startBucket());
    const opaque = stub.openStream();
    stub.marker(opaque, 1n, 2n, 1 | 8);
    stub.mutation(opaque, 'alpha', 1n);
    expect(stub.read()).toEqual([]);
    stub.mutation(opaque, 'beta', 2n);
    expect(stub.read()).toEqual([{ type: 'markerRsp', opaque, status: 0 }]);
    stub.marker(opaque, 3n, 3n, 1);
    stub.mutation(opaque, 'beta', 3n);
    expect(stub.read()).toEqual([]);
  });

  test('sets the state of its vbucket, and says so', () => {
    const bucket = startBucket();
    const stub = new ProducerStub(bucket);
    const opaque = stub.openStream();
    const { cookie, dcp } = stub;
    expect(dcp.setVbucketState(bucket.engine, cookie, opaque, 0, 3)).toBe(ENGINE_SUCCESS);
    expect(stub.read()).toEqual([{ type: 'setVbucketStateRsp', opaque, status: 0 }]);
    expect(bucket.get('alpha').status).toBe(ENGINE_NOT_MY_VBUCKET);
  });
});

describe('acknowledgements', () => {
  test('come when half of the window was used, for every byte of it', () => {
    const bucket = startBucket();
    const stub = new ProducerStub(bucket);
    const opaque = stub.openStream();
    const value = 'x'.repeat(1024 * 1024);
    bucket.server.takeNotified();
    for (let seqno = 1n; seqno <= 4n; seqno += 1n) stub.mutation(opaque, 'large', seqno, value);
    expect(stub.read()).toEqual([]);
    expect(bucket.server.takeNotified()).toEqual([]);
    stub.mutation(opaque, 'large', 5n, value);
    expect(bucket.server.takeNotified()).toEqual([stub.cookie]);
    expect(stub.read()).toMatchObject([{ type: 'bufferAck', bytes: 5 * (24 + 31 + 5 + 1024 * 1024) }]);
    expect(stub.read()).toEqual([]);
  });

  test('come after five seconds, also for what was not taken', () => {
    const bucket = startBucket();
    const stub = new ProducerStub(bucket);
    const opaque = stub.openStream();
    stub.mutation(opaque + 1, 'alpha', 1n, 'four');
    bucket.server.now += 4;
    expect(stub.read()).toEqual([]);
    bucket.server.now += 1;
    expect(stub.read()).toMatchObject([{ type: 'bufferAck', bytes: 24 + 31 + 5 + 4 }]);
  });
});

test.each(['deletion', 'expiration'] as const)('a %s counts with all that it holds', (type) => {
  const bucket = startBucket();
  const stub = new ProducerStub(bucket);
  const opaque = stub.openStream();
  const key = docKey('alpha');
  const meta = new Uint8Array(2);
  const value = Buffer.from('_sync');
  const { engine } = bucket;
  const code = stub.dcp[type](engine, stub.cookie, opaque, key, value, 0, 4, 9n, 0, 1n, 1n, meta);
  expect(code).toBe(ENGINE_SUCCESS);
  expect(bucket.get('alpha', 0, 0x0f)).toMatchObject({ value: '_sync', info: { cas: 9n, datatype: 4 } });
  expect(bucket.stats('dcp').get('dcpq:replication:unacked_bytes')).toBe(String(24 + 18 + 5 + 5 + 2));
});

describe('silence', () => {
  test('ends the connection after two intervals without a sign of life', () => {
    const bucket = startBucket();
    const stub = new ProducerStub(bucket);
    stub.read();
    bucket.server.now += 300;
    expect(stub.dcp.noop(bucket.engine, stub.cookie, 1)).toBe(ENGINE_SUCCESS);
    bucket.server.now += 360;
    expect(stub.producers.drain(stub.cookie)).toBe(ENGINE_SUCCESS);
    bucket.server.now += 1;
    expect(stub.producers.drain(stub.cookie)).toBe(ENGINE_DISCONNECT);
  });

  test('is no silence while documents come', () => {
    const bucket = startBucket();
    const stub = new ProducerStub(bucket);
    const opaque = stub.openStream();
    for (let seqno = 1n; seqno <= 4n; seqno += 1n) {
      bucket.server.now += 300;
      expect(stub.mutation(opaque, 'alpha', seqno)).toBe(ENGINE_SUCCESS);
      expect(stub.producers.drain(stub.cookie)).toBe(ENGINE_SUCCESS);
    }
  });

  test('is what to expect of a producer that asks no questions', () => {
    const bucket = startBucket();
    const stub = new ProducerStub(bucket);
    stub.read();
    expect(stub.respond(0x5e, 3, 0x83)).toBe(ENGINE_SUCCESS);
    bucket.server.now += 10_000;
    expect(stub.producers.drain(stub.cookie)).toBe(ENGINE_SUCCESS);
  });
});

test('a consumer has no slot of a producer', () => {
  const bucket = startBucket();
  const { cookie, dcp } = new ProducerStub(bucket);
  const { engine } = bucket;
  const callback = () => ENGINE_SUCCESS;
  expect(dcp.control(engine, cookie, 1, 'enable_noop', 'true')).toBe(ENGINE_DISCONNECT);
  expect(dcp.bufferAcknowledgement(engine, cookie, 1, 0, 10)).toBe(ENGINE_DISCONNECT);
  expect(dcp.getFailoverLog(engine, cookie, 1, 0, callback)).toBe(ENGINE_DISCONNECT);
  expect(dcp.streamReq(engine, cookie, 0, 1, 0, 0n, 1n, 0n, 0n, 0n, callback)).toEqual({
    status: ENGINE_DISCONNECT,
  });
});

test('the statistics name sessions and streams', () => {
  const bucket = startBucket();
  const stub = new ProducerStub(bucket);
  const opaque = stub.openStream();
  stub.mutation(opaque, 'alpha', 1n);
  expect(Object.fromEntries(bucket.stats('dcp'))).toEqual({
    dcp_count: '1',
    'dcpq:replication:type': 'consumer',
    'dcpq:replication:num_streams': '1',
    'dcpq:replication:max_buffer_bytes': '10485760',
    'dcpq:replication:unacked_bytes': '61',
    'dcpq:replication:stream_0_opaque': String(opaque),
    'dcpq:replication:stream_0_start_seqno': '0',
  });
});

test('a connection that lost its name to another is closed', () => {
  const bucket = startBucket();
  const old = new ProducerStub(bucket);
  old.read();
  const now = new ProducerStub(bucket);
  expect(bucket.server.takeNotified()).toEqual([old.cookie]);
  expect(old.producers.drain(old.cookie)).toBe(ENGINE_DISCONNECT);
  expect(now.read()).toHaveLength(3);
});
