// kv_engine's basic tests of reading (basic_engine_testsuite.cc): get, tombstones, expiry, item info, datatype.
import {
  DocStateFilter,
  DocumentState,
  EngineErrorCode,
  EngineStoreOperation,
} from '../../engine/contract.ts';
import type { TestContext, TestDefinition } from '../conformance-test.ts';
import { bytesOf, expectMissing, expectValue, fill, mustPut, mustSee, put, see } from '../documents.ts';
import { ConformanceFailure, codeName, demand, demandCode, demandEqual } from '../failure.ts';
import { keyText } from '../lent-key.ts';

const { ENGINE_ENOTSUP, ENGINE_KEY_ENOENT, ENGINE_SUCCESS } = EngineErrorCode;
const KEY = 'tide-table';

/** More than this many seconds are no span but a point in time. */
const MAX_RELATIVE = 30 * 24 * 60 * 60;

async function get(context: TestContext): Promise<void> {
  const harness = await context.start();
  await expectMissing(harness, KEY, 'that was never stored');
  await mustPut(harness, KEY, 'high at noon', { flags: 42 });
  const seen = await expectValue(harness, KEY, 'high at noon');
  demandEqual('the flags', seen.flags, 42);
  demandEqual('the documentState', seen.documentState, DocumentState.Alive);
  await expectMissing(harness, `${KEY}s`, 'with a longer key than the one that is stored');
  await expectMissing(harness, KEY.slice(0, -1), 'with a shorter key than the one that is stored');
}

async function getDeleted(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  await mustPut(harness, KEY, 'high at noon');
  const alive = await see(harness, KEY, DocStateFilter.Deleted);
  demand(alive === ENGINE_KEY_ENOENT, 'get with the filter Deleted showed a document that is alive.');
  await mustSee(harness, KEY, DocStateFilter.AliveOrDeleted);

  const buried = await put(harness, KEY, 'low at noon', { state: DocumentState.Deleted });
  if (buried.status === ENGINE_ENOTSUP) {
    demandCode('remove', (await harness.remove(KEY)).status, ENGINE_SUCCESS);
  } else {
    demandCode('store of a tombstone', buried.status, ENGINE_SUCCESS);
  }
  await expectMissing(harness, KEY, 'with the filter Alive, of a tombstone');
  const tombstone = await see(harness, KEY, DocStateFilter.Deleted);
  if (typeof tombstone !== 'object') {
    demandCode('get with the filter Deleted', tombstone, ENGINE_KEY_ENOENT);
    // A producer has to stream deletions, and so to keep them.
    const { dcp } = harness.engine;
    const isProducer = dcp?.step !== undefined && dcp.streamReq !== undefined;
    if (!isProducer) return 'The engine keeps no tombstones, and is no DCP producer, which would have to.';
    throw new ConformanceFailure('get with the filter Deleted did not show the tombstone.');
  }
  demandEqual('the documentState of a tombstone', tombstone.documentState, DocumentState.Deleted);
  if (buried.status === ENGINE_SUCCESS) {
    demandEqual('the value of the tombstone', tombstone.value, bytesOf('low at noon'));
  }
  await mustSee(harness, KEY, DocStateFilter.AliveOrDeleted);

  await mustPut(harness, KEY, 'high again', { operation: EngineStoreOperation.OPERATION_ADD });
  await expectValue(harness, KEY, 'high again');
  const gone = await see(harness, KEY, DocStateFilter.Deleted);
  demand(gone === ENGINE_KEY_ENOENT, 'get with the filter Deleted showed a document that was added again.');
}

async function expiry(context: TestContext): Promise<void> {
  const harness = await context.start();
  const { core } = harness;
  await mustPut(harness, KEY, 'valid today', { exptime: 10 });
  await mustPut(harness, 'almanac', 'valid for ever');
  const until = core.epoch + MAX_RELATIVE + 60;
  await mustPut(harness, 'calendar', 'valid for a month', { exptime: until });
  await mustPut(harness, 'old-calendar', 'out of date', { exptime: core.epoch - 60 });
  await expectMissing(harness, 'old-calendar', 'that was stored with an expiry in the past');
  demandEqual('the expiry in seconds since 1970', (await mustSee(harness, KEY)).exptime, core.epoch + 10);
  demandEqual('an expiry given as a point in time', (await mustSee(harness, 'calendar')).exptime, until);
  core.timeTravel(9);
  await expectValue(harness, KEY, 'valid today');
  core.timeTravel(2);
  await expectMissing(harness, KEY, 'a second after it expired');
  await mustPut(harness, KEY, 'valid again', { operation: EngineStoreOperation.OPERATION_ADD });
  await expectValue(harness, KEY, 'valid again');
  core.timeTravel(MAX_RELATIVE);
  await expectValue(harness, 'calendar', 'valid for a month');
  core.timeTravel(60);
  await expectMissing(harness, 'calendar', 'after the point in time that its expiry names');
  const almanac = await expectValue(harness, 'almanac', 'valid for ever');
  demandEqual('the expiry of a document that has none', almanac.exptime, 0);
}

async function getItemInfo(context: TestContext): Promise<void> {
  const harness = await context.start();
  const value = bytesOf('high at noon');
  const made = await harness.allocate(KEY, value.length, { flags: 0x0102_0304, exptime: 100 });
  demand(made.status === ENGINE_SUCCESS, `allocate was refused with ${codeName(made.status)}.`);
  fill(harness, made.item, value);
  const fresh = harness.getItemInfo(made.item);
  // The key was the core's, and is gone after the call.
  demandEqual('the key of an item', fresh.key.text, KEY);
  demandEqual('the bytes of the key of an item', keyText(fresh.key.data.slice()), KEY);
  demandEqual('nbytes', fresh.nbytes, value.length);
  demandEqual('flags', fresh.flags, 0x0102_0304);
  const stored = await harness.store(made.item);
  harness.release(made.item);
  demand(stored.status === ENGINE_SUCCESS, `store was refused with ${codeName(stored.status)}.`);

  const found = await harness.get(KEY);
  demand(found.status === ENGINE_SUCCESS, `get was refused with ${codeName(found.status)}.`);
  const info = harness.getItemInfo(found.item);
  demandEqual('the key', info.key.text, KEY);
  demandEqual('the bytes of the key', keyText(info.key.data.slice()), KEY);
  demandEqual('the cas', info.cas, stored.cas);
  demandEqual('the value', new Uint8Array(info.value), value);
  demandEqual('flags', info.flags, 0x0102_0304);
  demandEqual('exptime', info.exptime, harness.core.epoch + 100);
  demandEqual('documentState', info.documentState, DocumentState.Alive);
  harness.release(found.item);
}

async function testDatatype(context: TestContext): Promise<void> {
  const harness = await context.start();
  const JSON_DATATYPE = 1;
  await mustPut(harness, KEY, '{"high":"noon"}', { datatype: JSON_DATATYPE });
  const seen = await expectValue(harness, KEY, '{"high":"noon"}');
  demandEqual('the datatype of a JSON document', seen.datatype, JSON_DATATYPE);
  await mustPut(harness, KEY, 'high at noon');
  demandEqual('the datatype of the raw version', (await mustSee(harness, KEY)).datatype, 0);
}

/** Named and ordered as in kv_engine. */
export const readTests: readonly TestDefinition[] = [
  { name: 'get test', group: 'basic', body: get },
  { name: 'get deleted test', group: 'basic', body: getDeleted },
  { name: 'expiry test', group: 'basic', body: expiry },
];

/** As above. */
export const itemInfoTest: TestDefinition = {
  name: 'get item info test',
  group: 'basic',
  body: getItemInfo,
};

/** As above. */
export const datatypeTest: TestDefinition = { name: 'Test datatype', group: 'basic', body: testDatatype };
