// From where a consumer of another branch of history begins again.
import { describe, expect, test } from 'vitest';
import { FailoverLog } from '../../../../reference/engines/default/failover-log.ts';

/** Branches that began at 0, at 10 and at 30; newest first. */
function threeBranches(): FailoverLog {
  const log = new FailoverLog();
  log.replace([
    { uuid: 33n, seqno: 30n },
    { uuid: 22n, seqno: 10n },
    { uuid: 11n, seqno: 0n },
  ]);
  return log;
}

describe('rollbackSeqno', () => {
  const rollback = (uuid: bigint, start: bigint, snapStart = start, snapEnd = start, purge = 0n) =>
    threeBranches().rollbackSeqno(
      { startSeqno: start, vbucketUuid: uuid, snapStartSeqno: snapStart, snapEndSeqno: snapEnd },
      50n,
      purge,
    );

  test.each([
    ['from nothing', 99n, 0n, 0n, 0n, undefined],
    ['on the newest branch', 33n, 50n, 50n, 50n, undefined],
    ['beyond the newest change', 33n, 51n, 51n, 51n, 50n],
    ['at the end of an older branch', 22n, 30n, 30n, 30n, undefined],
    ['beyond the end of an older branch', 22n, 31n, 31n, 31n, 30n],
    ['beyond the end of the oldest branch', 11n, 20n, 20n, 20n, 10n],
    ['in a snapshot that ends within the branch', 22n, 20n, 15n, 30n, undefined],
    ['in a snapshot that goes beyond the branch', 22n, 20n, 15n, 31n, 15n],
    ['at the start of such a snapshot', 22n, 15n, 15n, 31n, undefined],
    ['at the end of a snapshot beyond the branch', 22n, 40n, 15n, 40n, 30n],
    ['on a branch that nobody knows', 44n, 5n, 5n, 5n, 0n],
  ])('%s', (_name, uuid, start, snapStart, snapEnd, expected) => {
    expect(rollback(uuid, start, snapStart, snapEnd)).toBe(expected);
  });

  test('is 0 where tombstones after the start are forgotten', () => {
    expect(rollback(33n, 40n, 40n, 40n, 41n)).toBe(0n);
    expect(rollback(33n, 40n, 40n, 40n, 40n)).toBeUndefined();
    expect(rollback(33n, 40n, 35n, 45n, 36n)).toBe(0n);
    expect(rollback(33n, 45n, 35n, 45n, 36n)).toBeUndefined();
  });
});

test('a branch begins with a uuid of its own, and drops what others did after it', () => {
  const log = threeBranches();
  log.begin(20n);
  expect(log.entries.map(({ seqno }) => seqno)).toEqual([20n, 10n, 0n]);
  expect(log.uuid).toBe(log.entries[0]?.uuid);
  expect([11n, 22n, 33n]).not.toContain(log.uuid);
});

test('no more than 25 branches are remembered', () => {
  const log = new FailoverLog();
  for (let seqno = 1n; seqno <= 40n; seqno += 1n) log.begin(seqno);
  expect(log.entries).toHaveLength(25);
  expect(log.entries[0]?.seqno).toBe(40n);
  expect(new Set(log.entries.map(({ uuid }) => uuid)).size).toBe(25);
});
