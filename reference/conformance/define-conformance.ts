// The suite in somebody's test runner: one test of theirs for each of ours. Imports no runner.
import { type ConformanceOptions, conformanceTests } from './conformance-tests.ts';

/** What a runner hands to a test; vitest and node:test both let it skip itself. */
export interface RunningTest {
  skip?(reason?: string): unknown;
}

/** Two functions of a test runner. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: (test: RunningTest) => Promise<void>) => unknown;
}

/**
 * Registers every test of the suite, in one `describe` per group. A test that cannot look is skipped with its reason.
 *
 * With vitest, in `my-engine.test.ts`:
 *
 * ```ts
 * import { defineConformance } from 'kv-engine-migrate/conformance';
 * import { describe, it } from 'vitest';
 * import * as engine from '../src/my-engine.ts';
 *
 * defineConformance({ engine, config: 'cache_size=1m' }, { describe, it });
 * ```
 *
 * With node:test, in `my-engine.test.mjs`:
 *
 * ```ts
 * import { describe, it } from 'node:test';
 * import { defineConformance } from 'kv-engine-migrate/conformance';
 *
 * defineConformance({ engine: './dist/my-engine.js', contract: 'v1' }, { describe, it });
 * ```
 */
export function defineConformance(options: ConformanceOptions, runner: TestRunner): void {
  const tests = conformanceTests(options);
  for (const group of new Set(tests.map((test) => test.group))) {
    runner.describe(`engine conformance: ${group}`, () => {
      for (const test of tests.filter((candidate) => candidate.group === group)) {
        runner.it(test.name, async (running) => {
          const ended = await test.run();
          if (ended.outcome === 'skipped') running.skip?.(ended.reason);
        });
      }
    });
  }
}
