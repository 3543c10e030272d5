// The slots that kv_engine's basic tests leave out: allocateEx, getIf, getMeta, locks, touch, storeIf, setItemInfo.
import {
  DocumentState,
  EngineErrorCode,
  EngineStoreOperation,
  type ItemInfo,
  StoreIfStatus,
} from '../../engine/contract.ts';
import type { TestContext, TestDefinition } from '../conformance-test.ts';
import { bytesOf, expectMissing, expectValue, fill, mustPut, mustSee, put } from '../documents.ts';
import { codeName, demand, demandCode, demandEqual } from '../failure.ts';
import type { Harness } from '../harness.ts';
import { demandLocked } from './documents-model.ts';

const { ENGINE_ENOTSUP, ENGINE_KEY_ENOENT, ENGINE_PREDICATE_FAILED, ENGINE_SUCCESS } = EngineErrorCode;
const { OPERATION_CAS, OPERATION_SET } = EngineStoreOperation;
const KEY = 'anchor';

async function allocateEx(context: TestContext): Promise<void> {
  const harness = await context.start();
  const made = await harness.allocateEx(KEY, 5, 0, { flags: 0x8000_0001, exptime: 50, datatype: 1 });
  demand(made.status === ENGINE_SUCCESS, `allocateEx was refused with ${codeName(made.status)}.`);
  const { info } = made;
  demandEqual('the nbytes of the info that allocateEx gave', info.nbytes, 5);
  demandEqual('its flags', info.flags, 0x8000_0001);
  demandEqual('its datatype', info.datatype, 1);
  demandEqual('its key', info.key.text, KEY);
  info.value.set(bytesOf('heavy'));
  demandCode('store', (await harness.store(made.item)).status, ENGINE_SUCCESS);
  harness.release(made.item);
  const seen = await expectValue(harness, KEY, 'heavy');
  demandEqual('the flags', seen.flags, 0x8000_0001);
}

async function getIf(context: TestContext): Promise<void> {
  const harness = await context.start();
  await mustPut(harness, KEY, 'heavy', { flags: 12 });
  let shown: ItemInfo | undefined;
  const found = await harness.getIf(KEY, (info) => {
    shown = info;
    return info.flags === 12;
  });
  demand(
    found.status === ENGINE_SUCCESS,
    `getIf answered ${codeName(found.status)} where its filter agrees.`,
  );
  demandEqual(
    'the value of what getIf found',
    new Uint8Array(harness.getItemInfo(found.item).value),
    bytesOf('heavy'),
  );
  harness.release(found.item);
  demandEqual('the key that the filter of getIf saw', shown?.key.text, KEY);
  const other = await harness.getIf(KEY, () => false);
  demandCode('getIf where its filter does not agree', other.status, ENGINE_KEY_ENOENT);
  const missing = await harness.getIf('no-anchor', () => true);
  demandCode('getIf of a document that is not there', missing.status, ENGINE_KEY_ENOENT);
  demandCode('remove', (await harness.remove(KEY)).status, ENGINE_SUCCESS);
  const dead = await harness.getIf(KEY, () => true);
  demandCode('getIf of a document that was removed', dead.status, ENGINE_KEY_ENOENT);
}

async function getMeta(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  if (harness.engine.getMeta === undefined) return 'The engine has no getMeta.';
  const missing = await harness.getMeta(KEY);
  if (missing.status === ENGINE_ENOTSUP) return 'getMeta answered ENGINE_ENOTSUP.';
  demandCode('getMeta of a document that is not there', missing.status, ENGINE_KEY_ENOENT);
  const cas = await mustPut(harness, KEY, 'heavy', { flags: 12, exptime: 40 });
  const meta = await harness.getMeta(KEY);
  demand(meta.status === ENGINE_SUCCESS, `getMeta answered ${codeName(meta.status)}.`);
  demandEqual('the cas that getMeta gave', meta.info.cas, cas);
  demandEqual('the flags that getMeta gave', meta.info.flags, 12);
  demandEqual('the exptime that getMeta gave', meta.info.exptime, harness.core.epoch + 40);
  demandCode('remove', (await harness.remove(KEY)).status, ENGINE_SUCCESS);
  const dead = await harness.getMeta(KEY);
  demandCode('getMeta of a document that was removed', dead.status, ENGINE_SUCCESS, ENGINE_KEY_ENOENT);
  if (dead.status === ENGINE_SUCCESS) {
    demandEqual('the documentState that getMeta gave', dead.info.documentState, DocumentState.Deleted);
  }
  return undefined;
}

async function locks(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  const missing = await harness.getLocked(KEY, 10);
  if (missing.status === ENGINE_ENOTSUP) return 'getLocked answered ENGINE_ENOTSUP.';
  demandCode('getLocked of a document that is not there', missing.status, ENGINE_KEY_ENOENT);
  const before = await mustPut(harness, KEY, 'heavy');
  const cas = await lock(harness, 10);
  demand(cas !== before, 'getLocked left the cas as it was: whoever read it before could store.');
  demandLocked('SET', (await put(harness, KEY, 'light')).status);
  demandLocked('CAS with the cas from before', (await cast(harness, 'light', before)).status);
  demandLocked('remove', (await harness.remove(KEY)).status);
  demandLocked('getLocked', (await harness.getLocked(KEY, 10)).status);
  await expectValue(harness, KEY, 'heavy');
  demandLocked('unlock with another cas', await harness.unlock(KEY, cas + 1n));
  demandCode('unlock with the cas that getLocked gave', await harness.unlock(KEY, cas), ENGINE_SUCCESS);
  await mustPut(harness, KEY, 'light');

  const again = await lock(harness, 10);
  demandCode(
    'CAS with the cas that getLocked gave',
    (await cast(harness, 'weighed', again)).status,
    ENGINE_SUCCESS,
  );
  await mustPut(harness, KEY, 'not locked any more');
  await lock(harness, 10);
  harness.core.timeTravel(9);
  demandLocked('SET after 9 of 10 seconds', (await put(harness, KEY, 'light')).status);
  harness.core.timeTravel(2);
  await mustPut(harness, KEY, 'the lock timed out');
  return undefined;
}

async function lock(harness: Harness, seconds: number): Promise<bigint> {
  const found = await harness.getLocked(KEY, seconds);
  demand(found.status === ENGINE_SUCCESS, `getLocked answered ${codeName(found.status)}.`);
  const { cas } = harness.getItemInfo(found.item);
  harness.release(found.item);
  return cas;
}

const cast = (harness: Harness, value: string, cas: bigint): ReturnType<typeof put> =>
  put(harness, KEY, value, { operation: OPERATION_CAS, cas });

async function getAndTouch(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  const missing = await harness.getAndTouch(KEY, 10);
  if (missing.status === ENGINE_ENOTSUP) return 'getAndTouch answered ENGINE_ENOTSUP.';
  demandCode('getAndTouch of a document that is not there', missing.status, ENGINE_KEY_ENOENT);
  await mustPut(harness, KEY, 'heavy', { exptime: 10, flags: 5 });
  await touch(harness, 100);
  const touched = await expectValue(harness, KEY, 'heavy');
  demandEqual('the exptime after getAndTouch', touched.exptime, harness.core.epoch + 100);
  demandEqual('the flags after getAndTouch', touched.flags, 5);
  harness.core.timeTravel(50);
  await expectValue(harness, KEY, 'heavy');
  await touch(harness, 0);
  harness.core.timeTravel(1000);
  demandEqual('the exptime after getAndTouch with 0', (await mustSee(harness, KEY)).exptime, 0);
  await touch(harness, 5);
  harness.core.timeTravel(6);
  await expectMissing(harness, KEY, 'after the expiry that getAndTouch gave it');
  return undefined;
}

async function touch(harness: Harness, exptime: number): Promise<void> {
  const found = await harness.getAndTouch(KEY, exptime);
  demand(found.status === ENGINE_SUCCESS, `getAndTouch answered ${codeName(found.status)}.`);
  demandEqual(
    'the value of what getAndTouch found',
    new Uint8Array(harness.getItemInfo(found.item).value),
    bytesOf('heavy'),
  );
  harness.release(found.item);
}

async function storeIf(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  const first = await mustPut(harness, KEY, 'heavy', { flags: 1 });
  const attempt = async (
    value: string,
    cas: bigint,
    decide: (existing: ItemInfo | undefined) => StoreIfStatus,
  ): Promise<{ status: EngineErrorCode; calls: number }> => {
    const made = await harness.allocate(KEY, value.length, { flags: 2 });
    demand(made.status === ENGINE_SUCCESS, `allocate was refused with ${codeName(made.status)}.`);
    fill(harness, made.item, bytesOf(value));
    let calls = 0;
    if (cas !== 0n) harness.itemSetCas(made.item, cas);
    const result = await harness.storeIf(
      made.item,
      cas,
      cas === 0n ? OPERATION_SET : OPERATION_CAS,
      (existing) => {
        calls += 1;
        demand(calls <= 10, 'storeIf asked its predicate more than 10 times.');
        return decide(existing);
      },
    );
    harness.release(made.item);
    return { status: result.status, calls };
  };
  const refused = await attempt('light', 0n, () => StoreIfStatus.Fail);
  if (refused.status === ENGINE_ENOTSUP) return 'storeIf answered ENGINE_ENOTSUP.';
  demandCode('storeIf where its predicate says Fail', refused.status, ENGINE_PREDICATE_FAILED);
  demand(refused.calls > 0, 'storeIf did not ask its predicate.');
  await expectValue(harness, KEY, 'heavy');
  const agreed = await attempt('light', 0n, (existing) => {
    if (existing === undefined) return StoreIfStatus.GetItemInfo;
    return existing.flags === 1 && existing.cas === first ? StoreIfStatus.Continue : StoreIfStatus.Fail;
  });
  demandCode('storeIf where its predicate agrees to what it sees', agreed.status, ENGINE_SUCCESS);
  await expectValue(harness, KEY, 'light');
  const late = await attempt('late', first, () => StoreIfStatus.Continue);
  demandCode('storeIf with the cas of an old version', late.status, EngineErrorCode.ENGINE_KEY_EEXISTS);
  await expectValue(harness, KEY, 'light');
  return undefined;
}

async function setItemInfo(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  const made = await harness.allocate(KEY, 2);
  demand(made.status === ENGINE_SUCCESS, `allocate was refused with ${codeName(made.status)}.`);
  fill(harness, made.item, bytesOf('{}'));
  const isTaken = harness.setItemInfo(made.item, { ...harness.getItemInfo(made.item), datatype: 1 });
  if (!isTaken) {
    harness.release(made.item);
    return 'setItemInfo refuses.';
  }
  demandEqual('the datatype after setItemInfo', harness.getItemInfo(made.item).datatype, 1);
  demandCode('store', (await harness.store(made.item)).status, ENGINE_SUCCESS);
  harness.release(made.item);
  demandEqual('the datatype of the document', (await mustSee(harness, KEY)).datatype, 1);
  return undefined;
}

async function isXattrEnabled(context: TestContext): Promise<void> {
  (await context.start()).isXattrEnabled();
}

/** One for each slot, with the slot's name. */
export const slotTests: readonly TestDefinition[] = [
  { name: 'allocateEx', group: 'robustness', body: allocateEx },
  { name: 'getIf', group: 'robustness', body: getIf },
  { name: 'getMeta', group: 'robustness', body: getMeta },
  { name: 'getLocked and unlock', group: 'robustness', body: locks },
  { name: 'getAndTouch', group: 'robustness', body: getAndTouch },
  { name: 'storeIf', group: 'robustness', body: storeIf },
  { name: 'setItemInfo', group: 'robustness', body: setItemInfo },
  { name: 'isXattrEnabled', group: 'robustness', body: isXattrEnabled },
];
