import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../../codemods/cli.ts';
import { type BuiltEngines, buildEngines } from '../../support/built-engines.ts';
import { Op, request, set } from '../../support/raw-dcp.ts';
import { runCli } from '../../support/run-cli.ts';
import { SocketConversation } from '../../support/socket-conversation.ts';

const folder = mkdtempSync(join(tmpdir(), 'kv-engine-migrate-commands-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface ServeRun {
  readonly ready: { readonly port: number; readonly host: string; readonly profile: string };
  readonly err: () => string;
  /** Asks the server to stop; resolves with the exit status. */
  readonly stop: () => Promise<number>;
}

/** Runs `serve` until it is asked to stop. */
async function serve(...options: readonly string[]): Promise<ServeRun> {
  let stop = (): void => {};
  let err = '';
  let running: Promise<number> = Promise.resolve(0);
  const line = await new Promise<string>((resolve, reject) => {
    const io = { cwd: folder, colour: false, progress: false, out: resolve };
    const onStop = (callback: () => void): void => {
      stop = callback;
    };
    running = main(['serve', ...options], { ...io, onStop, err: (text) => (err += text) });
    running.then(() => reject(new Error(err)), reject);
  });
  return {
    ready: JSON.parse(line),
    err: () => err,
    stop: () => {
      // The program would hear of it by a signal.
      setImmediate(stop);
      return running;
    },
  };
}

describe('serve', () => {
  test('says where it listens in one line, serves, and stops with status 0', async () => {
    const server = await serve('--profile', 'couchbase', '--send', 'ref');
    expect(server.ready).toMatchObject({ ready: true, host: '127.0.0.1', profile: 'couchbase' });
    const client = await SocketConversation.to(server.ready.port);
    expect((await client.ask(set('rabbit', 'white'))).status).toBe(0);
    client.close();
    expect(await server.stop()).toBe(0);
    await expect(SocketConversation.to(server.ready.port)).rejects.toThrow('ECONNREFUSED');
  });

  test('says with status 1 that a client did not take what was queued for it', async () => {
    const server = await serve('--grace-ms', '50');
    const writer = await SocketConversation.to(server.ready.port);
    await writer.ask(set('party', Buffer.alloc(1_000_000, 'tea')));
    writer.close();
    const idler = connect(server.ready.port, '127.0.0.1').pause();
    idler.on('error', () => {});
    idler.write(Buffer.concat(Array.from({ length: 50 }, () => request(Op.get, { key: 'party' }))));
    const watcher = await SocketConversation.to(server.ready.port);
    for (let queued = 0; queued === 0; ) queued = await statOf(watcher, 'send_queue_full');
    watcher.close();
    expect(await server.stop()).toBe(1);
    idler.destroy();
  });

  test('logs lines of JSON, from the level that was asked for', async () => {
    const server = await serve('--engine', 'crash', '--log-level', 'error');
    const client = await SocketConversation.to(server.ready.port);
    expect((await client.ask(request(Op.get, { key: 'rabbit' }))).status).toBe(0x84);
    client.close();
    await server.stop();
    const lines = server
      .err()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines)
      expect(line).toMatchObject({ level: 'error', time: expect.stringMatching(/Z$/) });
  });

  test('keeps users, buckets and their engines', async () => {
    const server = await serve('--user', 'alice:rabbit', '--bucket', 'tea=default:item_size_max=10');
    const stranger = await SocketConversation.to(server.ready.port);
    expect((await stranger.ask(request(Op.get, { key: 'rabbit' }))).status).toBe(0x20);
    stranger.close();
    const client = await SocketConversation.to(server.ready.port);
    const login = Buffer.from('\0alice\0rabbit');
    expect((await client.ask(request(0x21, { key: 'PLAIN', value: login }))).status).toBe(0);
    expect((await client.ask(request(0x89, { key: 'tea' }))).status).toBe(0);
    expect((await client.ask(set('rabbit', 'elevenbytes'))).status).toBe(0x03);
    client.close();
    await server.stop();
  });

  test.each([
    [['--engine', 'defualt'], 'There is no engine "defualt"'],
    [['--engine', './missing.js'], 'There is no file'],
    [['--config', 'cake=1'], 'ENGINE_EINVAL'],
    [['--port', 'many'], '--port takes a whole number'],
    [['--profile', 'redis'], '--profile is one of memcached, couchbase'],
    [['--user', 'alice'], '--user takes NAME:PASSWORD'],
    [['--bucket', 'tea'], '--bucket takes NAME=ENGINE'],
    [['--tls-key', 'key.pem'], 'TLS needs both'],
    [['--tls-key', 'key.pem', '--tls-cert', 'cert.pem'], '"key.pem" cannot be read'],
  ])('refuses %j in one line, with status 2', async (options, reason) => {
    const { status, out, err } = await runCli(folder, ['serve', ...options]);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(reason);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  test('says that a port is taken, with status 2', async () => {
    const server = await serve();
    const { status, err } = await runCli(folder, ['serve', '--port', String(server.ready.port)]);
    expect(status).toBe(2);
    expect(err).toContain(`${server.ready.port}`);
    expect(err.trim().split('\n')).toHaveLength(1);
    await server.stop();
  });
});

describe('conformance', () => {
  test('tells each test, with status 0 where none failed', async () => {
    const { status, out } = await runCli(folder, [
      'conformance',
      'default',
      '--only',
      '^(set|add|LRU) test$',
    ]);
    expect(status).toBe(0);
    expect(out).toContain('ok       basic         LRU test');
    expect(out).toContain('3 passed, 0 skipped, 0 failed');
  });

  test('tells what failed, with status 1', async () => {
    const { status, out } = await runCli(folder, [
      'conformance',
      'crash',
      '--only',
      '^set test$',
      '--reporter',
      'json',
    ]);
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      engine: 'crash',
      failed: 1,
      results: [{ name: 'set test', outcome: 'failed' }],
    });
  });

  test.each([
    [[], 'conformance needs an engine'],
    [['./no-engine.mjs'], 'is no engine'],
    [['./no-slots.mjs'], 'lacks'],
    [['default', '--only', '('], '--only takes a regular expression'],
    [['default', '--only', 'walrus'], 'No test ran'],
  ])('refuses %j in one line, with status 2', async (words, reason) => {
    writeFileSync(join(folder, 'no-engine.mjs'), 'export const tea = 1;\n');
    const handle = '{ interface: 1, get() {} }';
    writeFileSync(
      join(folder, 'no-slots.mjs'),
      `export const createInstance = () => ({ status: 0, handle: ${handle} });\n`,
    );
    const { status, err } = await runCli(folder, ['conformance', ...words]);
    expect(status).toBe(2);
    expect(err).toContain(reason);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

describe('verify', () => {
  let before: BuiltEngines;
  let after: BuiltEngines;
  beforeAll(async () => {
    before = await buildEngines(['memory-engine']);
    after = await buildEngines(['memory-engine'], { isMigrated: true });
  });
  afterAll(() => {
    before.remove();
    after.remove();
  });

  test('finds no difference in what the codemod migrated, with status 0', async () => {
    const engines = [before.url('memory-engine'), after.url('memory-engine')];
    const { status, out } = await runCli(folder, ['verify', '--runs', '10', ...engines]);
    expect(out).toContain('conversations: 10 = ');
    expect(status).toBe(0);
  });

  test('finds that the engine before still writes to the header, with status 1', async () => {
    const engines = [before.url('memory-engine'), before.url('memory-engine')];
    const { status, out } = await runCli(folder, [
      'verify',
      '--runs',
      '40',
      '--reporter',
      'json',
      ...engines,
    ]);
    expect(status).toBe(1);
    expect(JSON.stringify(JSON.parse(out).different)).toContain('header-write');
  });

  test('plays what serve recorded', async () => {
    const trace = join(folder, 'session.jsonl');
    const server = await serve('--record', trace);
    const client = await SocketConversation.to(server.ready.port);
    await client.ask(set('rabbit', 'white'));
    await client.ask(request(Op.get, { key: 'rabbit' }));
    client.close();
    await server.stop();
    expect(readFileSync(trace, 'utf8').trim().split('\n').length).toBeGreaterThan(1);
    const engines = [before.url('memory-engine'), after.url('memory-engine')];
    const { status, out } = await runCli(folder, ['verify', '--trace', trace, ...engines]);
    expect(out).toContain('conversations: 1 = 2 requests');
    expect(status).toBe(0);
  });

  test.each([
    [['default'], 'verify needs two engines'],
    [['default', 'defualt'], 'There is no engine "defualt"'],
    [['default', 'default', '--trace', 'missing.jsonl'], 'cannot be read'],
    [['default', 'default', '--runs', '0'], ''],
  ])('refuses %j in one line, with status 2', async (words, reason) => {
    const { status, err } = await runCli(folder, ['verify', ...words]);
    expect(status).toBe(2);
    expect(err).toContain(reason);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

async function statOf(client: SocketConversation, name: string): Promise<number> {
  let value = 0;
  for (let message = await client.ask(request(Op.stat)); message.key !== ''; message = await client.next())
    if (message.key === name) value = Number(message.value);
  return value;
}
