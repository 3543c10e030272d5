// What a server leaves for the event loop to wait for. A file of its own: a process of its own, with nothing else in it.
import { connect } from 'node:net';
import process from 'node:process';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { encodePacket } from '../../reference/protocol/packet.ts';
import { noop } from '../support/document-requests.ts';
import { startServer } from '../support/start-server.ts';
import { connectClient } from '../support/test-client.ts';
import { turn } from '../support/until.ts';
import { testTls } from '../support/wire.ts';

// Handles take a turn to close.
afterEach(() => turn(5));

describe('a process', () => {
  const alive = (): string[] =>
    process
      .getActiveResourcesInfo()
      .filter((each) => /Server|Socket|TCP|Pipe|Timeout/.test(each))
      .sort();

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
    await turn(5);
    expect(alive()).toEqual(before);
  });

  it('is kept alive where the server is told to', async () => {
    const before = alive();
    await startServer({ keepAlive: true });
    expect(alive()).toEqual([...before, 'TCPServerWrap'].sort());
  });

  it('has nothing of a server left when it has stopped', async () => {
    const before = alive();
    const server = await startServer({ keepAlive: true });
    const client = await connectClient(server);
    client.send(noop());
    await client.next();
    await server.stop();
    await client.closed;
    await turn(5);
    expect(alive()).toEqual(before);
  });
});
