// The default engine, of which a test replaces slots, and what a test sees of what the server makes of that.
import {
  EngineErrorCode,
  type EngineEventType,
  type EngineInterface,
  type EngineModule,
  type ServerApi,
} from '../../reference/engine/contract.ts';
import { createInstance } from '../../reference/engines/default/index.ts';

/** Replaces slots of an engine that is about to start. */
export type Spoil = (engine: EngineInterface, server: ServerApi) => void;

/** The default engine with other slots. Its instance is new for each bucket, and each time that a server starts. */
export function spoiledEngine(spoil: Spoil): EngineModule {
  return {
    createInstance: (version, getServerApi) => {
      const made = createInstance(version, getServerApi);
      if (made.status === EngineErrorCode.ENGINE_SUCCESS) spoil(made.handle, getServerApi());
      return made;
    },
  };
}

/** Replaces slots whatever their types are: what a slot does here is what the contract forbids. */
export function replaceSlots(table: object, slots: Readonly<Record<string, unknown>>): void {
  Object.assign(table, slots);
}

/** Asks for an event when the engine starts. */
export function onEvent(
  engine: EngineInterface,
  server: ServerApi,
  type: EngineEventType,
  callback: () => unknown,
): void {
  const { initialize } = engine;
  engine.initialize = (handle, config) => {
    server.callback.registerCallback(handle, type, callback as () => void);
    return initialize.call(engine, handle, config);
  };
}
