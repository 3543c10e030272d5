import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EngineErrorCode } from '../../../../reference/engine/contract.ts';
import {
  casMismatch,
  type FaultMode,
  first,
  nextN,
  passAll,
  random,
  type SlotGroup,
  sequence,
} from '../../../../reference/engines/ewouldblock/fault-mode.ts';

const { ENGINE_EWOULDBLOCK, ENGINE_KEY_EEXISTS, ENGINE_TMPFAIL } = EngineErrorCode;

/** What the calls of these groups get, in order. */
const run = (mode: FaultMode, groups: readonly SlotGroup[]): unknown[] => groups.map(mode.next);
const gets = (count: number): SlotGroup[] => Array<SlotGroup>(count).fill('get');

describe('a fault mode', () => {
  test('lets everything pass', () => {
    expect(run(passAll, ['get', 'store', 'flush'])).toEqual([undefined, undefined, undefined]);
  });

  test('hits the next n calls, of whatever group', () => {
    expect(run(nextN(ENGINE_TMPFAIL, 2), ['allocate', 'store', 'get', 'get'])).toEqual([
      ENGINE_TMPFAIL,
      ENGINE_TMPFAIL,
      undefined,
      undefined,
    ]);
    expect(run(nextN(ENGINE_TMPFAIL, 0), gets(2))).toEqual([undefined, undefined]);
  });

  test('hits the first call of a command and not its retry, as kv_engine counts commands', () => {
    const mode = first(ENGINE_EWOULDBLOCK);
    expect(run(mode, ['get', 'get', 'allocate', 'allocate', 'store', 'store', 'get'])).toEqual([
      ENGINE_EWOULDBLOCK,
      undefined,
      ENGINE_EWOULDBLOCK,
      undefined,
      ENGINE_EWOULDBLOCK,
      undefined,
      ENGINE_EWOULDBLOCK,
    ]);
  });

  test('follows a sequence to its end', () => {
    const mode = sequence([undefined, ENGINE_TMPFAIL, ENGINE_EWOULDBLOCK]);
    expect(run(mode, gets(5))).toEqual([undefined, ENGINE_TMPFAIL, ENGINE_EWOULDBLOCK, undefined, undefined]);
  });

  test('makes the cas of n stores stale, and counts those only', () => {
    const mode = casMismatch(2);
    expect(run(mode, ['store', 'cas', 'get', 'cas', 'cas'])).toEqual([
      undefined,
      ENGINE_KEY_EEXISTS,
      undefined,
      ENGINE_KEY_EEXISTS,
      undefined,
    ]);
  });

  test('notifies, unless it is told not to', () => {
    expect(
      [nextN(ENGINE_TMPFAIL, 1), first(ENGINE_TMPFAIL), sequence([])].map((mode) => mode.notifies),
    ).toEqual([true, true, true]);
    expect(nextN(ENGINE_EWOULDBLOCK, 1, false).notifies).toBe(false);
  });

  test('hits calls at random, the same for the same seed, as often as it was told', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 100 }), (seed, percent) => {
        const hits = (): unknown[] => run(random(ENGINE_TMPFAIL, percent, seed), gets(2000));
        const once = hits();
        expect(hits()).toEqual(once);
        const share = once.filter((code) => code === ENGINE_TMPFAIL).length / 20;
        expect(Math.abs(share - percent)).toBeLessThan(6);
        if (percent === 0 || percent === 100) expect(share).toBe(percent);
      }),
      {
        seed: 3,
        numRuns: 50,
        examples: [
          [1, 0],
          [1, 100],
        ],
      },
    );
    const [one, two] = [1, 2].map((seed) => run(random(ENGINE_TMPFAIL, 50, seed), gets(50)));
    expect(one).not.toEqual(two);
  });
});
