// The budget: who leaves to make room, what is left of them, and what any order of commands ends up with.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DocStateFilter,
  DocumentState,
  EngineErrorCode,
  EngineStoreOperation,
} from '../../../../reference/engine/contract.ts';
import { type Bucket, docKey, startBucket } from './bucket.ts';

const { ENGINE_ENOMEM, ENGINE_KEY_EEXISTS, ENGINE_KEY_ENOENT, ENGINE_SUCCESS } = EngineErrorCode;
const { ENGINE_NOT_STORED } = EngineErrorCode;

describe('eviction', () => {
  test('takes the least recently used, and tells the server', () => {
    const bucket = startBucket('cache_size=64k');
    bucket.store('hot', 'x'.repeat(4096));
    let count = 0;
    while (bucket.stat('evictions') < 2) {
      bucket.get('hot');
      bucket.store(`cold_${count}`, 'x'.repeat(4096));
      count += 1;
    }
    expect(bucket.server.evicted).toEqual(['cold_0', 'cold_1']);
    expect(bucket.get('cold_0').status).toBe(ENGINE_KEY_ENOENT);
    expect(bucket.get('cold_1').status).toBe(ENGINE_KEY_ENOENT);
    expect(bucket.get('cold_2').status).toBe(ENGINE_SUCCESS);
    expect(bucket.get('hot').status).toBe(ENGINE_SUCCESS);
    expect(bucket.stat('curr_items')).toBe(count - 1);
  });

  test('leaves a tombstone, until tombstones take too much', () => {
    const bucket = startBucket('cache_size=1000');
    bucket.store('first', 'x'.repeat(500));
    bucket.store('second', 'x'.repeat(500));
    expect(bucket.get('first', 0, DocStateFilter.Deleted).info?.seqno).toBe(2n);
    for (let index = 0; index < 200; index += 1) bucket.store(`small_${index}`, 'x');
    expect(bucket.get('first', 0, DocStateFilter.AliveOrDeleted).status).toBe(ENGINE_KEY_ENOENT);
    expect(bucket.stat('tombstones')).toBeLessThanOrEqual(4);
    expect(bucket.stat('curr_items')).toBeGreaterThanOrEqual(13);
    expect(bucket.stat('bytes')).toBeLessThanOrEqual(1000);
  });

  test('takes expired documents first', () => {
    const bucket = startBucket('cache_size=1000');
    bucket.store('old', 'x'.repeat(300));
    bucket.store('expired', 'x'.repeat(300), { exptime: 5 });
    bucket.server.now += 5;
    bucket.store('new', 'x'.repeat(300));
    expect(bucket.get('old').status).toBe(ENGINE_SUCCESS);
    expect(bucket.stat('evictions')).toBe(0);
    expect(bucket.stat('reclaimed')).toBe(1);
  });

  test('takes no document that is locked', () => {
    const bucket = startBucket('cache_size=1000');
    const { engine, cookie } = bucket;
    bucket.store('locked', 'x'.repeat(300));
    engine.getLocked(engine, cookie, docKey('locked'), 0, 10);
    for (let index = 0; index < 20; index += 1) bucket.store(`doc_${index}`, 'x'.repeat(300));
    expect(bucket.get('locked').status).toBe(ENGINE_SUCCESS);
    bucket.server.now += 10;
    for (let index = 0; index < 20; index += 1) bucket.store(`doc_${index}`, 'x'.repeat(300));
    expect(bucket.get('locked').status).toBe(ENGINE_KEY_ENOENT);
  });

  test('fails where every document is locked', () => {
    const bucket = startBucket('cache_size=500');
    const { engine, cookie } = bucket;
    bucket.store('locked', 'x'.repeat(300));
    engine.getLocked(engine, cookie, docKey('locked'), 0, 10);
    expect(engine.allocate(engine, cookie, docKey('other'), 300, 0, 0, 0, 0).status).toBe(ENGINE_ENOMEM);
  });

  test('keeps no more tombstones than it is told to', () => {
    const bucket = startBucket('history=3');
    for (let index = 0; index < 10; index += 1) {
      bucket.store(`doc_${index}`, 'x');
      bucket.remove(`doc_${index}`);
    }
    expect(bucket.stat('tombstones')).toBe(3);
    const left = [6, 7, 8, 9].map((index) => bucket.get(`doc_${index}`, 0, DocStateFilter.Deleted).status);
    expect(left).toEqual([ENGINE_KEY_ENOENT, ENGINE_SUCCESS, ENGINE_SUCCESS, ENGINE_SUCCESS]);
    expect(bucket.stats('seqnos').get('vb_0:purge_seqno')).toBe('14');
  });
});

describe('any order of commands', () => {
  interface Expected {
    value: string;
    cas: bigint;
    expiresAt: number;
  }

  /** What a client knows: documents by key. A document that it has may be evicted any time, and is gone then. */
  class Model {
    readonly documents = new Map<string, Expected>();
    now = 1000;

    alive(key: string): Expected | undefined {
      const document = this.documents.get(key);
      if (document !== undefined && document.expiresAt !== 0 && document.expiresAt <= this.now) {
        this.documents.delete(key);
        return undefined;
      }
      return document;
    }

    refusal(key: string, operation: EngineStoreOperation, cas: bigint): EngineErrorCode {
      const document = this.alive(key);
      if (operation === EngineStoreOperation.OPERATION_ADD) {
        return document === undefined ? ENGINE_SUCCESS : ENGINE_NOT_STORED;
      }
      if (operation === EngineStoreOperation.OPERATION_REPLACE && document === undefined) {
        return ENGINE_NOT_STORED;
      }
      if (operation !== EngineStoreOperation.OPERATION_CAS) return ENGINE_SUCCESS;
      if (document === undefined) return ENGINE_KEY_ENOENT;
      return document.cas === cas ? ENGINE_SUCCESS : ENGINE_KEY_EEXISTS;
    }
  }

  const key = fc.integer({ min: 0, max: 11 }).map((index) => `order_${index}`);
  const command = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('store' as const),
        key,
        length: fc.integer({ min: 0, max: 120 }),
        operation: fc.constantFrom(...Object.values(EngineStoreOperation)),
        exptime: fc.constantFrom(0, 0, 0, 3, 10, -1),
        isFreshCas: fc.boolean(),
      }),
    },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('get' as const), key }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('remove' as const), key }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('touch' as const),
        key,
        exptime: fc.constantFrom(0, 4),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 4 }) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('flush' as const) }) },
  );
  type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

  /** Forgets what the engine evicted since. */
  function forgetEvicted(bucket: Bucket, model: Model): void {
    for (const evicted of bucket.server.evicted.splice(0)) model.documents.delete(evicted);
  }

  function store(bucket: Bucket, model: Model, asked: Extract<Command, { type: 'store' }>): void {
    const { exptime, length, operation } = asked;
    const value = 'v'.repeat(length);
    const seen = model.alive(asked.key)?.cas ?? 99_999_999n;
    // Far from any that comes next: a tombstone's own cas would be taken.
    const cas = asked.isFreshCas ? seen : seen + 1_000_000n;
    const isCas = operation === EngineStoreOperation.OPERATION_CAS;
    const item = bucket.allocate(asked.key, length, { exptime });
    // Making room comes first, and may take the very document.
    forgetEvicted(bucket, model);
    bucket.info(item).value.set(Buffer.from(value));
    const { engine, cookie } = bucket;
    if (isCas) engine.itemSetCas(engine, cookie, item, cas);
    const expected = model.refusal(asked.key, operation, cas);
    const stored = engine.store(engine, cookie, item, operation, DocumentState.Alive);
    bucket.release(item);
    expect(stored.status).toBe(expected);
    if (stored.status !== 0) return;
    const expiresAt = exptime > 0 ? model.now + exptime : Math.abs(exptime);
    model.documents.set(asked.key, { value, cas: stored.cas, expiresAt });
  }

  function run(bucket: Bucket, model: Model, asked: Command): void {
    const { engine, cookie } = bucket;
    switch (asked.type) {
      case 'store':
        store(bucket, model, asked);
        break;
      case 'get': {
        const document = model.alive(asked.key);
        const found = bucket.get(asked.key);
        expect(found.status).toBe(document === undefined ? ENGINE_KEY_ENOENT : ENGINE_SUCCESS);
        if (document !== undefined) {
          expect(found.value).toBe(document.value);
          expect(found.info?.cas).toBe(document.cas);
        }
        break;
      }
      case 'remove':
        expect(bucket.remove(asked.key)).toBe(
          model.alive(asked.key) === undefined ? ENGINE_KEY_ENOENT : ENGINE_SUCCESS,
        );
        model.documents.delete(asked.key);
        break;
      case 'touch': {
        const document = model.alive(asked.key);
        const found = engine.getAndTouch(engine, cookie, docKey(asked.key), 0, asked.exptime);
        expect(found.status).toBe(document === undefined ? ENGINE_KEY_ENOENT : ENGINE_SUCCESS);
        if (found.status === 0) bucket.release(found.item);
        if (document !== undefined) document.expiresAt = asked.exptime === 0 ? 0 : model.now + asked.exptime;
        break;
      }
      case 'wait':
        model.now += asked.seconds;
        bucket.server.now = model.now;
        break;
      default:
        engine.flush(engine, cookie);
        model.documents.clear();
    }
  }

  test('finds what a simple model has, within the budget, and loses no reference', () => {
    let evictions = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(300, 1000, 100_000),
        fc.constantFrom(1, 4, 10_000),
        fc.array(command, { maxLength: 120, size: 'max' }),
        (cacheSize, history, commands) => {
          const bucket = startBucket(`cache_size=${cacheSize};history=${history}`);
          const model = new Model();
          for (const asked of commands) {
            run(bucket, model, asked);
            const stats = bucket.stats();
            expect(Number(stats.get('bytes'))).toBeLessThanOrEqual(cacheSize);
            expect(Number(stats.get('tombstones'))).toBeLessThanOrEqual(history);
            expect(stats.get('items_outstanding')).toBe('0');
          }
          const alive = [...model.documents.keys()].filter((name) => model.alive(name) !== undefined);
          for (const name of alive) expect(bucket.get(name).status).toBe(ENGINE_SUCCESS);
          // What expired unnoticed becomes a tombstone, for which another may go.
          for (let index = 0; index < 12; index += 1) bucket.get(`order_${index}`);
          let bytes = 0;
          for (let index = 0; index < 12; index += 1) {
            const { info } = bucket.get(`order_${index}`, 0, DocStateFilter.AliveOrDeleted);
            if (info !== undefined) bytes += info.key.text.length + info.nbytes + 48;
          }
          expect(bucket.stat('bytes')).toBe(bytes);
          expect(bucket.stat('curr_items')).toBe(alive.length);
          evictions += bucket.stat('evictions');
        },
      ),
      { seed: 20_171_109, numRuns: 150 },
    );
    expect(evictions).toBeGreaterThan(0);
  });
});
