// What becomes of a message when the send buffer itself fails in the middle of it: nothing of it stays.
import { describe, expect, it } from 'vitest';
import { ChunkPool } from '../../reference/bufferevent/chunk-pool.ts';
import { Evbuffer } from '../../reference/bufferevent/evbuffer.ts';
import { DcpOutbox } from '../../reference/dcp-outbox.ts';
import type { DcpConnection } from '../../reference/dcp-shipper.ts';
import type { Cookie, EngineInterface, Item } from '../../reference/engine/contract.ts';
import type { OutputStream } from '../../reference/output-stream.ts';

const cookie: Cookie = { name: 'connection 1' };
const item: Item = {};
const value = Buffer.alloc(5000, 'value');
const key = Buffer.from('key');

/** An outbox over a send buffer that has no memory left for its `failsAt`th copy. */
function outboxThatFails(failsAt: number, isChained: boolean) {
  const queue = new Evbuffer(new ChunkPool());
  let copies = 0;
  let released = 0;
  let responses = 0;
  const output: Partial<OutputStream> = {
    hasRoom: true,
    copy: (data) => {
      copies += 1;
      if (copies === failsAt) throw new RangeError('Array buffer allocation failed');
      queue.copy(data);
    },
    sendsByReference: () => isChained,
    chain: (data, release) => queue.addReference(data, release),
    mark: () => queue.mark(),
    rewind: (mark) => queue.rewind(mark),
    endOfResponse: () => {
      responses += 1;
    },
  };
  const engine: Partial<EngineInterface> = {
    getItemInfo: () =>
      ({ key: { data: key }, value }) as unknown as ReturnType<EngineInterface['getItemInfo']>,
    release: () => {
      released += 1;
    },
  };
  const connection = { cookie, isInEngine: true, output, session: { bucket: { engine } } };
  const outbox = new DcpOutbox(connection as unknown as DcpConnection);
  queue.copy(Buffer.from('before'));
  const sent = (): string =>
    Buffer.concat(queue.take().map((chunk) => Buffer.from(chunk))).toString('latin1');
  return { outbox, sent, queue, counts: () => ({ released, responses }) };
}

describe('a message whose copy fails', () => {
  it.each([1, 2])('at part %i leaves nothing in the queue', (failsAt) => {
    const { counts, outbox, sent } = outboxThatFails(failsAt, false);
    expect(() => outbox.send(cookie, Buffer.from('head'), Buffer.from('tail'))).toThrow(RangeError);
    expect(sent()).toBe('before');
    expect(counts().responses).toBe(0);
  });

  it.each([
    ['its head', 1, false],
    ['its value', 2, false],
    ['its meta', 3, false],
    ['its head, before a reference', 1, true],
    ['its meta, after a reference', 2, true],
  ])('at %s leaves nothing in the queue, and its item goes back once', (_, failsAt, isChained) => {
    const { counts, outbox, queue, sent } = outboxThatFails(failsAt, isChained);
    const send = (): number =>
      outbox.sendItem(cookie, item, Buffer.from('meta'), () => ({ head: Buffer.from('head'), value }));
    expect(send).toThrow(RangeError);
    expect(counts()).toEqual({ released: 1, responses: 0 });
    expect(sent()).toBe('before');
    queue.sent();
    expect(counts().released).toBe(1);
    // With memory again, the next one goes out whole.
    expect(send()).toBe(0);
    expect(sent()).toBe(`head${value.toString('latin1')}meta`);
    queue.sent();
    expect(counts()).toEqual({ released: 2, responses: 1 });
  });
});
