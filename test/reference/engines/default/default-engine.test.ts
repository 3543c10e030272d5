// The document slots: what is stored, found, refused, locked and expired.
import { describe, expect, test } from 'vitest';
import {
  DocStateFilter,
  DocumentState,
  EngineErrorCode,
  EngineStoreOperation,
  StoreIfStatus,
} from '../../../../reference/engine/contract.ts';
import { docKey, EPOCH, setVbucketState, startBucket } from './bucket.ts';

const { ENGINE_E2BIG, ENGINE_ENOMEM, ENGINE_KEY_EEXISTS, ENGINE_KEY_ENOENT, ENGINE_LOCKED } = EngineErrorCode;
const { ENGINE_LOCKED_TMPFAIL, ENGINE_NOT_MY_VBUCKET, ENGINE_NOT_STORED, ENGINE_SUCCESS } = EngineErrorCode;
const { ENGINE_PREDICATE_FAILED, ENGINE_TMPFAIL } = EngineErrorCode;
const { OPERATION_ADD, OPERATION_CAS, OPERATION_REPLACE, OPERATION_SET } = EngineStoreOperation;
const { Alive, AliveOrDeleted, Deleted } = DocStateFilter;
const LOCKED_CAS = 0xffff_ffff_ffff_ffffn;

describe('store', () => {
  test('keeps what the client sent', () => {
    const bucket = startBucket();
    const { cas } = bucket.store('landmark_10019', 'Gillingham', {
      flags: 0xdead_beef,
      datatype: 1,
      vbucket: 9,
    });
    const { info, value } = bucket.get('landmark_10019', 9);
    expect(value).toBe('Gillingham');
    expect(info).toMatchObject({
      cas,
      seqno: 1n,
      exptime: 0,
      nbytes: 10,
      flags: 0xdead_beef,
      datatype: 1,
      documentState: DocumentState.Alive,
      casIsHlc: false,
    });
    expect(info?.key.text).toBe('landmark_10019');
    expect(Buffer.from(info?.key.data.slice() ?? []).toString('latin1')).toBe('landmark_10019');
  });

  test('gives a higher cas each time, whatever the vbucket', () => {
    const bucket = startBucket();
    const all = [0, 1, 0, 5].map((vbucket) => bucket.store('hotel_5335', 'open', { vbucket }).cas);
    expect(all.every((cas, index) => index === 0 || cas > (all[index - 1] ?? 0n))).toBe(true);
    expect(all.every((cas) => cas > 0n)).toBe(true);
  });

  test('keeps the namespaces and the vbuckets of a key apart', () => {
    const bucket = startBucket();
    bucket.store('route_1', 'a');
    const { engine, cookie } = bucket;
    expect(engine.get(engine, cookie, docKey('route_1', 1), 0, Alive).status).toBe(ENGINE_KEY_ENOENT);
    expect(bucket.get('route_1', 1).status).toBe(ENGINE_KEY_ENOENT);
  });

  test('may be done with the same item again and again', () => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    const item = bucket.allocate('airline_10', 2);
    bucket.info(item).value.set([79, 75]);
    const seen = new Set<bigint>();
    for (let round = 0; round < 10; round += 1) {
      const stored = engine.store(engine, cookie, item, OPERATION_SET, DocumentState.Alive);
      if (stored.status === ENGINE_SUCCESS) seen.add(stored.cas);
    }
    bucket.release(item);
    expect(seen.size).toBe(10);
    expect(bucket.get('airline_10').value).toBe('OK');
    expect(bucket.stat('bytes')).toBe('airline_10'.length + 2 + 48);
    expect(bucket.stat('items_outstanding')).toBe(0);
  });

  test('compares with a cas that was set once only', () => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    const { cas } = bucket.store('airline_10', 'x');
    const item = bucket.allocate('airline_10', 1);
    const store = () => engine.store(engine, cookie, item, OPERATION_SET, DocumentState.Alive).status;
    engine.itemSetCas(engine, cookie, item, cas);
    expect(store()).toBe(ENGINE_SUCCESS);
    bucket.store('airline_10', 'y');
    expect(store()).toBe(ENGINE_SUCCESS);
    bucket.release(item);
  });

  test('answers for a vbucket that is no longer active', () => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    const item = bucket.allocate('airline_10', 1);
    setVbucketState(bucket, 0, 2);
    expect(engine.store(engine, cookie, item, OPERATION_SET, DocumentState.Alive).status).toBe(
      ENGINE_NOT_MY_VBUCKET,
    );
    const predicate = () => {
      throw new Error('not to be asked');
    };
    expect(
      engine.storeIf(engine, cookie, item, 0n, OPERATION_SET, predicate, DocumentState.Alive).status,
    ).toBe(ENGINE_NOT_MY_VBUCKET);
    bucket.release(item);
    expect(bucket.stat('bytes')).toBe(0);
  });

  const existing = { status: ENGINE_SUCCESS };
  test.each([
    ['ADD', OPERATION_ADD, false, ENGINE_SUCCESS],
    ['ADD', OPERATION_ADD, true, ENGINE_NOT_STORED],
    ['SET', OPERATION_SET, false, ENGINE_SUCCESS],
    ['SET', OPERATION_SET, true, ENGINE_SUCCESS],
    ['REPLACE', OPERATION_REPLACE, false, ENGINE_NOT_STORED],
    ['REPLACE', OPERATION_REPLACE, true, ENGINE_SUCCESS],
    ['CAS', OPERATION_CAS, false, ENGINE_KEY_ENOENT],
    ['CAS', OPERATION_CAS, true, ENGINE_KEY_EEXISTS],
  ] as const)('%s without a cas (document there: %3$s)', (_name, operation, isThere, status) => {
    const bucket = startBucket();
    if (isThere) expect(bucket.store('airport_1254', 'old')).toMatchObject(existing);
    expect(bucket.store('airport_1254', 'new', { operation }).status).toBe(status);
    const kept = isThere ? 'old' : '';
    expect(bucket.get('airport_1254').value).toBe(status === ENGINE_SUCCESS ? 'new' : kept);
  });

  test.each([
    ['CAS', OPERATION_CAS],
    ['SET', OPERATION_SET],
    ['REPLACE', OPERATION_REPLACE],
  ] as const)('%s with a cas compares it', (_name, operation) => {
    const bucket = startBucket();
    const first = bucket.store('brewery', 'one').cas;
    const second = bucket.store('brewery', 'two').cas;
    expect(bucket.store('brewery', 'three', { operation, cas: first }).status).toBe(ENGINE_KEY_EEXISTS);
    expect(bucket.get('brewery').value).toBe('two');
    expect(bucket.store('brewery', 'three', { operation, cas: second }).status).toBe(ENGINE_SUCCESS);
    expect(bucket.get('brewery').value).toBe('three');
  });

  test('refuses a cas where the document is gone', () => {
    const bucket = startBucket();
    const { cas } = bucket.store('brewery', 'one');
    bucket.remove('brewery');
    expect(bucket.store('brewery', 'two', { operation: OPERATION_CAS, cas }).status).toBe(ENGINE_KEY_ENOENT);
    expect(bucket.store('brewery', 'two', { operation: OPERATION_SET, cas }).status).toBe(ENGINE_KEY_ENOENT);
  });

  test('makes a tombstone with a value, which its cas can change', () => {
    const bucket = startBucket();
    bucket.store('session', 'alive');
    const state = DocumentState.Deleted;
    const { cas } = bucket.store('session', '_sync', { state, exptime: 10 });
    expect(bucket.get('session').status).toBe(ENGINE_KEY_ENOENT);
    const { info, value } = bucket.get('session', 0, Deleted);
    expect(value).toBe('_sync');
    expect(info).toMatchObject({ documentState: DocumentState.Deleted, cas, exptime: 0 });
    bucket.server.now += 10;
    expect(bucket.get('session', 0, Deleted).info?.cas).toBe(cas);
    expect(bucket.store('session', '_sync2', { state, operation: OPERATION_CAS, cas }).status).toBe(
      ENGINE_SUCCESS,
    );
    expect(bucket.get('session', 0, AliveOrDeleted).value).toBe('_sync2');
    expect(bucket.store('session', 'back', { operation: OPERATION_ADD }).status).toBe(ENGINE_SUCCESS);
    expect(bucket.get('session', 0, Deleted).status).toBe(ENGINE_KEY_ENOENT);
  });

  test('asks the core before an item is seen, with its cas and seqno set', () => {
    const bucket = startBucket();
    bucket.server.preLink = (_cookie, info) => {
      expect(info.seqno).toBe(1n);
      expect(bucket.get('macro').status).toBe(ENGINE_KEY_ENOENT);
      info.value.set(Buffer.from(String(info.cas)));
      return ENGINE_SUCCESS;
    };
    const { cas } = bucket.store('macro', '?');
    expect(bucket.get('macro').value).toBe(String(cas));
  });

  test('stores nothing where the core refuses, and the item can still be stored', () => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    const item = bucket.allocate('macro', 1, { exptime: 50 });
    bucket.server.preLink = () => EngineErrorCode.ENGINE_FAILED;
    expect(engine.store(engine, cookie, item, OPERATION_SET, DocumentState.Deleted)).toEqual({
      status: EngineErrorCode.ENGINE_FAILED,
    });
    expect(bucket.get('macro', 0, AliveOrDeleted).status).toBe(ENGINE_KEY_ENOENT);
    bucket.server.preLink = () => ENGINE_SUCCESS;
    expect(engine.store(engine, cookie, item, OPERATION_SET, DocumentState.Alive).status).toBe(
      ENGINE_SUCCESS,
    );
    bucket.release(item);
    expect(bucket.get('macro').info).toMatchObject({ seqno: 1n, exptime: EPOCH + 1050 });
  });
});

describe('items', () => {
  test('keep their value when the document is replaced, removed and evicted', () => {
    const bucket = startBucket('cache_size=500');
    const { engine, cookie } = bucket;
    bucket.store('menu', 'soup');
    const found = engine.get(engine, cookie, docKey('menu'), 0, Alive);
    if (found.status !== 0) throw new Error('not found');
    const { value } = bucket.info(found.item);
    bucket.store('menu', 'fish');
    bucket.remove('menu');
    for (let index = 0; index < 50; index += 1) bucket.store(`dish_${index}`, 'x'.repeat(100));
    expect(Buffer.from(value).toString()).toBe('soup');
    expect(bucket.info(found.item).value).toBe(value);
    bucket.release(found.item);
  });

  test('count their references, and refuse one release too many', () => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    bucket.store('menu', 'soup');
    const found = [1, 2].map(() => engine.get(engine, cookie, docKey('menu'), 0, Alive));
    expect(bucket.stat('items_outstanding')).toBe(2);
    for (const result of found) if (result.status === 0) engine.release(engine, undefined, result.item);
    expect(bucket.stat('items_outstanding')).toBe(0);
    const last = found[0];
    if (last?.status !== 0) throw new Error('not found');
    expect(() => bucket.release(last.item)).toThrow('released more often');
    expect(() => bucket.release({})).toThrow(TypeError);
  });

  test('give back their bytes when they are not stored', () => {
    const bucket = startBucket();
    const item = bucket.allocate('draft', 1000);
    expect(bucket.stat('bytes')).toBe(1053);
    bucket.release(item);
    expect(bucket.stat('bytes')).toBe(0);
  });

  test('outlive the key that they were allocated with', () => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    let text = 'first';
    const reused = {
      docNamespace: 0 as const,
      get data() {
        return Buffer.from(text);
      },
      get text() {
        return text;
      },
    };
    const made = engine.allocate(engine, cookie, reused, 1, 0, 0, 0, 0);
    text = 'second';
    if (made.status !== 0) throw new Error('not allocated');
    engine.store(engine, cookie, made.item, OPERATION_SET, DocumentState.Alive);
    bucket.release(made.item);
    expect(bucket.get('first').status).toBe(ENGINE_SUCCESS);
    expect(bucket.get('first').info?.key.data.slice()).toEqual(Buffer.from('first'));
  });

  test('show the cas that was set, without the document changing its own', () => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    const item = bucket.allocate('menu', 1);
    engine.itemSetCas(engine, cookie, item, 7n);
    expect(bucket.info(item).cas).toBe(7n);
    engine.itemSetCas(engine, cookie, item, 0n);
    const stored = engine.store(engine, cookie, item, OPERATION_SET, DocumentState.Alive);
    if (stored.status !== 0) throw new Error('not stored');
    engine.itemSetCas(engine, cookie, item, stored.cas + 1n);
    expect(bucket.info(item).cas).toBe(stored.cas + 1n);
    expect(bucket.get('menu').info?.cas).toBe(stored.cas);
    bucket.release(item);
    expect(bucket.stat('curr_items')).toBe(1);
    expect(bucket.stat('bytes')).toBe(53);
  });

  test('take another datatype until they are stored', () => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    const item = bucket.allocate('menu', 1);
    expect(engine.setItemInfo(engine, cookie, item, { ...bucket.info(item), datatype: 1 })).toBe(true);
    engine.store(engine, cookie, item, OPERATION_SET, DocumentState.Alive);
    expect(engine.setItemInfo(engine, cookie, item, { ...bucket.info(item), datatype: 2 })).toBe(false);
    bucket.release(item);
    expect(bucket.get('menu').info?.datatype).toBe(1);
  });

  test('of other engines are not known', () => {
    const { engine, cookie } = startBucket();
    expect(engine.getItemInfo(engine, cookie, {})).toBeUndefined();
    expect(() => engine.store(engine, cookie, {}, OPERATION_SET, DocumentState.Alive)).toThrow(TypeError);
  });
});

describe('allocate', () => {
  test('refuses values that are too long, not counting system data', () => {
    const { engine, cookie } = startBucket('item_size_max=100');
    const allocate = (nbytes: number, privNbytes: number) =>
      engine.allocateEx(engine, cookie, docKey('doc'), nbytes, privNbytes, 0, 0, 0, 0).status;
    expect(allocate(100, 0)).toBe(ENGINE_SUCCESS);
    expect(allocate(101, 0)).toBe(ENGINE_E2BIG);
    expect(allocate(150, 50)).toBe(ENGINE_SUCCESS);
    expect(allocate(151, 50)).toBe(ENGINE_E2BIG);
    expect(allocate(1_048_676, 1_048_576)).toBe(ENGINE_SUCCESS);
    expect(allocate(1_048_577, 1_048_577)).toBe(ENGINE_E2BIG);
    expect(engine.allocate(engine, cookie, docKey('doc'), 101, 0, 0, 0, 0).status).toBe(ENGINE_E2BIG);
  });

  test('has the default limit of one mebibyte', () => {
    const { engine, cookie } = startBucket();
    const allocate = (nbytes: number) =>
      engine.allocate(engine, cookie, docKey('doc'), nbytes, 0, 0, 0, 0).status;
    expect(allocate(1_048_576)).toBe(ENGINE_SUCCESS);
    expect(allocate(1_048_577)).toBe(ENGINE_E2BIG);
  });

  test('fails where everything that takes room is being written', () => {
    const bucket = startBucket('cache_size=300');
    const { engine, cookie } = bucket;
    const allocate = (nbytes: number) => engine.allocate(engine, cookie, docKey('doc'), nbytes, 0, 0, 0, 0);
    expect(allocate(250).status).toBe(ENGINE_ENOMEM);
    const first = allocate(200);
    expect(first.status).toBe(ENGINE_SUCCESS);
    expect(allocate(200).status).toBe(ENGINE_ENOMEM);
    if (first.status === 0) bucket.release(first.item);
    expect(allocate(200).status).toBe(ENGINE_SUCCESS);
  });
});

describe('remove', () => {
  test('leaves a tombstone, and says which mutation it was', () => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    const { cas } = bucket.store('hotel', 'open', { flags: 5 });
    const removed = engine.remove(engine, cookie, docKey('hotel'), 0n, 0);
    if (removed.status !== 0) throw new Error('not removed');
    expect(removed.cas).toBeGreaterThan(cas);
    expect(removed.mutation.seqno).toBe(2n);
    expect(removed.mutation.vbucketUuid).toBeGreaterThan(0n);
    expect(bucket.get('hotel').status).toBe(ENGINE_KEY_ENOENT);
    expect(bucket.get('hotel', 0, AliveOrDeleted).info).toMatchObject({ cas: removed.cas, nbytes: 0 });
    expect(bucket.remove('hotel')).toBe(ENGINE_KEY_ENOENT);
    expect(bucket.stat('curr_items')).toBe(0);
    expect(bucket.stat('tombstones')).toBe(1);
  });

  test('compares the cas', () => {
    const bucket = startBucket();
    const { cas } = bucket.store('hotel', 'open');
    expect(bucket.remove('hotel', cas + 1n)).toBe(ENGINE_KEY_EEXISTS);
    expect(bucket.remove('hotel', cas)).toBe(ENGINE_SUCCESS);
  });
});

describe('expiry', () => {
  test.each([
    ['relative', 10, 9, 10],
    ['absolute', EPOCH + 1010, 9, 10],
    ['a month', 30 * 24 * 60 * 60, 2_591_999, 2_592_000],
  ])('%s times count in seconds of the server', (_name, exptime, before, after) => {
    const bucket = startBucket();
    bucket.store('session', 'x', { exptime });
    bucket.server.now = 1000 + before;
    expect(bucket.get('session').info?.exptime).toBe(EPOCH + 1000 + after);
    bucket.server.now = 1000 + after;
    expect(bucket.get('session').status).toBe(ENGINE_KEY_ENOENT);
    expect(bucket.get('session', 0, Deleted).info?.exptime).toBe(0);
    expect(bucket.stat('curr_items')).toBe(0);
    expect(bucket.stat('expired')).toBe(1);
  });

  test.each([
    ['negative', -1],
    ['before the server began', EPOCH - 5],
    ['in the past', EPOCH + 900],
  ])('a time that is %s has come already', (_name, exptime) => {
    const bucket = startBucket();
    expect(bucket.store('session', 'x', { exptime }).status).toBe(ENGINE_SUCCESS);
    expect(bucket.get('session').status).toBe(ENGINE_KEY_ENOENT);
  });

  test('leaves what the core keeps of the document', () => {
    const bucket = startBucket();
    bucket.server.preExpiry = (info) => ({
      ...info,
      value: info.value.subarray(0, 4),
      nbytes: 4,
      datatype: 4,
    });
    bucket.store('session', '_syncbody', { exptime: 5, datatype: 5 });
    bucket.server.now += 5;
    expect(bucket.get('session', 0, Deleted)).toMatchObject({
      value: '_syn',
      info: { datatype: 4, nbytes: 4 },
    });
  });

  test('makes way for ADD, and not for REPLACE', () => {
    const bucket = startBucket();
    bucket.store('session', 'x', { exptime: 5 });
    bucket.server.now += 5;
    expect(bucket.store('session', 'y', { operation: OPERATION_REPLACE }).status).toBe(ENGINE_NOT_STORED);
    expect(bucket.store('session', 'y', { operation: OPERATION_ADD }).status).toBe(ENGINE_SUCCESS);
  });
});

describe('getAndTouch', () => {
  const touch = (bucket: ReturnType<typeof startBucket>, exptime: number) => {
    const { engine, cookie } = bucket;
    const found = engine.getAndTouch(engine, cookie, docKey('session'), 0, exptime);
    if (found.status === 0) bucket.release(found.item);
    return found;
  };

  test('gives another expiry, as a change of its own with the same cas and value', () => {
    const bucket = startBucket();
    const { cas } = bucket.store('session', 'alice', { exptime: 10, flags: 3 });
    expect(touch(bucket, 100).status).toBe(ENGINE_SUCCESS);
    bucket.server.now += 50;
    const { info, value } = bucket.get('session');
    expect(value).toBe('alice');
    expect(info).toMatchObject({ cas, flags: 3, seqno: 2n, exptime: EPOCH + 1100 });
    touch(bucket, 0);
    bucket.server.now += 1_000_000;
    expect(bucket.get('session').info?.exptime).toBe(0);
  });

  test('is no change where the expiry is the same', () => {
    const bucket = startBucket();
    bucket.store('session', 'alice');
    expect(touch(bucket, 0).status).toBe(ENGINE_SUCCESS);
    expect(bucket.get('session').info?.seqno).toBe(1n);
  });

  test('finds neither what is not there nor what is locked', () => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    expect(touch(bucket, 5)).toEqual({ status: ENGINE_KEY_ENOENT });
    bucket.store('session', 'alice');
    engine.getLocked(engine, cookie, docKey('session'), 0, 5);
    expect(touch(bucket, 5)).toEqual({ status: ENGINE_LOCKED });
  });
});

describe('getLocked', () => {
  const lock = (bucket: ReturnType<typeof startBucket>, seconds = 0) => {
    const { engine, cookie } = bucket;
    const found = engine.getLocked(engine, cookie, docKey('seat_12a'), 0, seconds);
    if (found.status !== 0) return { status: found.status, cas: 0n };
    const { cas } = bucket.info(found.item);
    bucket.release(found.item);
    return { status: found.status, cas };
  };

  test('shows its cas to the holder of the lock only', () => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    const before = bucket.store('seat_12a', 'free').cas;
    const early = engine.get(engine, cookie, docKey('seat_12a'), 0, Alive);
    if (early.status !== 0) throw new Error('not found');
    const { cas } = lock(bucket);
    expect(cas).toBeGreaterThan(before);
    expect(bucket.get('seat_12a')).toMatchObject({ value: 'free', info: { cas: LOCKED_CAS } });
    expect(bucket.info(early.item).cas).toBe(before);
    const meta = engine.getMeta?.(engine, cookie, docKey('seat_12a'), 0);
    expect(meta).toMatchObject({ info: { cas: LOCKED_CAS } });
    bucket.release(early.item);
    expect(bucket.stat('items_outstanding')).toBe(0);
  });

  test.each([
    [0, 15],
    [1, 1],
    [30, 30],
    [31, 15],
  ])('for %i seconds holds %i', (asked, held) => {
    const bucket = startBucket();
    bucket.store('seat_12a', 'free');
    lock(bucket, asked);
    bucket.server.now += held - 1;
    expect(lock(bucket).status).toBe(ENGINE_LOCKED_TMPFAIL);
    bucket.server.now += 1;
    expect(bucket.store('seat_12a', 'taken').status).toBe(ENGINE_SUCCESS);
  });

  test('keeps everybody out who has not its cas', () => {
    const bucket = startBucket();
    const old = bucket.store('seat_12a', 'free').cas;
    const { cas } = lock(bucket);
    for (const wrong of [0n, old, LOCKED_CAS]) {
      expect(bucket.store('seat_12a', 'mine', { cas: wrong }).status).toBe(ENGINE_LOCKED);
      expect(bucket.remove('seat_12a', wrong)).toBe(ENGINE_LOCKED);
    }
    expect(bucket.store('seat_12a', 'mine', { operation: OPERATION_REPLACE }).status).toBe(ENGINE_LOCKED);
    expect(bucket.store('seat_12a', 'mine', { operation: OPERATION_CAS, cas: old }).status).toBe(
      ENGINE_LOCKED,
    );
    expect(bucket.store('seat_12a', 'mine', { operation: OPERATION_ADD }).status).toBe(ENGINE_NOT_STORED);
    expect(bucket.store('seat_12a', 'taken', { cas }).status).toBe(ENGINE_SUCCESS);
    expect(bucket.store('seat_12a', 'free again').status).toBe(ENGINE_SUCCESS);
  });

  test('changes nothing else of the document', () => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    bucket.store('seat_12a', 'free', { exptime: 100, flags: 6, datatype: 1 });
    const found = engine.getLocked(engine, cookie, docKey('seat_12a'), 0, 1);
    if (found.status !== 0) throw new Error('not locked');
    const expected = { exptime: EPOCH + 1100, flags: 6, datatype: 1, seqno: 1n };
    const { cas } = bucket.info(found.item);
    expect(bucket.info(found.item)).toMatchObject(expected);
    // Whoever holds the item cannot change what others see.
    engine.itemSetCas(engine, cookie, found.item, 1n);
    bucket.release(found.item);
    bucket.server.now += 1;
    expect(bucket.get('seat_12a').info).toMatchObject({ ...expected, cas });
    bucket.server.now += 99;
    expect(bucket.get('seat_12a').status).toBe(ENGINE_KEY_ENOENT);
    expect(bucket.stat('curr_items')).toBe(0);
  });

  test('lets its holder remove the document', () => {
    const bucket = startBucket();
    bucket.store('seat_12a', 'free');
    const { cas } = lock(bucket);
    expect(bucket.remove('seat_12a', cas)).toBe(ENGINE_SUCCESS);
  });

  test('ends with unlock, and its cas only', () => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    const unlock = (cas: bigint) => engine.unlock(engine, cookie, docKey('seat_12a'), 0, cas);
    expect(unlock(1n)).toBe(ENGINE_KEY_ENOENT);
    const before = bucket.store('seat_12a', 'free').cas;
    expect(unlock(before)).toBe(ENGINE_TMPFAIL);
    const { cas } = lock(bucket);
    expect(unlock(before)).toBe(ENGINE_LOCKED_TMPFAIL);
    expect(unlock(cas)).toBe(ENGINE_SUCCESS);
    expect(bucket.get('seat_12a').info).toMatchObject({ cas, seqno: 1n });
    expect(bucket.store('seat_12a', 'taken').status).toBe(ENGINE_SUCCESS);
  });

  test('finds no document that is not alive', () => {
    const bucket = startBucket();
    bucket.store('seat_12a', 'free');
    bucket.remove('seat_12a');
    expect(lock(bucket).status).toBe(ENGINE_KEY_ENOENT);
  });
});

describe('getIf and getMeta', () => {
  test('getIf finds what its filter takes', () => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    bucket.store('photo', 'x'.repeat(20), { flags: 9 });
    const getIf = (flags: number) =>
      engine.getIf(engine, cookie, docKey('photo'), 0, (info) => info.flags === flags);
    expect(getIf(8)).toEqual({ status: ENGINE_KEY_ENOENT });
    const found = getIf(9);
    if (found.status !== 0) throw new Error('not found');
    bucket.release(found.item);
    bucket.remove('photo');
    expect(getIf(0)).toEqual({ status: ENGINE_KEY_ENOENT });
    expect(bucket.stat('items_outstanding')).toBe(0);
  });

  test('getMeta tells of tombstones too, and hands out nothing', () => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    const meta = () => engine.getMeta?.(engine, cookie, docKey('photo'), 0);
    expect(meta()).toEqual({ status: ENGINE_KEY_ENOENT });
    bucket.store('photo', 'x', { flags: 9 });
    expect(meta()).toMatchObject({ info: { flags: 9, documentState: DocumentState.Alive } });
    bucket.remove('photo');
    expect(meta()).toMatchObject({ info: { seqno: 2n, documentState: DocumentState.Deleted } });
    expect(bucket.stat('items_outstanding')).toBe(0);
  });
});

describe('storeIf', () => {
  const storeIf = (
    bucket: ReturnType<typeof startBucket>,
    cas: bigint,
    predicate: (flags: number | undefined) => StoreIfStatus,
  ) => {
    const { engine, cookie } = bucket;
    const item = bucket.allocate('cart', 1, { flags: 2 });
    const result = engine.storeIf(
      engine,
      cookie,
      item,
      cas,
      OPERATION_SET,
      (existing, vbucket) => {
        expect(vbucket.mayContainXattrs).toBe(true);
        return predicate(existing?.flags);
      },
      DocumentState.Alive,
    );
    bucket.release(item);
    return result.status;
  };

  test('stores where the predicate agrees', () => {
    const bucket = startBucket();
    const seen: (number | undefined)[] = [];
    const agree = (flags: number | undefined) => {
      seen.push(flags);
      return StoreIfStatus.Continue;
    };
    expect(storeIf(bucket, 0n, agree)).toBe(ENGINE_SUCCESS);
    expect(storeIf(bucket, 0n, agree)).toBe(ENGINE_SUCCESS);
    expect(seen).toEqual([undefined, 2]);
  });

  test('stores nothing where it does not', () => {
    const bucket = startBucket();
    expect(storeIf(bucket, 0n, () => StoreIfStatus.Fail)).toBe(ENGINE_PREDICATE_FAILED);
    expect(bucket.get('cart').status).toBe(ENGINE_KEY_ENOENT);
  });

  test('goes on where there is no info to get', () => {
    const bucket = startBucket();
    expect(storeIf(bucket, 0n, () => StoreIfStatus.GetItemInfo)).toBe(ENGINE_SUCCESS);
  });

  test('compares the cas', () => {
    const bucket = startBucket();
    const { cas } = bucket.store('cart', 'x');
    expect(storeIf(bucket, cas + 1n, () => StoreIfStatus.Continue)).toBe(ENGINE_KEY_EEXISTS);
    expect(storeIf(bucket, cas, () => StoreIfStatus.Continue)).toBe(ENGINE_SUCCESS);
  });
});

describe('the bucket', () => {
  test('is empty after a flush, tombstones and all', () => {
    const bucket = startBucket();
    bucket.store('a', '1');
    bucket.store('b', '2', { vbucket: 700 });
    bucket.store('c', '3');
    bucket.remove('c');
    expect(bucket.engine.flush(bucket.engine, bucket.cookie)).toBe(ENGINE_SUCCESS);
    for (const [key, vbucket] of [
      ['a', 0],
      ['b', 700],
      ['c', 0],
    ] as const) {
      expect(bucket.get(key, vbucket, AliveOrDeleted).status).toBe(ENGINE_KEY_ENOENT);
    }
    expect(bucket.stat('bytes')).toBe(0);
    expect(bucket.store('a', '1').status).toBe(ENGINE_SUCCESS);
  });

  test('takes back what is still out after it is destroyed', () => {
    const bucket = startBucket();
    const { engine, cookie } = bucket;
    bucket.store('a', '1');
    const found = engine.get(engine, cookie, docKey('a'), 0, Alive);
    engine.destroy(engine, true);
    expect(bucket.stat('bytes')).toBe(0);
    if (found.status !== 0) throw new Error('not found');
    bucket.release(found.item);
    expect(bucket.stat('items_outstanding')).toBe(0);
  });

  test('answers every document slot of a vbucket that is not active alike', () => {
    const { engine, cookie } = startBucket('vbuckets=dead');
    const key = docKey('a');
    for (const vbucket of [0, 1023, 1024, 65_535]) {
      expect([
        engine.allocate(engine, cookie, key, 1, 0, 0, 0, vbucket).status,
        engine.allocateEx(engine, cookie, key, 1, 0, 0, 0, 0, vbucket).status,
        engine.get(engine, cookie, key, vbucket, Alive).status,
        engine.getMeta?.(engine, cookie, key, vbucket).status,
        engine.getIf(engine, cookie, key, vbucket, () => true).status,
        engine.getLocked(engine, cookie, key, vbucket, 0).status,
        engine.getAndTouch(engine, cookie, key, vbucket, 0).status,
        engine.unlock(engine, cookie, key, vbucket, 1n),
        engine.remove(engine, cookie, key, 0n, vbucket).status,
      ]).toEqual(Array(9).fill(ENGINE_NOT_MY_VBUCKET));
    }
  });
});
