// kv_engine's basic tests of whole buckets (basic_engine_testsuite.cc): eviction, and engines that come and go together.
import { EngineErrorCode, EngineFeature } from '../../engine/contract.ts';
import type { TestContext, TestDefinition } from '../conformance-test.ts';
import { expectMissing, expectValue, mustPut, see } from '../documents.ts';
import { demand, failureReason } from '../failure.ts';
import type { Harness } from '../harness.ts';

const { ENGINE_KEY_ENOENT } = EngineErrorCode;

/** The LRU test's budget in bytes: kv_engine's `cache_size=48` counts in its own units. */
const CACHE_SIZE = 1024 * 1024;

async function lru(context: TestContext): Promise<string | undefined> {
  const probe = await context.start();
  const { features } = probe.getInfo();
  if (!features.some(({ feature }) => feature === EngineFeature.LRU)) {
    return 'The engine does not declare EngineFeature.LRU.';
  }
  let harness: Harness;
  try {
    harness = await context.start(`cache_size=${CACHE_SIZE}`);
  } catch (error) {
    return `The engine takes no cache_size: ${failureReason(error)}`;
  }
  const value = new Uint8Array(2048).fill(0x2a);
  const stores = (3 * CACHE_SIZE) / value.length;
  await mustPut(harness, 'hot', value);
  for (let i = 0; i < stores; i++) {
    await mustPut(harness, `cold-${i}`, value);
    const hot = await see(harness, 'hot');
    demand(typeof hot === 'object', `The key that is read all the time was evicted after ${i + 1} stores.`);
  }
  await expectMissing(harness, 'cold-0', 'which nobody read since it was stored');
  await expectMissing(harness, 'cold-1', 'which nobody read since it was stored');
  await expectValue(harness, `cold-${stores - 1}`, value);
  demand(harness.core.evicted.includes('cold-0'), 'stat.evicting was not called for a key that was evicted.');
}

async function bucketDestroy(context: TestContext): Promise<void> {
  for (let bucket = 0; bucket < 20; bucket++) {
    const harness = await context.start();
    for (let i = 0; i < 256; i++) await mustPut(harness, `berth-${i}`, `bucket ${bucket}`);
    await expectValue(harness, 'berth-255', `bucket ${bucket}`);
    await context.finish(harness);
  }
}

async function bucketDestroyInterleaved(context: TestContext): Promise<void> {
  const buckets: Harness[] = [];
  for (let bucket = 0; bucket < 5; bucket++) buckets.push(await context.start());
  const [keys, valueLength] = [20, 111_256];
  for (let i = 0; i < keys; i++) {
    for (const [bucket, harness] of buckets.entries()) {
      await mustPut(harness, `berth-${i}`, new Uint8Array(valueLength).fill(bucket));
    }
  }
  // In another order than they were made in; what is left has to stay whole.
  for (const bucket of [2, 0, 4, 1, 3]) {
    const harness = buckets[bucket];
    if (harness === undefined) continue;
    await expectValue(harness, 'berth-0', new Uint8Array(valueLength).fill(bucket));
    await expectValue(harness, `berth-${keys - 1}`, new Uint8Array(valueLength).fill(bucket));
    await context.finish(harness);
  }
}

async function bucketsApart(context: TestContext): Promise<void> {
  const [first, second] = [await context.start(), await context.start()];
  await mustPut(first, 'berth', 'in the first');
  const other = await see(second, 'berth');
  demand(other === ENGINE_KEY_ENOENT, 'A document of one bucket is visible in another one.');
  await second.flush();
  await expectValue(first, 'berth', 'in the first');
}

/** Needs EngineFeature.LRU and a setting `cache_size` in bytes. */
export const lruTest: TestDefinition = { name: 'LRU test', group: 'basic', body: lru };

/** kv_engine's two, and one that they take for granted. */
export const bucketTests: readonly TestDefinition[] = [
  { name: 'Bucket destroy', group: 'basic', body: bucketDestroy },
  { name: 'Bucket destroy interleaved', group: 'basic', body: bucketDestroyInterleaved },
  { name: 'buckets know nothing of each other', group: 'robustness', body: bucketsApart },
];
