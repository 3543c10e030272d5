// Sequences of everything that changes a document, over a few keys.
import fc from 'fast-check';
import { DocumentState, EngineErrorCode, EngineStoreOperation } from '../../engine/contract.ts';
import type { TestContext, TestDefinition } from '../conformance-test.ts';
import { mustPut, put } from '../documents.ts';
import { codeName, demand, demandCode, show } from '../failure.ts';
import type { Harness } from '../harness.ts';
import { type Abilities, DocumentsModel, demandLocked } from './documents-model.ts';
import { type ModelCommand, runModel } from './model-run.ts';

const { ENGINE_ENOTSUP, ENGINE_KEY_EEXISTS, ENGINE_KEY_ENOENT, ENGINE_NOT_STORED, ENGINE_SUCCESS } =
  EngineErrorCode;
const { OPERATION_ADD, OPERATION_CAS, OPERATION_REPLACE, OPERATION_SET } = EngineStoreOperation;

type Command = ModelCommand<DocumentsModel>;

const key = fc.constantFrom('pier', 'quay', 'wharf');
const flags = fc.constantFrom(0, 1, 0x8000_0000, 0xffff_ffff);
const exptime = fc.constantFrom(0, 0, 15, 95);
/** The cas that a command compares with. */
const casChoice = fc.constantFrom('right', 'wrong');

/** Makes a command that is followed by a look at the document it was about. */
function command(
  name: string,
  parameters: readonly unknown[],
  about: string | undefined,
  run: (model: DocumentsModel, harness: Harness) => Promise<void>,
): Command {
  const text = `${name}(${parameters.map(show).join(', ')})`;
  return {
    text,
    run: async (model, harness) => {
      await run(model, harness);
      if (about !== undefined) await model.expect(about, harness);
    },
  };
}

const names = new Map<EngineStoreOperation, string>([
  [OPERATION_SET, 'set'],
  [OPERATION_ADD, 'add'],
  [OPERATION_REPLACE, 'replace'],
]);

const store = fc
  .tuple(fc.constantFrom(OPERATION_SET, OPERATION_SET, OPERATION_ADD, OPERATION_REPLACE), key, flags, exptime)
  .map(([operation, about, flag, expiry]) =>
    command(names.get(operation) ?? '', [about, flag, expiry], about, async (model, harness) => {
      const old = model.find(about);
      const value = `version ${++model.versions}`;
      const result = await put(harness, about, value, { operation, flags: flag, exptime: expiry });
      const isWanted = operation === OPERATION_SET || (operation === OPERATION_ADD) === (old === undefined);
      if (model.isLocked(old)) {
        demandLocked(`${names.get(operation)}`, result.status, ...(isWanted ? [] : [ENGINE_NOT_STORED]));
      } else if (!isWanted) {
        demandCode(`${names.get(operation)} of ${show(about)}`, result.status, ENGINE_NOT_STORED);
      } else {
        demand(
          result.status === ENGINE_SUCCESS,
          `${names.get(operation)} was refused with ${codeName(result.status)}.`,
        );
        demand(result.cas !== old?.cas, `${names.get(operation)} of ${show(about)} left the cas as it was.`);
        model.stored(about, value, flag, expiry, result.cas);
      }
    }),
  );

/** Reads, and stores a longer value under the cas that was read, as APPEND does. */
const rewrite = fc.tuple(key, casChoice).map(([about, choice]) =>
  command('rewrite', [about, choice], about, async (model, harness) => {
    await model.learn(about, harness);
    const old = model.find(about);
    const known = (model.isLocked(old) ? old?.lockCas : old?.cas) ?? 12_345n;
    const cas = choice === 'right' ? known : known + 1_000_000n;
    const value = `${old?.value ?? ''}+`;
    const result = await put(harness, about, value, { operation: OPERATION_CAS, cas, flags: 9 });
    if (old === undefined) {
      demandCode('CAS of a document that is not there', result.status, ENGINE_KEY_ENOENT);
    } else if (choice === 'wrong') {
      if (model.isLocked(old)) demandLocked('CAS with another cas', result.status);
      else demandCode('CAS with the cas of no version', result.status, ENGINE_KEY_EEXISTS);
    } else {
      demand(
        result.status === ENGINE_SUCCESS,
        `CAS with the right cas was refused with ${codeName(result.status)}.`,
      );
      demand(result.cas !== known, `CAS of ${show(about)} left the cas as it was.`);
      model.stored(about, value, 9, 0, result.cas);
    }
  }),
);

const remove = fc.tuple(key, fc.constantFrom('any', 'right', 'wrong')).map(([about, choice]) =>
  command('remove', [about, choice], about, async (model, harness) => {
    if (choice !== 'any') await model.learn(about, harness);
    const old = model.find(about);
    const isLocked = model.isLocked(old);
    const known = (isLocked ? old?.lockCas : old?.cas) ?? 12_345n;
    const cas = choice === 'any' ? 0n : choice === 'right' ? known : known + 1_000_000n;
    const { status } = await harness.remove(about, cas);
    if (old === undefined) demandCode('remove of what is not there', status, ENGINE_KEY_ENOENT);
    else if (isLocked && choice !== 'right') demandLocked('remove', status);
    else if (choice === 'wrong') demandCode('remove with the cas of no version', status, ENGINE_KEY_EEXISTS);
    else {
      demandCode('remove', status, ENGINE_SUCCESS);
      model.documents.delete(about);
    }
  }),
);

const bury = key.map((about) =>
  command('bury', [about], about, async (model, harness) => {
    const old = model.find(about);
    const { status } = await put(harness, about, 'what stays', { state: DocumentState.Deleted });
    if (status === ENGINE_ENOTSUP) return;
    if (model.isLocked(old)) return demandLocked('store of a tombstone', status);
    demandCode('store of a tombstone', status, ENGINE_SUCCESS);
    model.documents.delete(about);
  }),
);

const touch = fc.tuple(key, exptime).map(([about, expiry]) =>
  command('getAndTouch', [about, expiry], about, async (model, harness) => {
    const old = model.find(about);
    const found = await harness.getAndTouch(about, expiry);
    if (found.status === ENGINE_SUCCESS) harness.release(found.item);
    if (old === undefined) return demandCode('getAndTouch', found.status, ENGINE_KEY_ENOENT);
    if (model.isLocked(old)) return demandLocked('getAndTouch', found.status);
    demandCode('getAndTouch', found.status, ENGINE_SUCCESS);
    old.expiresAt = expiry === 0 ? 0 : model.now + expiry;
    old.cas = undefined;
  }),
);

const lock = key.map((about) =>
  command('getLocked', [about, 25], about, async (model, harness) => {
    const old = model.find(about);
    const found = await harness.getLocked(about, 25);
    if (found.status !== ENGINE_SUCCESS) {
      if (old === undefined) return demandCode('getLocked', found.status, ENGINE_KEY_ENOENT);
      demand(model.isLocked(old), `getLocked of ${show(about)} was refused with ${codeName(found.status)}.`);
      return demandLocked('getLocked', found.status);
    }
    const { cas } = harness.getItemInfo(found.item);
    harness.release(found.item);
    demand(old !== undefined, `getLocked of ${show(about)} found a document that is not there.`);
    demand(!model.isLocked(old), `getLocked of ${show(about)} locked it twice.`);
    old.lockedUntil = model.now + 25;
    old.lockCas = cas;
    old.cas = undefined;
  }),
);

const unlock = fc.tuple(key, casChoice).map(([about, choice]) =>
  command('unlock', [about, choice], about, async (model, harness) => {
    const old = model.find(about);
    const isLocked = model.isLocked(old);
    const cas = (old?.lockCas ?? old?.cas ?? 12_345n) + (choice === 'right' ? 0n : 1_000_000n);
    const code = await harness.unlock(about, cas);
    if (old === undefined) demandCode('unlock of what is not there', code, ENGINE_KEY_ENOENT);
    else if (isLocked && choice === 'right') {
      demandCode('unlock with the right cas', code, ENGINE_SUCCESS);
      old.lockedUntil = 0;
    } else if (isLocked) demandLocked('unlock with another cas', code);
    else demand(code !== ENGINE_SUCCESS, `unlock of ${show(about)}, which is not locked, succeeded.`);
  }),
);

const look = key.map((about) => command('get', [about], about, async () => {}));

const flush = fc.constant(
  command('flush', [], 'pier', async (model, harness) => {
    demandCode('flush', await harness.flush(), ENGINE_SUCCESS);
    model.documents.clear();
  }),
);

const travel = fc.constantFrom(10, 30, 100).map((seconds) =>
  command('timeTravel', [seconds], undefined, async (model, harness) => {
    model.now += seconds;
    harness.core.timeTravel(seconds);
  }),
);

async function probe(context: TestContext): Promise<Abilities> {
  const harness = await context.start();
  await mustPut(harness, 'pier', 'probed');
  const touched = await harness.getAndTouch('pier', 0);
  if (touched.status === ENGINE_SUCCESS) harness.release(touched.item);
  const locked = await harness.getLocked('pier', 25);
  if (locked.status === ENGINE_SUCCESS) harness.release(locked.item);
  await context.finish(harness);
  return { touches: touched.status !== ENGINE_ENOTSUP, locks: locked.status !== ENGINE_ENOTSUP };
}

/** Locks and touches where the engine supports them. */
export const documentsTest: TestDefinition = {
  name: 'sequences on several keys',
  group: 'model',
  body: async (context) => {
    const { locks, touches } = await probe(context);
    await runModel<DocumentsModel>(context, {
      commands: [
        store,
        store,
        rewrite,
        remove,
        bury,
        look,
        flush,
        travel,
        ...(touches ? [touch] : []),
        ...(locks ? [lock, unlock] : []),
      ],
      newModel: () => new DocumentsModel(),
      maxCommands: 40,
    });
  },
};
