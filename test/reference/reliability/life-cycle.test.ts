// A server that stops, restarts or is reset in the middle of everything: nobody waits for ever, engines get all back first.
import { afterEach, describe, expect, it } from 'vitest';
import { transportPair } from '../../../reference/bufferevent/pair.ts';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import { Status } from '../../../reference/protocol/status.ts';
import { createServer, type Server } from '../../../reference/server.ts';
import type { ServerOptions } from '../../../reference/server-options.ts';
import { get, noop, set } from '../../support/document-requests.ts';
import { LivesOfEngines } from '../../support/life-of-engines.ts';
import { RawClient } from '../../support/raw-client.ts';
import { streamReq } from '../../support/raw-dcp.ts';
import { profileNames, sendWays, waysAndProfiles } from '../../support/send-ways.ts';
import { connectClient, type TestClient } from '../../support/test-client.ts';
import { textured } from '../../support/textured.ts';
import { turn, until } from '../../support/until.ts';
import { WireClient } from '../../support/wire-client.ts';

const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop({ graceMs: 0 })));
});

async function serve(engine: LivesOfEngines, options: ServerOptions = {}): Promise<Server> {
  const server = await createServer({ engine, port: false, ...options });
  servers.push(server);
  return server;
}

const WHALE = textured(300_000);

/** A client that reads nothing, with responses in its queue. */
async function slowReader(server: Server): Promise<TestClient> {
  const { server: transport, client: end } = transportPair({ capacity: 1000 });
  server.attach(transport);
  const client = new WireClient(end);
  end.pause();
  const before = server.stats.cmdGet;
  client.send(...Array.from({ length: 20 }, (_, i) => get('whale', i)));
  await until('its queue is long', () => server.stats.cmdGet > before);
  return client;
}

/** Everything that a server may be in the middle of. */
async function inFullSwing(server: Server, engine: LivesOfEngines): Promise<void> {
  const writer = await connectClient(server);
  writer.send(set('whale', WHALE), set('seal', 'flippers'));
  await writer.take(2);
  for (let i = 0; i < 5; i++) {
    await slowReader(server);
    const waiting = await connectClient(server);
    waiting.send(get('seal'), get(`wait${i}`), get('seal'), noop());
    await waiting.next();
    const ended = await connectClient(server);
    ended.send(get(`wait${i}`));
    ended.wire.end();
    const broken = await connectClient(server);
    broken.send(Buffer.from([0x80, 0x01]));
  }
  const consumer = new RawClient(server, { capacity: 1000 });
  await consumer.open(1);
  consumer.send(streamReq(0));
  await consumer.take(3);
  consumer.wire.pause();
  writer.send(set('whale', WHALE), set('whale', WHALE));
  await writer.take(2);
  await until('ten commands wait', () => engine.waiting === 10);
}

const lives = (engine: LivesOfEngines): unknown =>
  engine.lives.map(({ destroyed, held, afterEnd }) => ({ destroyed, held, afterEnd }));
const ended = { destroyed: 1, held: 0, afterEnd: [] };
const running = { destroyed: 0, held: 0, afterEnd: [] };

describe.each(waysAndProfiles)('in the middle of everything, responses %s', (_, options) => {
  it('a server stops: everybody is gone, the engine got everything back before its end', async () => {
    const engine = new LivesOfEngines();
    const server = await serve(engine, options);
    await inFullSwing(server, engine);
    const { currConnections } = server.stats;
    expect(currConnections).toBeGreaterThanOrEqual(20);
    const { dropped } = await server.stop({ graceMs: 20 });
    expect(dropped).toBeGreaterThanOrEqual(15);
    expect(dropped).toBeLessThanOrEqual(currConnections);
    expect(server.connections()).toEqual([]);
    expect(server.stats.currConnections).toBe(0);
    await turn(5);
    expect(lives(engine)).toEqual([ended]);
  });

  it('a server restarts, again and again: it is as new', async () => {
    const engine = new LivesOfEngines();
    const server = await serve(engine, options);
    for (let round = 0; round < 3; round++) {
      engine.waiting = 0;
      await inFullSwing(server, engine);
      await server.restart({ graceMs: 0 });
      expect(server.connections()).toEqual([]);
      const client = await connectClient(server);
      expect((await client.request(get('seal'))).vbucketOrStatus).toBe(Status.KeyEnoent);
      expect(server.stats.cmdGet).toBe(1);
      await client.close();
    }
    await turn(5);
    expect(lives(engine)).toEqual([ended, ended, ended, running]);
  });

  it('a server is reset: those who wait, replicate or do not read are closed, others go on', async () => {
    const engine = new LivesOfEngines();
    const server = await serve(engine, options);
    const idle = await connectClient(server);
    await inFullSwing(server, engine);
    await server.reset();
    expect((await idle.request(get('seal'))).vbucketOrStatus).toBe(Status.KeyEnoent);
    expect((await idle.request(set('seal', 'flippers'))).vbucketOrStatus).toBe(Status.Success);
    await turn(5);
    expect(lives(engine)).toEqual([ended, running]);
    for (const connection of server.connections()) expect(connection.queued).toBe(0);
    // The idle one, the writer, and five that have sent two bytes.
    expect(server.connections()).toHaveLength(7);
  });
});

describe('asked for several things at once', () => {
  it('a server that is reset and stopped ends every engine once', async () => {
    const engine = new LivesOfEngines();
    const server = await serve(engine);
    engine.beforeStart = () => turn(5);
    const reset = server.reset().catch(() => {});
    await turn();
    await server.stop({ graceMs: 0 });
    await reset;
    await turn(10);
    expect(lives(engine)).toEqual(engine.lives.map(() => ended));
  });

  it('a server that is stopped while it is reset to engines that cannot start ends the old ones once', async () => {
    const engine = new LivesOfEngines();
    const server = await serve(engine);
    engine.beforeStart = async () => {
      await turn(5);
      throw new Error('no disk');
    };
    const reset = server.reset();
    const outcome = expect(reset).rejects.toThrow('no disk');
    await turn();
    await server.stop({ graceMs: 0 });
    await outcome;
    expect(engine.lives[0]).toEqual(ended);
  });

  it('a server that is reset twice has one engine that runs', async () => {
    const engine = new LivesOfEngines();
    const server = await serve(engine);
    engine.beforeStart = () => turn(2);
    const client = await connectClient(server);
    await Promise.all([server.reset(), server.reset()]);
    expect((await client.request(get('seal'))).vbucketOrStatus).toBe(Status.KeyEnoent);
    expect(engine.lives.filter(({ destroyed }) => destroyed === 0)).toHaveLength(1);
    expect(engine.lives.every(({ destroyed }) => destroyed <= 1)).toBe(true);
    expect(engine.last).toEqual(running);
  });

  it('a server that is restarted twice is up once', async () => {
    const engine = new LivesOfEngines();
    const server = await serve(engine, { port: 0 });
    const { port } = server;
    engine.beforeStart = () => turn(2);
    await Promise.all([server.restart(), server.restart()]);
    expect(server.port).toBe(port);
    expect((await (await connectClient(server)).request(noop(5))).opaque).toBe(5);
    expect(engine.lives.filter(({ destroyed }) => destroyed === 0)).toHaveLength(1);
    await server.stop({ graceMs: 0 });
    expect(lives(engine)).toEqual(engine.lives.map(() => ended));
  });

  it('a server that is stopped while it restarts is down when the promise says so', async () => {
    const engine = new LivesOfEngines();
    const server = await serve(engine, { port: 0 });
    engine.beforeStart = () => turn(2);
    const restart = server.restart({ graceMs: 0 });
    const report = await server.stop({ graceMs: 0 });
    expect(report).toEqual({ dropped: 0 });
    await restart.catch(() => {});
    await turn(10);
    await expect(connectClient(server)).rejects.toThrow('ECONNREFUSED');
    expect(lives(engine)).toEqual(engine.lives.map(() => ended));
  });

  it('a server that restarts takes nobody in before it is up', async () => {
    const engine = new LivesOfEngines();
    const server = await serve(engine);
    engine.beforeStart = () => turn(5);
    const restart = server.restart({ graceMs: 0 });
    for (let i = 0; i < 10; i++) {
      const client = await connectClient(server);
      // In vain, or when it is up.
      const answer = await client.request(get('seal', i)).catch(() => undefined);
      expect([undefined, i]).toContain(answer?.opaque);
      await turn();
    }
    await restart;
    expect((await (await connectClient(server)).request(noop(5))).opaque).toBe(5);
  });
});

describe.each(profileNames)('buckets, as %s', (profile) => {
  it.each(Object.entries(sendWays))(
    'one that nobody knows is refused, and the connection stays where it is, %s',
    async (_, way) => {
      const engine = new LivesOfEngines();
      const server = await serve(engine, { profile, ...way, buckets: { seals: { engine } } });
      const client = await connectClient(server);
      client.send(
        set('seal', 'flippers', 1),
        { opcode: Opcode.SelectBucket, key: 'walruses', opaque: 2 },
        get('seal', 3),
        { opcode: Opcode.SelectBucket, key: '', opaque: 4 },
        get('seal', 5),
      );
      const statuses = (await client.take(5)).map((each) => [each.opaque, each.vbucketOrStatus]);
      expect(statuses).toEqual([
        [1, Status.Success],
        [2, Status.KeyEnoent],
        [3, Status.Success],
        [4, Status.KeyEnoent],
        [5, Status.Success],
      ]);
    },
  );

  it.each(Object.entries(sendWays))(
    'a change goes behind what waits, and what was asked is answered from where it was asked, %s',
    async (_, way) => {
      const engine = new LivesOfEngines();
      const server = await serve(engine, { profile, ...way, buckets: { seals: { engine } } });
      const client = await connectClient(server);
      const select = (key: string, opaque: number) => ({ opcode: Opcode.SelectBucket, key, opaque });
      client.send(
        set('home', 'default', 1),
        select('seals', 2),
        get('home', 3),
        set('home', 'seals', 4),
        get('home', 5),
        select('default', 6),
        get('home', 7),
      );
      const packets = await client.take(7);
      expect(packets.map((each) => each.opaque)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(packets[2]?.vbucketOrStatus).toBe(Status.KeyEnoent);
      expect([packets[4]?.value.toString(), packets[6]?.value.toString()]).toEqual(['seals', 'default']);
      // Behind a command that waits nothing changes.
      client.send(get('wait', 8), select('seals', 9));
      await until('it waits', () => engine.waiting === 1);
      await turn(3);
      expect(server.connections()[0]?.session.bucket.name).toBe('default');
      expect(client.pending).toBe(0);
      client.wire.destroy();
      await until('it is gone', () => server.connections().length === 0);
      await server.stop({ graceMs: 0 });
      expect(lives(engine)).toEqual([ended, ended]);
    },
  );
});
