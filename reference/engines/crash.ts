// An engine that starts well and misbehaves from then on, for tests of the server's robustness. Keeps no documents.
import {
  type Cookie,
  type CreateInstance,
  type DcpInterface,
  ENGINE_INTERFACE_VERSION,
  EngineErrorCode,
  type EngineHandle,
  type EngineInfo,
  type EngineInterface,
  type GetServerApi,
} from '../engine/contract.ts';
import { onNextTurn, type Schedule } from './schedule.ts';

const { ENGINE_EINVAL, ENGINE_ENOTSUP, ENGINE_EWOULDBLOCK, ENGINE_FAILED, ENGINE_SUCCESS } = EngineErrorCode;

const MODES = ['throw', 'reject', 'nonsense', 'twice', 'never'] as const;
type Mode = (typeof MODES)[number];

/** What `nonsense` answers, one after the other. */
const NONSENSE = [undefined, 42, {}] as const;

/** A slot as the tables below need it: the two parameters that all of them have, and an answer of any type. */
type AnySlot = (handle: EngineHandle, cookie: Cookie) => never;

/**
 * Misbehaves in every slot that works on data or streams, in the way that its configuration names: `mode=throw` (the
 * default), `reject` (a promise), `nonsense` (undefined, 42 and {} in turn), `twice` (ENGINE_EWOULDBLOCK, then two
 * notifications where one is due; the retry is ENGINE_FAILED), `never` (ENGINE_EWOULDBLOCK and no notification).
 * kv_engine's crash engine takes the process down in `initialize`; what is tested here is that none of this does.
 */
export class CrashEngine implements EngineInterface {
  readonly interface = 1;
  readonly #getServerApi: GetServerApi;
  readonly #schedule: Schedule;
  readonly #blocked = new WeakSet<Cookie>();
  #mode: Mode = 'throw';
  #calls = 0;

  constructor(getServerApi: GetServerApi, schedule: Schedule = onNextTurn) {
    this.#getServerApi = getServerApi;
    this.#schedule = schedule;
  }

  getInfo(_handle: EngineHandle): EngineInfo {
    return { description: `Crash (${this.#mode})`, features: [] };
  }

  /** `mode=...` or nothing; ENGINE_EINVAL for anything else. */
  initialize(_handle: EngineHandle, configStr: string): EngineErrorCode {
    const wanted = configStr === '' ? 'throw' : /^mode=(\w+);?$/.exec(configStr)?.[1];
    const mode = MODES.find((name) => name === wanted);
    if (mode === undefined) return ENGINE_EINVAL;
    this.#mode = mode;
    return ENGINE_SUCCESS;
  }

  destroy(_handle: EngineHandle, _force: boolean): void {}

  // What these answer is not what the contract says: that is the point of the two assertions.
  readonly #code: AnySlot = (_handle, cookie) => this.#answer(cookie, (code) => code) as never;
  readonly #result: AnySlot = (_handle, cookie) => this.#answer(cookie, (status) => ({ status })) as never;

  readonly allocate: EngineInterface['allocate'] = this.#result;
  readonly allocateEx: EngineInterface['allocateEx'] = this.#result;
  readonly remove: EngineInterface['remove'] = this.#result;
  readonly get: EngineInterface['get'] = this.#result;
  readonly getMeta: NonNullable<EngineInterface['getMeta']> = this.#result;
  readonly getIf: EngineInterface['getIf'] = this.#result;
  readonly getLocked: EngineInterface['getLocked'] = this.#result;
  readonly getAndTouch: EngineInterface['getAndTouch'] = this.#result;
  readonly unlock: EngineInterface['unlock'] = this.#code;
  readonly store: EngineInterface['store'] = this.#result;
  readonly storeIf: EngineInterface['storeIf'] = this.#result;
  readonly flush: EngineInterface['flush'] = this.#code;
  readonly getStats: EngineInterface['getStats'] = this.#code;
  readonly unknownCommand: EngineInterface['unknownCommand'] = this.#code;

  readonly dcp: DcpInterface = {
    step: this.#code,
    open: this.#code,
    addStream: this.#code,
    closeStream: this.#code,
    streamReq: this.#result,
    getFailoverLog: this.#code,
    streamEnd: this.#code,
    snapshotMarker: this.#code,
    mutation: this.#code,
    deletion: this.#code,
    expiration: this.#code,
    flush: this.#code,
    setVbucketState: this.#code,
    noop: this.#code,
    bufferAcknowledgement: this.#code,
    control: this.#code,
    responseHandler: this.#code,
    systemEvent: this.#code,
  };

  release(): void {}

  resetStats(): void {}

  itemSetCas(): void {}

  getItemInfo(): undefined {}

  setItemInfo(): boolean {
    return false;
  }

  isXattrEnabled(_handle: EngineHandle): boolean {
    return false;
  }

  /** `as` gives a code the shape of the slot's answers. */
  #answer(cookie: Cookie, as: (code: EngineErrorCode) => unknown): unknown {
    switch (this.#mode) {
      case 'throw':
        throw new Error('The engine "crash" crashed.');
      case 'reject':
        return Promise.reject(new Error('The engine "crash" crashed later.'));
      case 'nonsense':
        return NONSENSE[this.#calls++ % NONSENSE.length];
      case 'twice':
        return as(this.#blockOnce(cookie));
      case 'never':
        return as(ENGINE_EWOULDBLOCK);
    }
  }

  #blockOnce(cookie: Cookie): EngineErrorCode {
    if (this.#blocked.delete(cookie)) return ENGINE_FAILED;
    this.#blocked.add(cookie);
    const server = this.#getServerApi();
    this.#schedule(() => {
      server.cookie.notifyIoComplete(cookie, ENGINE_SUCCESS);
      server.cookie.notifyIoComplete(cookie, ENGINE_SUCCESS);
    });
    return ENGINE_EWOULDBLOCK;
  }
}

/** Makes one engine, for one bucket. */
export const createInstance: CreateInstance = (interfaceVersion, getServerApi) =>
  interfaceVersion === ENGINE_INTERFACE_VERSION
    ? { status: ENGINE_SUCCESS, handle: new CrashEngine(getServerApi) }
    : { status: ENGINE_ENOTSUP };
