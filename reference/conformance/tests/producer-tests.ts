// The send path of an engine that replicates: what `dcp.step` produces, also where the send buffer is full now and then.
import { DocumentState, EngineErrorCode } from '../../engine/contract.ts';
import { Random } from '../../random.ts';
import type { TestContext, TestDefinition } from '../conformance-test.ts';
import { DcpConnection, type DcpConnectionOptions, NO_END, OpenFlag } from '../dcp/dcp-connection.ts';
import { messageText } from '../dcp/dcp-message.ts';
import { checkStream } from '../dcp/stream-check.ts';
import { expectValue, mustPut, mustSee, put, type Seen } from '../documents.ts';
import { codeName, demand, demandCode, demandEqual } from '../failure.ts';
import type { Harness } from '../harness.ts';

const { ENGINE_ENOTSUP, ENGINE_KEY_ENOENT, ENGINE_ROLLBACK, ENGINE_SUCCESS } = EngineErrorCode;
const OPAQUE = 0xfeed_0001;
const KEYS = 24;

/** Documents of every size, some overwritten, some removed; what is alive in the end, and what is gone. */
async function fillBucket(harness: Harness): Promise<{ documents: Map<string, Seen>; removed: string[] }> {
  const removed: string[] = [];
  const keys = Array.from({ length: KEYS }, (_, i) => `parcel-${i}`);
  for (const [i, key] of keys.entries()) {
    const value = new Uint8Array(i * i * 40).fill(i);
    await mustPut(harness, key, value, { flags: 0xffff_ff00 + i, exptime: i % 5 === 0 ? 3600 : 0 });
  }
  for (const key of keys.slice(4, 8)) await mustPut(harness, key, `${key}, repacked`);
  for (const key of keys.slice(8, 11)) {
    demandCode(`remove ${key}`, (await harness.remove(key)).status, ENGINE_SUCCESS);
    removed.push(key);
  }
  const buried = await put(harness, 'parcel-11', 'returned', { state: DocumentState.Deleted });
  if (buried.status === ENGINE_SUCCESS) removed.push('parcel-11');
  const documents = new Map<string, Seen>();
  for (const key of keys) {
    if (!removed.includes(key)) documents.set(key, await mustSee(harness, key));
  }
  return { documents, removed };
}

/** 0 where the engine gives its items no seqno. */
function highestOf(documents: ReadonlyMap<string, Seen>): bigint {
  let highest = 0n;
  for (const { seqno } of documents.values()) if (seqno > highest) highest = seqno;
  return highest;
}

/** An open producer connection, or why there is none. */
async function openProducer(
  context: TestContext,
  harness: Harness,
  options: Partial<DcpConnectionOptions> = {},
): Promise<DcpConnection | string> {
  const { dcp } = harness.engine;
  for (const slot of ['open', 'streamReq', 'step'] as const) {
    if (dcp?.[slot] === undefined) return `The engine is no DCP producer: it has no dcp.${slot}.`;
  }
  const connection = new DcpConnection(harness, { engineName: context.engineName, ...options });
  const code = await connection.open(OpenFlag.Producer);
  if (code === ENGINE_ENOTSUP) return 'The engine is no DCP producer: dcp.open answered ENGINE_ENOTSUP.';
  demandCode('dcp.open of a producer', code, ENGINE_SUCCESS);
  return connection;
}

/** A connection with a stream from the beginning, or why there is none. */
async function openStream(
  context: TestContext,
  harness: Harness,
  options: Partial<DcpConnectionOptions> = {},
  endSeqno: bigint = NO_END,
): Promise<DcpConnection | string> {
  const connection = await openProducer(context, harness, options);
  if (typeof connection === 'string') return connection;
  const { status } = await connection.streamReq({ opaque: OPAQUE, endSeqno });
  if (status === ENGINE_ENOTSUP)
    return 'The engine is no DCP producer: dcp.streamReq answered ENGINE_ENOTSUP.';
  demandCode('dcp.streamReq from the beginning', status, ENGINE_SUCCESS);
  return connection;
}

async function streamsEverything(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  const bucket = await fillBucket(harness);
  const connection = await openStream(context, harness, { releasesAtOnce: true });
  if (typeof connection === 'string') return connection;
  demand(connection.failoverLog.length > 0, 'dcp.streamReq gave an empty failover log.');
  await connection.drain();
  checkStream(connection.messages, { opaque: OPAQUE, ...bucket });
  return undefined;
}

async function endsAtTheEnd(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  const bucket = await fillBucket(harness);
  const highSeqno = highestOf(bucket.documents);
  if (highSeqno === 0n) return 'The engine gives its items no seqno: the end of a stream cannot be told.';
  const connection = await openStream(context, harness, { releasesAtOnce: true }, highSeqno);
  if (typeof connection === 'string') return connection;
  await connection.drain();
  const last = connection.messages.at(-1);
  demandEqual('the last message of a stream with an end', last?.kind, 'streamEnd');
  checkStream(connection.messages, { opaque: OPAQUE, documents: bucket.documents });
  return undefined;
}

async function goesOn(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  await mustPut(harness, 'first', 'sent before');
  const connection = await openStream(context, harness, { releasesAtOnce: true });
  if (typeof connection === 'string') return connection;
  await connection.drain();
  const { length } = connection.messages;
  const { notifications } = connection.cookie;
  await mustPut(harness, 'second', 'sent later');
  await connection.woken(notifications, 'a document was stored');
  await connection.drain();
  const later = connection.messages.slice(length);
  demand(
    later.some((message) => message.kind === 'mutation'),
    'dcp.step did not bring the document stored last.',
  );
  const documents = new Map([
    ['first', await mustSee(harness, 'first')],
    ['second', await mustSee(harness, 'second')],
  ]);
  checkStream(connection.messages, { opaque: OPAQUE, documents });
  return undefined;
}

async function resumes(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  await fillBucket(harness);
  const first = await openStream(context, harness, { releasesAtOnce: true });
  if (typeof first === 'string') return first;
  await first.drain();
  const seqnos = first.messages.flatMap((message) => ('bySeqno' in message ? [message.bySeqno] : []));
  const startSeqno = seqnos.at(-1) ?? 0n;
  const vbucketUuid = first.failoverLog[0]?.uuid ?? 0n;
  first.close();
  await mustPut(harness, 'late', 'stored in between');

  const second = await openProducer(context, harness, { releasesAtOnce: true });
  if (typeof second === 'string') return second;
  const { status } = await second.streamReq({ opaque: OPAQUE, startSeqno, vbucketUuid });
  demandCode('dcp.streamReq from where a stream had stopped', status, ENGINE_SUCCESS);
  await second.drain();
  const documents = new Map([['late', await mustSee(harness, 'late')]]);
  checkStream(second.messages, { opaque: OPAQUE, startSeqno, documents });
  second.close();

  const third = await openProducer(context, harness);
  if (typeof third === 'string') return third;
  const other = await third.streamReq({ opaque: OPAQUE, startSeqno, vbucketUuid: vbucketUuid ^ 0x5a5an });
  demandCode('dcp.streamReq from a history that never was', other.status, ENGINE_ROLLBACK);
  if (other.status === ENGINE_ROLLBACK) {
    demand(
      other.rollbackSeqno <= startSeqno,
      `dcp.streamReq asked for a rollback to ${other.rollbackSeqno}, ahead.`,
    );
  }
  return undefined;
}

/** Whether the send buffer is full for the next message. */
type Fullness = (random: Random, offers: number) => boolean;

const fullnesses: Readonly<Record<string, Fullness>> = {
  'for one message in three': (source) => source.chance(1 / 3),
  'for every message, the first time': (_source, offers) => offers % 2 === 0,
  'for most messages': (source) => source.chance(0.8),
};

async function survivesFullBuffer(context: TestContext): Promise<string | undefined> {
  for (const [index, [when, isFull]] of Object.entries(fullnesses).entries()) {
    const source = new Random(context.seed + index);
    const harness = await context.start();
    const bucket = await fillBucket(harness);
    let offers = 0;
    const refuses = (): boolean => isFull(source, offers++);
    const highSeqno = highestOf(bucket.documents);
    const end = highSeqno === 0n ? NO_END : highSeqno;
    const connection = await openStream(context, harness, { refuses, releasesAtOnce: true }, end);
    if (typeof connection === 'string') return connection;
    await connection.drain();
    const text = `with a send buffer that is full ${when} (seed ${context.seed})`;
    demand(connection.producers.refusals > 0, `no message was refused ${text}.`);
    harness.core.violations.check();
    try {
      checkStream(connection.messages, { opaque: OPAQUE, documents: bucket.documents });
    } catch (error) {
      if (error instanceof Error) error.message = `${text}: ${error.message}`;
      throw error;
    }
    if (highSeqno !== 0n) {
      const ends = connection.messages.filter((message) => message.kind === 'streamEnd');
      demandEqual(`the number of stream ends ${text}`, ends.length, 1);
    }
    await context.finish(harness);
  }
  return undefined;
}

async function keepsItemsWhole(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  const bucket = await fillBucket(harness);
  const connection = await openStream(context, harness);
  if (typeof connection === 'string') return connection;
  await connection.drain();
  demand(connection.producers.held >= bucket.documents.size, 'the stream is too short.');
  // While the core still sends from the items' memory.
  for (const [key, { value }] of bucket.documents)
    await mustPut(harness, key, new Uint8Array(value.length).fill(0xee));
  for (const key of [...bucket.documents.keys()].slice(0, 5)) await harness.remove(key);
  demandCode('flush', await harness.flush(), ENGINE_SUCCESS);
  for (const [key, { value }] of bucket.documents)
    await mustPut(harness, key, new Uint8Array(value.length).fill(0xdd));
  connection.producers.releaseHeld(false);
  harness.core.violations.check();
  for (const [key, { value }] of bucket.documents) {
    await expectValue(harness, key, new Uint8Array(value.length).fill(0xdd));
  }
  return undefined;
}

async function closesMidStream(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  const bucket = await fillBucket(harness);
  const closed = await openStream(context, harness);
  if (typeof closed === 'string') return closed;
  for (let i = 0; i < 5; i++) closed.step();
  demand(closed.producers.held > 0, 'five steps brought no document.');
  // The peer hangs up with items in the send buffer: they are released without a cookie.
  closed.close();
  harness.core.violations.check();
  const [key] = bucket.documents.keys();
  await mustPut(harness, key ?? 'parcel', 'after the peer hung up');
  await expectValue(harness, key ?? 'parcel', 'after the peer hung up');

  const ended = await openStream(context, harness, { releasesAtOnce: true });
  if (typeof ended === 'string') return ended;
  for (let i = 0; i < 3; i++) ended.step();
  const code = await ended.closeStream(OPAQUE);
  if (code === ENGINE_ENOTSUP) return 'The engine has no dcp.closeStream.';
  demandCode('dcp.closeStream', code, ENGINE_SUCCESS);
  const { length } = ended.messages;
  await ended.drain();
  const late = ended.messages.slice(length).find(({ kind }) => kind !== 'streamEnd' && kind !== 'other');
  demand(late === undefined, `after dcp.closeStream came a ${late === undefined ? '' : messageText(late)}.`);
  const again = await ended.closeStream(OPAQUE);
  demand(again !== ENGINE_SUCCESS, `dcp.closeStream of a stream that is closed answered ${codeName(again)}.`);
  demandCode(
    'get of a document that is not there',
    (await harness.get('no-parcel')).status,
    ENGINE_KEY_ENOENT,
  );
  return undefined;
}

/** Each needs `dcp.open`, `dcp.streamReq` and `dcp.step`. */
export const producerTests: readonly TestDefinition[] = [
  {
    name: 'DCP producer: a stream brings every document, in order',
    group: 'send-path',
    body: streamsEverything,
  },
  { name: 'DCP producer: a stream ends at its end', group: 'send-path', body: endsAtTheEnd },
  { name: 'DCP producer: an idle stream wakes up for a new document', group: 'send-path', body: goesOn },
  { name: 'DCP producer: a stream resumes or rolls back', group: 'send-path', body: resumes },
  {
    name: 'DCP producer: ENGINE_E2BIG loses and doubles nothing',
    group: 'send-path',
    body: survivesFullBuffer,
  },
  {
    name: 'DCP producer: items stay whole until they are released',
    group: 'send-path',
    body: keepsItemsWhole,
  },
  {
    name: 'DCP producer: a stream or its connection may close half way',
    group: 'send-path',
    body: closesMidStream,
  },
];
