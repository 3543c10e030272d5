// A core without sockets: the whole server API over a clock that a test turns (engine_testapp's mock_server.cc, as a role).
import { ServerClock } from '../../clock.ts';
import {
  type Connection,
  type Cookie,
  EngineErrorCode,
  type EngineEventType,
  EngineEventType as Event,
  type EventCallback,
  ExtensionLogLevel,
  type ServerApi,
} from '../../engine/contract.ts';
import type { Item } from '../../engine/item.ts';
import type { ServerApi as V1ServerApi } from '../../engine/v1.ts';
import { isCode, show } from '../failure.ts';
import { type CookieOptions, MockCookie } from './mock-cookie.ts';
import { RecordingConnection } from './recording-connection.ts';
import { RecordingV1Connection } from './recording-v1-connection.ts';
import { Violations } from './violations.ts';

const { ENGINE_EINVAL, ENGINE_SUCCESS } = EngineErrorCode;

/** When every core begins, in seconds since 1970. */
const EPOCH = 1_700_000_000;

/** One line that the engine logged. */
export interface LogLine {
  readonly severity: ExtensionLogLevel;
  readonly message: string;
}

/** Which contract the engine speaks. */
export type Contract = 'current' | 'v1';

/** The core of one engine. */
export class MockCore {
  readonly contract: Contract;
  readonly violations: Violations = new Violations();
  readonly log: LogLine[] = [];
  /** Keys that the engine evicted (`stat.evicting`), as text. */
  readonly evicted: string[] = [];
  /** What the next `document.preLink` answers. */
  preLink: EngineErrorCode = ENGINE_SUCCESS;
  preLinkCalls = 0;
  isShutdownAsked = false;
  /** Gives an item back that the old connection kept for the engine. */
  releaseItem: (item: Item) => void = () => {};
  #elapsed = 0;
  readonly #clock: ServerClock = new ServerClock({
    now: () => this.#elapsed * 1000,
    epoch: () => EPOCH + this.#elapsed,
    everySecond: () => () => {},
  });
  readonly #cookies = new Set<MockCookie>();
  readonly #callbacks: { type: EngineEventType; callback: EventCallback }[] = [];
  readonly #api: ServerApi;

  constructor(contract: Contract) {
    this.contract = contract;
    this.#api = this.#makeApi();
  }

  /** What an engine of today's contract gets. */
  readonly getServerApi = (): ServerApi => this.#api;

  /** What an engine of the old contract gets: `getConnection` answers the connection of `contract`. */
  readonly getV1ServerApi = (): V1ServerApi => this.#api as unknown as V1ServerApi;

  /** Seconds since 1970 at the clock's second. */
  get epoch(): number {
    return this.#clock.abstime(this.#clock.seconds);
  }

  /** Lets time pass. */
  timeTravel(seconds: number): void {
    this.#elapsed += seconds;
    this.#clock.refresh();
  }

  createCookie(options: CookieOptions = {}): MockCookie {
    const connection =
      this.contract === 'v1'
        ? new RecordingV1Connection(this.violations, (item) => this.releaseItem(item))
        : new RecordingConnection(this.violations);
    const cookie = new MockCookie(`mock:${this.#cookies.size + 1}`, options, connection, this.violations);
    this.#cookies.add(cookie);
    return cookie;
  }

  /** Closes the cookie's connection: the engine is told, and gets back what it lent. */
  disconnect(cookie: MockCookie): void {
    if (cookie.isClosed) return;
    cookie.connection.settle();
    this.fire(Event.ON_DISCONNECT, cookie);
    cookie.isClosed = true;
  }

  /** Calls what is registered for an event. */
  fire(type: EngineEventType, cookie?: MockCookie): void {
    for (const registered of this.#callbacks) {
      if (registered.type !== type) continue;
      try {
        registered.callback(cookie, type, undefined);
      } catch (error) {
        this.violations.add(`the callback for event ${type} threw ${show(error)}`);
      }
    }
  }

  /** Closes every connection. */
  disconnectAll(): void {
    for (const cookie of this.#cookies) this.disconnect(cookie);
  }

  /** Cookies that the engine reserved and did not release. */
  get reserved(): readonly MockCookie[] {
    return [...this.#cookies].filter((cookie) => cookie.reserved > 0);
  }

  #find(cookie: Cookie | undefined, method: string): MockCookie | undefined {
    if (!(cookie instanceof MockCookie) || !this.#cookies.has(cookie)) {
      this.violations.add(`${method} got ${show(cookie)} in place of a cookie`);
      return undefined;
    }
    if (!cookie.isUsable) {
      this.violations.add(`${method} got a cookie whose connection is closed and that is not reserved`);
      return undefined;
    }
    return cookie;
  }

  #makeApi(): ServerApi {
    return {
      interface: 1,
      core: {
        getCurrentTime: () => this.#clock.seconds,
        realtime: (exptime) => this.#clock.realtime(exptime),
        abstime: (exptime) => this.#clock.abstime(exptime),
        shutdown: () => {
          this.isShutdownAsked = true;
        },
      },
      cookie: this.#makeCookieApi(),
      callback: {
        registerCallback: (_handle, type, callback) => {
          this.#callbacks.push({ type, callback });
        },
      },
      log: {
        log: (severity, _cookie, message) => this.log.push({ severity, message }),
        getLevel: () => ExtensionLogLevel.DEBUG,
      },
      stat: { evicting: (_cookie, key) => this.evicted.push(key.text) },
      document: {
        preLink: () => {
          this.preLinkCalls += 1;
          return this.preLink;
        },
        preExpiry: () => undefined,
      },
    };
  }

  #makeCookieApi(): ServerApi['cookie'] {
    return {
      storeEngineSpecific: (cookie, data) => {
        const own = this.#find(cookie, 'storeEngineSpecific');
        if (own !== undefined) own.engineSpecific = data;
      },
      getEngineSpecific: (cookie) => this.#find(cookie, 'getEngineSpecific')?.engineSpecific,
      isDatatypeSupported: (cookie, datatype) =>
        ((this.#find(cookie, 'isDatatypeSupported')?.datatypes ?? 0) & datatype) === datatype,
      isMutationExtrasSupported: (cookie) =>
        this.#find(cookie, 'isMutationExtrasSupported')?.mutationExtras ?? false,
      isCollectionsSupported: (cookie) => this.#find(cookie, 'isCollectionsSupported')?.collections ?? false,
      getOpcodeIfEwouldblockSet: (cookie) => {
        const own = this.#find(cookie, 'getOpcodeIfEwouldblockSet');
        return own?.phase === 'blocked' ? own.opcode : 0xff;
      },
      notifyIoComplete: (cookie, status) => {
        if (isCode(status)) this.#find(cookie, 'notifyIoComplete')?.notify(status);
        else this.violations.add(`notifyIoComplete got ${show(status)} in place of an engine code`);
      },
      reserve: (cookie) => {
        const own = this.#find(cookie, 'reserve');
        if (own === undefined) return ENGINE_EINVAL;
        own.reserved += 1;
        return ENGINE_SUCCESS;
      },
      release: (cookie) => {
        const own = this.#find(cookie, 'release');
        if (own === undefined || own.reserved === 0) {
          if (own !== undefined) this.violations.add('release got a cookie that is not reserved');
          return ENGINE_EINVAL;
        }
        own.reserved -= 1;
        return ENGINE_SUCCESS;
      },
      setPriority: (cookie) => {
        this.#find(cookie, 'setPriority');
      },
      getBucketId: (cookie) => (this.#find(cookie, 'getBucketId') === undefined ? 0 : 1),
      getConnectionId: (cookie) => {
        const own = this.#find(cookie, 'getConnectionId');
        return own === undefined ? 0n : BigInt([...this.#cookies].indexOf(own) + 1);
      },
      setErrorContext: (cookie) => {
        this.#find(cookie, 'setErrorContext');
      },
      getConnection: (cookie) => {
        const own = this.#find(cookie, 'getConnection') ?? this.createCookie();
        return own.connection.forEngine as Connection;
      },
    };
  }
}
