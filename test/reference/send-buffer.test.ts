import { describe, expect, test } from 'vitest';
import { Bufferevent } from '../../reference/bufferevent/bufferevent.ts';
import { ChunkPool } from '../../reference/bufferevent/chunk-pool.ts';
import { transportPair } from '../../reference/bufferevent/pair.ts';
import type { SendMode } from '../../reference/output-stream.ts';
import { SendBuffer } from '../../reference/send-buffer.ts';
import { ServerStats } from '../../reference/server-stats.ts';
import { TaskQueue } from '../../reference/verify/task-queue.ts';

const KIB = 1024;

/** A send buffer, its other end, and what went wrong. */
function connected(sendMode: SendMode, maxSendQueueSize = 1 << 20, isInEngine = () => true) {
  const tasks = new TaskQueue();
  const stats = new ServerStats();
  const faults: string[] = [];
  const { server, client } = transportPair({ capacity: 8 * KIB, schedule: tasks.schedule });
  const events = { onReadable: () => 0, onDrained: () => {}, onEnd: () => {}, onClose: () => {} };
  const bufferevent = new Bufferevent(server, new ChunkPool(), events, stats);
  const onFault = (error: unknown, what: string): void => {
    faults.push(`${what}: ${String(error)}`);
  };
  const stream = new SendBuffer(bufferevent, { sendMode, maxSendQueueSize, stats, isInEngine, onFault });
  bufferevent.start();
  const arrived: Buffer[] = [];
  client.onData = (data) => void arrived.push(data);
  const text = (): string => Buffer.concat(arrived).toString('latin1');
  return { stream, engine: stream.forEngine, stats, tasks, faults, client, text };
}

describe('copyToOutputStream', () => {
  test('takes the bytes as they are now', () => {
    const { engine, stream, tasks, text } = connected('auto');
    const report = Buffer.from('tea at six');
    engine.copyToOutputStream(report);
    report.fill('x');
    stream.flush();
    tasks.run();
    expect(text()).toBe('tea at six');
  });
});

describe('chainDataToOutputStream', () => {
  test.each([
    ['copy', 4 * KIB, false],
    ['ref', 1, true],
    ['auto', 4 * KIB - 1, false],
    ['auto', 4 * KIB, true],
  ] as const)('sending by %s, %i bytes are sent by reference: %s', (mode, length, isChained) => {
    const { engine, stream, stats, tasks, text } = connected(mode);
    const report = Buffer.alloc(length, 't');
    let releases = 0;
    engine.chainDataToOutputStream(report, () => {
      releases += 1;
    });
    expect(releases).toBe(isChained ? 0 : 1);
    expect(stats.chained).toBe(isChained ? 1 : 0);
    stream.flush();
    tasks.run();
    expect(releases).toBe(1);
    expect(text()).toBe('t'.repeat(length));
  });

  test('keeps the order of what is copied and what is chained', () => {
    const { engine, stream, tasks, text } = connected('ref');
    engine.copyToOutputStream(Buffer.from('tea '));
    engine.chainDataToOutputStream(Buffer.from('at '), () => {});
    engine.copyToOutputStream(Buffer.from('six'));
    stream.flush();
    tasks.run();
    expect(text()).toBe('tea at six');
  });

  test('releases once what the kernel never took, when the connection dies', () => {
    const { client, engine, stream, tasks } = connected('ref');
    let releases = 0;
    client.pause();
    engine.chainDataToOutputStream(Buffer.alloc(100 * KIB), () => {
      releases += 1;
    });
    stream.flush();
    tasks.run();
    expect(releases).toBe(0);
    client.destroy();
    tasks.run();
    expect(releases).toBe(1);
  });

  test('refuses to send nothing, and does not release it', () => {
    const { engine } = connected('auto');
    let releases = 0;
    const chain = (): void =>
      engine.chainDataToOutputStream(new Uint8Array(0), () => {
        releases += 1;
      });
    expect(chain).toThrow(RangeError);
    expect(releases).toBe(0);
  });

  test.each(['copy', 'ref'] as const)('survives a release that throws, sending by %s', (mode) => {
    const { engine, faults, stream, tasks, text } = connected(mode);
    engine.chainDataToOutputStream(Buffer.from('tea'), () => {
      throw new Error('spilt');
    });
    stream.flush();
    tasks.run();
    expect(text()).toBe('tea');
    expect(faults).toEqual(['release: Error: spilt']);
  });
});

describe('an engine that sends while no slot of it is being called', () => {
  test('sends nothing, gives its memory back, and is named', () => {
    const { engine, faults, stream } = connected('ref', 1 << 20, () => false);
    let releases = 0;
    engine.copyToOutputStream(Buffer.from('tea'));
    engine.chainDataToOutputStream(Buffer.from('tea'), () => {
      releases += 1;
    });
    expect([stream.length, releases]).toEqual([0, 1]);
    expect(faults).toEqual([
      expect.stringContaining('copyToOutputStream: '),
      expect.stringContaining('chainDataToOutputStream: '),
    ]);
  });
});

describe('the limit of the send queue', () => {
  test('is passed by what is more than it, until the kernel took it', () => {
    const { client, engine, stream, tasks } = connected('copy', 16 * KIB);
    client.pause();
    engine.copyToOutputStream(Buffer.alloc(16 * KIB));
    expect(stream.isFull).toBe(false);
    engine.copyToOutputStream(Buffer.alloc(1));
    expect(stream.isFull).toBe(true);
    stream.flush();
    client.resume();
    tasks.run();
    expect([stream.isFull, stream.length]).toEqual([false, 0]);
  });
});
