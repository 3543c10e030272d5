// An engine that does what another one does, but for the slots that a test puts in its place.
import type {
  DcpInterface,
  EngineInterface,
  EngineModule,
  ServerApi,
} from '../../../reference/engine/contract.ts';
import { dcpSlots, engineSlots } from '../../../reference/engine/slots.ts';

/** What is different; every slot gets the wrapping handle first, and calls the inner engine with the inner one. */
export interface Overrides extends Partial<Omit<EngineInterface, 'dcp'>> {
  readonly dcp?: Partial<DcpInterface>;
}

/** Makes the overrides for one instance. */
export type Override = (inner: EngineInterface, server: ServerApi) => Overrides;

/** Wraps every engine that a module makes; `serverFor` may put something between the inner engine and the core. */
export function wrapEngine(
  module: EngineModule,
  override: Override,
  serverFor: (server: ServerApi) => ServerApi = (server) => server,
): EngineModule {
  return {
    createInstance: (version, getServerApi) => {
      const server = getServerApi();
      const innerServer = serverFor(server);
      const made = module.createInstance(version, () => innerServer);
      if (made.status !== 0) return made;
      const inner = made.handle;
      const overrides = override(inner, server);
      const dcp = { ...forward(inner, inner.dcp ?? {}, Object.keys(dcpSlots)), ...overrides.dcp };
      const handle = { interface: 1, ...forward(inner, inner, Object.keys(engineSlots)), ...overrides, dcp };
      return { status: 0, handle: handle as EngineInterface };
    },
  };
}

/** The slots of a table that are there, each called with the inner handle. */
function forward(inner: EngineInterface, table: object, names: readonly string[]): Record<string, unknown> {
  const slots: Record<string, unknown> = {};
  for (const name of names) {
    const slot: unknown = Reflect.get(table, name);
    if (typeof slot !== 'function') continue;
    slots[name] = (_handle: unknown, ...rest: unknown[]): unknown => slot.call(table, inner, ...rest);
  }
  return slots;
}
