// What a bufferevent relies on, of every carrier alike: sockets and the in-memory pair keep the same promises.
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { transportPair } from '../../../reference/bufferevent/pair.ts';
import type { Transport } from '../../../reference/bufferevent/transport.ts';
import { type Listener, listen } from '../../../reference/listener.ts';
import { overEveryTransport, type TransportName } from '../../support/serve-over.ts';
import { textured } from '../../support/textured.ts';
import { turn, until } from '../../support/until.ts';
import { connectWire, testTls, type Wire } from '../../support/wire.ts';

/** A transport, the client at its other end, and what both were told. */
interface Ends extends AsyncDisposable {
  readonly transport: Transport;
  readonly client: Wire;
  /** What the transport told, bytes aside. */
  readonly told: string[];
  /** Bytes that arrived at the server. */
  read: Buffer[];
  /** What the client was told. */
  readonly clientTold: string[];
  /** Bytes that arrived at the client. */
  readonly clientRead: Buffer[];
  /** Writes all of it, waiting for the kernel where it is full; the memory is spoilt as soon as that is allowed. */
  write(...chunks: Buffer[]): Promise<void>;
}

async function ends(name: TransportName): Promise<Ends> {
  const path = join(tmpdir(), `kv-engine-migrate-${randomUUID()}.sock`);
  let listener: Listener | undefined;
  let client: Wire;
  let transport: Transport | undefined;
  if (name === 'pair') {
    const pair = transportPair();
    ({ client } = pair);
    transport = pair.server;
  } else {
    const host = name === 'tcp6' ? '::1' : '127.0.0.1';
    const tls = name === 'tls' ? testTls : undefined;
    const where = { host, port: 0, path: name === 'unix' ? path : undefined, tls, keepAlive: false };
    listener = await listen(where, (accepted) => {
      transport = accepted;
    });
    const address = name === 'unix' ? { path } : { host, port: listener.port, tls: name === 'tls' };
    client = await connectWire(address);
    await until('accepted', () => transport !== undefined);
  }
  return started(transport as Transport, client, listener);
}

function started(transport: Transport, client: Wire, listener: Listener | undefined): Ends {
  let onWritten: () => void = () => {};
  let isInCall = false;
  const all: Ends = {
    transport,
    client,
    told: [],
    read: [],
    clientTold: [],
    clientRead: [],
    write: async (...chunks) => {
      const written = new Promise<void>((resolve) => {
        onWritten = resolve;
      });
      isInCall = true;
      const isTaken = transport.write(chunks);
      isInCall = false;
      if (!isTaken) await written;
      for (const chunk of chunks) chunk.fill(0xdb);
    },
    [Symbol.asyncDispose]: async () => {
      transport.destroy();
      client.destroy();
      await client.closed;
      await listener?.close();
    },
  };
  client.onData = (bytes) => all.clientRead.push(bytes);
  client.onEnded = () => all.clientTold.push('end');
  client.onClosed = (error) => all.clientTold.push(error === undefined ? 'closed' : 'failed');
  transport.start({
    onRead: (bytes, length) => {
      if (isInCall) all.told.push('read within a call');
      all.read.push(Buffer.from(bytes.subarray(0, length)));
    },
    onWritten: () => {
      onWritten();
      all.told.push('written');
    },
    onEnd: () => all.told.push('end'),
    onClose: (error) => all.told.push(error === undefined ? 'closed' : 'failed'),
  });
  return all;
}

const size = (chunks: readonly Buffer[]): number => chunks.reduce((sum, each) => sum + each.length, 0);

overEveryTransport('a transport', (name) => {
  it('carries bytes both ways, in order', async () => {
    await using both = await ends(name);
    const up = textured(300_000);
    both.client.write(up.subarray(0, 100));
    both.client.write(up.subarray(100));
    const down = textured(200_000);
    await both.write(Buffer.from(down.subarray(0, 24)), Buffer.from(down.subarray(24)));
    await until('everything arrived', () => size(both.read) + size(both.clientRead) >= 500_000);
    expect(Buffer.concat(both.read).equals(up)).toBe(true);
    expect(Buffer.concat(both.clientRead).equals(down)).toBe(true);
    expect(both.told.filter((each) => each !== 'written')).toEqual([]);
  });

  it('gives memory back only when nothing is read from it any more', async () => {
    await using both = await ends(name);
    const expected: Buffer[] = [];
    for (const length of [1, 24, 5000, 70_000, 300_000, 17, 1_000_000, 3]) {
      const bytes = textured(length);
      expected.push(Buffer.from(bytes));
      await both.write(bytes.subarray(0, length >> 1), bytes.subarray(length >> 1));
    }
    await until('everything arrived', () => size(both.clientRead) >= size(expected));
    expect(Buffer.concat(both.clientRead).equals(Buffer.concat(expected))).toBe(true);
  });

  it('waits for a client that does not read', async () => {
    await using both = await ends(name);
    both.client.pause();
    const big = textured(20_000_000);
    const written = both.write(Buffer.from(big));
    await turn(20);
    expect(both.told).toEqual([]);
    both.client.resume();
    await written;
    await until('everything arrived', () => size(both.clientRead) >= big.length);
    expect(both.told).toEqual(['written']);
    expect(Buffer.concat(both.clientRead).equals(big)).toBe(true);
  });

  it('tells how much of a write the kernel has not taken', async () => {
    await using both = await ends(name);
    expect(both.transport.unsent).toBe(0);
    both.client.pause();
    const written = both.write(textured(20_000_000));
    await turn(5);
    const unsent = both.transport.unsent ?? 0;
    expect(unsent).toBeGreaterThan(0);
    both.client.resume();
    await until('some of it is gone', () => (both.transport.unsent ?? unsent) < unsent);
    await written;
    expect(both.transport.unsent).toBe(0);
  });

  it('reads nothing while it is paused, and everything when it is resumed', async () => {
    await using both = await ends(name);
    both.client.write(Buffer.from('before'));
    await until('the first bytes arrived', () => size(both.read) === 6);
    both.transport.pause();
    const up = textured(3_000_000);
    both.client.write(up);
    await turn(20);
    expect(size(both.read)).toBe(6);
    both.transport.resume();
    await until('the rest arrived', () => size(both.read) === 6 + up.length);
    expect(Buffer.concat(both.read).subarray(6).equals(up)).toBe(true);
  });

  it('still sends when the client has closed its side', async () => {
    await using both = await ends(name);
    both.client.write(Buffer.from('last request'));
    both.client.end();
    await until('the end arrived', () => both.told.length > 0);
    expect(both.told).toEqual(['end']);
    expect(Buffer.concat(both.read).toString()).toBe('last request');
    await both.write(Buffer.from('last response'));
    both.transport.end();
    await until('both are closed', () => both.told.includes('closed') && both.client.isClosed);
    expect(Buffer.concat(both.clientRead).toString()).toBe('last response');
    expect(both.told.filter((each) => each !== 'written')).toEqual(['end', 'closed']);
    expect(both.clientTold).toEqual(['end', 'closed']);
  });

  it('still reads when it has closed its side', async () => {
    await using both = await ends(name);
    await both.write(Buffer.from('goodbye'));
    both.transport.end();
    await until('the end arrived', () => both.clientTold.includes('end'));
    both.client.write(Buffer.from('one more thing'));
    both.client.end();
    await until('both are closed', () => both.told.includes('closed') && both.client.isClosed);
    expect(Buffer.concat(both.read).toString()).toBe('one more thing');
  });

  it('ends after what it wrote, though the kernel had no room', async () => {
    await using both = await ends(name);
    both.client.pause();
    const big = textured(5_000_000);
    void both.write(Buffer.from(big));
    both.transport.end();
    both.client.resume();
    await until('the end arrived', () => both.clientTold.includes('end'));
    expect(Buffer.concat(both.clientRead).equals(big)).toBe(true);
  });

  it('drops everything when it is destroyed, and says so once', async () => {
    await using both = await ends(name);
    both.client.pause();
    void both.write(textured(20_000_000));
    both.transport.destroy();
    both.transport.destroy();
    expect(both.told).toEqual([]);
    await until('it is closed', () => both.told.length > 0);
    both.client.write(Buffer.from('anybody there?'));
    both.client.resume();
    await until('the client knows', () => both.clientTold.length > 0);
    await turn(5);
    expect(both.told).toEqual(['closed']);
    expect(size(both.read)).toBe(0);
  });

  it.each([
    ['reads', false],
    ['does not read', true],
  ])('notices a client that is gone while it writes and %s', async (_what, isPaused) => {
    await using both = await ends(name);
    both.client.pause();
    if (isPaused) both.transport.pause();
    void both.write(textured(20_000_000));
    await turn(5);
    both.client.destroy();
    await until('it is closed', () => both.told.some((each) => each !== 'end'));
    await turn(5);
    expect(both.told.filter((each) => each !== 'end')).toEqual(['failed']);
  });

  it('takes a write and an end on a dead connection as what they are', async () => {
    await using both = await ends(name);
    both.client.destroy();
    await until('it knows', () => both.told.length > 0);
    void both.write(Buffer.from('too late'));
    void both.transport.end();
    await until('it is closed', () => both.told.some((each) => each !== 'end'));
    expect(both.told.filter((each) => each !== 'end')).toHaveLength(1);
  });
});
