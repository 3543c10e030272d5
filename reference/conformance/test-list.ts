// Every test of the suite, in the order they run in: kv_engine's 24 basic tests first, in kv_engine's order.
import type { TestDefinition } from './conformance-test.ts';
import { blockingTests } from './tests/blocking-tests.ts';
import { breakdancerTest } from './tests/breakdancer-test.ts';
import { bucketTests, lruTest } from './tests/bucket-tests.ts';
import { consumerTests } from './tests/consumer-tests.ts';
import { documentsTest } from './tests/documents-test.ts';
import { headerGuardTests } from './tests/header-guard-tests.ts';
import { infoTests, statsTests } from './tests/info-tests.ts';
import { limitsTests } from './tests/limits-tests.ts';
import { producerTests } from './tests/producer-tests.ts';
import { datatypeTest, itemInfoTest, readTests } from './tests/read-tests.ts';
import { slotTests } from './tests/slot-tests.ts';
import { removeTests, setCasTest, storeTests } from './tests/store-tests.ts';
import { unknownCommandTests } from './tests/unknown-command-tests.ts';

/** All of them; names are unique. */
export const testList: readonly TestDefinition[] = [
  ...infoTests,
  ...storeTests,
  ...readTests,
  ...removeTests,
  itemInfoTest,
  setCasTest,
  lruTest,
  ...statsTests,
  datatypeTest,
  ...bucketTests,
  breakdancerTest,
  documentsTest,
  ...producerTests,
  ...consumerTests,
  ...unknownCommandTests,
  ...blockingTests,
  ...headerGuardTests,
  ...slotTests,
  ...limitsTests,
];
