// kv_engine's basic tests of what an engine tells about itself (basic_engine_testsuite.cc): info and statistics.
import {
  ENGINE_INTERFACE_VERSION,
  EngineErrorCode,
  EngineFeature,
  type EngineInfo,
} from '../../engine/contract.ts';
import type { TestContext, TestDefinition } from '../conformance-test.ts';
import { expectMissing, mustPut, mustSee } from '../documents.ts';
import { codeName, demand, demandCode, demandEqual, show } from '../failure.ts';
import { engineInfoShape, isU32 } from '../result-shapes.ts';

const { ENGINE_KEY_ENOENT, ENGINE_SUCCESS } = EngineErrorCode;

/** From here up a feature's number is the engine's own. */
const FIRST_OWN_FEATURE = 0x8000_0000;
const registered: ReadonlySet<number> = new Set(Object.values(EngineFeature));

async function getInfo(context: TestContext): Promise<void> {
  const core = context.createCore();
  const made = context.module.createInstance(ENGINE_INTERFACE_VERSION, core.getServerApi);
  demand(made.status === ENGINE_SUCCESS, `createInstance answered ${codeName(made.status)}.`);
  // Before initialize: the one slot that may be called then.
  const info: EngineInfo = made.handle.getInfo(made.handle);
  const problem = engineInfoShape(info);
  demand(problem === undefined, `getInfo before initialize answered ${show(info)}: ${problem}.`);
  const harness = await context.start();
  harness.getInfo();
}

async function getDescription(context: TestContext): Promise<void> {
  const { description } = (await context.start()).getInfo();
  demand(description !== '', 'getInfo answered an empty description.');
}

async function getFeatures(context: TestContext): Promise<void> {
  const { features } = (await context.start()).getInfo();
  const seen = new Set<number>();
  for (const entry of features) {
    const feature: unknown = entry?.feature;
    const isKnown = typeof feature === 'number' && (registered.has(feature) || feature >= FIRST_OWN_FEATURE);
    demand(isKnown && isU32(feature), `getInfo declares the feature ${show(feature)}, which has no meaning.`);
    demand(!seen.has(feature), `getInfo declares the feature ${feature} twice.`);
    seen.add(feature);
    const hasWords = entry.description === undefined || typeof entry.description === 'string';
    demand(hasWords, `getInfo describes the feature ${feature} with ${show(entry.description)}.`);
  }
}

async function getStats(context: TestContext): Promise<void> {
  const harness = await context.start();
  const stored = 5;
  for (let i = 0; i < stored; i++) await mustPut(harness, `buoy-${i}`, 'afloat');
  const { status, entries } = await harness.getStats();
  demandCode('getStats of the general group', status, ENGINE_SUCCESS);
  for (const key of entries.keys()) demand(key !== '', 'getStats reported a statistic without a name.');
  const items = entries.get('curr_items');
  if (items !== undefined) demandEqual(`curr_items after ${stored} stores`, items, String(stored));
  const unknown = await harness.getStats('no-such-group');
  demandCode('getStats of a group that nobody has', unknown.status, ENGINE_KEY_ENOENT);
}

async function resetStats(context: TestContext): Promise<void> {
  const harness = await context.start();
  await mustPut(harness, 'buoy', 'afloat');
  await mustSee(harness, 'buoy');
  await expectMissing(harness, 'no-buoy', 'that was never stored');
  harness.resetStats();
  const { status, entries } = await harness.getStats();
  demandCode('getStats after resetStats', status, ENGINE_SUCCESS);
  for (const counter of ['get_hits', 'get_misses']) {
    const value = entries.get(counter);
    if (value !== undefined) demandEqual(`${counter} after resetStats`, value, '0');
  }
  const items = entries.get('curr_items');
  if (items !== undefined) demandEqual('curr_items, which is no counter, after resetStats', items, '1');
  await mustSee(harness, 'buoy');
}

const noSlot = (slot: string) => async (): Promise<string> =>
  `The contract has no slot for it any more (${slot}).`;

/** In kv_engine's order, as far as its names go. */
export const infoTests: readonly TestDefinition[] = [
  { name: 'get info test', group: 'basic', body: getInfo },
  { name: 'get info description test', group: 'basic', body: getDescription },
  { name: 'get info features test', group: 'basic', body: getFeatures },
];

/** Statistics. Those that kv_engine left pending and that no slot is left for are skipped by name. */
export const statsTests: readonly TestDefinition[] = [
  { name: 'get stats test', group: 'basic', body: getStats },
  { name: 'reset stats test', group: 'basic', body: resetStats },
  { name: 'get stats struct test', group: 'basic', body: noSlot('get_stats_struct') },
  { name: 'aggregate stats test', group: 'basic', body: noSlot('aggregate_stats') },
];
