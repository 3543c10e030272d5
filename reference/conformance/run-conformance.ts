// The whole suite in one go, with a report as data. Prints nothing.

import { type ConformanceGroup, startOn } from './conformance-test.ts';
import { type ConformanceOptions, engineUnderTest, testsOf } from './conformance-tests.ts';
import { failureReason } from './failure.ts';
import { Harness } from './harness.ts';
import { type Contract, MockCore } from './mock-core/mock-core.ts';

/** How one test ended. */
export type ConformanceResult = {
  readonly name: string;
  readonly group: ConformanceGroup;
  /** In milliseconds. */
  readonly duration: number;
} & (
  | { readonly outcome: 'passed' }
  | { readonly outcome: 'skipped'; readonly reason: string }
  | { readonly outcome: 'failed'; readonly message: string }
);

/** How all of them ended. */
export interface ConformanceReport {
  /** What the engine calls itself. */
  readonly description: string;
  readonly contract: Contract;
  readonly seed: number;
  readonly passed: number;
  readonly skipped: number;
  readonly failed: number;
  /** In milliseconds. */
  readonly duration: number;
  readonly results: readonly ConformanceResult[];
}

/**
 * Runs the tests one after the other; `onResult` hears of each as it ends.
 * @throws EngineLoadError (as a rejection) where there is no engine, or where it lacks a required slot.
 */
export async function runConformance(
  options: ConformanceOptions,
  onResult: (result: ConformanceResult) => void = () => {},
): Promise<ConformanceReport> {
  const startedAt = performance.now();
  const engine = await engineUnderTest(options);
  const core = new MockCore(engine.contract);
  const probe = new Harness(core, await startOn(core, engine, engine.config), engine.waitMs);
  const { description } = probe.getInfo();
  await probe.destroy();

  const results: ConformanceResult[] = [];
  for (const { name, group, run } of testsOf(options.only, async () => engine)) {
    const before = performance.now();
    const ended = await run().catch((error: unknown) => ({
      outcome: 'failed' as const,
      message: failureReason(error),
    }));
    const result: ConformanceResult = { name, group, duration: performance.now() - before, ...ended };
    results.push(result);
    onResult(result);
  }
  const count = (outcome: ConformanceResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  return {
    description,
    contract: engine.contract,
    seed: engine.seed,
    passed: count('passed'),
    skipped: count('skipped'),
    failed: count('failed'),
    duration: performance.now() - startedAt,
    results,
  };
}
