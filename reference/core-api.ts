// The server's side of `ServerApi`: what the engine of one bucket may ask of the core.
import type { Bucket } from './bucket.ts';
import type { Host } from './command.ts';
import type { Connection } from './connection.ts';
import { CommandCookie } from './cookie.ts';
import {
  type Cookie,
  EngineErrorCode,
  ExtensionLogLevel,
  isEngineErrorCode,
  type ServerApi,
  type ServerCookieApi,
} from './engine/contract.ts';
import type { ServerApi as V1ServerApi } from './engine/v1.ts';

/** What the core needs for {@link coreApi}. */
export interface CoreHost extends Host {
  shutdown(): void;
}

const levels = ['debug', 'debug', 'info', 'info', 'warn', 'error'] as const;

/** Makes the API for a bucket's engine. It serves both contracts: a connection's face decides which one is spoken. */
export function coreApi(host: CoreHost, bucket: Bucket): ServerApi & V1ServerApi {
  const api: ServerApi = {
    interface: 1,
    core: {
      getCurrentTime: () => host.clock.seconds,
      realtime: (exptime) => host.clock.realtime(exptime),
      abstime: (exptime) => host.clock.abstime(exptime),
      shutdown: () => host.shutdown(),
    },
    cookie: cookieApi(host, bucket),
    callback: {
      registerCallback: (_handle, type, callback) => {
        bucket.callbacks.push({ type, callback });
      },
    },
    log: {
      log: (severity, cookie, message) =>
        host.log(levels[severity] ?? 'info', message, { bucket: bucket.name, cookie: cookie?.name }),
      getLevel: () => ExtensionLogLevel.INFO,
    },
    stat: { evicting: () => {} },
    document: { preLink: () => EngineErrorCode.ENGINE_SUCCESS, preExpiry: () => undefined },
  };
  return api as ServerApi & V1ServerApi;
}

function cookieApi(host: CoreHost, bucket: Bucket): ServerCookieApi {
  return {
    storeEngineSpecific: (cookie, data) => {
      const connection = connectionOf(cookie);
      if (connection !== undefined) connection.session.engineSpecific = data;
    },
    getEngineSpecific: (cookie) => connectionOf(cookie)?.session.engineSpecific,
    isDatatypeSupported: (cookie, datatype) =>
      ((connectionOf(cookie)?.session.datatypes ?? 0) & datatype) === datatype,
    isMutationExtrasSupported: (cookie) => connectionOf(cookie)?.session.mutationExtras ?? false,
    isCollectionsSupported: () => false,
    getOpcodeIfEwouldblockSet: (cookie) => connectionOf(cookie)?.blockedOpcode ?? 0xff,
    notifyIoComplete: (cookie, status) => {
      if (!(cookie instanceof CommandCookie)) {
        host.log('warn', 'notifyIoComplete for what is no cookie', { bucket: bucket.name });
      } else if (isEngineErrorCode(status)) {
        cookie.notify(status);
      } else {
        host.stats.engineFaults += 1;
        const facts = { bucket: bucket.name, cookie: cookie.name, error: `${String(status)} is no code` };
        host.log('error', 'notifyIoComplete failed', facts);
        cookie.notify(EngineErrorCode.ENGINE_FAILED);
      }
    },
    reserve: (cookie) => {
      if (cookie instanceof CommandCookie) cookie.reserved += 1;
      return EngineErrorCode.ENGINE_SUCCESS;
    },
    release: (cookie) => {
      if (!(cookie instanceof CommandCookie) || cookie.reserved === 0) return EngineErrorCode.ENGINE_EINVAL;
      cookie.reserved -= 1;
      return EngineErrorCode.ENGINE_SUCCESS;
    },
    setPriority: () => {},
    getBucketId: () => bucket.id,
    getConnectionId: (cookie) => connectionOf(cookie)?.id ?? 0n,
    setErrorContext: (cookie, message) => {
      const connection = connectionOf(cookie);
      if (connection !== undefined) connection.session.errorContext = `${message ?? ''}`;
    },
    getConnection: (cookie) => {
      const connection = connectionOf(cookie);
      if (connection === undefined || !connection.isInEngine)
        throw new Error(
          `getConnection of ${cookie.name}: there is a connection only while a slot is being called.`,
        );
      return connection.output.forEngine as ReturnType<ServerCookieApi['getConnection']>;
    },
  };
}

/** The connection behind a cookie; undefined where it is gone, or has taken another cookie. */
function connectionOf(cookie: Cookie): Connection | undefined {
  return cookie instanceof CommandCookie ? (cookie.owner as Connection | undefined) : undefined;
}
