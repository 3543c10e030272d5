import { describe, expect, test } from 'vitest';
import { Bufferevent } from '../../reference/bufferevent/bufferevent.ts';
import { ChunkPool } from '../../reference/bufferevent/chunk-pool.ts';
import { transportPair } from '../../reference/bufferevent/pair.ts';
import { ServerClock, virtualTime } from '../../reference/clock.ts';
import { type ConnectionState, ConnectionWatch } from '../../reference/connection-watch.ts';
import { ServerStats } from '../../reference/server-stats.ts';
import { TaskQueue } from '../../reference/verify/task-queue.ts';

const open: ConnectionState = { isClosing: false, isBlocked: false, hasEnded: false, isReplicating: false };
const closing: ConnectionState = { ...open, isClosing: true };

/** A connection whose client reads only when told to, and the seconds that it lives on in a state. */
function watched(idleTimeout = 0) {
  const tasks = new TaskQueue();
  const time = virtualTime();
  const clock = new ServerClock(time);
  const { server, client } = transportPair({ capacity: 1000, schedule: tasks.schedule });
  const events = { onReadable: () => 0, onDrained: () => {}, onEnd: () => {}, onClose: () => {} };
  const bufferevent = new Bufferevent(server, new ChunkPool(), events, new ServerStats());
  bufferevent.start();
  client.pause();
  const watch = new ConnectionWatch({ clock, idleTimeout } as never, bufferevent);
  const secondsUntilOver = (state: ConnectionState, eachSecond = (): void => {}): number => {
    for (let second = 1; second <= 1000; second++) {
      time.advance(1);
      clock.refresh();
      eachSecond();
      if (watch.isOver(state)) return second;
    }
    return Number.POSITIVE_INFINITY;
  };
  return { bufferevent, client, secondsUntilOver, tasks, watch };
}

describe('a connection without a byte', () => {
  test('is over after the idle timeout', () => {
    expect(watched(10).secondsUntilOver(open)).toBe(10);
  });

  test('lives on without one, while it replicates, and while a command waits', () => {
    expect(watched(0).secondsUntilOver(open)).toBe(Number.POSITIVE_INFINITY);
    expect(watched(10).secondsUntilOver({ ...open, isReplicating: true })).toBe(Number.POSITIVE_INFINITY);
    expect(watched(10).secondsUntilOver({ ...open, isBlocked: true })).toBe(Number.POSITIVE_INFINITY);
  });

  test('lives on as long as bytes come', () => {
    const { secondsUntilOver, watch } = watched(10);
    let left = 50;
    expect(secondsUntilOver(open, () => left-- > 0 && watch.onBytes())).toBe(60);
  });
});

describe('a closed connection', () => {
  test('waits two seconds for its client to close, too', () => {
    expect(watched().secondsUntilOver(closing)).toBe(2);
  });

  test('is over when its client took nothing of what is queued for thirty seconds', () => {
    const { bufferevent, secondsUntilOver } = watched();
    bufferevent.output.copy(Buffer.alloc(100_000));
    bufferevent.flush();
    expect(secondsUntilOver(closing)).toBe(31);
  });

  test('lives on as long as its client takes something, however little', () => {
    const { bufferevent, client, secondsUntilOver, tasks } = watched();
    bufferevent.output.copy(Buffer.alloc(100_000));
    bufferevent.flush();
    let reads = 5;
    const readNowAndThen = (): void => {
      if (reads-- <= 0) return;
      client.resume();
      tasks.runOne();
      client.pause();
    };
    expect(secondsUntilOver(closing, readNowAndThen)).toBeGreaterThan(33);
  });
});

test('a command of a client that has gone waits five seconds', () => {
  const { secondsUntilOver, watch } = watched();
  watch.onEnd();
  expect(secondsUntilOver({ ...open, isBlocked: true, hasEnded: true })).toBe(5);
});
