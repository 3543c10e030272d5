import { describe, expect, test } from 'vitest';
import { Bufferevent } from '../../../reference/bufferevent/bufferevent.ts';
import { ChunkPool } from '../../../reference/bufferevent/chunk-pool.ts';
import { transportPair } from '../../../reference/bufferevent/pair.ts';
import { TransmitResult } from '../../../reference/engine/v1.ts';
import { LegacyStream } from '../../../reference/legacy/legacy-stream.ts';
import { ServerStats } from '../../../reference/server-stats.ts';
import { TaskQueue } from '../../../reference/verify/task-queue.ts';

const { Complete, HardError, Incomplete, SoftError } = TransmitResult;
const bytes = (text: string): Uint8Array => Buffer.from(text);

interface Setting {
  /** Bytes that the kernel holds for a reader that does not read. */
  readonly capacity?: number;
  readonly sendBufferSize?: number;
}

/** A stream, its other end, and what was released. */
function connected({ capacity = 1 << 20, ...options }: Setting = {}) {
  const tasks = new TaskQueue();
  const stats = new ServerStats();
  const { server, client } = transportPair({ capacity, schedule: tasks.schedule });
  const released: string[] = [];
  const events = { onReadable: () => 0, onDrained: () => {}, onEnd: () => {}, onClose: () => {} };
  const bufferevent = new Bufferevent(server, new ChunkPool(), events, stats);
  const releaserOf = (item: object) => () => {
    released.push((item as { name: string }).name);
  };
  const stream = new LegacyStream(bufferevent, { stats, releaserOf, ...options });
  bufferevent.start();
  const end = { received: '', stats, tasks, released, bufferevent, client, stream, engine: stream.forEngine };
  client.onData = (data) => {
    end.received += data.toString('latin1');
  };
  return end;
}

/** Says something as the core does: into the write buffer. */
function say(stream: LegacyStream, text: string): void {
  const at = stream.reserve(text.length);
  stream.memory.write(text, at, 'latin1');
}

describe('what the core says', () => {
  test('goes out by one sendmsg for each response', () => {
    const { stream, stats, tasks, ...end } = connected();
    for (const response of ['one', 'two', 'three']) {
      say(stream, `header of ${response}, `);
      stream.chain(bytes(`value of ${response}; `), () => end.released.push(response));
      stream.endOfResponse();
      expect(stream.isFull).toBe(true);
      stream.flush();
      expect(stream.isFull).toBe(false);
    }
    tasks.run();
    expect(stats.writes).toBe(3);
    expect(stats.responses).toBe(3);
    expect(end.released).toEqual(['one', 'two', 'three']);
    expect(stats.bytesWritten).toBe(stats.bytesQueued);
  });

  test('survives a write buffer that is too small for all of it', () => {
    const end = connected();
    const texts = Array.from({ length: 50 }, (_, i) => `${i}${'.'.repeat(i * 37)}`);
    for (const text of texts) say(end.stream, text);
    const long = Buffer.alloc(300_000, 'long');
    end.stream.copy(long);
    end.stream.flush();
    end.tasks.run();
    expect(end.received).toBe(texts.join('') + long.toString());
  });

  test('is taken back to a mark, and what it pointed to released with what follows', () => {
    const end = connected();
    say(end.stream, 'kept ');
    const mark = end.stream.mark();
    say(end.stream, 'half a response');
    end.stream.chain(bytes('its value'), () => end.released.push('value'));
    end.stream.rewind(mark);
    say(end.stream, 'an error');
    expect(end.released).toEqual([]);
    end.stream.flush();
    end.tasks.run();
    expect(end.received).toBe('kept an error');
    expect(end.released).toEqual(['value']);
  });
});

describe('what an engine sends', () => {
  test('is read when it is transmitted, not when it is queued', () => {
    const end = connected();
    const report = Buffer.from('seqno=0');
    end.engine.addMsgHdr(true);
    end.engine.addIov(report);
    report.write('7', 6);
    expect(end.engine.transmit()).toBe(Complete);
    end.tasks.run();
    expect(end.received).toBe('seqno=7');
  });

  test('goes out in messages of at most IOV_MAX iovecs', () => {
    const end = connected();
    const words = Array.from({ length: 3000 }, (_, i) => `${i} `);
    for (const word of words) end.engine.addIov(bytes(word));
    expect([1, 2, 3].map(() => end.engine.transmit())).toEqual([Incomplete, Incomplete, Complete]);
    end.tasks.run();
    expect(end.received).toBe(words.join(''));
    expect(end.stats.writes).toBe(3);
  });

  test('is gone when a message begins with a reset, or when the core answers instead', () => {
    const end = connected();
    end.engine.addMsgHdr(true);
    end.engine.addIov(bytes('success'));
    end.engine.addMsgHdr(true);
    end.engine.addIov(bytes('no memory'));
    say(end.stream, 'EINTERNAL');
    say(end.stream, ', a text');
    end.stream.flush();
    end.tasks.run();
    expect(end.received).toBe('EINTERNAL, a text');
  });

  test('stays where the core answered first', () => {
    const end = connected();
    say(end.stream, 'header ');
    end.engine.addIov(bytes('value'));
    end.stream.flush();
    end.tasks.run();
    expect(end.received).toBe('header value');
  });

  test('is gone when a DCP step queued it and had nothing to say', () => {
    const end = connected();
    end.stream.beginStep();
    end.engine.addIov(bytes('marker '));
    say(end.stream, 'mutation');
    end.stream.endStep(true);
    end.stream.flush();
    end.stream.beginStep();
    say(end.stream, 'nobody asked');
    end.stream.endStep(false);
    end.stream.flush();
    end.tasks.run();
    expect(end.received).toBe('marker mutation');
  });

  test('is copied by a sendmsg of its own, and goes before what is queued', () => {
    const end = connected({ sendBufferSize: 7 });
    const words = [bytes('now '), bytes('this goes out')];
    end.engine.addIov(bytes(' later'));
    expect(
      end.engine.sendmsg({
        msgIov: [
          { iovBase: words[0]!, iovLen: 4 },
          { iovBase: words[1]!, iovLen: 4 },
        ],
      }),
    ).toBe(7);
    words[1]!.fill(0);
    expect(end.engine.sendmsg({ msgIov: [] })).toBe(0);
    end.stream.flush();
    end.tasks.run();
    expect(end.received).toBe('now thi later');
  });
});

describe('a socket that is full', () => {
  test('takes a message in parts, at every split', () => {
    const words = ['header', ' of a ', 'response', '', ' and its value'];
    const whole = words.join('');
    for (let size = 1; size <= whole.length; size++) {
      const end = connected({ sendBufferSize: size });
      for (const word of words) end.engine.addIov(bytes(word));
      const results: number[] = [];
      while (results.at(-1) !== Complete) results.push(end.engine.transmit());
      expect(results).toHaveLength(Math.ceil(whole.length / size));
      expect(results.slice(0, -1).every((each) => each === Incomplete)).toBe(true);
      end.tasks.run();
      expect(end.received).toBe(whole);
    }
  });

  test('answers SoftError until it drained, and memory stays reserved until then', () => {
    for (let capacity = 1; capacity <= 20; capacity++) {
      const end = connected({ capacity });
      end.client.pause();
      end.engine.addIov(bytes('a value of 25 bytes......'));
      end.engine.reserveItem({ name: 'item' });
      expect(end.engine.transmit()).toBe(SoftError);
      expect(end.engine.transmit()).toBe(SoftError);
      expect(end.engine.sendmsg({ msgIov: [{ iovBase: bytes('x'), iovLen: 1 }] })).toBe(-1);
      expect([end.stream.isFull, end.stream.length]).toEqual([true, 25]);
      end.tasks.run();
      expect(end.released).toEqual([]);
      end.client.resume();
      end.tasks.run();
      expect(end.received).toBe('a value of 25 bytes......');
      expect([end.released, end.stream.isFull, end.stream.length]).toEqual([['item'], false, 0]);
      expect(end.stats.bytesWritten).toBe(25);
    }
  });

  test('gets the messages that are left when it drained, and end of file after them', () => {
    const end = connected({ capacity: 100 });
    const words = Array.from({ length: 2100 }, (_, i) => `${i} `);
    let hasEnded = false;
    end.client.onEnded = () => {
      hasEnded = end.received === words.join('');
    };
    for (const word of words) end.engine.addIov(bytes(word));
    end.stream.flush();
    expect(end.stats.writes).toBe(1);
    end.bufferevent.endAfterFlush();
    end.tasks.run();
    expect(end.received).toBe(words.join(''));
    expect(end.stats.writes).toBe(3);
    expect(hasEnded).toBe(true);
  });
});

describe('reserved items and memory', () => {
  test('are given back once each, in order, when everything is sent', () => {
    const end = connected();
    for (const name of ['first', 'second']) {
      end.engine.addIov(bytes(name));
      expect(end.engine.reserveItem({ name })).toBe(true);
    }
    expect(end.engine.pushTempAlloc(new Uint8Array(8))).toBe(true);
    end.stream.flush();
    expect(end.released).toEqual(['first', 'second']);
    end.stream.flush();
    end.client.destroy();
    end.tasks.run();
    expect(end.released).toEqual(['first', 'second']);
  });

  test('are given back once when the connection dies before', () => {
    const end = connected({ capacity: 4 });
    end.client.pause();
    end.engine.addIov(bytes('never read'));
    end.engine.reserveItem({ name: 'sent in part' });
    end.stream.flush();
    end.engine.addIov(bytes('never sent'));
    end.engine.reserveItem({ name: 'not sent' });
    end.client.destroy();
    end.tasks.run();
    expect(end.released).toEqual(['sent in part', 'not sent']);
    expect([end.engine.transmit(), end.engine.sendmsg({ msgIov: [] })]).toEqual([HardError, 0]);
    end.stream.flush();
    expect(end.released).toHaveLength(2);
  });

  test('stay reserved when what was queued is forgotten', () => {
    const end = connected();
    end.engine.addIov(bytes('report'));
    end.engine.reserveItem({ name: 'report' });
    end.engine.addMsgHdr(true);
    expect(end.released).toEqual([]);
    say(end.stream, 'an error');
    end.stream.flush();
    expect(end.released).toEqual(['report']);
  });
});
