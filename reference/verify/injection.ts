// Calls that do not reach the engine at once: made to wait (ENGINE_EWOULDBLOCK) or to fail, by random numbers.
// The same on both sides as long as both make the same calls.
import { type Cookie, EngineErrorCode } from '../engine/contract.ts';
import type { Random } from '../random.ts';

const { ENGINE_EWOULDBLOCK, ENGINE_SUCCESS, ENGINE_TMPFAIL } = EngineErrorCode;

/** Slots that may wait, and that answer a code or something with a `status`. */
const slots: ReadonlySet<string> = new Set([
  'allocate',
  'allocateEx',
  'remove',
  'get',
  'getIf',
  'getLocked',
  'getAndTouch',
  'unlock',
  'store',
  'storeIf',
  'flush',
  'unknownCommand',
  'dcp.addStream',
  'dcp.closeStream',
  'dcp.streamReq',
  'dcp.getFailoverLog',
  'dcp.snapshotMarker',
  'dcp.mutation',
  'dcp.deletion',
  'dcp.expiration',
  'dcp.setVbucketState',
  'dcp.control',
]);

/** Slots that answer a bare code. */
const bare: ReadonlySet<string> = new Set(['unlock', 'flush', 'unknownCommand']);

/** What injected calls need. */
export interface InjectionOptions {
  readonly random: Random;
  /** 0 to 1. */
  readonly share: number;
  readonly schedule: (task: () => void) => void;
  readonly notify: (cookie: Cookie, code: EngineErrorCode) => void;
}

/** The answer of a call that does not reach the engine; undefined where it does. */
export function inject(slot: string, cookie: Cookie, options: InjectionOptions): unknown {
  const { random, share, schedule, notify } = options;
  if (share === 0 || !slots.has(slot) || !random.chance(share)) return undefined;
  const kind = random.weighted([
    [6, 'later'],
    [2, 'early'],
    [1, 'fails later'],
    [1, 'fails'],
  ] as const);
  if (kind === 'later') schedule(() => notify(cookie, ENGINE_SUCCESS));
  else if (kind === 'fails later') schedule(() => notify(cookie, ENGINE_TMPFAIL));
  else if (kind === 'early') notify(cookie, ENGINE_SUCCESS);
  const status = kind === 'fails' ? ENGINE_TMPFAIL : ENGINE_EWOULDBLOCK;
  const isBare = bare.has(slot) || (slot.startsWith('dcp.') && slot !== 'dcp.streamReq');
  return isBare ? status : { status };
}
