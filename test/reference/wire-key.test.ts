import { describe, expect, it } from 'vitest';
import { RequestFrame } from '../../reference/protocol/request-frame.ts';
import { WireKey } from '../../reference/wire-key.ts';

/** A GET for this key, in memory that starts with other bytes. */
function requestFor(key: string): { readonly frame: RequestFrame; readonly memory: Buffer } {
  const memory = Buffer.alloc(100, 0xee);
  memory.fill(0, 10, 34);
  memory.set([0x80, 0x00, 0, key.length], 10);
  memory[10 + 11] = key.length;
  memory.write(key, 34, 'latin1');
  const frame = new RequestFrame();
  frame.read(memory, 10);
  return { frame, memory };
}

describe('the key of a request', () => {
  it('is its bytes and its text', () => {
    const key = new WireKey(requestFor('sku:\xe9').frame);
    expect([...key.data]).toEqual([0x73, 0x6b, 0x75, 0x3a, 0xe9]);
    expect(key.text).toBe('sku:\xe9');
  });

  it('gives engines a copy to keep when they slice it', () => {
    const { frame, memory } = requestFor('session:7');
    const key = new WireKey(frame);
    const kept = key.data.slice();
    memory.fill(0);
    expect(Buffer.from(kept).toString()).toBe('session:7');
  });
});
