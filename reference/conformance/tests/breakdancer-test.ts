// Sequences of Set, Add, Delete, Flush and Delay on one key (kv_engine's breakdancer, as an idea).
import fc from 'fast-check';
import { EngineErrorCode, EngineStoreOperation } from '../../engine/contract.ts';
import type { TestDefinition } from '../conformance-test.ts';
import { expectMissing, expectValue, put } from '../documents.ts';
import { demandCode } from '../failure.ts';
import type { Harness } from '../harness.ts';
import { type ModelCommand, runModel } from './model-run.ts';

const { ENGINE_KEY_ENOENT, ENGINE_NOT_STORED, ENGINE_SUCCESS } = EngineErrorCode;
const KEY = 'pirouette';
const EXPIRY = 3600;

interface OneKey {
  /** Undefined while the key is missing. */
  value: string | undefined;
  /** Versions so far: each has a value of its own. */
  version: number;
}

type Command = ModelCommand<OneKey>;

async function expectModel(model: OneKey, harness: Harness): Promise<void> {
  if (model.value === undefined) await expectMissing(harness, KEY, 'which is gone');
  else await expectValue(harness, KEY, model.value);
}

const set: Command = {
  text: 'Set',
  run: async (model, harness) => {
    model.version += 1;
    model.value = `set ${model.version}`;
    const { status } = await put(harness, KEY, model.value, { exptime: EXPIRY });
    demandCode('Set', status, ENGINE_SUCCESS);
    await expectModel(model, harness);
  },
};

const add: Command = {
  text: 'Add',
  run: async (model, harness) => {
    model.version += 1;
    const value = `add ${model.version}`;
    const { status } = await put(harness, KEY, value, {
      exptime: EXPIRY,
      operation: EngineStoreOperation.OPERATION_ADD,
    });
    demandCode('Add', status, model.value === undefined ? ENGINE_SUCCESS : ENGINE_NOT_STORED);
    model.value ??= value;
    await expectModel(model, harness);
  },
};

const remove: Command = {
  text: 'Delete',
  run: async (model, harness) => {
    const { status } = await harness.remove(KEY);
    demandCode('Delete', status, model.value === undefined ? ENGINE_KEY_ENOENT : ENGINE_SUCCESS);
    model.value = undefined;
    await expectModel(model, harness);
  },
};

const flush: Command = {
  text: 'Flush',
  run: async (model, harness) => {
    demandCode('Flush', await harness.flush(), ENGINE_SUCCESS);
    model.value = undefined;
    await expectModel(model, harness);
  },
};

const delay: Command = {
  text: 'Delay',
  run: async (model, harness) => {
    harness.core.timeTravel(EXPIRY + 1);
    model.value = undefined;
    await expectModel(model, harness);
  },
};

/** Every document expires within a Delay. */
export const breakdancerTest: TestDefinition = {
  name: 'breakdancer: sequences on one key',
  group: 'model',
  body: (context) =>
    runModel<OneKey>(context, {
      commands: [set, add, remove, flush, delay].map((command) => fc.constant(command)),
      newModel: () => ({ value: undefined, version: 0 }),
      maxCommands: 12,
    }),
};
