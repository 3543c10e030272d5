// A bucket of the default engine on a server without sockets: its clock, its disconnects and its callbacks are the test's.
import {
  type Cookie,
  type DocKey,
  type DocNamespace,
  DocStateFilter,
  DocumentState,
  type EngineErrorCode,
  type EngineHandle,
  type EngineInterface,
  EngineStoreOperation,
  type EventCallback,
  type Item,
  type ItemInfo,
  type ServerApi,
} from '../../../../reference/engine/contract.ts';
import { createInstance } from '../../../../reference/engines/default/index.ts';

/** Seconds since 1970 at second 0 of the server's clock. */
export const EPOCH = 1_700_000_000;

const MAX_RELATIVE = 30 * 24 * 60 * 60;

/** The server, as far as an engine sees it. */
export class TestServer {
  now = 1000;
  readonly evicted: string[] = [];
  readonly notified: Cookie[] = [];
  readonly priorities: number[] = [];
  readonly api: ServerApi;
  preLink: ServerApi['document']['preLink'] = () => 0;
  preExpiry: ServerApi['document']['preExpiry'] = () => undefined;
  readonly #specific = new Map<Cookie, unknown>();
  readonly #callbacks: EventCallback[] = [];

  constructor() {
    this.api = {
      interface: 1,
      core: {
        getCurrentTime: () => this.now,
        realtime: (exptime) => {
          if (exptime === 0) return 0;
          return exptime <= MAX_RELATIVE ? exptime + this.now : Math.max(1, exptime - EPOCH);
        },
        abstime: (seconds) => seconds + EPOCH,
        shutdown: () => {},
      },
      cookie: {
        storeEngineSpecific: (cookie, data) => this.#specific.set(cookie, data),
        getEngineSpecific: (cookie) => this.#specific.get(cookie),
        isDatatypeSupported: () => true,
        isMutationExtrasSupported: () => false,
        isCollectionsSupported: () => false,
        getOpcodeIfEwouldblockSet: () => 0xff,
        notifyIoComplete: (cookie) => this.notified.push(cookie),
        reserve: () => 0,
        release: () => 0,
        setPriority: (_cookie, priority) => this.priorities.push(priority),
        getBucketId: () => 1,
        getConnectionId: () => 1n,
        setErrorContext: () => {},
        getConnection: () => {
          throw new Error('This server has no connections.');
        },
      },
      callback: { registerCallback: (_handle, _type, callback) => this.#callbacks.push(callback) },
      log: { log: () => {}, getLevel: () => 4 },
      stat: { evicting: (_cookie, key) => this.evicted.push(key.text) },
      document: {
        preLink: (cookie, info) => this.preLink(cookie, info),
        preExpiry: (info) => this.preExpiry(info),
      },
    };
  }

  disconnect(cookie: Cookie): void {
    for (const callback of this.#callbacks) callback(cookie, 0, undefined);
  }

  /** Cookies that were woken since the last call. */
  takeNotified(): Cookie[] {
    return this.notified.splice(0);
  }
}

/** How a document is stored, where not as usual. */
export interface StoreOptions {
  readonly operation?: EngineStoreOperation;
  readonly state?: DocumentState;
  readonly cas?: bigint;
  readonly exptime?: number;
  readonly flags?: number;
  readonly datatype?: number;
  readonly vbucket?: number;
}

/** An engine and shorthands for what tests do with it. Everything that is handed out is given back at once. */
export class Bucket {
  readonly server: TestServer;
  readonly engine: EngineInterface;
  readonly cookie: Cookie = { name: 'client' };

  constructor(server: TestServer, engine: EngineInterface) {
    this.server = server;
    this.engine = engine;
  }

  get handle(): EngineHandle {
    return this.engine;
  }

  allocate(text: string, length: number, options: StoreOptions = {}): Item {
    const { datatype = 0, exptime = 0, flags = 0, vbucket = 0 } = options;
    const made = this.engine.allocate(
      this.engine,
      this.cookie,
      docKey(text),
      length,
      flags,
      exptime,
      datatype,
      vbucket,
    );
    if (made.status !== 0) throw new Error(`allocate answered ${made.status}`);
    return made.item;
  }

  release(item: Item): void {
    this.engine.release(this.engine, this.cookie, item);
  }

  info(item: Item): ItemInfo {
    const info = this.engine.getItemInfo(this.engine, this.cookie, item);
    if (info === undefined) throw new Error('The engine does not know its item.');
    return info;
  }

  /** Stores a document; the new cas, or the code. */
  store(
    text: string,
    value: string | Uint8Array,
    options: StoreOptions = {},
  ): { status: EngineErrorCode; cas: bigint } {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    const item = this.allocate(text, bytes.length, options);
    this.info(item).value.set(bytes);
    if (options.cas !== undefined) this.engine.itemSetCas(this.engine, this.cookie, item, options.cas);
    const { operation = EngineStoreOperation.OPERATION_SET, state = DocumentState.Alive } = options;
    const stored = this.engine.store(this.engine, this.cookie, item, operation, state);
    this.release(item);
    return { status: stored.status, cas: stored.status === 0 ? stored.cas : 0n };
  }

  remove(text: string, cas = 0n, vbucket = 0): EngineErrorCode {
    return this.engine.remove(this.engine, this.cookie, docKey(text), cas, vbucket).status;
  }

  /** What `get` tells of a document; the code where it finds none. */
  get(
    text: string,
    vbucket = 0,
    filter: DocStateFilter = DocStateFilter.Alive,
  ): { status: EngineErrorCode; info: ItemInfo | undefined; value: string } {
    const found = this.engine.get(this.engine, this.cookie, docKey(text), vbucket, filter);
    if (found.status !== 0) return { status: found.status, info: undefined, value: '' };
    const info = { ...this.info(found.item) };
    this.release(found.item);
    return { status: found.status, info, value: Buffer.from(info.value).toString() };
  }

  stats(group = ''): Map<string, string> {
    const stats = new Map<string, string>();
    const status = this.engine.getStats(this.engine, this.cookie, group, (key, value) =>
      stats.set(key, value),
    );
    if (status !== 0) throw new Error(`getStats answered ${status}`);
    return stats;
  }

  stat(name: string): number {
    return Number(this.stats().get(name));
  }
}

/** Starts an engine. @throws Error where it refuses. */
export function startBucket(config = '', server: TestServer = new TestServer()): Bucket {
  const made = createInstance(1, () => server.api);
  if (made.status !== 0) throw new Error(`createInstance answered ${made.status}`);
  const status = made.handle.initialize(made.handle, config);
  if (status !== 0) throw new Error(`initialize answered ${String(status)}`);
  return new Bucket(server, made.handle);
}

/** A key as the core hands it in: its bytes can be taken away afterwards. */
export function docKey(text: string, docNamespace: DocNamespace = 0): DocKey {
  return { data: Buffer.from(text, 'latin1'), text, docNamespace };
}

/** Sets a vbucket's state as a client does: active 1, replica 2, pending 3, dead 4. */
export function setVbucketState(bucket: Bucket, vbucket: number, state: number): void {
  const { cookie, engine } = bucket;
  const request = {
    magic: 0x80,
    opcode: 0x3d,
    keylen: 0,
    extlen: 1,
    datatype: 0,
    vbucket,
    bodylen: 1,
    opaque: 1,
    cas: 0n,
  };
  const bytes = new Uint8Array([...new Uint8Array(24), state]);
  const code = engine.unknownCommand(engine, cookie, { request, bytes }, () => true, 0);
  if (code !== 0) throw new Error(`SetVbucket answered ${code}`);
}
