// Wraps an engine and answers some of its calls with an error instead. What is injected when is fault-mode.ts.
import {
  type AddResponse,
  type CollectionsInterface,
  type Cookie,
  type DcpInterface,
  type DocNamespace,
  EngineErrorCode,
  EngineEventType,
  type EngineFailed,
  type EngineFailure,
  type EngineHandle,
  type EngineInfo,
  type EngineInterface,
  type EngineModule,
  EngineStoreOperation,
  type GetServerApi,
  type ProtocolBinaryRequestHeader,
  type ServerApi,
} from '../../engine/contract.ts';
import { loadModule } from '../../engine/load-module.ts';
import { startEngine } from '../../engine/start.ts';
import { plainEngines } from '../plain-engines.ts';
import { onNextTurn, type Schedule } from '../schedule.ts';
import { EWOULDBLOCK_CTL, readControlRequest } from './control-request.ts';
import type { FaultMode, SlotGroup } from './fault-mode.ts';
import { forwardCollections, forwardDcp } from './forward-tables.ts';

const { ENGINE_EINVAL, ENGINE_EWOULDBLOCK, ENGINE_FAILED, ENGINE_SUCCESS } = EngineErrorCode;
const NO_BYTES: Uint8Array = new Uint8Array(0);
const DEFAULT_INNER = 'default';

/** A slot, by its parameters after the handle. */
type Slot<A extends unknown[], R> = (handle: EngineHandle, ...args: A) => R;

/** What tests and the module may bring. */
export interface EwouldblockOptions {
  /** When notifications are sent; on the next turn of the event loop unless told. */
  readonly schedule?: Schedule;
  /** Told of the module of the inner engine once it is loaded. */
  readonly onInnerModule?: (module: EngineModule) => void;
}

/**
 * An engine over another one (kv_engine's ewouldblock_engine). Opcode 0xfd (see `readControlRequest`) makes it inject
 * errors into the calls of that connection; all others, and DCP, pass. An injected ENGINE_EWOULDBLOCK is followed by a
 * notification with ENGINE_SUCCESS, unless the mode is No_Notify. A connection has one mode: the last that it asked for.
 */
export class EwouldblockEngine implements EngineInterface {
  readonly interface = 1;
  /** What the inner engine has of the optional slots and tables is here once it is initialized. */
  dcp?: DcpInterface;
  collections?: CollectionsInterface;
  getMeta?: NonNullable<EngineInterface['getMeta']>;
  setLogLevel?: NonNullable<EngineInterface['setLogLevel']>;
  readonly #getServerApi: GetServerApi;
  readonly #schedule: Schedule;
  readonly #onInnerModule: ((module: EngineModule) => void) | undefined;
  readonly #modes = new Map<bigint, FaultMode>();
  #innerApi: ServerApi | undefined;
  #loaded: EngineInterface | undefined;
  #seed = 1;
  #isDestroyed = false;

  constructor(getServerApi: GetServerApi, options: EwouldblockOptions = {}) {
    this.#getServerApi = getServerApi;
    this.#schedule = options.schedule ?? onNextTurn;
    this.#onInnerModule = options.onInnerModule;
  }

  getInfo(_handle: EngineHandle): EngineInfo {
    const info = this.#loaded?.getInfo(this.#loaded);
    return {
      description: `EWOULDBLOCK over ${info?.description ?? 'nothing yet'}`,
      features: info?.features ?? [],
    };
  }

  /**
   * `engine=<name or path>;` (`default` where it is left out) and `seed=<number>;` (of the mode Random, 1), in this or
   * the other order; what follows is the inner engine's configuration.
   * @throws EngineLoadError (as a rejection) about the inner engine.
   */
  async initialize(_handle: EngineHandle, configStr: string): Promise<EngineErrorCode> {
    const { spec, seed, rest } = parseConfig(configStr);
    if (!Number.isInteger(seed)) return ENGINE_EINVAL;
    const module = await loadModule(spec, plainEngines);
    this.#onInnerModule?.(module);
    const getServerApi = (): ServerApi => this.#apiForInner();
    const inner = await startEngine(module, { name: spec, config: rest, contract: 'current', getServerApi });
    this.#offer(inner);
    this.#seed = seed;
    this.#loaded = inner;
    const server = this.#getServerApi();
    server.callback.registerCallback(this, EngineEventType.ON_DISCONNECT, (cookie) => {
      if (cookie !== undefined) this.#modes.delete(server.cookie.getConnectionId(cookie));
    });
    return ENGINE_SUCCESS;
  }

  async destroy(_handle: EngineHandle, force: boolean): Promise<void> {
    this.#isDestroyed = true;
    this.#modes.clear();
    await this.#loaded?.destroy(this.#loaded, force);
  }

  readonly allocate: EngineInterface['allocate'] = this.#result((inner) => inner.allocate, 'allocate');
  readonly allocateEx: EngineInterface['allocateEx'] = this.#result((inner) => inner.allocateEx, 'allocate');
  readonly remove: EngineInterface['remove'] = this.#result((inner) => inner.remove, 'remove');
  readonly release: EngineInterface['release'] = this.#pass((inner) => inner.release);
  readonly get: EngineInterface['get'] = this.#result((inner) => inner.get, 'get');
  readonly getIf: EngineInterface['getIf'] = this.#result((inner) => inner.getIf, 'get');
  readonly getLocked: EngineInterface['getLocked'] = this.#result((inner) => inner.getLocked, 'lock');
  readonly getAndTouch: EngineInterface['getAndTouch'] = this.#result((inner) => inner.getAndTouch, 'get');
  readonly unlock: EngineInterface['unlock'] = this.#code((inner) => inner.unlock, 'unlock');
  readonly store: EngineInterface['store'] = this.#result(
    (inner) => inner.store,
    (_item, operation) => storeGroup(operation),
  );
  readonly storeIf: EngineInterface['storeIf'] = this.#result(
    (inner) => inner.storeIf,
    (_item, _cas, operation) => storeGroup(operation),
  );
  readonly flush: EngineInterface['flush'] = this.#code((inner) => inner.flush, 'flush');
  readonly getStats: EngineInterface['getStats'] = this.#code((inner) => inner.getStats, 'getStats');
  readonly resetStats: EngineInterface['resetStats'] = this.#pass((inner) => inner.resetStats);
  readonly itemSetCas: EngineInterface['itemSetCas'] = this.#pass((inner) => inner.itemSetCas);
  readonly getItemInfo: EngineInterface['getItemInfo'] = this.#pass((inner) => inner.getItemInfo);
  readonly setItemInfo: EngineInterface['setItemInfo'] = this.#pass((inner) => inner.setItemInfo);
  readonly isXattrEnabled: EngineInterface['isXattrEnabled'] = this.#pass((inner) => inner.isXattrEnabled);
  readonly #unknownCommand: EngineInterface['unknownCommand'] = this.#code(
    (inner) => inner.unknownCommand,
    'unknownCommand',
  );

  unknownCommand(
    handle: EngineHandle,
    cookie: Cookie,
    request: ProtocolBinaryRequestHeader,
    response: AddResponse,
    docNamespace: DocNamespace,
  ): EngineErrorCode {
    if (request.request.opcode !== EWOULDBLOCK_CTL) {
      return this.#unknownCommand(handle, cookie, request, response, docNamespace);
    }
    const control = readControlRequest(request, this.#seed);
    const server = this.#getServerApi();
    if ('refusal' in control) {
      server.cookie.setErrorContext(cookie, control.reason);
      return control.refusal;
    }
    this.#modes.set(server.cookie.getConnectionId(cookie), control.mode);
    return response(NO_BYTES, NO_BYTES, NO_BYTES, 0, 0, 0n, cookie) ? ENGINE_SUCCESS : ENGINE_FAILED;
  }

  /** A slot whose calls always reach the inner engine. */
  #pass<A extends unknown[], R>(pick: (inner: EngineInterface) => Slot<A, R>): Slot<A, R> {
    return (_handle, ...args) => {
      const inner = this.#inner();
      return pick(inner).call(inner, inner, ...args);
    };
  }

  /** A slot that answers a code, sometimes an injected one. */
  #code<A extends unknown[]>(
    pick: (inner: EngineInterface) => Slot<[Cookie, ...A], EngineErrorCode>,
    group: SlotGroup,
  ): Slot<[Cookie, ...A], EngineErrorCode> {
    const pass = this.#pass(pick);
    return (handle, cookie, ...args) => this.#fault(cookie, group) ?? pass(handle, cookie, ...args);
  }

  /** A slot that answers a result, sometimes one that is only an injected code. */
  #result<A extends unknown[], R>(
    pick: (inner: EngineInterface) => Slot<[Cookie, ...A], R>,
    group: SlotGroup | ((...args: A) => SlotGroup),
  ): Slot<[Cookie, ...A], R | EngineFailed> {
    const pass = this.#pass(pick);
    return (handle, cookie, ...args) => {
      const status = this.#fault(cookie, typeof group === 'string' ? group : group(...args));
      return status === undefined ? pass(handle, cookie, ...args) : { status };
    };
  }

  /** The code to inject into this call, undefined for none. Sees to the notification of ENGINE_EWOULDBLOCK. */
  #fault(cookie: Cookie, group: SlotGroup): EngineFailure | undefined {
    if (this.#modes.size === 0) return undefined;
    const server = this.#getServerApi();
    const mode = this.#modes.get(server.cookie.getConnectionId(cookie));
    const code = mode?.next(group);
    if (code === ENGINE_EWOULDBLOCK && mode?.notifies) {
      this.#schedule(() => {
        if (!this.#isDestroyed) server.cookie.notifyIoComplete(cookie, ENGINE_SUCCESS);
      });
    }
    return code;
  }

  /** Takes over what not every engine has. */
  #offer(inner: EngineInterface): void {
    const dcp = forwardDcp(inner);
    if (dcp !== undefined) this.dcp = dcp;
    const collections = forwardCollections(inner);
    if (collections !== undefined) this.collections = collections;
    const { getMeta, setLogLevel } = inner;
    if (getMeta !== undefined) this.getMeta = this.#result(() => getMeta, 'getMeta');
    if (setLogLevel !== undefined) this.setLogLevel = this.#pass(() => setLogLevel);
  }

  /** The server knows this engine only: callbacks are registered in its name. */
  #apiForInner(): ServerApi {
    if (this.#innerApi !== undefined) return this.#innerApi;
    const { core, cookie, callback, log, stat, document } = this.#getServerApi();
    this.#innerApi = {
      interface: 1,
      core,
      cookie,
      callback: { registerCallback: (_handle, type, call) => callback.registerCallback(this, type, call) },
      log,
      stat,
      document,
    };
    return this.#innerApi;
  }

  #inner(): EngineInterface {
    if (this.#loaded === undefined) throw new Error('The engine "ewouldblock" is not initialized.');
    return this.#loaded;
  }
}

function storeGroup(operation: EngineStoreOperation): SlotGroup {
  return operation === EngineStoreOperation.OPERATION_CAS ? 'cas' : 'store';
}

function parseConfig(text: string): { readonly spec: string; readonly seed: number; readonly rest: string } {
  let spec = DEFAULT_INNER;
  let seed = 1;
  let rest = text;
  for (;;) {
    const [setting, key, value] = /^(engine|seed)=([^;]*)(?:;|$)/.exec(rest) ?? [];
    if (setting === undefined || value === undefined) return { spec, seed, rest };
    if (key === 'engine') spec = value;
    else seed = Number(value);
    rest = rest.slice(setting.length);
  }
}
