// Watches the engines of a server from their start to their end: what is called when, and what comes back.
import { EngineErrorCode, type EngineInterface, type EngineModule } from '../../reference/engine/contract.ts';
import { createInstance } from '../../reference/engines/default/index.ts';

/** One instance. */
export interface EngineLife {
  destroyed: number;
  /** Items that were given out and are not back. */
  readonly held: number;
  /** Slots that were called when it was over. */
  readonly afterEnd: string[];
}

/** The default engine, of which every instance is watched; `get` of keys that begin with "wait" waits for ever. */
export class LivesOfEngines implements EngineModule {
  /** Every instance, the newest last. */
  readonly lives: EngineLife[] = [];
  /** Calls of `get` that wait. */
  waiting = 0;
  /** Runs before an instance starts. */
  beforeStart: () => Promise<void> | void = () => {};

  readonly createInstance: EngineModule['createInstance'] = (version, getServerApi) => {
    const made = createInstance(version, getServerApi);
    if (made.status !== EngineErrorCode.ENGINE_SUCCESS) return made;
    const engine = made.handle;
    const { getStats } = engine;
    const life: EngineLife = {
      destroyed: 0,
      get held() {
        let held = Number.NaN;
        getStats.call(engine, engine, { name: 'nobody' }, '', (name, value) => {
          if (name === 'items_outstanding') held = Number(value);
        });
        return held;
      },
      afterEnd: [],
    };
    this.lives.push(life);
    const { get, initialize } = engine;
    engine.get = (handle, cookie, key, ...rest) => {
      if (!key.text.startsWith('wait')) return get.call(engine, handle, cookie, key, ...rest);
      this.waiting += 1;
      return { status: EngineErrorCode.ENGINE_EWOULDBLOCK };
    };
    engine.initialize = async (...args) => {
      await this.beforeStart();
      return initialize.apply(engine, args);
    };
    watch(engine, life);
    return made;
  };

  /** The newest instance. */
  get last(): EngineLife {
    const life = this.lives.at(-1);
    if (life === undefined) throw new Error('No engine was made.');
    return life;
  }
}

function watch(engine: EngineInterface, life: EngineLife): void {
  const tables: readonly (readonly [string, object])[] = [
    ['', engine],
    ['dcp.', engine.dcp ?? {}],
  ];
  for (const [prefix, object] of tables) {
    const table = object as Record<string, unknown>;
    for (const name of slotNames(table)) {
      const slot = table[name] as (...args: unknown[]) => unknown;
      table[name] = (...args: unknown[]): unknown => {
        if (name === 'destroy') life.destroyed += 1;
        else if (life.destroyed > 0) life.afterEnd.push(`${prefix}${name}`);
        return slot.apply(table, args);
      };
    }
  }
}

function slotNames(table: object): readonly string[] {
  const own = Object.keys(table);
  const inherited = Object.getOwnPropertyNames(Object.getPrototypeOf(table)).filter(
    (name) => name !== 'constructor',
  );
  return [...new Set([...own, ...inherited])].filter(
    (name) => typeof (table as Record<string, unknown>)[name] === 'function',
  );
}
