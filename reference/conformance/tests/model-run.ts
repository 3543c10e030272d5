// Random sequences of commands against an engine and a model of it, shrunk to the shortest one that fails.
import fc from 'fast-check';
import type { TestContext } from '../conformance-test.ts';
import { ConformanceFailure, failureReason } from '../failure.ts';
import type { Harness } from '../harness.ts';

/** One command: changes the model, calls the engine, and throws where the two come apart. */
export interface ModelCommand<Model> {
  /** As the failure text shows it: `add("pier", "v1")`. */
  readonly text: string;
  readonly run: (model: Model, harness: Harness) => Promise<void>;
}

/** What a sequence is made of. */
export interface ModelSetup<Model> {
  readonly commands: readonly fc.Arbitrary<ModelCommand<Model>>[];
  readonly newModel: () => Model;
  readonly maxCommands: number;
}

/** @throws ConformanceFailure with the seed and the shortest sequence found, where a sequence fails. */
export async function runModel<Model extends object>(
  context: TestContext,
  setup: ModelSetup<Model>,
): Promise<void> {
  const arbitraries = setup.commands.map((arbitrary) => arbitrary.map(asyncCommand<Model>));
  // Where an engine hangs, each further attempt would hang too.
  let isHung = false;
  const property = fc.asyncProperty(
    fc.commands(arbitraries, { maxCommands: setup.maxCommands, size: 'max', disableReplayLog: true }),
    async (commands) => {
      fc.pre(!isHung);
      const harness = await context.start();
      try {
        await fc.asyncModelRun(() => ({ model: setup.newModel(), real: harness }), commands);
        await context.finish(harness);
      } catch (error) {
        isHung = error instanceof ConformanceFailure && error.isHang;
        await context.abandon(harness);
        throw error;
      }
    },
  );
  const details = await fc.check(property, { seed: context.seed, numRuns: context.runs });
  if (!details.failed || details.counterexample === null) return;
  const [sequence] = details.counterexample;
  const failure = new ConformanceFailure(
    `${failureReason(details.errorInstance)} (seed ${context.seed}, after ${details.numRuns} sequences; shortest sequence: ${sequence})`,
    isHung,
  );
  failure.cause = details.errorInstance;
  throw failure;
}

function asyncCommand<Model extends object>(command: ModelCommand<Model>): fc.AsyncCommand<Model, Harness> {
  return { check: () => true, run: command.run, toString: () => command.text };
}
