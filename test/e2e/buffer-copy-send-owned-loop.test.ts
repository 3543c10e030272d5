// Whole servers in C that own their sendmsg loop: what they answer slow readers, many at once, and over UDP.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasProgram } from '../support/debian-programs.ts';
import { wants } from '../support/fixture-cases.ts';
import {
  buildOwnedLoop,
  type Conversation,
  ownedLoops,
  refusedLoops,
  talkTo,
} from '../support/owned-loop.ts';
import { recordsByHand, type Slip } from '../support/owned-loop-by-hand.ts';
import { hasLibevent } from '../support/send-programs.ts';

const canBuild = hasProgram('clang') && hasLibevent();

describe.skipIf(!canBuild)('servers that own their sendmsg loop (with clang and libevent)', () => {
  let folder = '';
  const conversations = new Map<string, Conversation>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'owned-loop-'));
    for (const loop of ownedLoops) {
      const program = await buildOwnedLoop(loop.text, join(folder, loop.name), 'address,undefined');
      conversations.set(loop.name, await talkTo(program, loop));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const conversation = (name: string): Conversation => {
    const found = conversations.get(name);
    if (found === undefined) throw new Error(`nobody talked to ${name}`);
    return found;
  };

  test('records: what was queued of a wrong answer is not sent', () => {
    const [first = '', late, short] = conversation('records').streams;
    expect(first.slice(0, 16)).toBe('STORED\r\nSTORED\r\n');
    expect(first.slice(16, 34)).toBe('\0\0\0\x07\0\0\0\x05\x03\0\0\0\0\0\0\0\r\n');
    expect(first.slice(34, 53)).toBe('RECORD tar 600000\r\n');
    expect(first).toContain(
      '.tar.\r\nRECORD oak 5\r\n12345\r\nEND\r\nNAME TOO LONG\r\nDROPPED\r\nRECORD oak 5',
    );
    expect(first.split('abc\r\n')).toHaveLength(151);
    expect(first.slice(-11)).toBe('WHAT\r\nBYE\r\n');
    expect(late).toHaveLength(first.length);
    expect(short).toBe('WHAT\r\nBYE\r\n');
  });

  test('tides: a datagram holds 480 bytes at most and says which one it is', () => {
    const { streams, datagrams } = conversation('tides');
    const [first = '', late] = streams;
    expect(first.startsWith('TIDE visby 55\r\nday 1 high 31 low -21\r\n')).toBe(true);
    expect(first.endsWith('visby\r\nslite\r\nronehamn\r\nEND\r\nTOO MANY DAYS\r\nBYE\r\n')).toBe(true);
    expect(late).toBe(first);
    expect(datagrams.map((answer) => answer.map((datagram) => datagram.length / 2))).toEqual([
      [21],
      [480, 480, 480, 20],
      [35],
      [12],
    ]);
    expect(datagrams[1]?.map((datagram) => datagram.slice(0, 12))).toEqual(
      [0, 1, 2, 3].map((i) => `0001000${i}0004`),
    );
  });

  describe('records, moved to an evbuffer by hand', () => {
    const loop = ownedLoops.find(({ name }) => name === 'records');
    if (loop === undefined) throw new Error('there is no such server');
    const talk = async (slip?: Slip, limit?: number): Promise<Conversation> => {
      const path = join(folder, `records-${slip ?? 'right'}`);
      return talkTo(
        await buildOwnedLoop(recordsByHand(loop.text, slip), path, 'address,undefined'),
        loop,
        limit,
      );
    };
    const streamOf = ({ streams }: Conversation): string => streams[0] ?? '';

    test('answers as before', async () => {
      expect((await talk()).streams).toEqual(conversation('records').streams);
    });

    test('sends what was begun before an error, where it is not drained', async () => {
      expect(streamOf(conversation('records'))).toContain('END\r\nNAME TOO LONG');
      expect(streamOf(await talk('keeps-what-is-dropped'))).toContain('.tar.\r\nNAME TOO LONG');
    });

    test('says the same line again and again, where an empty buffer means that it was not said yet', async () => {
      const text = streamOf(await talk('asks-the-buffer-what-was-queued', 20_000));
      expect(text.slice(0, 16_000)).toBe('STORED\r\n'.repeat(2000));
    });

    test('dies when somebody leaves, where nothing ignores SIGPIPE', async () => {
      await expect(talk('dies-of-a-closed-pipe')).rejects.toThrow('SIGPIPE');
    });

    test('sends an old stamp, where it is patched after the copy', async () => {
      expect(streamOf(conversation('records')).slice(24, 32)).toBe('\x03\0\0\0\0\0\0\0');
      expect(streamOf(await talk('patches-the-copy')).slice(24, 32)).toBe('\0'.repeat(8));
    });
  });

  test('what is counted is what came out, and what the one who left did not take', () => {
    for (const { name } of ownedLoops) {
      const { streams, datagrams, sent } = conversation(name);
      const got =
        streams.reduce((sum, text) => sum + text.length, 0) +
        datagrams.flat().reduce((sum, datagram) => sum + datagram.length / 2, 0);
      expect(sent).toBeGreaterThanOrEqual(got);
      expect(sent).toBeLessThan(got + 10_000_000);
    }
  });

  test('the loops that are left to a person compile', async () => {
    for (const { name, text } of refusedLoops) {
      expect(wants({ [name]: text }, 'want review')).toHaveLength(1);
      await expect(buildOwnedLoop(text, join(folder, name), 'address,undefined')).resolves.toBeDefined();
    }
  });

  test('tides: two workers do not meet', async () => {
    const loop = ownedLoops.find(({ name }) => name === 'tides');
    if (loop === undefined) throw new Error('there is no such server');
    const program = await buildOwnedLoop(loop.text, join(folder, 'tides-threads'), 'thread');
    const { streams, datagrams } = await talkTo(program, loop);
    expect({ streams, datagrams }).toEqual({
      streams: conversation('tides').streams,
      datagrams: conversation('tides').datagrams,
    });
  });
});
