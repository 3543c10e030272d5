// Both sides together: whatever happens on the one, and to the connection, the other ends up the same.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DocStateFilter, DocumentState, EngineErrorCode } from '../../../../reference/engine/contract.ts';
import { type Bucket, docKey, setVbucketState, startBucket, TestServer } from './bucket.ts';
import { Replication } from './replication.ts';

const KEYS = 8;
const VBUCKETS = [0, 1] as const;

const keyOf = (index: number): string => `player_${index}`;

interface Content {
  readonly index: number;
  readonly value: string;
  readonly cas: bigint;
  readonly seqno: bigint;
  readonly isAlive: boolean;
  readonly exptime: number;
  readonly datatype: number;
  readonly flags: number;
}

/** Everything that is known of the documents of a vbucket, as DCP carries it. */
function contents(bucket: Bucket, vbucket: number): Content[] {
  const all: Content[] = [];
  for (let index = 0; index < KEYS; index += 1) {
    const { info, value } = bucket.get(keyOf(index), vbucket, DocStateFilter.AliveOrDeleted);
    if (info === undefined) continue;
    const { cas, datatype, documentState, exptime, flags, seqno } = info;
    const isAlive = documentState === DocumentState.Alive;
    all.push({ index, value, cas, seqno, isAlive, exptime, datatype, flags: isAlive ? flags : 0 });
  }
  return all;
}

function pair(config = ''): { source: Bucket; replica: Bucket } {
  const server = new TestServer();
  const source = startBucket(config, server);
  const replica = startBucket('', server);
  for (const vbucket of VBUCKETS) setVbucketState(replica, vbucket, 2);
  return { source, replica };
}

/** Compares both as clients see them; the replica is made active for it. It may remember more tombstones. */
function expectEqual(source: Bucket, replica: Bucket): void {
  for (const vbucket of VBUCKETS) {
    setVbucketState(replica, vbucket, 1);
    const expected = contents(source, vbucket);
    const known = new Set(expected.map(({ index }) => index));
    const actual = contents(replica, vbucket).filter(({ index, isAlive }) => isAlive || known.has(index));
    expect(actual).toEqual(expected);
  }
}

describe('a producer and a consumer', () => {
  test('replicate documents, tombstones and expiries, and go on after a reconnect', () => {
    const { source, replica } = pair();
    source.store(keyOf(0), 'goalkeeper', { flags: 3, datatype: 1, exptime: 500 });
    source.store(keyOf(1), 'striker', { exptime: 5 });
    source.store(keyOf(2), 'coach');
    source.remove(keyOf(2));
    source.store(keyOf(3), '\0\0\0\x01_{}', { vbucket: 1, datatype: 5 });
    const link = new Replication(source, replica, VBUCKETS);
    link.settle();
    source.server.now += 5;
    link.settle();
    expect(link.seen.get('expiration')).toBe(1);
    link.reconnect();
    source.store(keyOf(4), 'substitute');
    link.settle();
    // Nothing came twice.
    expect(link.seen.get('mutation')).toBe(4);
    expect(link.seen.get('rollback')).toBeUndefined();
    expect(replica.stat('curr_items')).toBe(3);
    expectEqual(source, replica);
  });

  test('roll a consumer back that has changes of its own', () => {
    const { source, replica } = pair();
    setVbucketState(replica, 0, 1);
    replica.store(keyOf(7), 'stray');
    setVbucketState(replica, 0, 2);
    source.store(keyOf(0), 'goalkeeper');
    const link = new Replication(source, replica, [0]);
    link.settle();
    expect(link.seen.get('rollback')).toBe(1);
    expectEqual(source, replica);
  });

  test('hand a vbucket over, with a cas that stays ahead', () => {
    const { source, replica } = pair();
    for (let index = 0; index < KEYS; index += 1) source.store(keyOf(index), 'x');
    const link = new Replication(source, replica, [0], 1);
    link.settle();
    expect(link.seen.get('setVbucketState')).toBe(2);
    expect(link.seen.get('streamEnd')).toBe(1);
    expect(source.get(keyOf(0)).status).toBe(EngineErrorCode.ENGINE_NOT_MY_VBUCKET);
    const before = replica.get(keyOf(7)).info;
    const { cas } = replica.store(keyOf(7), 'y');
    expect(cas).toBeGreaterThan(before?.cas ?? 0n);
    const after = replica.get(keyOf(7)).info;
    expect(after?.seqno).toBe(9n);
    expect(after?.vbucketUuid).not.toBe(before?.vbucketUuid);
  });

  const event = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        type: fc.constant('store' as const),
        index: fc.nat(KEYS - 1),
        vbucket: fc.constantFrom(...VBUCKETS),
        length: fc.nat(60),
        exptime: fc.constantFrom(0, 0, 2, 50),
        isDeleted: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constantFrom('remove' as const, 'touch' as const, 'lock' as const),
        index: fc.nat(KEYS - 1),
        vbucket: fc.constantFrom(...VBUCKETS),
      }),
    },
    { weight: 5, arbitrary: fc.record({ type: fc.constant('pump' as const), limit: fc.nat(6) }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('acknowledge' as const), bytes: fc.nat(400) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constantFrom('wait' as const, 'flush' as const, 'reconnect' as const, 'failover' as const),
      }),
    },
  );
  type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

  function happen(source: Bucket, link: Replication, happening: Event): void {
    const { engine, cookie } = source;
    switch (happening.type) {
      case 'store': {
        const { exptime, index, isDeleted, length, vbucket } = happening;
        const state = isDeleted && length % 4 === 0 ? DocumentState.Deleted : DocumentState.Alive;
        // A tombstone keeps xattrs: DCP brings nothing else of it.
        const xattrs = Buffer.concat([Buffer.from([0, 0, 0, length]), Buffer.alloc(length, '_')]);
        if (state === DocumentState.Deleted)
          source.store(keyOf(index), xattrs, { vbucket, state, datatype: 4 });
        else source.store(keyOf(index), 'v'.repeat(length), { exptime, vbucket, flags: length });
        break;
      }
      case 'remove':
        source.remove(keyOf(happening.index), 0n, happening.vbucket);
        break;
      case 'touch': {
        const found = engine.getAndTouch(
          engine,
          cookie,
          docKey(keyOf(happening.index)),
          happening.vbucket,
          30,
        );
        if (found.status === 0) source.release(found.item);
        break;
      }
      case 'lock': {
        const key = docKey(keyOf(happening.index));
        const found = engine.getLocked(engine, cookie, key, happening.vbucket, 1);
        if (found.status !== 0) break;
        // Stored with the lock's cas: the lock's own cas is not a change, and does not travel.
        source.store(keyOf(happening.index), 'locked', {
          cas: source.info(found.item).cas,
          vbucket: happening.vbucket,
        });
        source.release(found.item);
        break;
      }
      case 'pump':
        link.pump(happening.limit);
        break;
      case 'acknowledge':
        link.acknowledge(happening.bytes);
        break;
      case 'wait':
        source.server.now += 1;
        break;
      case 'flush':
        engine.flush(engine, cookie);
        break;
      case 'failover':
        setVbucketState(source, 0, 2);
        setVbucketState(source, 0, 1);
        break;
      default:
        link.reconnect();
        link.pump(10);
        link.limit(300);
    }
  }

  test('end up equal, whatever happens on the way', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 100, size: 'max' }),
        fc.infiniteStream(fc.nat(2)),
        fc.constantFrom('', 'history=2', 'cache_size=700', 'cache_size=2000;history=5'),
        (events, refusals, config) => {
          const { source, replica } = pair(config);
          const link = new Replication(source, replica, VBUCKETS);
          const isFull = () => refusals.next().value === 0;
          link.limit(300);
          for (const happening of events) {
            link.refuse(isFull, isFull);
            happen(source, link, happening);
          }
          // A reconnect forgets its refusals, and nobody is refused for good.
          link.refuse(
            () => false,
            () => false,
          );
          for (const vbucket of VBUCKETS) contents(source, vbucket);
          link.settle();
          expectEqual(source, replica);
          for (const bucket of [source, replica]) expect(bucket.stat('items_outstanding')).toBe(0);
          for (const [type, count] of link.seen) seen.set(type, (seen.get(type) ?? 0) + count);
        },
      ),
      { seed: 20_190_926, numRuns: 120 },
    );
    // The test went where it should.
    for (const type of ['mutation', 'deletion', 'expiration', 'flush', 'streamEnd', 'rollback']) {
      expect(seen.get(type), type).toBeGreaterThan(0);
    }
  });
});
