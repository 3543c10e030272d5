// Expiry times: what a client or another server says, on this server's clock.
import type { RelTime, ServerCoreApi } from '../../engine/contract.ts';

/** Long ago on every server's clock; 0 would be never. */
const LONG_AGO = 1;

/** A client's expiry as seconds of the server's clock: negative or past is expired already, 0 is never. */
export function clientExpiry(core: ServerCoreApi, exptime: number): RelTime {
  if (exptime === 0) return 0;
  return exptime < 0 ? LONG_AGO : Math.max(LONG_AGO, core.realtime(exptime));
}

/** Seconds since 1970 as seconds of the server's clock. `core.realtime` would take small ones for relative. */
export function absoluteExpiry(core: ServerCoreApi, exptime: number): RelTime {
  if (exptime === 0) return 0;
  const now = core.getCurrentTime();
  return Math.max(LONG_AGO, exptime - core.abstime(now) + now);
}

/** Seconds of the server's clock as seconds since 1970; 0 is never in both. */
export function shownExpiry(core: ServerCoreApi, expiresAt: RelTime): number {
  return expiresAt === 0 ? 0 : core.abstime(expiresAt);
}
