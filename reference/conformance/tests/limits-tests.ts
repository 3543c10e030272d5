// The ends of every range: keys and values of all lengths and bytes, numbers as large as they go, memory that comes back.
import fc from 'fast-check';
import { EngineErrorCode, EngineStoreOperation } from '../../engine/contract.ts';
import { MAX_KEY_LENGTH } from '../../protocol/header.ts';
import type { TestContext, TestDefinition } from '../conformance-test.ts';
import { bytesOf, expectMissing, expectValue, fill, mustPut, mustSee, put } from '../documents.ts';
import {
  ConformanceFailure,
  codeName,
  demand,
  demandCode,
  demandEqual,
  failureReason,
  show,
} from '../failure.ts';
import { keyText } from '../lent-key.ts';

const { ENGINE_E2BIG, ENGINE_EINVAL, ENGINE_ENOMEM, ENGINE_SUCCESS } = EngineErrorCode;
const MEBIBYTE = 1024 * 1024;

async function anyKey(context: TestContext): Promise<void> {
  const length = fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(1, MAX_KEY_LENGTH) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: MAX_KEY_LENGTH }) },
  );
  const byte = fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom(0x00, 0x20, 0x2f, 0x7f, 0x80, 0xff),
  );
  const key = length.chain((size) => fc.array(byte, { minLength: size, maxLength: size }));
  const keys = fc.uniqueArray(
    key.map((bytes) => Uint8Array.from(bytes)),
    {
      minLength: 1,
      maxLength: 12,
      selector: keyText,
    },
  );
  const property = fc.asyncProperty(keys, async (all) => {
    const harness = await context.start();
    try {
      for (const [i, one] of all.entries()) await mustPut(harness, one, `value ${i}`);
      for (const [i, one] of all.entries()) {
        const found = await harness.get(one);
        demand(
          found.status === ENGINE_SUCCESS,
          `get of the key ${show(one)} answered ${codeName(found.status)}.`,
        );
        const { key: own } = harness.getItemInfo(found.item);
        demandEqual('the text of the key', own.text, keyText(one));
        demandEqual('the bytes of the key', new Uint8Array(own.data.slice()), one);
        harness.release(found.item);
        await expectValue(harness, one, `value ${i}`);
      }
      for (const one of all) demandCode('remove', (await harness.remove(one)).status, ENGINE_SUCCESS);
      for (const one of all) await expectMissing(harness, one, 'that was removed');
      await context.finish(harness);
    } catch (error) {
      await context.abandon(harness);
      throw error;
    }
  });
  const runs = Math.ceil(context.runs / 4);
  const details = await fc.check(property, { seed: context.seed, numRuns: runs, endOnFailure: true });
  if (!details.failed) return;
  const reason = failureReason(details.errorInstance);
  throw new ConformanceFailure(`${reason} (seed ${context.seed}; keys ${show(details.counterexample?.[0])})`);
}

async function anyLength(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  for (const length of [0, 1, 2, 23, 24, 4095, 4096, 65_535, 65_536]) {
    const value = Uint8Array.from({ length }, (_, i) => i * 7);
    await mustPut(harness, `cargo-${length}`, value);
    await expectValue(harness, `cargo-${length}`, value);
  }
  await expectValue(harness, 'cargo-0', '');
  const huge = new Uint8Array(MEBIBYTE).fill(0x5a);
  const { status } = await put(harness, 'cargo-huge', huge);
  if (status !== ENGINE_SUCCESS) {
    demandCode('allocate of 1 MiB', status, ENGINE_E2BIG, ENGINE_ENOMEM, ENGINE_EINVAL);
    return `The engine takes no value of 1 MiB (${codeName(status)}); all shorter ones passed.`;
  }
  await expectValue(harness, 'cargo-huge', huge);
  await expectValue(
    harness,
    'cargo-65536',
    Uint8Array.from({ length: 65_536 }, (_, i) => i * 7),
  );
  return undefined;
}

async function exactNumbers(context: TestContext): Promise<void> {
  const harness = await context.start();
  for (const flags of [0, 1, 0x7fff_ffff, 0x8000_0000, 0xdead_beef, 0xffff_ffff]) {
    await mustPut(harness, 'manifest', 'flags', { flags });
    demandEqual('the flags', (await mustSee(harness, 'manifest')).flags, flags);
  }
  for (const datatype of [0, 1, 2, 3, 4, 5, 6, 7]) {
    await mustPut(harness, 'manifest', 'datatype', { datatype });
    demandEqual('the datatype', (await mustSee(harness, 'manifest')).datatype, datatype);
  }
  for (const exptime of [0, 1, 2_592_000]) {
    await mustPut(harness, 'manifest', 'exptime', { exptime });
    const expected = exptime === 0 ? 0 : harness.core.epoch + exptime;
    demandEqual('the exptime', (await mustSee(harness, 'manifest')).exptime, expected);
  }
  for (const exptime of [0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
    await mustPut(harness, 'manifest', 'exptime', { exptime });
    demandEqual('an absolute exptime', (await mustSee(harness, 'manifest')).exptime, exptime);
  }
  const made = await harness.allocate('manifest', 3, { flags: 0xffff_ffff });
  demand(made.status === ENGINE_SUCCESS, `allocate was refused with ${codeName(made.status)}.`);
  for (const cas of [1n << 32n, (1n << 53n) + 1n, (1n << 63n) + 1n, 0xffff_ffff_ffff_ffffn, 0n]) {
    harness.itemSetCas(made.item, cas);
    demandEqual('the cas after itemSetCas', harness.getItemInfo(made.item).cas, cas);
  }
  harness.release(made.item);
}

async function heldItems(context: TestContext): Promise<void> {
  const harness = await context.start();
  await mustPut(harness, 'crate', 'as it was', { flags: 3 });
  const first = await harness.get('crate');
  const second = await harness.get('crate');
  demand(
    first.status === ENGINE_SUCCESS && second.status === ENGINE_SUCCESS,
    'get of a document was refused.',
  );
  const expectOld = (when: string, item = first.item): void => {
    const { value } = harness.getItemInfo(item);
    demandEqual(
      `the value of an item that the core holds, ${when}`,
      new Uint8Array(value),
      bytesOf('as it was'),
    );
  };
  await mustPut(harness, 'crate', 'another!!');
  expectOld('after a SET of its document');
  harness.release(second.item);
  expectOld('after another reference to it was released');
  demandCode('remove', (await harness.remove('crate')).status, ENGINE_SUCCESS);
  expectOld('after its document was removed');
  demandCode('flush', await harness.flush(), ENGINE_SUCCESS);
  await mustPut(harness, 'crate', 'a new one');
  expectOld('after flush');
  harness.releaseLate(first.item);
  await expectValue(harness, 'crate', 'a new one');
}

async function memoryComesBack(context: TestContext): Promise<void> {
  const harness = await context.start();
  const probe = await harness.allocate('ballast', MEBIBYTE);
  const size = probe.status === ENGINE_SUCCESS ? MEBIBYTE : 64 * 1024;
  if (probe.status === ENGINE_SUCCESS) harness.release(probe.item);
  for (let i = 0; i < 100; i++) {
    const made = await harness.allocate('ballast', size);
    const text = `allocate number ${i + 1} of ${size} bytes, each released at once,`;
    demand(made.status === ENGINE_SUCCESS, `${text} was refused with ${codeName(made.status)}.`);
    if (i % 3 === 0) harness.releaseLate(made.item);
    else harness.release(made.item);
  }
  for (let i = 0; i < 100; i++) {
    const stored = await put(harness, 'ballast', new Uint8Array(size));
    demand(stored.status === ENGINE_SUCCESS, `store number ${i + 1} of one document was refused.`);
  }
  await mustPut(harness, 'crate', 'still room');
  await expectValue(harness, 'crate', 'still room');
}

async function refusedByPreLink(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  const before = harness.core.preLinkCalls;
  await mustPut(harness, 'crate', 'inspected');
  if (harness.core.preLinkCalls === before) return 'The engine does not call document.preLink.';
  harness.core.preLink = ENGINE_EINVAL;
  const refused = await put(harness, 'crate', 'contraband');
  demandCode('store where document.preLink answers ENGINE_EINVAL', refused.status, ENGINE_EINVAL);
  const made = await put(harness, 'crate-2', 'contraband', { operation: EngineStoreOperation.OPERATION_ADD });
  demandCode('ADD where document.preLink answers ENGINE_EINVAL', made.status, ENGINE_EINVAL);
  harness.core.preLink = ENGINE_SUCCESS;
  await expectValue(harness, 'crate', 'inspected');
  await expectMissing(harness, 'crate-2', 'whose store was refused by document.preLink');
  return undefined;
}

async function otherVersion(context: TestContext): Promise<void> {
  const core = context.createCore();
  const made = context.module.createInstance(0x7fff, core.getServerApi);
  const text = 'createInstance for an interface version that nobody speaks';
  demand(made.status !== ENGINE_SUCCESS, `${text} answered ENGINE_SUCCESS.`);
  demand(Object.values(EngineErrorCode).includes(made.status), `${text} answered ${show(made)}.`);
}

async function itemsOfTheirOwn(context: TestContext): Promise<void> {
  const harness = await context.start();
  const made = await harness.allocate('crate', 4);
  demand(made.status === ENGINE_SUCCESS, `allocate was refused with ${codeName(made.status)}.`);
  fill(harness, made.item, bytesOf('full'));
  demandCode('store', (await harness.store(made.item)).status, ENGINE_SUCCESS);
  // The same item is the core's until released: nothing that others do may reach it.
  for (let i = 0; i < 50; i++) await mustPut(harness, `barrel-${i}`, 'wine');
  demandEqual('the value of an item', new Uint8Array(harness.getItemInfo(made.item).value), bytesOf('full'));
  harness.release(made.item);
  for (let i = 0; i < 50; i++) await expectValue(harness, `barrel-${i}`, 'wine');
  await expectValue(harness, 'crate', 'full');
}

/** Beyond what kv_engine's basic tests look at. */
export const limitsTests: readonly TestDefinition[] = [
  { name: 'keys of 1 to 250 bytes of any value', group: 'robustness', body: anyKey },
  { name: 'values of 0 bytes to 1 MiB', group: 'robustness', body: anyLength },
  { name: 'flags, datatype, exptime and cas are kept exactly', group: 'robustness', body: exactNumbers },
  { name: 'an item stays as it is while the core holds it', group: 'robustness', body: heldItems },
  { name: 'items share no memory', group: 'robustness', body: itemsOfTheirOwn },
  { name: 'released items give their memory back', group: 'robustness', body: memoryComesBack },
  { name: 'document.preLink can refuse a store', group: 'robustness', body: refusedByPreLink },
  { name: 'another interface version is refused', group: 'robustness', body: otherVersion },
];
