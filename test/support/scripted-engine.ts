// The default engine, whose slots a test can make wait, answer otherwise, or do something first; it writes down the calls.
import {
  type Cookie,
  type CreateInstance,
  DocumentState,
  EngineErrorCode,
  type EngineInterface,
  type EngineModule,
  EngineStoreOperation,
  type ServerApi,
} from '../../reference/engine/contract.ts';
import { engineSlots } from '../../reference/engine/slots.ts';
import { createInstance as createDefault } from '../../reference/engines/default/index.ts';
import { docKey } from './small-server-api.ts';

/** The slots that may wait. */
export type SlotName = Exclude<keyof typeof engineSlots, 'initialize' | 'destroy'>;

/** What a document is put with. */
export interface Put {
  readonly value: Uint8Array | string;
  readonly datatype?: number;
  readonly flags?: number;
  /** Seconds since 1970. */
  readonly exptime?: number;
  /** How many of its bytes are system data. */
  readonly system?: number;
}

/** What the engine says of a document. */
export interface Seen {
  readonly flags: number;
  /** Seconds since 1970. */
  readonly exptime: number;
  readonly datatype: number;
  /** As latin1. */
  readonly value: string;
}

const codeOnly: ReadonlySet<string> = new Set(['unlock', 'flush', 'getStats', 'unknownCommand']);

/** A module for one server. */
export class ScriptedEngine implements EngineModule {
  /** The calls that the engine answered, by slot and in order; `release` and `getItemInfo` are left out. */
  readonly calls: SlotName[] = [];
  /** Slots that answer ENGINE_EWOULDBLOCK to every other call, and notify in the next turn. */
  readonly waits: Set<SlotName> = new Set();
  /** Answers instead of the engine's, one after the other. */
  readonly answers: Map<SlotName, unknown[]> = new Map();
  /** Runs before the slot is called, once. */
  readonly before: Map<SlotName, () => void> = new Map();
  /** The handle that the server has. */
  handle: EngineInterface = undefined as never;
  server: ServerApi = undefined as never;
  readonly #waiting = new Set<SlotName>();
  #isInside = false;
  readonly #cookie: Cookie = { name: 'test' };

  readonly createInstance: CreateInstance = (version, getServerApi) => {
    const made = createDefault(version, getServerApi);
    if (made.status !== EngineErrorCode.ENGINE_SUCCESS) return made;
    this.server = getServerApi();
    this.handle = made.handle;
    for (const name of Object.keys(engineSlots)) {
      if (name !== 'initialize' && name !== 'destroy') this.#script(made.handle, name as SlotName);
    }
    return made;
  };

  /** Stores a document, past the server. */
  put(key: string, { value, datatype = 0, flags = 0, exptime = 0, system = 0 }: Put): void {
    const bytes = Buffer.from(value);
    const { length: calls } = this.calls;
    const { handle } = this;
    const cookie = this.#cookie;
    const { length } = bytes;
    const made = handle.allocateEx(handle, cookie, docKey(key), length, system, flags, exptime, datatype, 0);
    if (made.status !== EngineErrorCode.ENGINE_SUCCESS) throw new Error(`allocate answered ${made.status}`);
    handle.getItemInfo(handle, cookie, made.item)?.value.set(bytes);
    const { OPERATION_SET } = EngineStoreOperation;
    const stored = handle.store(handle, cookie, made.item, OPERATION_SET, DocumentState.Alive);
    if (stored.status !== EngineErrorCode.ENGINE_SUCCESS) throw new Error(`store answered ${stored.status}`);
    handle.release(handle, cookie, made.item);
    this.calls.splice(calls);
  }

  /** Removes a document, past the server. */
  take(key: string): void {
    const { status } = this.handle.remove(this.handle, this.#cookie, docKey(key), 0n, 0);
    if (status !== EngineErrorCode.ENGINE_SUCCESS) throw new Error(`remove answered ${status}`);
    this.calls.pop();
  }

  /** What the engine says of a document that is alive, past the server. */
  peek(key: string): Seen | undefined {
    const { handle } = this;
    const found = handle.get(handle, this.#cookie, docKey(key), 0, DocumentState.Alive);
    this.calls.pop();
    if (found.status !== EngineErrorCode.ENGINE_SUCCESS) return undefined;
    const info = handle.getItemInfo(handle, this.#cookie, found.item);
    handle.release(handle, this.#cookie, found.item);
    if (info === undefined) return undefined;
    const { flags, exptime, datatype, value } = info;
    return { flags, exptime, datatype, value: Buffer.from(value).toString('latin1') };
  }

  /** References to items that nobody has given back, as the engine counts them. */
  get outstanding(): number {
    let count = Number.NaN;
    this.handle.getStats(this.handle, this.#cookie, '', (name, value) => {
      if (name === 'items_outstanding') count = Number(value);
    });
    this.calls.pop();
    return count;
  }

  #script(engine: EngineInterface, name: SlotName): void {
    const slot: unknown = Reflect.get(engine, name);
    if (typeof slot !== 'function') return;
    const isSilent = name === 'release' || name === 'getItemInfo';
    const scripted = (...args: unknown[]): unknown => {
      const cookie = args[1] as Cookie;
      if (this.waits.has(name) && cookie !== this.#cookie && !this.#waiting.delete(name)) {
        this.#waiting.add(name);
        setImmediate(() => this.server.cookie.notifyIoComplete(cookie, EngineErrorCode.ENGINE_SUCCESS));
        return codeOnly.has(name)
          ? EngineErrorCode.ENGINE_EWOULDBLOCK
          : { status: EngineErrorCode.ENGINE_EWOULDBLOCK };
      }
      const first = this.before.get(name);
      this.before.delete(name);
      first?.();
      // A slot may call another one, which is not the server's call.
      if (!isSilent && !this.#isInside) this.calls.push(name);
      const answers = this.answers.get(name);
      if (answers !== undefined && answers.length > 0) return answers.shift();
      const wasInside = this.#isInside;
      this.#isInside = true;
      try {
        return slot.apply(engine, args);
      } finally {
        this.#isInside = wasInside;
      }
    };
    Reflect.set(engine, name, scripted);
  }
}
