import { describe, expect, test } from 'vitest';
import { transportPair } from '../../../reference/bufferevent/pair.ts';
import { encodePacket } from '../../../reference/protocol/packet.ts';
import { createServer } from '../../../reference/server.ts';
import { readTrace, traceRecorder, VerifyError } from '../../../reference/verify/index.ts';
import { TaskQueue } from '../../../reference/verify/task-queue.ts';
import { traceConversation } from '../../../reference/verify/trace-conversation.ts';

const SET = encodePacket({ opcode: 0x01, key: 'user::1', value: 'Ann', extras: new Uint8Array(8) });
const GET = encodePacket({ opcode: 0x00, key: 'user::1' });
const line = (event: object): string => JSON.stringify(event);

describe('a trace', () => {
  test('is recorded between a server and its transports, and read again', async () => {
    const tasks = new TaskQueue();
    const lines: string[] = [];
    let now = 500;
    const wrapTransport = traceRecorder(
      (text) => lines.push(text),
      () => now,
    );
    const server = await createServer({ engine: 'default', port: false, wrapTransport });
    const pairs = [1, 2].map(() => transportPair({ schedule: tasks.schedule }));
    for (const { server: transport } of pairs) server.attach(transport);
    let received = 0;
    const [first, second] = pairs.map(({ client }) => client);
    first!.onData = (bytes) => {
      received += bytes.length;
    };
    first!.write(SET);
    tasks.run();
    now = 2700;
    second!.write(GET.subarray(0, 10));
    tasks.run();
    first!.end();
    second!.destroy();
    tasks.run();
    expect(received).toBe(24);
    expect(readTrace(lines.join('\n'))).toEqual([
      { connection: 1, at: 0, bytes: SET },
      { connection: 2, at: 2200, bytes: GET.subarray(0, 10) },
      { connection: 1, at: 2200, event: 'end' },
      { connection: 2, at: 2200, event: 'close' },
      { connection: 1, at: 2200, event: 'close' },
    ]);
    await server.stop();
  });

  test('is refused where a line is no event, by its number', () => {
    const good = line({ connection: 1, at: 0, bytes: '' });
    for (const bad of [
      '{',
      '7',
      line({ connection: 1, bytes: '' }),
      line({ connection: 1, at: 0, bytes: '%' }),
    ]) {
      const read = (): unknown => readTrace(`${good}\n\n${bad}\n`);
      expect(read).toThrow(VerifyError);
      expect(read).toThrow(/^Line 3 of the trace is no event: write /);
    }
    expect(() => readTrace(line({ connection: 1, at: 0, event: 'open' }))).toThrow(/Line 1/);
    expect(readTrace('\n')).toEqual([]);
  });

  test('becomes a conversation of whole packets, with the time between them', () => {
    const both = Buffer.concat([SET, GET]);
    const { steps } = traceConversation(
      readTrace(
        [
          line({ connection: 1, at: 0, bytes: both.toString('base64', 0, SET.length + 5) }),
          line({ connection: 2, at: 900, bytes: GET.toString('base64') }),
          line({ connection: 1, at: 3100, bytes: both.subarray(SET.length + 5).toString('base64') }),
          line({ connection: 2, at: 3100, bytes: GET.toString('base64', 0, 7) }),
          line({ connection: 2, at: 3200, event: 'end' }),
          line({ connection: 1, at: 3900, event: 'close' }),
        ].join('\n'),
      ),
      { seed: 1, profile: 'memcached', send: 'auto', injection: 0 },
    );
    const bytes = (content: Buffer): object => ({ kind: 'bytes', bytes: content });
    expect(steps).toMatchObject([
      { kind: 'send', slot: 1, requests: [bytes(SET)] },
      { kind: 'send', slot: 2, requests: [bytes(GET)] },
      { kind: 'time', seconds: 3 },
      { kind: 'send', slot: 1, requests: [bytes(GET)] },
      { kind: 'send', slot: 2, requests: [bytes(GET.subarray(0, 7))] },
      { kind: 'hang-up', slot: 2, how: 'end' },
      { kind: 'hang-up', slot: 1, how: 'reset' },
    ]);
  });
});
