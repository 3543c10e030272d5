// Clients and testers that were written by others, against a server in this process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import memjs from 'memjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer, type Server, type ServerOptions } from '../../reference/index.ts';
import { canCapture, capture, decode, MALFORMED } from '../support/capture.ts';
import { hasProgram, runProgram } from '../support/debian-programs.ts';
import {
  bufferAck,
  control,
  marker,
  mutation,
  Op,
  open,
  removal,
  request,
  response,
  set,
  streamReq,
  words,
} from '../support/raw-dcp.ts';
import { SocketConversation } from '../support/socket-conversation.ts';

const folder = mkdtempSync(join(tmpdir(), 'kv-engine-migrate-clients-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function withServer<T>(options: ServerOptions, use: (server: Server) => Promise<T>): Promise<T> {
  await using server = await createServer({ engine: 'default', ...options });
  return await use(server);
}

const BINARY_TESTS = 27;

/** memjs would print what it thinks of refusals. */
const quiet = { log: () => {} };

describe.each(['copy', 'ref', 'auto'] as const)('sending by %s', (send) => {
  test.skipIf(!hasProgram('memccapable'))('memccapable -b passes 27 of 27 (needs memccapable)', async () => {
    const { out, status } = await withServer({ send }, ({ port }) =>
      runProgram('memccapable', ['-h', '127.0.0.1', '-p', String(port), '-b']),
    );
    expect(out).toContain('All tests passed');
    expect(out.match(/\[pass\]/g)).toHaveLength(BINARY_TESTS);
    expect(status).toBe(0);
  });

  test.skipIf(!hasProgram('memcaslap'))('memcaslap -B verifies every value (needs memcaslap)', async () => {
    const { out, status } = await withServer({ send, config: 'cache_size=512m' }, ({ port }) =>
      // 4 KiB to 8 KiB values among small ones, all verified.
      runProgram('memcaslap', [
        '-s',
        `127.0.0.1:${port}`,
        '-B',
        '-x',
        '20000',
        '-v',
        '0.5',
        '-T',
        '1',
        '-c',
        '16',
      ]),
    );
    expect(out).toMatch(/cmd_get: [1-9]/);
    expect(out).toContain('get_misses: 0');
    expect(out).toContain('verify_misses: 0');
    expect(out).toContain('verify_failed: 0');
    expect(status).toBe(0);
  });
});

describe.each(['memcached', 'couchbase'] as const)('memjs with the %s profile', (profile) => {
  let server: Server;
  let client: memjs.Client;
  beforeAll(async () => {
    server = await createServer({ engine: 'default', profile, users: { alice: 'rabbit' } });
    client = memjs.Client.create(`127.0.0.1:${server.port}`, {
      username: 'alice',
      password: 'rabbit',
      retries: 1,
      logger: quiet,
    });
  });
  afterAll(async () => {
    client.close();
    await server.stop();
  });

  test('logs in, and does everything that it can do', async () => {
    expect(await client.set('rabbit', 'white', { expires: 0 })).toBe(true);
    expect(String((await client.get('rabbit')).value)).toBe('white');
    expect(await client.add('rabbit', 'grey', {})).toBe(false);
    expect(await client.add('hare', 'march', {})).toBe(true);
    expect(await client.replace('hare', 'mad', {})).toBe(true);
    expect(await client.replace('cat', 'grin', {})).toBe(false);
    expect(await client.append('hare', ' tea')).toBe(true);
    // memjs 1.3.2 sends APPEND for prepend.
    expect(await client.prepend('hare', ' party')).toBe(true);
    expect(String((await client.get('hare')).value)).toBe('mad tea party');
    expect(await client.increment('cups', 1, { initial: 5 })).toMatchObject({ success: true, value: 5 });
    expect(await client.increment('cups', 3, {})).toMatchObject({ success: true, value: 8 });
    expect(await client.decrement('cups', 9, {})).toMatchObject({ success: true, value: 0 });
    expect(await client.touch('hare', 100)).toBe(true);
    expect(await client.delete('hare')).toBe(true);
    expect(await client.delete('hare')).toBe(false);
    expect((await client.get('hare')).value).toBeNull();
    const large = Buffer.alloc(1_000_000, 'tea');
    expect(await client.set('party', large, {})).toBe(true);
    expect((await client.get('party')).value?.equals(large)).toBe(true);
    const stats = await new Promise<Readonly<Record<string, string>>>((resolve, reject) =>
      client.stats((error, _server, found) => (error ? reject(error) : resolve(found ?? {}))),
    );
    expect(Number(stats['cmd_set'])).toBeGreaterThan(3);
    await client.flush();
    expect((await client.get('rabbit')).value).toBeNull();
  });

  test('is refused with a wrong password', async () => {
    const stranger = memjs.Client.create(`127.0.0.1:${server.port}`, {
      username: 'alice',
      password: 'hatter',
      retries: 0,
      logger: quiet,
    });
    await expect(stranger.get('rabbit')).rejects.toThrow();
    stranger.close();
  });
});

describe('tshark', () => {
  test.skipIf(!canCapture || !hasProgram('memccapable'))(
    'decodes a memccapable and a memjs run without a malformed frame (needs tcpdump, tshark, memccapable, root)',
    async () => {
      const file = join(folder, 'core.pcap');
      const port = await withServer({}, async (server) => {
        const running = await capture(server.port, file);
        await runProgram('memccapable', ['-h', '127.0.0.1', '-p', String(server.port), '-b']);
        const client = memjs.Client.create(`127.0.0.1:${server.port}`);
        await client.set('rabbit', Buffer.alloc(100_000, 'white'), {});
        await client.get('rabbit');
        client.close();
        await running.stop();
        return server.port;
      });
      const opcodes = (await decode(file, port, 'couchbase')).join(' ');
      // It did decode: what memccapable sends is there.
      for (const opcode of ['0x00', '0x01', '0x05', '0x0e', '0x10']) expect(opcodes).toContain(opcode);
      expect(await decode(file, port, MALFORMED)).toEqual([]);
    },
  );

  test.skipIf(!canCapture)(
    'decodes DCP in both directions without a malformed frame (needs tcpdump, tshark, root)',
    async () => {
      const file = join(folder, 'dcp.pcap');
      const port = await withServer({}, async (server) => {
        const running = await capture(server.port, file);
        const writer = await SocketConversation.to(server.port);
        for (const key of ['rabbit', 'hare', 'cat'])
          await writer.ask(set(key, 'tea '.repeat(2000), { vbucket: 3 }));
        await writer.ask(request(Op.delete, { key: 'cat', vbucket: 3 }));
        const consumer = await SocketConversation.to(server.port);
        await consumer.ask(open(1));
        await consumer.ask(control('connection_buffer_size', '100000'));
        await consumer.ask(request(Op.getFailoverLog, { vbucket: 3 }));
        await consumer.ask(streamReq(3, { end: 4n }));
        for (let opcode = 0; opcode !== Op.streamEnd; ) opcode = (await consumer.next()).opcode;
        consumer.send(bufferAck(1000));
        const producer = await SocketConversation.to(server.port);
        await producer.ask(open(0));
        producer.send(request(Op.addStream, { vbucket: 5, opaque: 9, extras: words([0, 32]) }));
        let wanted = await producer.next();
        while (wanted.opcode !== Op.streamReq) wanted = await producer.next();
        const { opaque } = wanted;
        producer.send(
          response(Op.streamReq, { opaque, value: words([77, 64], [0, 64]) }),
          marker(5, opaque, 0n, 2n),
          mutation({ vbucket: 5, opaque, key: 'queen', value: 'hearts', bySeqno: 1n, cas: 11n }),
          removal(Op.deletion, { vbucket: 5, opaque, key: 'queen', bySeqno: 2n, cas: 12n }),
          request(Op.dcpNoop, { opaque: 3 }),
        );
        for (let opcode = 0; opcode !== Op.dcpNoop; ) opcode = (await producer.next()).opcode;
        await running.stop();
        for (const conversation of [writer, consumer, producer]) conversation.close();
        return server.port;
      });
      const opcodes = (await decode(file, port, 'couchbase')).join(' ');
      const seen = [Op.open, Op.streamReq, Op.getFailoverLog, Op.snapshotMarker, Op.mutation, Op.deletion];
      for (const opcode of [...seen, Op.streamEnd, Op.control, Op.bufferAck, Op.addStream, Op.dcpNoop])
        expect(opcodes).toContain(`0x${opcode.toString(16)}`);
      expect(await decode(file, port, MALFORMED)).toEqual([]);
    },
  );
});
