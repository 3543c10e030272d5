// Engines that answer or notify wrongly, and the conformance tests that have to find it.
import type { BrokenEngine } from './broken-engines.ts';
import { blockingGet } from './slot-overrides.ts';

const [SUCCESS, NOT_STORED, EWOULDBLOCK] = [0, 4, 7] as const;
const BLOCKING = 'ENGINE_EWOULDBLOCK: the second call has the answer';

/** By what is wrong with them. */
export const protocolDefects: Readonly<Record<string, BrokenEngine>> = {
  'store answers nonsense': {
    test: 'set test',
    says: /store answered \{status: "ok"\}: its status "ok" is no engine code/,
    override: () => ({ store: () => ({ status: 'ok' }) as never }),
  },
  'get answers a promise': {
    test: 'get test',
    says: /get answered a promise/,
    override: () => ({ get: () => Promise.reject(new Error('later')) as never }),
  },
  'getStats throws': {
    test: 'get stats test',
    says: /getStats threw TypeError: no statistics/,
    override: () => ({
      getStats: () => {
        throw new TypeError('no statistics');
      },
    }),
  },
  'statistics come too late': {
    test: 'get stats test',
    says: /addStat\("late", "1"\) was called after getStats returned/,
    override: (inner) => {
      let earlier = (): void => {};
      return {
        getStats: (_handle, cookie, group, addStat) => {
          earlier();
          earlier = () => addStat('late', '1', cookie);
          return inner.getStats(inner, cookie, group, addStat);
        },
      };
    },
  },
  'it notifies twice': {
    test: BLOCKING,
    says: /notifyIoComplete was called twice for one ENGINE_EWOULDBLOCK of get/,
    override: blockingGet((notify) => {
      queueMicrotask(notify);
      queueMicrotask(notify);
    }),
  },
  'it notifies twice, the second time late': {
    test: BLOCKING,
    says: /notifyIoComplete for a cookie that waits for nothing \(the last call was \w+\)/,
    override: blockingGet((notify) => {
      queueMicrotask(notify);
      setImmediate(() => setImmediate(() => setImmediate(notify)));
    }),
  },
  'it never notifies': {
    test: BLOCKING,
    says: /get answered ENGINE_EWOULDBLOCK and never called notifyIoComplete/,
    isSlow: true,
    override: blockingGet(() => {}),
  },
  'it blocks for ever': {
    test: BLOCKING,
    says: /get answered ENGINE_EWOULDBLOCK 100 times in a row/,
    override: (_inner, server) => ({
      get: (_handle, cookie) => {
        server.cookie.notifyIoComplete(cookie, SUCCESS);
        return { status: EWOULDBLOCK };
      },
    }),
  },
  'a cookie stays reserved': {
    test: 'DCP producer: a stream brings every document, in order',
    says: /is still reserved after the engine was destroyed/,
    override: (inner, server) => ({
      dcp: {
        open: (_handle, cookie, ...rest) => {
          server.cookie.reserve(cookie);
          return inner.dcp?.open?.(inner, cookie, ...rest) ?? NOT_STORED;
        },
      },
    }),
  },
};
