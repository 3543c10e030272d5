// Makes the buckets of a server, each with an engine that runs, and ends them.
import type { Bucket } from './bucket.ts';
import { type CoreHost, coreApi } from './core-api.ts';
import { loadEngine } from './engine/load.ts';
import { startEngine } from './engine/start.ts';
import type { BucketOptions, ServerOptions } from './server-options.ts';

/**
 * Starts an engine for each bucket of the options, in their order; the first one is "default".
 * @throws EngineLoadError (as a rejection) for the first engine that fails; those that were started are ended.
 */
export async function makeBuckets(host: CoreHost, options: ServerOptions): Promise<Map<string, Bucket>> {
  const { engine, config, buckets = {} } = options;
  const first: BucketOptions = {
    ...(engine === undefined ? {} : { engine }),
    ...(config === undefined ? {} : { config }),
  };
  const made = new Map<string, Bucket>();
  try {
    for (const [name, wanted] of Object.entries({ default: first, ...buckets }))
      made.set(name, await makeBucket(host, options, name, made.size + 1, wanted));
  } catch (error) {
    await endBuckets(host, made, true);
    throw error;
  }
  return made;
}

/** Ends every engine; one that fails to end does not keep the others from it. `force`: see `EngineInterface.destroy`. */
export async function endBuckets(
  host: CoreHost,
  buckets: ReadonlyMap<string, Bucket>,
  force: boolean,
): Promise<void> {
  for (const { name, engine } of buckets.values()) {
    try {
      await engine.destroy(engine, force);
    } catch (error) {
      host.stats.engineFaults += 1;
      host.log('error', 'destroy failed', { bucket: name, error: String(error) });
    }
  }
}

async function makeBucket(
  host: CoreHost,
  options: ServerOptions,
  name: string,
  id: number,
  { engine: choice = 'default', config = '' }: BucketOptions,
): Promise<Bucket> {
  const { contract = 'current', cwd } = options;
  const module = await loadEngine(choice, cwd === undefined ? {} : { cwd });
  const bucket = { name, id, callbacks: [], engine: undefined as never };
  const api = coreApi(host, bucket);
  const engine = await startEngine(module, { name, config, contract, getServerApi: () => api });
  return Object.assign(bucket, { engine });
}
