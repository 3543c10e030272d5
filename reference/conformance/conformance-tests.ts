// The suite as a list of tests that anybody can run: one by one, with an engine that is loaded once.
import type { EngineModule } from '../engine/contract.ts';
import { EngineLoadError } from '../engine/engine-load-error.ts';
import { loadEngine } from '../engine/load.ts';
import type * as v1 from '../engine/v1.ts';
import {
  type ConformanceGroup,
  type ConformanceOutcome,
  type EngineUnderTest,
  runTest,
} from './conformance-test.ts';
import { ConformanceFailure } from './failure.ts';
import type { Contract } from './mock-core/mock-core.ts';
import { testList } from './test-list.ts';

/** Which engine is tested, and how. */
export interface ConformanceOptions {
  /** The name of a bundled engine, a module's path or package, or the module itself. */
  readonly engine: string | EngineModule | v1.EngineModule;
  /** Which contract the engine speaks: `current` unless told. */
  readonly contract?: Contract;
  /** Handed to `initialize`; nothing unless told. */
  readonly config?: string;
  /** What random sequences start from, a u32: 1 unless told. The same seed makes the same sequences. */
  readonly seed?: number;
  /** Random sequences per property: 100 unless told. */
  readonly runs?: number;
  /** Runs only tests whose name matches. */
  readonly only?: RegExp;
  /** How long an engine may keep the core waiting, in milliseconds of real time: 2000 unless told. */
  readonly waitMs?: number;
  /** Where a relative path of `engine` starts; the process's working directory unless told. */
  readonly cwd?: string;
}

/** One test. */
export interface ConformanceTest {
  /** kv_engine's name, where kv_engine has the test; unique. */
  readonly name: string;
  readonly group: ConformanceGroup;
  /**
   * Runs it on a fresh engine.
   * @throws ConformanceFailure (as a rejection) where the engine fails it.
   * @throws EngineLoadError (as a rejection) where there is no engine to test.
   */
  run(): Promise<ConformanceOutcome>;
}

const DEFAULTS = { contract: 'current', config: '', seed: 1, runs: 100, waitMs: 2000 } as const;

/** The tests of the suite for one engine. Nothing is loaded before the first one runs. */
export function conformanceTests(options: ConformanceOptions): readonly ConformanceTest[] {
  let loaded: Promise<EngineUnderTest> | undefined;
  return testsOf(options.only, () => {
    loaded ??= engineUnderTest(options);
    return loaded;
  });
}

/** The tests for an engine that somebody else loads. */
export function testsOf(
  only: RegExp | undefined,
  load: () => Promise<EngineUnderTest>,
): readonly ConformanceTest[] {
  return testList
    .filter(({ name }) => only === undefined || matches(only, name))
    .map((test) => ({
      name: test.name,
      group: test.group,
      run: async () => {
        const engine = await load();
        try {
          return await runTest(test, engine);
        } catch (error) {
          if (!(error instanceof EngineLoadError)) throw error;
          const failure = new ConformanceFailure(error.message);
          failure.cause = error;
          throw failure;
        }
      },
    }));
}

/** @throws EngineLoadError (as a rejection) where there is none. */
export async function engineUnderTest(options: ConformanceOptions): Promise<EngineUnderTest> {
  const { engine, cwd } = options;
  const module = await loadEngine(engine, cwd === undefined ? {} : { cwd });
  return {
    module,
    name: typeof engine === 'string' ? engine : 'the given module',
    contract: options.contract ?? DEFAULTS.contract,
    config: options.config ?? DEFAULTS.config,
    seed: (options.seed ?? DEFAULTS.seed) >>> 0,
    runs: options.runs ?? DEFAULTS.runs,
    waitMs: options.waitMs ?? DEFAULTS.waitMs,
  };
}

/** A sticky or global expression must not remember the name before. */
function matches(only: RegExp, name: string): boolean {
  only.lastIndex = 0;
  return only.test(name);
}
