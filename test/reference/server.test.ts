// A server from its start to its end, as somebody who starts many of them in tests wants it.
import { existsSync } from 'node:fs';
import { connect, createServer as createSocketServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import type { CreateInstance, EngineModule } from '../../reference/engine/contract.ts';
import { createServer } from '../../reference/server.ts';
import { get, noop, set } from '../support/document-requests.ts';
import { overEveryTransport, serveOver } from '../support/serve-over.ts';
import { startServer } from '../support/start-server.ts';
import { SteeredEngine } from '../support/steered-engine.ts';
import { connectClient } from '../support/test-client.ts';
import { textured } from '../support/textured.ts';
import { turn, until } from '../support/until.ts';
import { testTls } from '../support/wire.ts';

/** Whether anybody listens there. */
const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.unref().once('connect', () => socket.destroy());
  });

describe('a server that starts', () => {
  it('answers as soon as it is there', async () => {
    const server = await startServer();
    expect(server.port).toBeGreaterThan(0);
    expect((await (await connectClient(server)).request(noop(7))).opaque).toBe(7);
  });

  it('takes a free port of its own', async () => {
    const servers = [await startServer(), await startServer(), await startServer()];
    expect(new Set(servers.map((each) => each.port)).size).toBe(3);
  });

  it('takes the port that it is told to', async () => {
    const first = await startServer();
    const { port } = first;
    await first.stop();
    expect((await startServer({ port })).port).toBe(port);
  });

  it('does not listen where it is told not to', async () => {
    const server = await startServer({ port: false });
    expect(server.port).toBe(0);
    expect((await (await connectClient(server)).request(noop(7))).opaque).toBe(7);
  });

  it('says that its port is in use, and leaves no engine behind', async () => {
    const other = createSocketServer().listen(0, '127.0.0.1');
    await until('it listens', () => other.listening);
    const { port } = other.address() as { port: number };
    const engine = new SteeredEngine();
    const failure = createServer({ port, engine, buckets: { replica: { engine } } });
    await expect(failure).rejects.toMatchObject({ code: 'EADDRINUSE', port, address: '127.0.0.1' });
    expect(engine.destroyed).toBe(2);
    other.close();
  });

  it('ends the engines that had started when another one cannot', async () => {
    const engine = new SteeredEngine();
    const failure = createServer({ engine, buckets: { broken: { config: 'no_such_setting=1' } } });
    await expect(failure).rejects.toMatchObject({ code: 'engine-refused' });
    expect(engine.destroyed).toBe(1);
  });
});

describe('a server that stops', () => {
  it('leaves its port free at once, fifty times', async () => {
    const first = await createServer();
    const { port } = first;
    await connectClient(first);
    await first.stop();
    for (let i = 0; i < 50; i++) {
      const server = await createServer({ port });
      const client = await connectClient(server);
      expect((await client.request(noop(i))).opaque).toBe(i);
      await server.stop();
      expect(server.connections()).toEqual([]);
    }
    expect(await isTaken(port)).toBe(false);
  });

  it('removes its Unix socket', async () => {
    const path = join(tmpdir(), `kv-engine-migrate-${process.pid}-stop.sock`);
    const server = await startServer({ path });
    expect(existsSync(path)).toBe(true);
    expect(server.port).toBe(0);
    await server.stop();
    expect(existsSync(path)).toBe(false);
  });

  it('ends its engine once, after its connections', async () => {
    const engine = new SteeredEngine();
    const server = await startServer({ engine });
    await (await connectClient(server)).request(noop());
    expect(engine.destroyed).toBe(0);
    await server.stop();
    expect([engine.disconnects, engine.destroyed]).toEqual([1, 1]);
  });

  it('answers the same to whoever asks again, and to whoever waits', async () => {
    const server = await startServer();
    const stopping = server.stop();
    expect(server.stop({ graceMs: 0 })).toBe(stopping);
    expect(await server.stopped).toBe(await stopping);
  });

  it('stops at the end of a block', async () => {
    let port = 0;
    {
      await using server = await createServer();
      ({ port } = server);
      expect(await isTaken(port)).toBe(true);
    }
    expect(await isTaken(port)).toBe(false);
  });

  it('takes nobody in any more', async () => {
    const server = await startServer({ port: false });
    const stopping = server.stop();
    const late = await connectClient(server);
    expect(await late.ended).toEqual([]);
    expect(server.stats.rejectedConnections).toBe(1);
    await stopping;
  });

  it('stops though an engine does not', async () => {
    const records: unknown[] = [];
    const stubborn = new SteeredEngine();
    const createInstance: CreateInstance = (...args) => {
      const made = stubborn.createInstance(...args);
      if (made.status === 0)
        made.handle.destroy = () => {
          throw new Error('Not yet.');
        };
      return made;
    };
    const engine: EngineModule = { createInstance };
    const other = new SteeredEngine();
    const log = (record: unknown): void => void records.push(record);
    const server = await startServer({ engine, buckets: { other: { engine: other } }, log });
    await server.stop();
    expect(other.destroyed).toBe(1);
    expect(records).toContainEqual(expect.objectContaining({ level: 'error', bucket: 'default' }));
  });

  it('may be stopped by its engine', async () => {
    const engine = new SteeredEngine();
    const server = await startServer({ engine });
    engine.server?.core.shutdown();
    await server.stopped;
    expect(await isTaken(server.port)).toBe(false);
  });

  it('does not wait for a client that never finishes its TLS handshake', async () => {
    const server = await startServer({ tls: testTls });
    const half: Socket = connect(server.port, '127.0.0.1');
    const gone = new Promise((resolve) => half.once('close', resolve));
    half.on('error', () => {});
    half.resume();
    await until('it is accepted', () => half.readyState === 'open');
    await turn(5);
    await server.stop();
    await gone;
  });
});

overEveryTransport('a server that stops with much to say', (transport) => {
  it('says it, whole, to those who listen', async () => {
    await using bed = await serveOver(transport);
    const clients = await Promise.all(Array.from({ length: 20 }, () => bed.connect()));
    const [first] = clients;
    const value = textured(1_000_000);
    await first?.request(set('whale', value));
    for (const client of clients) {
      client.wire.pause();
      client.send(...Array.from({ length: 60 }, (_, i) => get('whale', i)));
    }
    await until('all are busy', () => bed.server.connections().every((each) => each.queued > 500_000));
    const stopping = bed.server.stop({ graceMs: 15_000 });
    for (const client of clients) client.wire.resume();
    for (const client of clients) {
      const packets = await client.rest();
      expect(packets.length).toBeGreaterThan(0);
      expect(packets.every((each, i) => each.opaque === i && each.value.equals(value))).toBe(true);
      client.wire.end();
    }
    expect(await stopping).toEqual({ dropped: 0 });
  });

  it('does not wait for those who have everything and keep their side open', async () => {
    await using bed = await serveOver(transport);
    const client = await bed.connect();
    await client.request(noop());
    const start = performance.now();
    expect(await bed.server.stop({ graceMs: 15_000 })).toEqual({ dropped: 0 });
    expect(performance.now() - start).toBeLessThan(5000);
    expect(await client.rest()).toEqual([]);
  });

  it('does not wait longer than it is told for those who do not', async () => {
    await using bed = await serveOver(transport);
    const clients = await Promise.all(Array.from({ length: 20 }, () => bed.connect()));
    await clients[0]?.request(set('whale', textured(1_000_000)));
    for (const client of clients) {
      client.wire.pause();
      client.send(...Array.from({ length: 60 }, (_, i) => get('whale', i)));
    }
    await until('all are busy', () => bed.server.connections().every((each) => each.queued > 500_000));
    const start = performance.now();
    expect(await bed.server.stop({ graceMs: 100 })).toEqual({ dropped: 20 });
    expect(performance.now() - start).toBeLessThan(2000);
    expect(bed.server.connections()).toEqual([]);
    expect(bed.server.stats.currConnections).toBe(0);
  });
});
