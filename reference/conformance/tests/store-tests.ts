// kv_engine's basic tests of storing (basic_engine_testsuite.cc): allocate, set, add, replace, store, remove, flush, cas.
import { EngineErrorCode, EngineStoreOperation } from '../../engine/contract.ts';
import type { Item } from '../../engine/item.ts';
import type { TestContext, TestDefinition } from '../conformance-test.ts';
import {
  bytesOf,
  expectMissing,
  expectValue,
  fill,
  look,
  mustPut,
  mustSee,
  put,
  releaseAll,
} from '../documents.ts';
import { codeName, demand, demandCode, demandEqual } from '../failure.ts';
import type { Harness } from '../harness.ts';

const { ENGINE_KEY_EEXISTS, ENGINE_KEY_ENOENT, ENGINE_NOT_STORED, ENGINE_SUCCESS } = EngineErrorCode;
const { OPERATION_ADD, OPERATION_CAS, OPERATION_REPLACE } = EngineStoreOperation;
const KEY = 'lighthouse';

/** Allocates an item that has to be there. */
async function mustAllocate(harness: Harness, key: string, value: string): Promise<Item> {
  const made = await harness.allocate(key, value.length, { flags: 7 });
  demand(
    made.status === ENGINE_SUCCESS,
    `allocate of ${value.length} bytes was refused with ${codeName(made.status)}.`,
  );
  fill(harness, made.item, bytesOf(value));
  return made.item;
}

async function allocate(context: TestContext): Promise<void> {
  const harness = await context.start();
  const first = await mustAllocate(harness, KEY, 'white');
  const second = await mustAllocate(harness, 'breakwater', 'black');
  demandEqual(
    'the value of an item, after another one was filled',
    look(harness, first).value,
    bytesOf('white'),
  );
  demandEqual('the value of the other item', look(harness, second).value, bytesOf('black'));
  await expectMissing(harness, KEY, 'that was allocated and never stored');
  demandCode('store', (await harness.store(first)).status, ENGINE_SUCCESS);
  const third = await mustAllocate(harness, KEY, 'green');
  await expectValue(harness, KEY, 'white');
  demandCode('store of another version', (await harness.store(third)).status, ENGINE_SUCCESS);
  await expectValue(harness, KEY, 'green');
  releaseAll(harness, [first, second, third]);
}

async function set(context: TestContext): Promise<void> {
  const harness = await context.start();
  const seen = new Set<bigint>();
  for (let i = 0; i < 10; i++) {
    const cas = await mustPut(harness, KEY, `beam ${i}`);
    demand(!seen.has(cas), `store number ${i + 1} gave the cas ${cas} of an earlier version.`);
    seen.add(cas);
    const { cas: visible } = await expectValue(harness, KEY, `beam ${i}`);
    demandEqual('the cas that get shows, against the one that store answered', visible, cas);
  }
}

async function add(context: TestContext): Promise<void> {
  const harness = await context.start();
  await mustPut(harness, KEY, 'first', { operation: OPERATION_ADD });
  const again = await put(harness, KEY, 'second', { operation: OPERATION_ADD });
  demandCode('ADD of a document that is there', again.status, ENGINE_NOT_STORED);
  await expectValue(harness, KEY, 'first');
  const removed = await harness.remove(KEY);
  demandCode('remove', removed.status, ENGINE_SUCCESS);
  await mustPut(harness, KEY, 'third', { operation: OPERATION_ADD });
  await expectValue(harness, KEY, 'third');
}

async function replace(context: TestContext): Promise<void> {
  const harness = await context.start();
  const early = await put(harness, KEY, 'none', { operation: OPERATION_REPLACE });
  demandCode('REPLACE of a document that is not there', early.status, ENGINE_NOT_STORED);
  await expectMissing(harness, KEY, 'after a REPLACE that was refused');
  const cas = await mustPut(harness, KEY, 'first');
  for (let i = 0; i < 10; i++) {
    const next = await mustPut(harness, KEY, `beam ${i}`, { operation: OPERATION_REPLACE });
    demand(next !== cas, 'REPLACE left the cas as it was.');
    await expectValue(harness, KEY, `beam ${i}`);
  }
}

async function store(context: TestContext): Promise<void> {
  const harness = await context.start();
  await mustPut(harness, KEY, 'one');
  await mustPut(harness, 'breakwater', 'two');
  await expectValue(harness, KEY, 'one');
  await expectValue(harness, 'breakwater', 'two');
  await mustPut(harness, KEY, 'a longer value than before');
  await expectValue(harness, KEY, 'a longer value than before');
  await expectValue(harness, 'breakwater', 'two');
}

async function remove(context: TestContext): Promise<void> {
  const harness = await context.start();
  const missing = await harness.remove(KEY);
  demandCode('remove of a document that is not there', missing.status, ENGINE_KEY_ENOENT);
  const cas = await mustPut(harness, KEY, 'lit');
  const other = await harness.remove(KEY, cas + 1n);
  demandCode('remove with the cas of no version', other.status, ENGINE_KEY_EEXISTS);
  await expectValue(harness, KEY, 'lit');
  const gone = await harness.remove(KEY, cas);
  demand(gone.status === ENGINE_SUCCESS, `remove with the right cas answered ${codeName(gone.status)}.`);
  demand(gone.cas !== cas, 'remove gave the tombstone the cas of the document.');
  await expectMissing(harness, KEY, 'that was removed');
  const again = await harness.remove(KEY);
  demandCode('remove of a document that was removed', again.status, ENGINE_KEY_ENOENT);
  await mustPut(harness, KEY, 'lit again');
  const anyVersion = await harness.remove(KEY, 0n);
  demandCode('remove of any version', anyVersion.status, ENGINE_SUCCESS);
  await expectMissing(harness, KEY, 'that was removed');
}

async function release(context: TestContext): Promise<void> {
  const harness = await context.start();
  const item = await mustAllocate(harness, KEY, 'lit');
  demandCode('store', (await harness.store(item)).status, ENGINE_SUCCESS);
  harness.release(item);
  await expectValue(harness, KEY, 'lit');
  const unseen = await mustAllocate(harness, 'breakwater', 'dark');
  harness.release(unseen);
  await expectMissing(harness, 'breakwater', 'whose item was released and never stored');
  // An item may outlive its command.
  harness.releaseLate(await mustAllocate(harness, 'breakwater', 'dark'));
  await expectValue(harness, KEY, 'lit');
}

async function flush(context: TestContext): Promise<void> {
  const harness = await context.start();
  demandCode('flush of an empty bucket', await harness.flush(), ENGINE_SUCCESS);
  const keys = ['lighthouse', 'breakwater', 'jetty'];
  for (const key of keys) await mustPut(harness, key, 'built');
  demandCode('flush', await harness.flush(), ENGINE_SUCCESS);
  for (const key of keys) await expectMissing(harness, key, 'after flush');
  await mustPut(harness, KEY, 'built again', { operation: OPERATION_ADD });
  await expectValue(harness, KEY, 'built again');
}

async function setCas(context: TestContext): Promise<void> {
  const harness = await context.start();
  const item = await mustAllocate(harness, KEY, 'lit');
  for (const cas of [1n, 0xffff_ffffn, 0x0020_0000_0000_0001n, 0xffff_ffff_ffff_fffen]) {
    harness.itemSetCas(item, cas);
    demandEqual('the cas of an item after itemSetCas', look(harness, item).cas, cas);
  }
  harness.release(item);

  const none = await put(harness, KEY, 'none', { operation: OPERATION_CAS, cas: 1n });
  demandCode('CAS of a document that is not there', none.status, ENGINE_KEY_ENOENT);
  const first = await mustPut(harness, KEY, 'first');
  const wrong = await put(harness, KEY, 'wrong', { operation: OPERATION_CAS, cas: first + 1n });
  demandCode('CAS with the cas of no version', wrong.status, ENGINE_KEY_EEXISTS);
  await expectValue(harness, KEY, 'first');
  const second = await mustPut(harness, KEY, 'second', { operation: OPERATION_CAS, cas: first });
  demand(second !== first, 'CAS left the cas as it was.');
  const late = await put(harness, KEY, 'late', { operation: OPERATION_CAS, cas: first });
  demandCode('CAS with the cas of the version before', late.status, ENGINE_KEY_EEXISTS);
  demandEqual('the cas that get shows', (await mustSee(harness, KEY)).cas, second);
  await expectValue(harness, KEY, 'second');
}

/** Named and ordered as in kv_engine. */
export const storeTests: readonly TestDefinition[] = [
  { name: 'allocate test', group: 'basic', body: allocate },
  { name: 'set test', group: 'basic', body: set },
  { name: 'add test', group: 'basic', body: add },
  { name: 'replace test', group: 'basic', body: replace },
  { name: 'store test', group: 'basic', body: store },
];

/** The rest of them, which kv_engine runs after the tests of reading. */
export const removeTests: readonly TestDefinition[] = [
  { name: 'remove test', group: 'basic', body: remove },
  { name: 'release test', group: 'basic', body: release },
  { name: 'flush test', group: 'basic', body: flush },
];

/** As above. */
export const setCasTest: TestDefinition = { name: 'set cas test', group: 'basic', body: setCas };
