// What stays of a server that is restarted or reset, and what several of them have in common: nothing.
import { createServer as createSocketServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { EngineModule } from '../../reference/engine/contract.ts';
import { get, noop, set } from '../support/document-requests.ts';
import { startServer } from '../support/start-server.ts';
import { SteeredEngine } from '../support/steered-engine.ts';
import { connectClient } from '../support/test-client.ts';
import { textured } from '../support/textured.ts';
import { until } from '../support/until.ts';

describe('a server that restarts', () => {
  it('keeps its port, and nothing else', async () => {
    const server = await startServer();
    const { port } = server;
    const before = await connectClient(server);
    await before.request(set('walrus', 'tusks'));
    await server.restart();
    expect(server.port).toBe(port);
    await before.ended;
    const after = await connectClient(server);
    expect((await after.request(get('walrus'))).vbucketOrStatus).toBe(1);
    expect(server.stats.cmdSet).toBe(0);
  });

  it('keeps its port over and over', async () => {
    const server = await startServer();
    const { port } = server;
    for (let i = 0; i < 10; i++) {
      await server.restart({ graceMs: 0 });
      expect((await (await connectClient(server)).request(noop(i))).opaque).toBe(i);
    }
    expect(server.port).toBe(port);
  });

  it('may have been stopped before', async () => {
    const server = await startServer();
    await server.stop();
    await server.restart();
    expect((await (await connectClient(server)).request(noop(1))).opaque).toBe(1);
  });

  it('is a stopped one where its port is taken meanwhile', async () => {
    const engine = new SteeredEngine();
    const server = await startServer({ engine });
    await server.stop();
    const thief = createSocketServer().listen(server.port, '127.0.0.1');
    await until('it listens', () => thief.listening);
    await expect(server.restart()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(engine.destroyed).toBe(2);
    const late = await connectClient({ port: 0, attach: (transport) => server.attach(transport) });
    expect(await late.ended).toEqual([]);
    expect(await server.stopped).toEqual({ dropped: 0 });
    await server.stop();
    thief.close();
  });
});

describe('a server that is reset', () => {
  it('has empty buckets and no counts, and keeps its connections', async () => {
    const server = await startServer({ buckets: { zoo: {} } });
    const client = await connectClient(server);
    await client.request(set('walrus', 'tusks'));
    await client.request(get('walrus'));
    await server.reset();
    expect([server.stats.cmdGet, server.stats.cmdSet, server.stats.bytesRead]).toEqual([0, 0, 0]);
    expect(server.stats.currConnections).toBe(1);
    expect((await client.request(get('walrus', 9))).vbucketOrStatus).toBe(1);
    expect((await client.request(set('walrus', 'tusks', 10))).vbucketOrStatus).toBe(0);
    expect(server.connections()).toHaveLength(1);
  });

  it('ends the old engine after what it lent is back and who waited for it is gone', async () => {
    const engine = new SteeredEngine();
    engine.parks = (key) => key === 'whale';
    const atTheEnd: number[][] = [];
    const { createInstance } = engine;
    const watched: EngineModule = {
      createInstance: (...args) => {
        const made = createInstance(...args);
        if (made.status !== 0) return made;
        const { destroy } = made.handle;
        made.handle.destroy = (handle, force) => {
          atTheEnd.push([engine.held, engine.disconnects]);
          return destroy(handle, force);
        };
        return made;
      },
    };
    const server = await startServer({ engine: watched, port: false, send: 'ref' });
    const plain = await connectClient(server);
    await plain.request(set('walrus', textured(500_000)));
    const waiting = await connectClient(server);
    waiting.send(get('whale'));
    const slow = await connectClient(server);
    slow.wire.pause();
    slow.send(...Array.from({ length: 10 }, (_, i) => get('walrus', i)));
    await until('both are busy', () => engine.parked.length === 1 && server.stats.sendQueueFull === 1);
    expect(engine.held).toBeGreaterThan(0);
    await server.reset();
    expect(atTheEnd).toEqual([[0, 2]]);
    expect(server.connections()).toHaveLength(1);
    engine.parked[0]?.notify();
    expect((await plain.request(noop(3))).opaque).toBe(3);
  });

  it('goes on with its old engines where new ones cannot start', async () => {
    let starts = 0;
    const engine: EngineModule = {
      createInstance: (...args) => {
        starts += 1;
        if (starts > 1) throw new Error('Only once.');
        return new SteeredEngine().createInstance(...args);
      },
    };
    const server = await startServer({ engine });
    const client = await connectClient(server);
    await client.request(set('walrus', 'tusks'));
    await expect(server.reset()).rejects.toMatchObject({ code: 'engine-broken' });
    expect((await client.request(get('walrus'))).value.toString()).toBe('tusks');
  });
});

describe('several servers in one process', () => {
  it('share no documents, no counts and no time', async () => {
    const [one, other] = [await startServer(), await startServer()];
    const client = await connectClient(one);
    await client.request(set('walrus', 'tusks'));
    expect((await (await connectClient(other)).request(get('walrus'))).vbucketOrStatus).toBe(1);
    expect([one.stats.cmdSet, other.stats.cmdSet]).toEqual([1, 0]);
    await other.stop();
    expect((await client.request(get('walrus'))).value.toString()).toBe('tusks');
  });
});
