// From an engine's module to an engine that is ready for commands: made, looked over, initialized.
import { inspect } from 'node:util';
import {
  ENGINE_INTERFACE_VERSION,
  type EngineInterface,
  type EngineModule,
  type GetServerApi,
} from './contract.ts';
import { EngineLoadError, firstLine } from './engine-load-error.ts';
import { EngineErrorCode, engineErrorName } from './error-code.ts';
import { missingSlots } from './slots.ts';
import type * as v1 from './v1.ts';

/** What an engine is started with; `contract` says which connection its cookies give. */
export type StartOptions = {
  /** For messages. */
  readonly name: string;
  /** Handed to `initialize` as it is. */
  readonly config: string;
} & (
  | { readonly contract: 'current'; readonly getServerApi: GetServerApi }
  | { readonly contract: 'v1'; readonly getServerApi: v1.GetServerApi }
);

/**
 * Makes an engine, checks that it has its slots, and initializes it.
 * @throws EngineLoadError (as a rejection) `engine-broken` where it throws or makes nothing, `slots-missing`,
 * `engine-refused` where `createInstance` or `initialize` fails with a code, or `initialize` rejects.
 */
export async function startEngine(
  module: EngineModule | v1.EngineModule,
  options: StartOptions,
): Promise<EngineInterface> {
  const { name, config } = options;
  const handle = makeInstance(module, options);
  checkEngine(handle, name);
  let code: unknown;
  try {
    code = await handle.initialize(handle, config);
  } catch (error) {
    if (error instanceof EngineLoadError) throw error;
    const message = `The engine "${name}" refused to start: initialize failed: ${firstLine(error)}.`;
    throw new EngineLoadError('engine-refused', message, { cause: error });
  }
  if (code === EngineErrorCode.ENGINE_SUCCESS) return handle;
  const said = config === '' ? 'no configuration' : `the configuration "${config}"`;
  const message = `The engine "${name}" refused ${said}: initialize answered ${nameOf(code)}. Check what it can be configured with.`;
  throw new EngineLoadError('engine-refused', message);
}

/**
 * Makes sure that a handle has every slot that the contract requires.
 * @throws EngineLoadError `slots-missing`, or `engine-broken` where it is no object.
 */
export function checkEngine(handle: unknown, name: string): asserts handle is EngineInterface {
  if (typeof handle !== 'object' || handle === null) throw noHandle(name, handle);
  const missing = missingSlots(handle);
  if (missing.length === 0) return;
  const message = `The engine "${name}" lacks ${missing.join(', ')}: fill every slot that EngineInterface does not mark as optional.`;
  throw new EngineLoadError('slots-missing', message);
}

function makeInstance(module: EngineModule | v1.EngineModule, options: StartOptions): unknown {
  const { name } = options;
  // A module does not say which contract it was written for; whoever names the contract answers for it.
  const { createInstance } = module as EngineModule & v1.EngineModule;
  let made: unknown;
  try {
    made =
      options.contract === 'v1'
        ? createInstance(ENGINE_INTERFACE_VERSION, options.getServerApi)
        : createInstance(ENGINE_INTERFACE_VERSION, options.getServerApi);
  } catch (error) {
    const message = `The engine "${name}" is broken: createInstance threw: ${firstLine(error)}.`;
    throw new EngineLoadError('engine-broken', message, { cause: error });
  }
  if (typeof made !== 'object' || made === null || !('status' in made)) throw noHandle(name, made);
  if (made.status === EngineErrorCode.ENGINE_SUCCESS) return 'handle' in made ? made.handle : undefined;
  const message = `The engine "${name}" refused to start: createInstance answered ${nameOf(made.status)} to interface version ${ENGINE_INTERFACE_VERSION}.`;
  throw new EngineLoadError('engine-refused', message);
}

function noHandle(name: string, made: unknown): EngineLoadError {
  const message = `The engine "${name}" is broken: createInstance made ${inspect(made, { depth: 0, breakLength: Number.POSITIVE_INFINITY })} and no handle. Answer { status, handle }.`;
  return new EngineLoadError('engine-broken', message);
}

function nameOf(code: unknown): string {
  return typeof code === 'number' ? engineErrorName(code) : `${String(code)}, which is no code`;
}
