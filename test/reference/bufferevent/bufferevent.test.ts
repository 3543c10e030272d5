import { describe, expect, it, vi } from 'vitest';
import { CHUNK_SIZE } from '../../../reference/bufferevent/chunk-pool.ts';
import { setUp } from './played-transport.ts';

const response = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('sending', () => {
  it('makes one write for each flush, whatever was added', () => {
    const { transport, bufferevent, counts } = setUp();
    const { output } = bufferevent;
    for (let i = 0; i < 100; i++) output.copy(response('response '));
    output.addReference(response('value'), () => {});
    output.copy(Buffer.alloc(2 * CHUNK_SIZE));
    bufferevent.flush();
    expect(transport.writes).toHaveLength(1);
    expect(transport.writes[0]).toHaveLength(900 + 5 + 2 * CHUNK_SIZE);
    expect([counts.writes, bufferevent.writes]).toEqual([1, 1]);
  });

  it('writes nothing where nothing is queued', () => {
    const { transport, bufferevent } = setUp();
    bufferevent.flush();
    expect(transport.calls).toEqual([]);
  });

  it('makes no write before the kernel has taken the last one, and then one for everything since', () => {
    const { transport, bufferevent, counts } = setUp();
    transport.hasRoom = false;
    for (const text of ['first', 'second', 'third']) {
      bufferevent.output.copy(response(text));
      bufferevent.flush();
    }
    expect(counts.writes).toBe(1);
    transport.makeRoom();
    expect(transport.writes.map(String)).toEqual(['first', 'secondthird']);
  });

  it('leaves memory alone until the kernel has taken it', () => {
    const { transport, bufferevent, pool } = setUp();
    const release = vi.fn();
    transport.hasRoom = false;
    bufferevent.output.copy(response('copied '));
    bufferevent.output.addReference(response('chained'), release);
    bufferevent.flush();
    pool.take().fill(0xdb);
    expect(release).not.toHaveBeenCalled();
    transport.makeRoom();
    expect(transport.writes.map(String)).toEqual(['copied chained']);
    expect(release).toHaveBeenCalledTimes(1);
  });

  it('tells when a queue that had to wait is empty', () => {
    const onDrained = vi.fn();
    const { transport, bufferevent } = setUp({ onDrained });
    bufferevent.output.copy(response('taken at once'));
    bufferevent.flush();
    expect(onDrained).not.toHaveBeenCalled();
    transport.hasRoom = false;
    bufferevent.output.copy(response('waits'));
    bufferevent.flush();
    bufferevent.output.copy(response('behind it'));
    transport.makeRoom();
    expect(onDrained).toHaveBeenCalledTimes(1);
    expect(bufferevent.output.length).toBe(0);
  });

  it('does not call a queue empty that filled up again', () => {
    const onDrained = vi.fn();
    const { transport, bufferevent } = setUp({ onDrained });
    transport.hasRoom = false;
    bufferevent.output.copy(response('waits'));
    bufferevent.flush();
    bufferevent.output.copy(response('behind it'));
    transport.events?.onWritten();
    expect(onDrained).not.toHaveBeenCalled();
    transport.makeRoom();
    expect(onDrained).toHaveBeenCalledTimes(1);
  });

  it('ends after everything that was queued', () => {
    const { transport, bufferevent } = setUp();
    transport.hasRoom = false;
    bufferevent.output.copy(response('last words'));
    bufferevent.endAfterFlush();
    expect(transport.calls).toEqual(['write']);
    transport.makeRoom();
    expect(transport.calls).toEqual(['write', 'end']);
  });

  it('ends at once where nothing is queued, and only once', () => {
    const { transport, bufferevent } = setUp();
    bufferevent.endAfterFlush();
    bufferevent.endAfterFlush();
    expect(transport.calls).toEqual(['end']);
  });
});

describe('counting', () => {
  it('tells queued from written', () => {
    const { transport, bufferevent, counts } = setUp();
    transport.hasRoom = false;
    bufferevent.output.copy(response('12345'));
    bufferevent.flush();
    bufferevent.output.copy(response('678'));
    bufferevent.flush();
    expect([counts.bytesQueued, counts.bytesWritten]).toEqual([8, 0]);
    transport.hasRoom = true;
    transport.events?.onWritten();
    expect([counts.bytesQueued, counts.bytesWritten]).toEqual([8, 8]);
    expect(bufferevent.output.drained).toBe(8);
  });

  it('remembers the most bytes that waited', () => {
    const { transport, bufferevent, counts } = setUp();
    transport.hasRoom = false;
    bufferevent.output.copy(Buffer.alloc(1000));
    bufferevent.flush();
    bufferevent.output.copy(Buffer.alloc(500));
    bufferevent.flush();
    transport.makeRoom();
    bufferevent.output.copy(Buffer.alloc(10));
    bufferevent.flush();
    expect(counts.sendQueueHighWater).toBe(1500);
  });

  it('counts what was read, used up or not', () => {
    const { bufferevent, counts, receive } = setUp({ onReadable: (_bytes, start) => start });
    receive('12345');
    receive('678');
    expect([counts.bytesRead, bufferevent.bytesRead]).toEqual([8, 8]);
  });

  it('does not call bytes written that were dropped', () => {
    const { transport, bufferevent, counts } = setUp();
    transport.hasRoom = false;
    bufferevent.output.copy(response('never sent'));
    bufferevent.flush();
    transport.events?.onClose(new Error('reset'));
    expect(counts.bytesWritten).toBe(0);
  });
});

describe('a connection that goes', () => {
  it('releases what was queued, and tells its owner once', () => {
    const onClose = vi.fn();
    const release = vi.fn();
    const { transport, bufferevent } = setUp({ onClose });
    transport.hasRoom = false;
    bufferevent.output.addReference(response('in flight'), release);
    bufferevent.flush();
    bufferevent.output.addReference(response('queued'), release);
    const error = new Error('read ECONNRESET');
    transport.events?.onClose(error);
    transport.events?.onClose(undefined);
    expect(release).toHaveBeenCalledTimes(2);
    expect(onClose).toHaveBeenCalledTimes(1);
    expect(onClose).toHaveBeenCalledWith(error);
    expect(bufferevent.output.length).toBe(0);
  });

  it('hears and says nothing any more', () => {
    const onReadable = vi.fn((_bytes: Buffer, _start: number, end: number) => end);
    const onEnd = vi.fn();
    const { transport, bufferevent, receive } = setUp({ onReadable, onEnd });
    transport.events?.onClose(undefined);
    receive('too late');
    transport.events?.onEnd();
    bufferevent.output.copy(response('too late'));
    bufferevent.flush();
    bufferevent.pause();
    bufferevent.resume();
    bufferevent.endAfterFlush();
    bufferevent.destroy();
    expect(onReadable).not.toHaveBeenCalled();
    expect(onEnd).not.toHaveBeenCalled();
    expect(transport.calls).toEqual([]);
  });

  it('may go while its bytes are looked at', () => {
    const { transport, bufferevent, receive } = setUp({
      onReadable: (_bytes, start) => {
        transport.events?.onClose(undefined);
        return start;
      },
    });
    receive('left over');
    expect(bufferevent.input.length).toBe(0);
  });

  it('may go while it writes', () => {
    const release = vi.fn();
    const { transport, bufferevent } = setUp();
    transport.write = () => {
      transport.events?.onClose(new Error('write EPIPE'));
      return false;
    };
    bufferevent.output.addReference(response('in vain'), release);
    bufferevent.flush();
    expect(release).toHaveBeenCalledTimes(1);
    expect(bufferevent.isClosed).toBe(true);
  });
});
