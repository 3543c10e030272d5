// What a conformance test is, and how one is run: a fresh engine, the test's body, and a look at what is left behind.
import type { EngineInterface, EngineModule } from '../engine/contract.ts';
import { startEngine } from '../engine/start.ts';
import { withDeadline } from './deadline.ts';
import { demand } from './failure.ts';
import { Harness } from './harness.ts';
import { type Contract, MockCore } from './mock-core/mock-core.ts';

/** What a test is about. */
export type ConformanceGroup = 'basic' | 'model' | 'send-path' | 'header-guard' | 'robustness';

/** How a test ended that did not fail. */
export type ConformanceOutcome =
  | { readonly outcome: 'passed' }
  | { readonly outcome: 'skipped'; readonly reason: string };

/** What a test's body works with. */
export interface TestContext {
  readonly module: EngineModule;
  /** The engine in failure texts, and in what the guard of the response header throws. */
  readonly engineName: string;
  readonly contract: Contract;
  readonly seed: number;
  /** Random sequences per property. */
  readonly runs: number;
  /** A core for an engine that the test makes itself. */
  createCore(): MockCore;
  /** Starts an engine that is destroyed after the test; `settings` go behind those of the options. */
  start(settings?: string): Promise<Harness>;
  /** Destroys an engine that failed, unless it is gone already; looks at nothing. */
  abandon(harness: Harness): Promise<void>;
  /** Destroys an engine now, and looks at what it left behind. */
  finish(harness: Harness): Promise<void>;
}

/** A test without an engine: its body answers a reason where it could not look, and throws where the engine failed. */
export interface TestDefinition {
  readonly name: string;
  readonly group: ConformanceGroup;
  readonly body: (context: TestContext) => Promise<string | undefined> | Promise<void>;
}

/** What `runTest` needs to know about the engine. */
export interface EngineUnderTest {
  readonly module: EngineModule;
  readonly name: string;
  readonly contract: Contract;
  readonly config: string;
  readonly seed: number;
  readonly runs: number;
  /** How long an engine may take to notify, in milliseconds. */
  readonly waitMs: number;
}

/** @throws ConformanceFailure where the engine failed the test. */
export async function runTest(test: TestDefinition, engine: EngineUnderTest): Promise<ConformanceOutcome> {
  const running = new Set<Harness>();
  const finish = async (harness: Harness): Promise<void> => {
    running.delete(harness);
    await finishHarness(harness);
  };
  const abandon = async (harness: Harness): Promise<void> => {
    if (running.delete(harness)) await harness.destroy(true).catch(() => {});
  };
  const createCore = (): MockCore => new MockCore(engine.contract);
  const context: TestContext = {
    module: engine.module,
    engineName: engine.name,
    contract: engine.contract,
    seed: engine.seed,
    runs: engine.runs,
    createCore,
    start: async (settings = '') => {
      const core = createCore();
      const config = [engine.config, settings].filter((part) => part !== '').join(';');
      const harness = new Harness(core, await startOn(core, engine, config), engine.waitMs);
      running.add(harness);
      return harness;
    },
    finish,
    abandon,
  };
  try {
    const reason = await test.body(context);
    for (const harness of [...running]) await finish(harness);
    return typeof reason === 'string' ? { outcome: 'skipped', reason } : { outcome: 'passed' };
  } catch (error) {
    for (const harness of [...running]) await abandon(harness);
    throw error;
  }
}

/** @throws EngineLoadError (as a rejection) where the engine refuses. */
export function startOn(core: MockCore, engine: EngineUnderTest, config: string): Promise<EngineInterface> {
  const { module, name, contract, waitMs } = engine;
  const options = { name, config };
  const started =
    contract === 'v1'
      ? startEngine(module, { ...options, contract, getServerApi: core.getV1ServerApi })
      : startEngine(module, { ...options, contract, getServerApi: core.getServerApi });
  return withDeadline(started, waitMs, 'initialize did not settle its promise');
}

/** @throws ConformanceFailure for whatever shows only when an engine is gone. */
async function finishHarness(harness: Harness): Promise<void> {
  const { core } = harness;
  try {
    await turns();
    core.violations.check();
    if (harness.held > 0) throw new Error(`The suite did not release ${harness.held} items.`);
  } catch (error) {
    await harness.destroy(true).catch(() => {});
    throw error;
  }
  await harness.destroy();
  await turns();
  core.violations.check();
  const [kept] = core.reserved;
  demand(
    kept === undefined,
    `cookie ${kept?.name} is still reserved after the engine was destroyed (last call: ${kept?.slot}).`,
  );
}

/** Lets whatever the engine put off come: a second notification, for one. */
async function turns(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
