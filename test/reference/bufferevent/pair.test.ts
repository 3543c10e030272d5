// What only the in-memory pair does: it runs step by step. What it has in common with sockets is transports.test.ts.
import { describe, expect, it } from 'vitest';
import { type PairOptions, type TransportPair, transportPair } from '../../../reference/bufferevent/pair.ts';
import type { TransportEvents } from '../../../reference/bufferevent/transport.ts';

/** A pair whose tasks run one at a time, and what its server end was told. */
function steppedPair(options: Omit<PairOptions, 'schedule'> = {}): TransportPair & {
  readonly told: string[];
  readonly tasks: (() => void)[];
  step(): void;
  settle(): void;
} {
  const tasks: (() => void)[] = [];
  const told: string[] = [];
  const pair = transportPair({ ...options, schedule: (task) => tasks.push(task) });
  const events: TransportEvents = {
    onRead: (bytes, length) => told.push(bytes.toString('latin1', 0, length)),
    onWritten: () => told.push('written'),
    onEnd: () => told.push('end'),
    onClose: (error) => told.push(error === undefined ? 'closed' : `closed: ${error.message}`),
  };
  pair.server.start(events);
  const step = (): void => tasks.shift()?.();
  const settle = (): void => {
    while (tasks.length > 0) step();
  };
  return { ...pair, told, tasks, step, settle };
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('an in-memory pair', () => {
  it('delivers nothing before its scheduler runs', () => {
    const { client, told, tasks, step } = steppedPair();
    client.write(bytes('noop'));
    expect(told).toEqual([]);
    expect(tasks).toHaveLength(1);
    step();
    expect(told).toEqual(['noop']);
    expect(tasks).toHaveLength(0);
  });

  it('cuts reads where it is told to', () => {
    const { client, told, settle } = steppedPair({ chunk: (available) => Math.ceil(available / 2) });
    client.write(bytes('abcdefgh'));
    settle();
    expect(told).toEqual(['abcd', 'ef', 'g', 'h']);
  });

  it('joins writes that nobody has read', () => {
    const { client, told, settle } = steppedPair();
    for (const part of ['se', 't g', 'et']) client.write(bytes(part));
    settle();
    expect(told).toEqual(['set get']);
  });

  it('takes what fits, and the rest by reference when the reader makes room', () => {
    const { client, server, told, step, settle } = steppedPair({ capacity: 4 });
    const got: string[] = [];
    client.onData = (data) => got.push(data.toString('latin1'));
    const value = bytes('0123456789');
    expect(server.write([value.subarray(0, 3), value.subarray(3)])).toBe(false);
    value.write('wxyz', 0);
    step();
    expect(got).toEqual(['0123']);
    // What the kernel did not have yet is still the writer's memory.
    value.write('YZ', 8);
    expect(told).toEqual([]);
    settle();
    expect(got.join('')).toBe('01234567YZ');
    expect(told).toEqual(['written']);
    expect(server.write([bytes('next')])).toBe(true);
  });

  it('refuses a write while the last one is not taken', () => {
    const { server } = steppedPair({ capacity: 4 });
    server.write([bytes('0123456789')]);
    expect(() => server.write([bytes('more')])).toThrow('The last write is not taken yet.');
  });

  it('spoils the memory of a read after the call', () => {
    const tasks: (() => void)[] = [];
    const { server, client } = transportPair({ schedule: (task) => tasks.push(task) });
    let kept: Buffer = Buffer.alloc(0);
    server.start({
      onRead: (data, length) => {
        kept = data.subarray(0, length);
      },
      onWritten: () => {},
      onEnd: () => {},
      onClose: () => {},
    });
    client.write(bytes('mine'));
    tasks.shift()?.();
    expect(kept).toEqual(Buffer.alloc(4, 0xdb));
  });

  it('keeps a goodbye behind the bytes that the kernel has', () => {
    const { client, server, settle } = steppedPair();
    const got: string[] = [];
    client.onData = (data) => got.push(data.toString('latin1'));
    client.onEnded = () => got.push('end');
    client.onClosed = (error) => got.push(`closed ${error?.message}`);
    server.write([bytes('last words')]);
    server.destroy();
    settle();
    expect(got).toEqual(['last words', 'end']);
    client.end();
    settle();
    expect(got).toEqual(['last words', 'end', 'closed undefined']);
  });

  it('resets a client that had said something nobody read', () => {
    const { client, server, told, settle } = steppedPair();
    const got: string[] = [];
    client.onData = () => got.push('data');
    client.onClosed = (error) => got.push(`closed ${error?.message}`);
    server.pause();
    client.write(bytes('too late'));
    server.write([bytes('last words')]);
    server.destroy();
    settle();
    expect(got).toEqual(['closed read ECONNRESET']);
    expect(told).toEqual(['closed']);
  });
});
