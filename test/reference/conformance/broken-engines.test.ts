// The suite against engines that are broken on purpose: each defect is found by the test that is about it.
import { beforeAll, describe, expect, test } from 'vitest';
import { conformanceTests, runConformance } from '../../../reference/conformance/index.ts';
import type { EngineModule } from '../../../reference/engine/contract.ts';
import { loadEngine } from '../../../reference/engine/load.ts';
import { brokenEngines } from './broken-engines.ts';
import { blockingGet, chainingCommand, queueingCommand } from './slot-overrides.ts';
import { wrapEngine } from './wrapped-engine.ts';

let whole: EngineModule;
beforeAll(async () => {
  whole = await loadEngine('default');
});

/** Exactly one test. */
const named = (name: string): RegExp => new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);

async function resultOf(engine: EngineModule, name: string, waitMs = 2000): Promise<string> {
  const { results } = await runConformance({ engine, only: named(name), runs: 25, waitMs });
  const [result] = results;
  if (results.length !== 1 || result === undefined) throw new Error(`There is no test "${name}".`);
  return result.outcome === 'failed' ? result.message : result.outcome;
}

describe('a defect', () => {
  for (const [defect, broken] of Object.entries(brokenEngines)) {
    const { test: name, says, override = () => ({}), serverFor, isSlow = false } = broken;
    test(`${defect}: is found by "${name}"`, async () => {
      const engine = wrapEngine(whole, override, serverFor);
      expect(await resultOf(engine, name, isSlow ? 50 : 2000)).toMatch(says);
    });
  }

  test('in one engine for two buckets is found', async () => {
    const made = new Map<unknown, ReturnType<EngineModule['createInstance']>>();
    const shared: EngineModule = {
      createInstance: (version, getServerApi) => {
        const handle = made.get(version) ?? whole.createInstance(version, getServerApi);
        made.set(version, handle);
        return handle;
      },
    };
    expect(await resultOf(shared, 'buckets know nothing of each other')).toMatch(/visible in another one/);
  });
});

describe('the wrapper that breaks engines', () => {
  test('breaks nothing by itself', async () => {
    const report = await runConformance({ engine: wrapEngine(whole, () => ({})), runs: 5 });
    expect(report.results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(report.passed).toBeGreaterThan(50);
  });

  test('lets engines block and chain as they may', async () => {
    const blocking = wrapEngine(
      whole,
      blockingGet((notify) => setImmediate(notify)),
    );
    expect(await resultOf(blocking, 'ENGINE_EWOULDBLOCK: the second call has the answer')).toBe('passed');
    const early = wrapEngine(
      whole,
      blockingGet((notify) => notify()),
    );
    expect(await resultOf(early, 'ENGINE_EWOULDBLOCK: the second call has the answer')).toBe('passed');
    const chaining = wrapEngine(
      whole,
      chainingCommand((value) => value),
    );
    expect(await resultOf(chaining, 'memory sent by reference stays as it is until released')).toBe('passed');
    expect(await resultOf(chaining, 'unknown commands are answered once or refused')).toBe('passed');
  });
});

describe('on the old contract', () => {
  const queueing = (scratch?: Uint8Array): EngineModule => wrapEngine(whole, queueingCommand(scratch));
  const resultOnV1 = async (engine: EngineModule, name: string): Promise<string> => {
    const { results } = await runConformance({ engine, contract: 'v1', only: named(name) });
    return results[0]?.outcome === 'failed' ? results[0].message : String(results[0]?.outcome);
  };

  test('pointers that stay are fine', async () => {
    expect(await resultOnV1(queueing(), 'memory sent by reference stays as it is until released')).toBe(
      'passed',
    );
    expect(await resultOnV1(queueing(), 'unknown commands are answered once or refused')).toBe('passed');
  });

  test('memory that is reused before it was sent is found', async () => {
    const engine = queueing(new Uint8Array(20_000));
    expect(await resultOnV1(engine, 'memory sent by reference stays as it is until released')).toMatch(
      /memory given to addIov changed before it was sent \(byte 0\)/,
    );
  });
});

describe('a sequence that fails', () => {
  /** ADD is refused right after a flush that followed a remove: no single test does that. */
  const forgetful = (): EngineModule => {
    let last = '';
    return wrapEngine(whole, (inner) => ({
      remove: (_handle, cookie, key, cas, vbucket) => {
        last = 'remove';
        return inner.remove(inner, cookie, key, cas, vbucket);
      },
      flush: (_handle, cookie) => {
        last = last === 'remove' ? 'remove, flush' : 'flush';
        return inner.flush(inner, cookie);
      },
      store: (_handle, cookie, item, operation, state) => {
        const isRefused = last === 'remove, flush' && operation === 1;
        last = 'store';
        return isRefused ? { status: 4 } : inner.store(inner, cookie, item, operation, state);
      },
    }));
  };
  const messageFor = (seed: number): Promise<string> =>
    runConformance({ engine: forgetful(), only: /breakdancer/, runs: 100, seed }).then(({ results }) =>
      results[0]?.outcome === 'failed' ? results[0].message : 'no failure',
    );

  test('is told with its seed, as short as it gets', async () => {
    const message = await messageFor(11);
    expect(message).toContain('Add: expected ENGINE_SUCCESS, got ENGINE_NOT_STORED.');
    expect(message).toMatch(/\(seed 11, after \d+ sequences; shortest sequence: Delete,Flush,Add\)$/);
  });

  test('is not waited for again and again where the engine hangs', async () => {
    let waits = 0;
    const engine = wrapEngine(
      whole,
      blockingGet(() => {
        waits += 1;
      }),
    );
    const message = await resultOf(engine, 'breakdancer: sequences on one key', 20);
    expect(message).toMatch(/get answered ENGINE_EWOULDBLOCK and never called notifyIoComplete .*shortest/);
    expect(waits).toBe(1);
  });

  test('destroys each of its engines once', async () => {
    const alive = new Set<object>();
    const counted = wrapEngine(forgetful(), (inner) => {
      alive.add(inner);
      return {
        destroy: (_handle, force) => {
          if (!alive.delete(inner)) throw new Error('destroyed twice');
          return inner.destroy(inner, force);
        },
      };
    });
    const report = await runConformance({ engine: counted, only: /breakdancer/, runs: 100 });
    expect([report.failed, alive.size]).toEqual([1, 0]);
  });

  test('fails again with the same seed', async () => {
    expect(await messageFor(12)).toBe(await messageFor(12));
  });
});

test('a broken engine fails the tests that its defect is about, and no other', async () => {
  const { override } = brokenEngines['getStats throws'] ?? {};
  const engine = wrapEngine(whole, override ?? (() => ({})));
  const report = await runConformance({ engine, runs: 5 });
  const failed = report.results.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
  expect(failed).toEqual([
    'get stats test',
    'reset stats test',
    'ENGINE_EWOULDBLOCK: the second call has the answer',
  ]);
  expect(report.failed).toBe(3);
});

test('every defect names a test that there is', () => {
  const names = conformanceTests({ engine: 'default' }).map(({ name }) => name);
  for (const { test: name } of Object.values(brokenEngines)) expect(names).toContain(name);
});
