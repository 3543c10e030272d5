// The smallest server API that an engine runs on: a clock that stands still, no connection, cookies as plain objects.
import type { Cookie, DocKey, EngineErrorCode, ServerApi } from '../../reference/engine/v1.ts';

/** The API, and what a test may look at or turn. */
export interface SmallServer {
  readonly api: ServerApi;
  readonly notified: { cookie: Cookie; status: EngineErrorCode }[];
  /** Seconds; the server's own. */
  now: number;
}

/** A server without sockets. */
export function smallServer(): SmallServer {
  const specific = new WeakMap<Cookie, unknown>();
  const server: SmallServer = { api: undefined as never, notified: [], now: 1000 };
  const api: ServerApi = {
    interface: 1,
    core: {
      getCurrentTime: () => server.now,
      realtime: (exptime) => (exptime === 0 ? 0 : server.now + exptime),
      abstime: (exptime) => exptime,
      shutdown: () => {},
    },
    cookie: {
      storeEngineSpecific: (cookie, data) => specific.set(cookie, data),
      getEngineSpecific: (cookie) => specific.get(cookie),
      isDatatypeSupported: () => true,
      isMutationExtrasSupported: () => false,
      isCollectionsSupported: () => false,
      getOpcodeIfEwouldblockSet: () => 0xff,
      notifyIoComplete: (cookie, status) => server.notified.push({ cookie, status }),
      reserve: () => 0,
      release: () => 0,
      setPriority: () => {},
      getBucketId: () => 1,
      getConnectionId: () => 1n,
      setErrorContext: () => {},
      getConnection: () => {
        throw new Error('This server has no connections.');
      },
    },
    callback: { registerCallback: () => {} },
    log: { log: () => {}, getLevel: () => 4 },
    stat: { evicting: () => {} },
    document: { preLink: () => 0, preExpiry: () => undefined },
  };
  return Object.assign(server, { api });
}

/** A key of the default collection. */
export function docKey(text: string): DocKey {
  return { data: Buffer.from(text, 'latin1'), text, docNamespace: 0 };
}
