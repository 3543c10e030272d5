// The engine contract as it was, published as `kv-engine-migrate/engine/v1`. It differs from today's in two things only:
// `dcp.responseHandler` gets a header that it may write to, and the connection queues pointers for sendmsg.
import type * as today from './contract.ts';
import type { Cookie, EngineErrorCode, EngineFailed, EngineHandle, EngineSuccess, Item } from './contract.ts';
import type { ProtocolBinaryResponseHeader } from './header.ts';

export * from './contract.ts';

/** The slots of an engine that replicates (`dcp_interface` at 0dbb0e534): today's, but for the header. */
export interface DcpInterface extends Omit<today.DcpInterface, 'responseHandler'> {
  /** The other side's response to a message that this engine produced, in the core's own receive buffer. */
  responseHandler?(
    handle: EngineHandle,
    cookie: Cookie,
    response: ProtocolBinaryResponseHeader,
  ): EngineErrorCode;
}

/** The slots of an engine (`engine_interface_v1` at 0dbb0e534): today's, but for `dcp`. */
export interface EngineInterface extends Omit<today.EngineInterface, 'dcp'> {
  /** Replication; without it every DCP command is ENGINE_ENOTSUP. */
  readonly dcp?: DcpInterface;
}

/** One stretch of memory to send (`struct iovec`). */
export interface Iovec {
  readonly iovBase: Uint8Array;
  /** In bytes; less than `iovBase` holds where a part of it is sent. */
  readonly iovLen: number;
}

/** One call's worth of memory to send (`struct msghdr`): at most IOV_MAX stretches. */
export interface Msghdr {
  readonly msgIov: readonly Iovec[];
}

/** How far `transmit` came (`McbpConnection::TransmitResult`). */
export const TransmitResult = { Complete: 0, Incomplete: 1, SoftError: 2, HardError: 3 } as const;
/** One of {@link TransmitResult}: all sent; call again; the socket is full; the connection is closing. */
export type TransmitResult = (typeof TransmitResult)[keyof typeof TransmitResult];

/** The send side of the cookie's connection while there was sendmsg (`McbpConnection` at 0dbb0e534). */
export interface Connection {
  /** Begins a message header. `reset` forgets everything that is queued and not sent. */
  addMsgHdr(reset: boolean): void;
  /** Queues `data` without a copy: it must not change until `transmit` answered Complete. Nothing happens for no bytes. */
  addIov(data: Uint8Array): void;
  /** Hands one message to the kernel: the number of bytes it took, -1 where it took none. */
  sendmsg(message: Msghdr): number;
  /** Sends what is queued, one message per call. */
  transmit(): TransmitResult;
  /** Keeps an item until everything queued is sent or the connection died; false where that is not possible. */
  reserveItem(item: Item): boolean;
  /** Keeps memory until everything queued is sent or the connection died; false where that is not possible. */
  pushTempAlloc(buffer: Uint8Array): boolean;
}

/** What an engine may ask and tell about a cookie: today's, but for the connection. */
export interface ServerCookieApi extends Omit<today.ServerCookieApi, 'getConnection'> {
  /** The connection to send through; only between a call into the engine and its return. */
  getConnection(cookie: Cookie): Connection;
}

/** Everything that the core offers: today's, but for the connection. */
export interface ServerApi extends Omit<today.ServerApi, 'cookie'> {
  readonly cookie: ServerCookieApi;
}

/** How an engine gets at the server. */
export type GetServerApi = () => ServerApi;

/** Makes an engine (`CREATE_INSTANCE`); called once per bucket. ENGINE_ENOTSUP for a version that it does not speak. */
export type CreateInstance = (
  interfaceVersion: number,
  getServerApi: GetServerApi,
) => { readonly status: EngineSuccess; readonly handle: EngineInterface } | EngineFailed;

/** What a module that is an engine of the old contract exports. */
export interface EngineModule {
  readonly createInstance: CreateInstance;
  /** Called once, after the last engine of the module is gone (`DESTROY_ENGINE`). */
  readonly destroyEngine?: () => void;
}
