// ENGINE_EWOULDBLOCK: a slot that blocks notifies once, and then has its answer.
import { EngineErrorCode, EngineStoreOperation } from '../../engine/contract.ts';
import type { TestContext, TestDefinition } from '../conformance-test.ts';
import { expectMissing, expectValue, mustPut } from '../documents.ts';
import { demandCode } from '../failure.ts';

const { ENGINE_ENOTSUP, ENGINE_KEY_ENOENT, ENGINE_SUCCESS } = EngineErrorCode;

async function answersInTheEnd(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  for (let i = 0; i < 5; i++) {
    const key = `ferry-${i}`;
    await expectMissing(harness, key, 'that was never stored');
    await mustPut(harness, key, `departure ${i}`);
    await expectValue(harness, key, `departure ${i}`);
    const cas = await mustPut(harness, key, 'delayed', { operation: EngineStoreOperation.OPERATION_REPLACE });
    await expectValue(harness, key, 'delayed');
    const removed = await harness.remove(key, cas);
    demandCode('remove', removed.status, ENGINE_SUCCESS);
    const again = await harness.remove(key);
    demandCode('remove of what was removed', again.status, ENGINE_KEY_ENOENT);
    await mustPut(harness, key, 'last call');
    const touched = await harness.getAndTouch(key, 60);
    demandCode('getAndTouch', touched.status, ENGINE_SUCCESS, ENGINE_ENOTSUP);
    if (touched.status === ENGINE_SUCCESS) harness.release(touched.item);
  }
  demandCode('getStats', (await harness.getStats()).status, ENGINE_SUCCESS);
  demandCode('flush', await harness.flush(), ENGINE_SUCCESS);
  await expectMissing(harness, 'ferry-0', 'after flush');
  harness.core.violations.check();
  return harness.caller.blocked.size > 0 ? undefined : 'No slot answered ENGINE_EWOULDBLOCK.';
}

/** Skipped for an engine that never waits. */
export const blockingTests: readonly TestDefinition[] = [
  { name: 'ENGINE_EWOULDBLOCK: the second call has the answer', group: 'send-path', body: answersInTheEnd },
];
