// Events that engines asked to be told about.
import type { Bucket } from './bucket.ts';
import type { Host } from './command.ts';
import type { Cookie, EngineEventType } from './engine/contract.ts';
import { catchStray } from './stray-promise.ts';

/** Tells the engine of a bucket that something happened. */
export function fire(host: Host, bucket: Bucket, type: EngineEventType, cookie: Cookie | undefined): void {
  const blame = (error: unknown): void => {
    host.stats.engineFaults += 1;
    host.log('error', 'a callback of the engine failed', { bucket: bucket.name, error: String(error) });
  };
  // One that asks for another while it is called does not make this endless.
  for (const each of [...bucket.callbacks]) {
    if (each.type !== type) continue;
    try {
      const nothing: unknown = each.callback(cookie, type, undefined);
      catchStray(nothing, blame);
    } catch (error) {
      blame(error);
    }
  }
}
