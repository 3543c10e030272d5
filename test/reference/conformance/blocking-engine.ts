// An engine that is another one with waiting: its slots answer ENGINE_EWOULDBLOCK at first, now and then.

import type { Cookie, EngineModule } from '../../../reference/engine/contract.ts';
import { Random } from '../../../reference/random.ts';
import { type Overrides, wrapEngine } from './wrapped-engine.ts';

/** Slots that answer a code in an object. */
const withStatus = 'allocate allocateEx remove get getIf getMeta getLocked getAndTouch store storeIf'.split(
  ' ',
);
/** Slots that answer a code alone. */
const withCode = 'unlock flush getStats unknownCommand'.split(' ');
const dcpWithCode = 'open addStream closeStream snapshotMarker mutation deletion responseHandler'.split(' ');

/** Wraps a module; `share` of all calls block, and their notification comes before, with or after the next turn. */
export function blockingEverything(module: EngineModule, share: number): EngineModule {
  return wrapEngine(module, (inner, server) => {
    const source = new Random(2017);
    const woken = new Set<Cookie>();
    /** True where the call blocks; the call after the notification does not. */
    const blocks = (cookie: Cookie): boolean => {
      if (woken.delete(cookie) || !source.chance(share)) return false;
      woken.add(cookie);
      const notify = (): void => server.cookie.notifyIoComplete(cookie, 0);
      const when = source.below(3);
      if (when === 0) notify();
      else if (when === 1) queueMicrotask(notify);
      else setImmediate(notify);
      return true;
    };
    const blocking = (table: object, names: readonly string[], answer: unknown): object =>
      Object.fromEntries(
        names.map((name) => [
          name,
          (_handle: unknown, cookie: Cookie, ...rest: unknown[]): unknown =>
            blocks(cookie) ? answer : Reflect.get(table, name).call(table, inner, cookie, ...rest),
        ]),
      );
    const dcp = inner.dcp ?? {};
    const blocked = { status: 7 };
    return {
      ...blocking(inner, withStatus, blocked),
      ...blocking(inner, withCode, 7),
      dcp: { ...blocking(dcp, dcpWithCode, 7), ...blocking(dcp, ['streamReq'], blocked) },
    } as Overrides;
  });
}
