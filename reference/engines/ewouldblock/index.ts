// The module that a server loads.
import {
  type CreateInstance,
  ENGINE_INTERFACE_VERSION,
  EngineErrorCode,
  type EngineModule,
} from '../../engine/contract.ts';
import { EwouldblockEngine } from './ewouldblock-engine.ts';

export { EwouldblockEngine } from './ewouldblock-engine.ts';

const innerModules = new Set<EngineModule>();

/** Makes one engine, for one bucket. Which engine it wraps is in the configuration. */
export const createInstance: CreateInstance = (interfaceVersion, getServerApi) => {
  if (interfaceVersion !== ENGINE_INTERFACE_VERSION) return { status: EngineErrorCode.ENGINE_ENOTSUP };
  const onInnerModule = (module: EngineModule): void => {
    innerModules.add(module);
  };
  return {
    status: EngineErrorCode.ENGINE_SUCCESS,
    handle: new EwouldblockEngine(getServerApi, { onInnerModule }),
  };
};

/** The last engine is gone, and with it the last of every inner one. */
export const destroyEngine = (): void => {
  for (const module of innerModules) module.destroyEngine?.();
  innerModules.clear();
};
