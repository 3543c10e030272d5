import { describe, expect, test } from 'vitest';
import { BusyPoll } from '../../reference/busy-poll.ts';

/** A loop whose turns take 11 us each. */
function loop() {
  const turns: (() => void)[] = [];
  let now = 0;
  const poll = new BusyPoll(
    (task) => void turns.push(task),
    () => now,
  );
  /** Runs turns until the loop would sleep; how many there were. */
  const run = (eachTurn: (turn: number) => void = () => {}): number => {
    let count = 0;
    for (let task = turns.shift(); task !== undefined; task = turns.shift()) {
      now += 0.011;
      count += 1;
      eachTurn(count);
      task();
    }
    return count;
  };
  return { poll, run };
}

describe('the event loop', () => {
  test('stays awake for 50 us after a batch', () => {
    const { poll, run } = loop();
    poll.onBatch(64);
    expect(run()).toBe(5);
  });

  test('sleeps after a few requests', () => {
    const { poll, run } = loop();
    poll.onBatch(15);
    expect(run()).toBe(0);
  });

  test('is not kept awake longer than until bytes come', () => {
    const { poll, run } = loop();
    poll.onBatch(64);
    expect(run((turn) => turn === 2 && poll.onBytes())).toBe(2);
  });

  test('stays awake from one batch to the next', () => {
    const { poll, run } = loop();
    const nextBatch = (): void => {
      poll.onBytes();
      poll.onBatch(64);
    };
    poll.onBatch(64);
    // Three batches, each in the third turn after the last one, the last in turn 9, and then five turns more.
    expect(run((turn) => turn % 3 === 0 && turn < 10 && nextBatch())).toBe(14);
  });

  test('stays awake after each batch as long as that is worth it', () => {
    const { poll, run } = loop();
    for (let batch = 0; batch < 100; batch++) {
      poll.onBatch(64);
      expect(run(() => poll.onBytes())).toBe(1);
    }
  });

  test('stays awake after each batch where half of that is in vain', () => {
    const { poll, run } = loop();
    for (let batch = 0; batch < 100; batch++) {
      poll.onBatch(64);
      expect(run(() => batch % 2 === 0 && poll.onBytes())).toBe(batch % 2 === 0 ? 1 : 5);
    }
  });

  test('sleeps after nearly all batches where it is in vain, and tries again now and then', () => {
    const { poll, run } = loop();
    let awake = 0;
    for (let batch = 0; batch < 1000; batch++) {
      poll.onBatch(64);
      if (run() > 0) awake += 1;
    }
    expect(awake).toBeGreaterThan(12);
    expect(awake).toBeLessThan(24);
  });

  test('stays awake after each batch again once it was worth it', () => {
    const { poll, run } = loop();
    for (let batch = 0; batch < 1000; batch++) {
      poll.onBatch(64);
      run();
    }
    for (let batch = 0, turns = 0; turns === 0 && batch < 300; batch++) {
      poll.onBatch(64);
      turns = run(() => poll.onBytes());
    }
    poll.onBatch(64);
    expect(run(() => poll.onBytes())).toBe(1);
  });
});
