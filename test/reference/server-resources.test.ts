// What a server leaves for the event loop to wait for. A file of its own: a process of its own, with nothing else in it.
import { connect } from 'node:net';
import process from 'node:process';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { encodePacket } from '../../reference/protocol/packet.ts';
import { noop } from '../support/document-requests.ts';
import { startServer } from '../support/start-server.ts';
import { connectClient } from '../support/test-client.ts';
import { turn, until } from '../support/until.ts';
import { testTls } from '../support/wire.ts';

// Handles take a turn to close.
afterEach(() => turn(5));

describe('a process', () => {
  /** Counts what the event loop waits for, by kind. */
  const alive = (): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return counts;
  };

  /** What it waits for and did not wait for before. Timers of the test runner come and go. */
  const added = (before: ReadonlyMap<string, number>): string[] =>
    [...alive()].filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind]) => kind);

  it('is not kept alive by a server, its connections and its clock, plain or with TLS', async () => {
    const before = alive();
    for (const options of [{}, { tls: testTls }]) {
      const server = await startServer(options);
      const { port } = server;
      const ca = testTls.cert as Buffer;
      const client =
        'tls' in options ? connectTls({ port, host: '127.0.0.1', ca }) : connect(port, '127.0.0.1');
      const answered = new Promise((resolve) => client.once('data', resolve));
      client.write(encodePacket(noop()));
      await answered;
      client.unref();
    }
    await until('nothing is left', () => added(before).length === 0);
  });

  it('is kept alive where the server is told to', async () => {
    const before = alive();
    await startServer({ keepAlive: true });
    expect(added(before)).toContain('TCPServerWrap');
  });

  it('has nothing of a server left when it has stopped', async () => {
    const before = alive();
    const server = await startServer({ keepAlive: true });
    const client = await connectClient(server);
    client.send(noop());
    await client.next();
    await server.stop();
    await client.closed;
    await until('nothing is left', () => added(before).length === 0);
  });
});
