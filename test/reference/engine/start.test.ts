import { describe, expect, test } from 'vitest';
import type { CreateInstance, EngineInterface, EngineModule } from '../../../reference/engine/contract.ts';
import { EngineLoadError } from '../../../reference/engine/engine-load-error.ts';
import { checkEngine, startEngine } from '../../../reference/engine/start.ts';
import { nobucketEngine } from '../../../reference/engines/nobucket.ts';
import { lastRecording, createInstance as recording } from '../../support/recording-engine.ts';
import { smallServer } from '../../support/small-server-api.ts';

/** A module that makes the given thing. */
function moduleOf(made: unknown): EngineModule {
  return { createInstance: () => made as ReturnType<CreateInstance> };
}

const making = (handle: Partial<Record<keyof EngineInterface, unknown>>): EngineModule =>
  moduleOf({ status: 0, handle });

function start(module: EngineModule, config = ''): Promise<EngineInterface> {
  const { api } = smallServer();
  return startEngine(module, { name: 'replica', config, contract: 'v1', getServerApi: () => api });
}

const refused = (code: string, message: string | RegExp) =>
  expect.objectContaining({ name: 'EngineLoadError', code, message: expect.stringMatching(message) });

describe('an engine that starts', () => {
  test('is made for its interface version, with the server, and initialized once with its configuration', async () => {
    const { api } = smallServer();
    const versions: number[] = [];
    const module: EngineModule = {
      createInstance: (version, getServerApi) => {
        versions.push(version);
        return recording(version, getServerApi);
      },
    };
    const engine = await startEngine(module, {
      name: 'replica',
      config: 'lacks=getMeta',
      contract: 'v1',
      getServerApi: () => api,
    });
    const { engine: made, calls, server } = lastRecording();
    expect(engine).toBe(made);
    expect(server).toBe(api);
    expect(versions).toEqual([1]);
    expect(calls.map(({ slot, args }) => [slot, ...args])).toEqual([['initialize', made, 'lacks=getMeta']]);
  });

  test('may take its time to initialize', async () => {
    const handle = { ...nobucketEngine(), initialize: () => Promise.resolve(0) };
    expect(await start(making(handle))).toBe(handle);
  });
});

describe('an engine that does not start', () => {
  test('throws or makes nothing', async () => {
    const throwing: EngineModule = {
      createInstance: () => {
        throw new Error('No memory.\nReally none.');
      },
    };
    await expect(start(throwing)).rejects.toEqual(
      refused('engine-broken', /^The engine "replica" is broken: createInstance threw: No memory\.$/),
    );
    for (const made of [undefined, 0, {}, { status: 0 }, { status: 0, handle: 7 }]) {
      await expect(start(moduleOf(made))).rejects.toEqual(
        refused('engine-broken', /^The engine "replica" is broken: createInstance made .* and no handle\./),
      );
    }
  });

  test('lacks slots, each of which is named', async () => {
    const { get: _get, ...rest } = nobucketEngine();
    await expect(start(making({ ...rest, store: 5, dcp: { step: true } }))).rejects.toEqual(
      refused('slots-missing', /^The engine "replica" lacks get, store, dcp\.step: fill every slot/),
    );
  });

  test('refuses the version, the configuration, or itself', async () => {
    const engine = nobucketEngine();
    const initialized = (initialize: () => unknown, config = ''): Promise<EngineInterface> =>
      start(making({ ...engine, initialize }), config);
    await expect(start(moduleOf({ status: 6 }))).rejects.toEqual(
      refused('engine-refused', /createInstance answered ENGINE_ENOTSUP to interface version 1\.$/),
    );
    await expect(initialized(() => 5, 'cache=none')).rejects.toEqual(
      refused(
        'engine-refused',
        /^The engine "replica" refused the configuration "cache=none": initialize answered ENGINE_EINVAL\./,
      ),
    );
    await expect(initialized(() => Promise.resolve(0xd))).rejects.toEqual(
      refused('engine-refused', /refused no configuration: initialize answered ENGINE_TMPFAIL\./),
    );
    await expect(initialized(() => 'fine')).rejects.toEqual(
      refused('engine-refused', /initialize answered fine, which is no code\./),
    );
    await expect(initialized(() => Promise.reject(new Error('No disk.')))).rejects.toEqual(
      refused('engine-refused', /^The engine "replica" refused to start: initialize failed: No disk\.$/),
    );
  });

  test('passes on what an engine inside of it was refused for', async () => {
    const inner = new EngineLoadError('engine-not-found', 'There is no engine "gone".');
    const handle = { ...nobucketEngine(), initialize: () => Promise.reject(inner) };
    await expect(start(making(handle))).rejects.toBe(inner);
  });
});

test('the check throws for what is no engine, and passes an engine', () => {
  expect(() => checkEngine({}, 'replica')).toThrow(EngineLoadError);
  expect(() => checkEngine(null, 'replica')).toThrow(/made null and no handle/);
  expect(() => checkEngine(nobucketEngine(), 'replica')).not.toThrow();
});
