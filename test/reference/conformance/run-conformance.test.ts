// The suite against engines that are whole: what passes, what is skipped and why, and what the report says.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ConformanceOptions,
  type ConformanceReport,
  type ConformanceResult,
  conformanceTests,
  runConformance,
} from '../../../reference/conformance/index.ts';
import type { EngineInterface, EngineModule } from '../../../reference/engine/contract.ts';
import { loadEngine } from '../../../reference/engine/load.ts';
import { blockingEverything } from './blocking-engine.ts';
import { type CompiledFixtures, compileFixtures } from './fixture-engine.ts';
import { wrapEngine } from './wrapped-engine.ts';

const failures = (report: ConformanceReport): ConformanceResult[] =>
  report.results.filter(({ outcome }) => outcome === 'failed');

const skipped = (report: ConformanceReport): string[] =>
  report.results.filter(({ outcome }) => outcome === 'skipped').map(({ name }) => name);

const NO_SLOT = ['get stats struct test', 'aggregate stats test'];
const REFERENCE = 'memory sent by reference stays as it is until released';
const BLOCKING = 'ENGINE_EWOULDBLOCK: the second call has the answer';
const HEADER = ['of every opcode and status', 'with truncated bodies', 'with unknown opaques'].map(
  (which) => `responses ${which} are only read`,
);
const PRODUCER = conformanceTests({ engine: 'default', only: /^DCP producer/ }).map(({ name }) => name);

describe('the bundled engine', () => {
  test('passes everything that it can be asked', async () => {
    const report = await runConformance({ engine: 'default', runs: 30 });
    expect(failures(report)).toEqual([]);
    expect(skipped(report)).toEqual([...NO_SLOT, REFERENCE, BLOCKING]);
  });

  test('passes the header guard also as a consumer of a smaller cache', async () => {
    const only = /only read|LRU|several keys/;
    const report = await runConformance({ engine: 'default', config: 'cache_size=2m', only, runs: 20 });
    expect(failures(report)).toEqual([]);
    expect(report.passed).toBe(5);
  });

  test('passes where every slot blocks now and then', async () => {
    const module = blockingEverything(await loadEngine('default'), 1 / 3);
    const report = await runConformance({ engine: module, runs: 15 });
    expect(failures(report)).toEqual([]);
    expect(skipped(report)).toEqual([...NO_SLOT, REFERENCE]);
  });
});

describe('the engines of fixtures/engines, on the old contract', () => {
  let fixtures: CompiledFixtures;
  beforeAll(() => {
    fixtures = compileFixtures('memory-engine', 'forwarding-engine');
  });
  afterAll(() => fixtures.remove());

  const run = (name: string, config: string): Promise<ConformanceReport> =>
    runConformance({ engine: fixtures.modulePath(name), contract: 'v1', config, runs: 30 });

  test('memory-engine passes as a producer', async () => {
    const report = await run('memory-engine', '');
    expect(failures(report)).toEqual([]);
    const consumer = 'DCP consumer: what a stream brought is there';
    expect(skipped(report)).toEqual(['LRU test', ...NO_SLOT, consumer, REFERENCE, BLOCKING, ...HEADER]);
    expect(report.description).toBe('Memory engine');
    expect(report.contract).toBe('v1');
  });

  test('memory-engine passes as a consumer', async () => {
    const report = await run('memory-engine', 'dcp=consumer');
    expect(failures(report)).toEqual([]);
    expect(skipped(report)).toEqual(['LRU test', ...NO_SLOT, ...PRODUCER, REFERENCE, BLOCKING, ...HEADER]);
  });

  test('forwarding-engine passes with another engine inside', async () => {
    const inner = pathToFileURL(fixtures.modulePath('memory-engine')).href;
    const consumer = 'DCP consumer: what a stream brought is there';
    const passive = [REFERENCE, BLOCKING, ...HEADER];
    const producing = await run('forwarding-engine', `engine=${inner}`);
    expect(failures(producing)).toEqual([]);
    expect(skipped(producing)).toEqual(['LRU test', ...NO_SLOT, consumer, ...passive]);
    const consuming = await run('forwarding-engine', `engine=${inner};dcp=consumer`);
    expect(failures(consuming)).toEqual([]);
    expect(skipped(consuming)).toEqual(['LRU test', ...NO_SLOT, ...PRODUCER, ...passive]);
  });

  test('engines are named by a path relative to a folder', async () => {
    const path = fixtures.modulePath('memory-engine');
    const options: ConformanceOptions = { engine: './index.js', cwd: join(path, '..'), contract: 'v1' };
    const report = await runConformance({ ...options, only: /^get info test$/ });
    expect(report.passed).toBe(1);
  });
});

describe('the report', () => {
  test('counts, and tells each result as it comes', async () => {
    const heard: ConformanceResult[] = [];
    const only = /^(set|add|get stats struct) test$/;
    const report = await runConformance({ engine: 'default', only, seed: 7 }, (result) => heard.push(result));
    expect(heard).toEqual(report.results);
    expect(heard.map(({ name, group, outcome }) => [name, group, outcome])).toEqual([
      ['set test', 'basic', 'passed'],
      ['add test', 'basic', 'passed'],
      ['get stats struct test', 'basic', 'skipped'],
    ]);
    expect(report).toMatchObject({ passed: 2, skipped: 1, failed: 0, seed: 7, contract: 'current' });
    expect(heard.every(({ duration }) => duration >= 0 && duration <= report.duration)).toBe(true);
  });

  test('says what was refused where an engine refuses everything', async () => {
    const report = await runConformance({ engine: 'nobucket', only: /^set test$/ });
    expect(report.results).toMatchObject([
      {
        outcome: 'failed',
        message: 'storing "lighthouse" with 6 bytes: expected ENGINE_SUCCESS, got ENGINE_NO_BUCKET.',
      },
    ]);
  });
});

describe('what is no engine', () => {
  test('is refused before any test runs', async () => {
    const heard: ConformanceResult[] = [];
    const missing = runConformance({ engine: 'no-such-engine' }, (result) => heard.push(result));
    await expect(missing).rejects.toMatchObject({ name: 'EngineLoadError', code: 'engine-not-found' });
    const handle = { interface: 1, getInfo: () => ({ description: '', features: [] }) };
    const partial: EngineModule = {
      createInstance: () => ({ status: 0, handle: handle as unknown as EngineInterface }),
    };
    const lacking = runConformance({ engine: partial }, (result) => heard.push(result));
    await expect(lacking).rejects.toThrow(/lacks initialize, destroy, allocate/);
    const refusing = runConformance({ engine: 'default', config: 'colour=blue' });
    await expect(refusing).rejects.toMatchObject({ code: 'engine-refused' });
    expect(heard).toEqual([]);
  });

  test('does not keep anybody waiting', async () => {
    const whole = await loadEngine('default');
    const stuck = wrapEngine(whole, () => ({ initialize: () => new Promise(() => {}) }));
    await expect(runConformance({ engine: stuck, waitMs: 20 })).rejects.toThrow(
      'initialize did not settle its promise (waited 20 ms).',
    );
    const lingering = wrapEngine(whole, () => ({ destroy: () => new Promise<void>(() => {}) }));
    await expect(runConformance({ engine: lingering, waitMs: 20 })).rejects.toThrow(/destroy did not settle/);
  });
});

describe('the list of tests', () => {
  const tests = conformanceTests({ engine: 'default' });

  test('has the 24 basic tests of kv_engine in their order', () => {
    const names = [
      ...[
        'get info',
        'get info description',
        'get info features',
        'allocate',
        'set',
        'add',
        'replace',
        'store',
      ],
      ...['get', 'get deleted', 'expiry', 'remove', 'release', 'flush', 'get item info', 'set cas', 'LRU'],
      ...['get stats', 'reset stats', 'get stats struct', 'aggregate stats'],
    ].map((name) => `${name} test`);
    const basic = tests.filter(({ group }) => group === 'basic').map(({ name }) => name);
    expect(basic).toEqual([...names, 'Test datatype', 'Bucket destroy', 'Bucket destroy interleaved']);
    expect(basic).toHaveLength(24);
  });

  test('has every name once, and every group', () => {
    const names = tests.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const groups = ['basic', 'robustness', 'model', 'send-path', 'header-guard'];
    expect([...new Set(tests.map(({ group }) => group))]).toEqual(groups);
  });

  test('is cut by an expression that remembers where it was', () => {
    const only = /test$/g;
    expect(conformanceTests({ engine: 'default', only })).toHaveLength(21);
  });
});
