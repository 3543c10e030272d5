// The default engine with other DCP slots: those that a test brings.
import type {
  DcpInterface,
  EngineInterface,
  EngineModule,
  ServerApi,
} from '../../reference/engine/contract.ts';
import { engineSlots } from '../../reference/engine/slots.ts';
import { createInstance } from '../../reference/engines/default/index.ts';

/** Makes the DCP slots of an engine; undefined for an engine that has none. */
export type MakeDcp = (server: ServerApi, inner: EngineInterface) => DcpInterface | undefined;

/** An engine whose slots are the default engine's, but for `dcp` and what `slots` replaces. */
export function engineWithDcp(
  makeDcp: MakeDcp,
  slots: (inner: EngineInterface) => Partial<EngineInterface> = () => ({}),
): EngineModule {
  return {
    createInstance: (version, getServerApi) => {
      const made = createInstance(version, getServerApi);
      if (made.status !== 0) return made;
      const inner = made.handle;
      const table = inner as unknown as Record<string, (...args: unknown[]) => unknown>;
      const forward = (name: string) => [
        name,
        (_handle: unknown, ...args: unknown[]): unknown => table[name]?.call(inner, inner, ...args),
      ];
      const names = Object.keys(engineSlots).filter((name) => typeof table[name] === 'function');
      const handle = {
        interface: 1,
        ...Object.fromEntries(names.map(forward)),
        dcp: makeDcp(getServerApi(), inner),
        ...slots(inner),
      };
      return { status: 0, handle: handle as unknown as EngineInterface };
    },
  };
}
