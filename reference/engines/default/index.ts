// The module that a server loads for a bucket in memory.
import { type CreateInstance, ENGINE_INTERFACE_VERSION, EngineErrorCode } from '../../engine/contract.ts';
import { DefaultEngine } from './default-engine.ts';

/** Makes one engine, for one bucket. ENGINE_ENOTSUP for a version of the interface that it does not speak. */
export const createInstance: CreateInstance = (interfaceVersion, getServerApi) => {
  if (interfaceVersion !== ENGINE_INTERFACE_VERSION) return { status: EngineErrorCode.ENGINE_ENOTSUP };
  return { status: EngineErrorCode.ENGINE_SUCCESS, handle: new DefaultEngine(getServerApi()) };
};
