// What the core offers to an engine: cookies, clock, callbacks, log, and the connection that an engine sends through.
import type { EngineErrorCode } from './error-code.ts';
import type { DocKey, ItemInfo, RelTime } from './item.ts';
import type { ReadonlyBytes } from './read-only.ts';

/** What every slot gets first: the engine object itself, by its smallest face (`ENGINE_HANDLE`). */
export interface EngineHandle {
  readonly interface: 1;
}

/**
 * One command in flight, or one DCP connection: the same object in every call that belongs together.
 * Opaque to engines (`const void*` in kv_engine): compare it, key a Map with it, hand it back.
 */
export interface Cookie {
  /** For the log only; unique among the server's open connections. */
  readonly name: string;
}

/** How urgent a connection is (`CONN_PRIORITY`). */
export const ConnPriority = { High: 0, Med: 1, Low: 2 } as const;
/** One of {@link ConnPriority}. */
export type ConnPriority = (typeof ConnPriority)[keyof typeof ConnPriority];

/**
 * The send side of the cookie's connection since sendmsg is gone (kv_engine 144068085: copy and chain methods).
 * Bytes go out in the order of the calls, whichever of the two is called. Neither blocks; neither says when bytes arrived.
 */
export interface Connection {
  /** Copies `data` into the connection's send buffer; its memory may be reused at once. Nothing happens for no bytes. */
  copyToOutputStream(data: ReadonlyBytes): void;
  /**
   * Sends `buffer` without a copy. It must not change until `release` is called: exactly once, when the kernel took
   * the bytes or the connection died.
   * @throws RangeError for no bytes; `release` is then not called.
   */
  chainDataToOutputStream(buffer: Uint8Array, release: () => void): void;
}

/** The clock and the process (`SERVER_CORE_API`). */
export interface ServerCoreApi {
  /** The server's clock now, in its own seconds. */
  getCurrentTime(): RelTime;
  /** A client's expiry as the server's seconds: up to 30 days are relative, more is seconds since 1970; 0 is never. */
  realtime(exptime: number): RelTime;
  /** The server's seconds as seconds since 1970. */
  abstime(exptime: RelTime): number;
  /** Asks the server to stop. */
  shutdown(): void;
}

/** What an engine may ask and tell about a cookie (`SERVER_COOKIE_API`). */
export interface ServerCookieApi {
  /** Keeps one value of the engine's with the cookie's connection; undefined takes it away. */
  storeEngineSpecific(cookie: Cookie, engineData: unknown): void;
  /** The value kept last; undefined where there is none. */
  getEngineSpecific(cookie: Cookie): unknown;
  /** Whether the client may be sent values of these datatype bits. */
  isDatatypeSupported(cookie: Cookie, datatype: number): boolean;
  /** Whether the client asked for mutation extras (HELLO feature 0x04). */
  isMutationExtrasSupported(cookie: Cookie): boolean;
  /** Whether the client asked for collections (HELLO feature 0x09). */
  isCollectionsSupported(cookie: Cookie): boolean;
  /** The opcode of the command that is blocked, 0xff where none is. */
  getOpcodeIfEwouldblockSet(cookie: Cookie): number;
  /**
   * Ends the wait of a call that answered ENGINE_EWOULDBLOCK, or wakes a DCP connection that had nothing to send.
   * May be called before that call has returned. ENGINE_SUCCESS: the core calls the slot again.
   */
  notifyIoComplete(cookie: Cookie, status: EngineErrorCode): void;
  /** Keeps the cookie usable after its connection closed, until `release`. */
  reserve(cookie: Cookie): EngineErrorCode;
  /** Ends what `reserve` began. */
  release(cookie: Cookie): EngineErrorCode;
  setPriority(cookie: Cookie, priority: ConnPriority): void;
  /** Tells one bucket from another (u32). */
  getBucketId(cookie: Cookie): number;
  /** u64. */
  getConnectionId(cookie: Cookie): bigint;
  /** A text that the client gets with the error of this command. */
  setErrorContext(cookie: Cookie, message: string): void;
  /** The connection to send through; only between a call into the engine and its return. */
  getConnection(cookie: Cookie): Connection;
}

/** What an engine can be told about (`ENGINE_EVENT_TYPE`). */
export const EngineEventType = {
  ON_DISCONNECT: 0,
  ON_LOG_LEVEL: 1,
  ON_DELETE_BUCKET: 2,
  ON_INIT_COMPLETE: 3,
} as const;
/** One of {@link EngineEventType}. */
export type EngineEventType = (typeof EngineEventType)[keyof typeof EngineEventType];

/** Called with the cookie the event is about: undefined where it is about none. */
export type EventCallback = (cookie: Cookie | undefined, type: EngineEventType, eventData: unknown) => void;

/** Events of the server (`SERVER_CALLBACK_API`). */
export interface ServerCallbackApi {
  /** From now on `callback` is called at every event of this type, for the life of the engine. */
  registerCallback(handle: EngineHandle, type: EngineEventType, callback: EventCallback): void;
}

/** How much is logged (`EXTENSION_LOG_LEVEL`). */
export const ExtensionLogLevel = { DETAIL: 0, DEBUG: 1, INFO: 2, NOTICE: 3, WARNING: 4, FATAL: 5 } as const;
/** One of {@link ExtensionLogLevel}. */
export type ExtensionLogLevel = (typeof ExtensionLogLevel)[keyof typeof ExtensionLogLevel];

/** The server's log (`SERVER_LOG_API`). */
export interface ServerLogApi {
  log(severity: ExtensionLogLevel, cookie: Cookie | undefined, message: string): void;
  getLevel(): ExtensionLogLevel;
}

/** Statistics that the core keeps for an engine (`SERVER_STAT_API`). */
export interface ServerStatApi {
  /** An item leaves to make room for others. */
  evicting(cookie: Cookie | undefined, key: DocKey): void;
}

/** What the core does to documents on their way in and out (`SERVER_DOCUMENT_API`). */
export interface ServerDocumentApi {
  /** To be called before an item becomes visible, with its cas and seqno set; may write into `info.value`. */
  preLink(cookie: Cookie, info: ItemInfo): EngineErrorCode;
  /** To be called before an item expires: what stays of it (its system xattrs), or undefined where nothing does. */
  preExpiry(info: ItemInfo): ItemInfo | undefined;
}

/** Everything that the core offers (`server_handle_v1_t`); the same object for the life of the engine. */
export interface ServerApi {
  readonly interface: 1;
  readonly core: ServerCoreApi;
  readonly cookie: ServerCookieApi;
  readonly callback: ServerCallbackApi;
  readonly log: ServerLogApi;
  readonly stat: ServerStatApi;
  readonly document: ServerDocumentApi;
}

/** How an engine gets at the server. */
export type GetServerApi = () => ServerApi;
