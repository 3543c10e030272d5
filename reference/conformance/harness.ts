// One engine in a mock core: every slot but DCP's, called as a core calls it, with items counted (engine_testapp's role).
import {
  type AddResponse,
  type Cookie,
  DocNamespace,
  DocStateFilter,
  DocumentState,
  type EngineErrorCasPair,
  EngineErrorCode,
  type EngineErrorItemInfoPair,
  type EngineErrorItemPair,
  type EngineErrorMetadataPair,
  type EngineFailed,
  type EngineInfo,
  type EngineInterface,
  EngineStoreOperation,
  type Item,
  type ItemFilter,
  type ItemInfo,
  type ProtocolBinaryRequestHeader,
  type RemoveResult,
  type StoreIfPredicate,
} from '../engine/contract.ts';
import { ConformanceFailure, demand, show } from './failure.ts';
import { type Key, LentKey } from './lent-key.ts';
import type { MockCookie } from './mock-core/mock-cookie.ts';
import type { MockCore } from './mock-core/mock-core.ts';
import * as shapes from './result-shapes.ts';
import { SlotCaller } from './slot-caller.ts';

/** What a new item is like; everything but the length is 0 by default. */
export interface ItemSpec {
  readonly flags?: number;
  readonly exptime?: number;
  readonly datatype?: number;
  readonly vbucket?: number;
}

/** What `getStats` reported. */
export interface StatsReport {
  readonly status: EngineErrorCode;
  readonly entries: ReadonlyMap<string, string>;
}

/** An engine that is initialized, its core, and a cookie for commands. */
export class Harness {
  readonly core: MockCore;
  readonly engine: EngineInterface;
  readonly caller: SlotCaller;
  readonly cookie: MockCookie;
  readonly #references = new Map<Item, number>();

  constructor(core: MockCore, engine: EngineInterface, waitMs: number) {
    this.core = core;
    this.engine = engine;
    this.caller = new SlotCaller(waitMs);
    this.cookie = core.createCookie();
    core.releaseItem = (item) => this.engine.release(this.engine, undefined, item);
  }

  getInfo(): EngineInfo {
    return this.caller.callPlain('getInfo', () => this.engine.getInfo(this.engine), shapes.engineInfoShape);
  }

  async allocate(key: Key, nbytes: number, spec: ItemSpec = {}): Promise<EngineErrorItemPair> {
    const { flags = 0, exptime = 0, datatype = 0, vbucket = 0 } = spec;
    const { engine, cookie } = this;
    const call = (lent: LentKey): EngineErrorItemPair =>
      engine.allocate(engine, cookie, lent, nbytes, flags, exptime, datatype, vbucket);
    return this.#counted(await this.#withKey('allocate', key, call, shapes.itemPairShape));
  }

  async allocateEx(
    key: Key,
    nbytes: number,
    privNbytes: number,
    spec: ItemSpec = {},
  ): Promise<EngineErrorItemInfoPair> {
    const { flags = 0, exptime = 0, datatype = 0, vbucket = 0 } = spec;
    const { engine, cookie } = this;
    const call = (lent: LentKey): EngineErrorItemInfoPair =>
      engine.allocateEx(engine, cookie, lent, nbytes, privNbytes, flags, exptime, datatype, vbucket);
    return this.#counted(await this.#withKey('allocateEx', key, call, shapes.itemInfoPairShape));
  }

  async get(key: Key, filter: DocStateFilter = DocStateFilter.Alive): Promise<EngineErrorItemPair> {
    const { engine, cookie } = this;
    const call = (lent: LentKey): EngineErrorItemPair => engine.get(engine, cookie, lent, 0, filter);
    return this.#counted(await this.#withKey('get', key, call, shapes.itemPairShape));
  }

  async getIf(key: Key, filter: ItemFilter): Promise<EngineErrorItemPair> {
    const { engine, cookie } = this;
    const call = (lent: LentKey): EngineErrorItemPair => engine.getIf(engine, cookie, lent, 0, filter);
    return this.#counted(await this.#withKey('getIf', key, call, shapes.itemPairShape));
  }

  /** @throws ConformanceFailure where the engine has no such slot: look before. */
  async getMeta(key: Key): Promise<EngineErrorMetadataPair> {
    const { engine, cookie } = this;
    const call = (lent: LentKey): EngineErrorMetadataPair => {
      const result = engine.getMeta?.(engine, cookie, lent, 0);
      if (result === undefined) throw new ConformanceFailure('getMeta is missing, or answers nothing.');
      return result;
    };
    return this.#withKey('getMeta', key, call, shapes.metadataPairShape);
  }

  async getLocked(key: Key, lockTimeout: number): Promise<EngineErrorItemPair> {
    const { engine, cookie } = this;
    const call = (lent: LentKey): EngineErrorItemPair =>
      engine.getLocked(engine, cookie, lent, 0, lockTimeout);
    return this.#counted(await this.#withKey('getLocked', key, call, shapes.itemPairShape));
  }

  async getAndTouch(key: Key, exptime: number): Promise<EngineErrorItemPair> {
    const { engine, cookie } = this;
    const call = (lent: LentKey): EngineErrorItemPair => engine.getAndTouch(engine, cookie, lent, 0, exptime);
    return this.#counted(await this.#withKey('getAndTouch', key, call, shapes.itemPairShape));
  }

  async unlock(key: Key, cas: bigint): Promise<EngineErrorCode> {
    const { engine, cookie } = this;
    const lent = new LentKey(key);
    const code = await this.caller.callForCode('unlock', cookie, () =>
      engine.unlock(engine, cookie, lent, 0, cas),
    );
    lent.takeBack();
    return code;
  }

  async remove(key: Key, cas = 0n): Promise<RemoveResult> {
    const { engine, cookie } = this;
    const call = (lent: LentKey): RemoveResult => engine.remove(engine, cookie, lent, cas, 0);
    return this.#withKey('remove', key, call, shapes.removeShape);
  }

  /** Gives back one reference. */
  release(item: Item, cookie: MockCookie = this.cookie): void {
    this.#uncount(item);
    const { engine } = this;
    this.caller.callNow('release', cookie, () => engine.release(engine, cookie, item), shapes.nothingShape);
  }

  /** Gives back one reference to an item that outlived its command: there is no cookie any more. */
  releaseLate(item: Item): void {
    this.#uncount(item);
    const { engine } = this;
    this.caller.callPlain('release', () => engine.release(engine, undefined, item), shapes.nothingShape);
  }

  #uncount(item: Item): void {
    const count = this.#references.get(item) ?? 0;
    if (count === 0) throw new Error('The suite released an item that it does not hold.');
    if (count === 1) this.#references.delete(item);
    else this.#references.set(item, count - 1);
  }

  /** Takes note of a reference that the engine handed over in another way than as a result (a DCP producer). */
  take(item: Item): void {
    this.#references.set(item, (this.#references.get(item) ?? 0) + 1);
  }

  /** References that the core holds. */
  get held(): number {
    let sum = 0;
    for (const count of this.#references.values()) sum += count;
    return sum;
  }

  async store(
    item: Item,
    operation: EngineStoreOperation = EngineStoreOperation.OPERATION_SET,
    state: DocumentState = DocumentState.Alive,
  ): Promise<EngineErrorCasPair> {
    const { engine, cookie } = this;
    const call = (): EngineErrorCasPair => engine.store(engine, cookie, item, operation, state);
    return this.caller.call('store', cookie, call, shapes.casPairShape);
  }

  async storeIf(
    item: Item,
    cas: bigint,
    operation: EngineStoreOperation,
    predicate: StoreIfPredicate,
  ): Promise<EngineErrorCasPair> {
    const { engine, cookie } = this;
    const call = (): EngineErrorCasPair =>
      engine.storeIf(engine, cookie, item, cas, operation, predicate, DocumentState.Alive);
    return this.caller.call('storeIf', cookie, call, shapes.casPairShape);
  }

  async flush(): Promise<EngineErrorCode> {
    const { engine, cookie } = this;
    return this.caller.callForCode('flush', cookie, () => engine.flush(engine, cookie));
  }

  /** @throws ConformanceFailure where a statistic is no text, comes for another cookie, or comes too late. */
  async getStats(group = ''): Promise<StatsReport> {
    const { engine, cookie } = this;
    const entries = new Map<string, string>();
    let isOver = false;
    const addStat = (key: string, value: string, owner: Cookie): void => {
      const shown = `addStat(${show(key)}, ${show(value)})`;
      if (typeof key !== 'string' || typeof value !== 'string') {
        this.core.violations.add(`${shown} got something else than texts`);
      }
      if (owner !== cookie) this.core.violations.add(`${shown} got another cookie`);
      if (isOver || cookie.phase !== 'running')
        this.core.violations.add(`${shown} was called after getStats returned`);
      entries.set(key, value);
    };
    const call = (): EngineErrorCode => engine.getStats(engine, cookie, group, addStat);
    const status = await this.caller.callForCode('getStats', cookie, call);
    isOver = true;
    this.core.violations.check();
    return { status, entries };
  }

  resetStats(): void {
    const { engine, cookie } = this;
    const call = (): void => engine.resetStats(engine, cookie);
    this.caller.callNow('resetStats', cookie, call, shapes.nothingShape);
  }

  async unknownCommand(
    cookie: MockCookie,
    request: ProtocolBinaryRequestHeader,
    respond: AddResponse,
  ): Promise<EngineErrorCode> {
    const { engine } = this;
    cookie.opcode = request.request.opcode;
    return this.caller.callForCode('unknownCommand', cookie, () =>
      engine.unknownCommand(engine, cookie, request, respond, DocNamespace.DefaultCollection),
    );
  }

  itemSetCas(item: Item, cas: bigint): void {
    const { engine, cookie } = this;
    const call = (): void => engine.itemSetCas(engine, cookie, item, cas);
    this.caller.callNow('itemSetCas', cookie, call, shapes.nothingShape);
  }

  getItemInfo(item: Item, cookie: MockCookie = this.cookie): ItemInfo {
    const { engine } = this;
    const call = (): ItemInfo | undefined => engine.getItemInfo(engine, cookie, item);
    const info = this.caller.callNow('getItemInfo', cookie, call, shapes.itemInfoShape);
    demand(info !== undefined, 'getItemInfo answered nothing.');
    return info;
  }

  setItemInfo(item: Item, info: ItemInfo): boolean {
    const { engine, cookie } = this;
    const call = (): boolean => engine.setItemInfo(engine, cookie, item, info);
    return this.caller.callNow('setItemInfo', cookie, call, shapes.booleanShape);
  }

  isXattrEnabled(): boolean {
    const { engine } = this;
    return this.caller.callPlain('isXattrEnabled', () => engine.isXattrEnabled(engine), shapes.booleanShape);
  }

  /** The engine is told and every connection closed, then it is destroyed. */
  async destroy(force = false): Promise<void> {
    this.core.disconnectAll();
    const { engine } = this;
    await this.caller.callSlow('destroy', () => engine.destroy(engine, force), shapes.nothingShape);
  }

  async #withKey<T>(
    slot: string,
    key: Key,
    call: (lent: LentKey) => T,
    shape: shapes.Shape,
  ): Promise<T | EngineFailed> {
    const lent = new LentKey(key);
    const result = await this.caller.call(slot, this.cookie, () => call(lent), shape);
    lent.takeBack();
    return result;
  }

  #counted<T extends { readonly status: EngineErrorCode }>(result: T): T {
    if (result.status === EngineErrorCode.ENGINE_SUCCESS && 'item' in result) this.take(result.item as Item);
    return result;
  }
}
