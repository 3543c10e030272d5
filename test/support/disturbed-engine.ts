// An engine's module with something else in the place of some of its slots, or between it and its connections.
import {
  EngineErrorCode,
  type EngineInterface,
  type EngineModule,
  type ServerApi,
} from '../../reference/engine/contract.ts';

/** A slot as a disturbance sees it. */
export type AnySlot = (...args: never[]) => unknown;

/** What is put in the place of what. */
export interface Disturbance {
  /** Gets the slots as they are (`get`, `dcp.step`), and answers those that are to be others. */
  readonly slots?: (inner: (name: string) => AnySlot) => Readonly<Record<string, AnySlot>>;
  /** Gets a connection as the engine would, and answers what the engine gets. Of either contract. */
  readonly connection?: <T extends object>(connection: T) => T;
}

/** Makes a module whose engines are disturbed. */
export function disturbed(module: EngineModule, { slots, connection }: Disturbance): EngineModule {
  return {
    createInstance: (version, getServerApi) => {
      const made = module.createInstance(version, () =>
        connection === undefined ? getServerApi() : withConnections(getServerApi(), connection),
      );
      if (made.status !== EngineErrorCode.ENGINE_SUCCESS || slots === undefined) return made;
      const { handle } = made;
      const initialize = handle.initialize.bind(handle);
      // Its tables are complete when it is initialized.
      handle.initialize = async (self, config) => {
        const code = await initialize(self, config);
        replaceSlots(handle, slots);
        return code;
      };
      return made;
    },
  };
}

function withConnections(api: ServerApi, change: <T extends object>(connection: T) => T): ServerApi {
  const known = new WeakMap<object, object>();
  return {
    ...api,
    cookie: {
      ...api.cookie,
      getConnection: (cookie) => {
        const connection = api.cookie.getConnection(cookie);
        let changed = known.get(connection) as typeof connection | undefined;
        if (changed === undefined) {
          changed = change(connection);
          known.set(connection, changed);
        }
        return changed;
      },
    },
  };
}

function replaceSlots(handle: EngineInterface, slots: NonNullable<Disturbance['slots']>): void {
  const place = (name: string): { readonly table: Record<string, AnySlot>; readonly key: string } =>
    name.startsWith('dcp.')
      ? { table: handle.dcp as unknown as Record<string, AnySlot>, key: name.slice(4) }
      : { table: handle as unknown as Record<string, AnySlot>, key: name };
  const originals = new Map<string, AnySlot | undefined>();
  const inner = (name: string): AnySlot => {
    const { table, key } = place(name);
    const slot = originals.get(name) ?? table[key];
    if (slot === undefined) throw new Error(`There is no slot ${name} to disturb.`);
    return slot.bind(table);
  };
  const others = slots(inner);
  for (const [name, slot] of Object.entries(others)) {
    const { table, key } = place(name);
    originals.set(name, table[key]);
    Object.defineProperty(table, key, { value: slot, configurable: true, writable: true });
  }
}
