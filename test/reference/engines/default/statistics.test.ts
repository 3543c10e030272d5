// The groups of statistics.
import { expect, test } from 'vitest';
import { startBucket } from './bucket.ts';

test('the general group counts documents and their bytes', () => {
  const bucket = startBucket('cache_size=1m');
  bucket.store('alpha', '12345');
  bucket.store('beta', '1');
  bucket.store('beta', '12');
  bucket.remove('alpha');
  expect(Object.fromEntries(bucket.stats())).toEqual({
    curr_items: '1',
    total_items: '3',
    tombstones: '1',
    bytes: String(5 + 48 + (4 + 2 + 48)),
    engine_maxbytes: '1048576',
    evictions: '0',
    reclaimed: '0',
    expired: '0',
    items_outstanding: '0',
  });
});

test('begin again after a reset, all but what there is', () => {
  const bucket = startBucket('cache_size=200');
  bucket.store('alpha', '1', { exptime: 1 });
  bucket.server.now += 1;
  expect(bucket.get('alpha').status).toBe(0x01);
  bucket.store('beta', 'x'.repeat(100));
  bucket.store('gamma', 'x'.repeat(100));
  bucket.store('delta', 'x'.repeat(100), { exptime: 1 });
  bucket.server.now += 1;
  bucket.store('gamma', 'x'.repeat(100));
  expect(bucket.stat('evictions')).toBe(2);
  expect(bucket.stat('reclaimed')).toBe(1);
  bucket.engine.resetStats(bucket.engine, bucket.cookie);
  const stats = bucket.stats();
  for (const name of ['evictions', 'expired', 'reclaimed', 'total_items']) expect(stats.get(name)).toBe('0');
  expect(stats.get('curr_items')).toBe('1');
});

test('vbuckets tell their states, and those in use their seqnos', () => {
  const bucket = startBucket();
  bucket.store('alpha', '1', { vbucket: 3 });
  bucket.store('beta', '1', { vbucket: 3 });
  const states = bucket.stats('vbucket');
  expect(states.size).toBe(1024);
  expect(states.get('vb_0')).toBe('active');
  const details = bucket.stats('vbucket-details');
  expect([...details.keys()]).toEqual([
    'vb_3',
    'vb_3:num_items',
    'vb_3:high_seqno',
    'vb_3:purge_seqno',
    'vb_3:uuid',
  ]);
  expect(details.get('vb_3:num_items')).toBe('2');
  expect(details.get('vb_3:high_seqno')).toBe('2');
  expect(bucket.stats('seqnos').get('vb_3:uuid')).toBe(details.get('vb_3:uuid'));
});

test('a group that nobody knows is no key', () => {
  const { engine, cookie } = startBucket();
  expect(engine.getStats(engine, cookie, 'weather', () => {})).toBe(0x01);
});
