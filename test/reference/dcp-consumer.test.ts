// DCP conversations with the server as consumer, over the default engine: the test plays the producer, byte by byte.
import { afterEach, describe, expect, it } from 'vitest';
import { virtualTime } from '../../reference/clock.ts';
import { createServer, type Server } from '../../reference/server.ts';
import type { ServerOptions } from '../../reference/server-options.ts';
import { RawClient } from '../support/raw-client.ts';
import {
  FOREVER,
  marker,
  mutation,
  Op,
  type RawMessage,
  removal,
  request,
  response,
  set,
  words,
} from '../support/raw-dcp.ts';
import { turn } from '../support/until.ts';

let server: Server;

afterEach(() => server.stop({ graceMs: 0 }));

const CONSUMER = 0;
const UUID = 0x5eed_0000_0000_0001n;
const LOG = words([UUID, 64], [0n, 64]);
const EPOCH = 1_700_000_000;

/** A connection on which the server consumes; what it asks for by itself is granted, and listed. */
async function connect(
  options: ServerOptions = {},
): Promise<{ producer: RawClient; settings: readonly RawMessage[] }> {
  server = await createServer({ profile: 'couchbase', ...options, port: false });
  const producer = new RawClient(server);
  await producer.open(CONSUMER);
  const settings = await producer.sync();
  for (const { opaque } of settings) producer.send(response(Op.control, { opaque }));
  expect(await producer.sync()).toEqual([]);
  return { producer, settings };
}

const addStream = (vbucket: number, opaque: number, flags = 0): Buffer =>
  request(Op.addStream, { vbucket, opaque, extras: words([flags, 32]) });

/** Adds a stream and grants it; the opaque of its messages. */
async function stream(producer: RawClient, vbucket = 0): Promise<number> {
  const asked = await producer.ask(addStream(vbucket, 0xadd));
  expect(asked).toMatchObject({ magic: 0x80, opcode: Op.streamReq, vbucket });
  const answer = await producer.ask(response(Op.streamReq, { opaque: asked.opaque, value: LOG }));
  expect(answer).toMatchObject({ magic: 0x81, opcode: Op.addStream, status: 0, opaque: 0xadd });
  expect(answer.extras.getUint32(0)).toBe(asked.opaque);
  return asked.opaque;
}

/** What a stream request asks for. */
function asked({ extras }: RawMessage): Record<string, bigint | number> {
  expect(extras.byteLength).toBe(48);
  return {
    flags: extras.getUint32(0),
    reserved: extras.getUint32(4),
    start: extras.getBigUint64(8),
    end: extras.getBigUint64(16),
    uuid: extras.getBigUint64(24),
    snapStart: extras.getBigUint64(32),
    snapEnd: extras.getBigUint64(40),
  };
}

async function get(key: string, vbucket = 0): Promise<RawMessage> {
  const client = new RawClient(server);
  const answer = await client.ask(request(Op.get, { key, vbucket }));
  client.wire.end();
  return answer;
}

describe('a consumer', () => {
  it('begins with its settings', async () => {
    const { settings } = await connect();
    expect(settings.map(({ magic, opcode, key }) => [magic, opcode, key])).toEqual([
      [0x80, Op.control, 'connection_buffer_size'],
      [0x80, Op.control, 'set_noop_interval'],
      [0x80, Op.control, 'enable_noop'],
    ]);
    expect(settings.map(({ extras }) => extras.byteLength)).toEqual([0, 0, 0]);
    expect(settings[2]?.value.toString()).toBe('true');
  });

  it('asks for a stream, rolls back, asks again, and takes what comes', async () => {
    const { producer } = await connect();
    const keeper = new RawClient(server);
    await keeper.ask(set('stray', 'of another history'));
    const first = await producer.ask(addStream(0, 0xadd, 4));
    expect(asked(first)).toMatchObject({
      flags: 4,
      reserved: 0,
      start: 1n,
      end: FOREVER,
      snapStart: 1n,
      snapEnd: 1n,
    });
    const second = await producer.ask(
      response(Op.streamReq, { opaque: first.opaque, status: 0x23, value: words([0n, 64]) }),
    );
    expect(second).toMatchObject({ magic: 0x80, opcode: Op.streamReq });
    expect(asked(second)).toMatchObject({ start: 0n, snapStart: 0n, snapEnd: 0n });
    expect(second.opaque).not.toBe(first.opaque);
    expect((await get('stray')).status).toBe(0x01);
    const granted = await producer.ask(response(Op.streamReq, { opaque: second.opaque, value: LOG }));
    expect(granted).toMatchObject({ magic: 0x81, opcode: Op.addStream, status: 0, opaque: 0xadd });
    const { opaque } = second;
    producer.send(
      marker(0, opaque, 1n, 3n, 2),
      mutation({ opaque, key: 'ada', value: 'Lovelace', bySeqno: 1n, cas: 77n, flags: 0xf1a6_0001 }),
      mutation({ opaque, key: 'gone', value: 'soon', bySeqno: 2n, cas: 78n }),
      removal(Op.deletion, { opaque, key: 'gone', bySeqno: 3n, revSeqno: 2n, cas: 79n }),
    );
    expect(await producer.sync()).toEqual([]);
    const ada = await get('ada');
    expect(ada).toMatchObject({ status: 0, cas: 77n });
    expect(ada.value.toString()).toBe('Lovelace');
    expect(ada.extras.getUint32(0)).toBe(0xf1a6_0001);
    expect((await get('gone')).status).toBe(0x01);
  });

  it('answers a marker that wants to be answered, when its snapshot is complete', async () => {
    const { producer } = await connect();
    const opaque = await stream(producer);
    producer.send(marker(0, opaque, 1n, 2n, 1 | 8), mutation({ opaque, key: 'a', bySeqno: 1n }));
    expect(await producer.sync()).toEqual([]);
    const answer = await producer.ask(mutation({ opaque, key: 'b', bySeqno: 2n }));
    expect(answer).toMatchObject({ magic: 0x81, opcode: Op.snapshotMarker, status: 0, opaque });
  });

  it('refuses what does not belong to a stream of it, and goes on', async () => {
    const { producer } = await connect();
    const opaque = await stream(producer);
    const wrong = await producer.ask(mutation({ opaque: opaque + 1, key: 'a', bySeqno: 1n }));
    expect(wrong).toMatchObject({ magic: 0x81, opcode: Op.mutation, status: 0x01, opaque: opaque + 1 });
    producer.send(mutation({ opaque, key: 'a', value: 'one', bySeqno: 5n }));
    const again = await producer.ask(mutation({ opaque, key: 'a', value: 'late', bySeqno: 4n }));
    expect(again).toMatchObject({ opcode: Op.mutation, status: 0x22 });
    const backward = await producer.ask(marker(0, opaque, 9n, 8n));
    expect(backward).toMatchObject({ opcode: Op.snapshotMarker, status: 0x22 });
    expect((await get('a')).value.toString()).toBe('one');
  });

  it('tells where a stream is refused, and may ask once more', async () => {
    const { producer } = await connect();
    const request7 = await producer.ask(addStream(3, 7));
    const refused = await producer.ask(response(Op.streamReq, { opaque: request7.opaque, status: 0x07 }));
    expect(refused).toMatchObject({ opcode: Op.addStream, opaque: 7, status: 0x07 });
    expect((await producer.ask(addStream(3, 8))).opcode).toBe(Op.streamReq);
    expect(await producer.ask(addStream(3, 9))).toMatchObject({
      opcode: Op.addStream,
      status: 0x02,
      opaque: 9,
    });
  });

  it.each([
    [
      'a failover log that is cut off',
      (opaque: number) => response(Op.streamReq, { opaque, value: LOG.subarray(1) }),
    ],
    ['no failover log', (opaque: number) => response(Op.streamReq, { opaque })],
    [
      'a rollback to nowhere',
      (opaque: number) => response(Op.streamReq, { opaque, status: 0x23, value: 'x' }),
    ],
    ['what was never asked', (opaque: number) => response(Op.streamReq, { opaque: opaque + 1, value: LOG })],
    ['a mutation, which nobody asked to answer', () => response(Op.mutation)],
  ])('leaves a producer that answers %s', async (_, answer) => {
    const { producer } = await connect();
    const { opaque } = await producer.ask(addStream(0, 1));
    producer.send(answer(opaque));
    expect(await producer.ended()).toEqual([]);
  });

  it('lets documents expire by its own clock', async () => {
    const time = virtualTime(EPOCH);
    const { producer } = await connect({ time });
    const opaque = await stream(producer);
    producer.send(mutation({ opaque, key: 'brief', value: 'here', bySeqno: 1n, expiration: EPOCH + 60 }));
    expect(await producer.sync()).toEqual([]);
    time.advance(59);
    await turn(5);
    expect((await get('brief')).status).toBe(0);
    time.advance(2);
    await turn(5);
    expect((await get('brief')).status).toBe(0x01);
  });

  it('acknowledges what it took', async () => {
    const time = virtualTime();
    const { producer } = await connect({ time });
    const opaque = await stream(producer);
    const messages = [
      marker(0, opaque, 1n, 2n),
      mutation({ opaque, key: 'a', value: 'x'.repeat(500), bySeqno: 1n }),
      removal(Op.deletion, { opaque, key: 'b', bySeqno: 2n }),
    ];
    producer.send(...messages);
    expect(await producer.sync()).toEqual([]);
    time.advance(6);
    const acknowledgement = await producer.next();
    expect(acknowledgement).toMatchObject({ magic: 0x80, opcode: Op.bufferAck });
    expect(acknowledgement.extras.getUint32(0)).toBe(messages.reduce((sum, { length }) => sum + length, 0));
    producer.send(response(Op.bufferAck, { opaque: acknowledgement.opaque }));
    expect(await producer.sync()).toEqual([]);
  });

  it('answers whether it is alive, and leaves a producer that never asks', async () => {
    const time = virtualTime();
    const { producer } = await connect({ time });
    time.advance(300);
    await turn(5);
    expect(await producer.ask(request(Op.dcpNoop, { opaque: 0xa11e }))).toMatchObject({
      magic: 0x81,
      opcode: Op.dcpNoop,
      status: 0,
      opaque: 0xa11e,
    });
    time.advance(360);
    await turn(5);
    expect(producer.hasEnded).toBe(false);
    time.advance(2);
    expect(await producer.ended()).toEqual([]);
  });

  it('takes over a vbucket, and tells when it has', async () => {
    const { producer } = await connect();
    const opaque = await stream(producer, 9);
    for (const state of [3, 1]) {
      const answer = await producer.ask(
        request(Op.setVbucketState, { vbucket: 9, opaque, extras: words([state, 8]) }),
      );
      expect(answer).toMatchObject({ magic: 0x81, opcode: Op.setVbucketState, status: 0, opaque });
      // Pending is no state to read in.
      expect((await get('nothing', 9)).status).toBe(state === 1 ? 0x01 : 0x07);
    }
  });

  it('keeps what it has when the stream ends, and the rest when it is closed', async () => {
    const { producer } = await connect();
    const opaque = await stream(producer);
    producer.send(
      mutation({ opaque, key: 'a', value: 'kept', bySeqno: 1n }),
      request(Op.streamEnd, { opaque, extras: words([0, 32]) }),
    );
    const late = await producer.ask(mutation({ opaque, key: 'a', value: 'late', bySeqno: 2n }));
    expect(late).toMatchObject({ opcode: Op.mutation, status: 0x01 });
    expect((await get('a')).value.toString()).toBe('kept');
    const again = await stream(producer);
    expect(await producer.ask(request(Op.closeStream, { opaque: 5 }))).toMatchObject({
      opcode: Op.closeStream,
      status: 0,
      opaque: 5,
    });
    expect((await producer.ask(mutation({ opaque: again, key: 'a', bySeqno: 3n }))).status).toBe(0x01);
    expect((await get('a')).value.toString()).toBe('kept');
  });

  it('takes a document in pieces of any size', async () => {
    const { producer } = await connect();
    const opaque = await stream(producer);
    const value = Buffer.from(Array.from({ length: 3000 }, (_, at) => at));
    const bytes = Buffer.concat([
      marker(0, opaque, 1n, 2n),
      mutation({ opaque, key: 'whole', value, bySeqno: 1n }),
      mutation({ opaque, key: 'tail', value, bySeqno: 2n }),
    ]);
    for (let at = 0; at < bytes.length; at += 7) {
      producer.send(bytes.subarray(at, at + 7));
      if (at % 5 === 0) await turn();
    }
    expect(await producer.sync()).toEqual([]);
    expect((await get('whole')).value.equals(value)).toBe(true);
    expect((await get('tail')).value.equals(value)).toBe(true);
  });
});
