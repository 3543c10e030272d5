// The default engine, of which a test can make `get` wait, and which counts what it gives out and gets back.
import {
  type Cookie,
  type CreateInstance,
  EngineErrorCode,
  EngineEventType,
  type EngineInterface,
  type EngineModule,
  type Item,
  type ServerApi,
} from '../../reference/engine/contract.ts';
import { createInstance as createDefault } from '../../reference/engines/default/index.ts';

/** A `get` that waits. */
export interface ParkedGet {
  readonly key: string;
  readonly cookie: Cookie;
  /** Lets it go on, or fail with a code. */
  notify(code?: EngineErrorCode): void;
}

/** A module for one server, and what a test steers and sees. */
export class SteeredEngine implements EngineModule {
  /** Every `get` that waited, in order. */
  readonly parked: ParkedGet[] = [];
  /** Items that were given out and not released. */
  held = 0;
  /** Releases of items that nobody held. */
  excess = 0;
  /** Connections that the engine was told are gone. */
  disconnects = 0;
  destroyed = 0;
  /** Whether a `get` of this key waits, the first time that it is called for a request. */
  parks: (key: string) => boolean = () => false;
  /** Runs within a `get` that is about to wait. */
  onPark: (get: ParkedGet) => void = () => {};
  server: ServerApi | undefined;
  readonly #held = new Map<Item, number>();
  readonly #hasWaited = new Set<string>();

  readonly createInstance: CreateInstance = (version, getServerApi) => {
    const made = createDefault(version, getServerApi);
    if (made.status === EngineErrorCode.ENGINE_SUCCESS) this.#steer(made.handle, getServerApi());
    return made;
  };

  #steer(engine: EngineInterface, server: ServerApi): void {
    this.server = server;
    const { allocate, destroy, get, initialize, release } = engine;
    engine.initialize = (handle, config) => {
      const { registerCallback } = server.callback;
      registerCallback(handle, EngineEventType.ON_DISCONNECT, () => {
        this.disconnects += 1;
      });
      return initialize.call(engine, handle, config);
    };
    engine.destroy = (handle, force) => {
      this.destroyed += 1;
      return destroy.call(engine, handle, force);
    };
    engine.get = (handle, cookie, key, ...rest) => {
      if (this.#waits(cookie, key.text)) return { status: EngineErrorCode.ENGINE_EWOULDBLOCK };
      const found = get.call(engine, handle, cookie, key, ...rest);
      if (found.status === EngineErrorCode.ENGINE_SUCCESS) this.#give(found.item);
      return found;
    };
    engine.allocate = (...args) => {
      const made = allocate.call(engine, ...args);
      if (made.status === EngineErrorCode.ENGINE_SUCCESS) this.#give(made.item);
      return made;
    };
    engine.release = (handle, cookie, item) => {
      const count = this.#held.get(item) ?? 0;
      if (count === 0) this.excess += 1;
      else this.held -= 1;
      if (count > 1) this.#held.set(item, count - 1);
      else this.#held.delete(item);
      release.call(engine, handle, cookie, item);
    };
  }

  #waits(cookie: Cookie, key: string): boolean {
    if (!this.parks(key) || this.#hasWaited.delete(key)) return false;
    this.#hasWaited.add(key);
    const parked: ParkedGet = {
      key,
      cookie,
      notify: (code = EngineErrorCode.ENGINE_SUCCESS) => this.server?.cookie.notifyIoComplete(cookie, code),
    };
    this.parked.push(parked);
    this.onPark(parked);
    return true;
  }

  #give(item: Item): void {
    this.held += 1;
    this.#held.set(item, (this.#held.get(item) ?? 0) + 1);
  }
}
