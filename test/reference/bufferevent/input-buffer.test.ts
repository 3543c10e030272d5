import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputBuffer } from '../../../reference/bufferevent/input-buffer.ts';

const content = (input: InputBuffer): string => input.bytes.toString('latin1', input.start, input.end);

describe('an input buffer', () => {
  it('keeps what was appended until it is drained', () => {
    const input = new InputBuffer();
    input.append(Buffer.from('..get key..'), 2, 9);
    input.append(Buffer.from('+noop'), 0, 5);
    expect(content(input)).toBe('get key+noop');
    input.drain(4);
    expect(content(input)).toBe('key+noop');
    expect(input.length).toBe(8);
  });

  it('does not read its source again', () => {
    const input = new InputBuffer();
    const source = Buffer.from('walrus');
    input.append(source, 0, 6);
    source.fill(0);
    expect(content(input)).toBe('walrus');
  });

  it('keeps no memory when it is empty', () => {
    const input = new InputBuffer();
    input.append(Buffer.alloc(100_000), 0, 100_000);
    input.drain(100_000);
    expect([input.bytes.length, input.start, input.end]).toEqual([0, 0, 0]);
  });

  it('grows with what arrived, to a small multiple of it', () => {
    const input = new InputBuffer();
    for (let arrived = 100; arrived <= 1_000_000; arrived += 100) {
      input.append(Buffer.alloc(100), 0, 100);
      if (input.bytes.length > Math.max(4096, arrived * 2))
        expect.fail(`${input.bytes.length} for ${arrived}`);
    }
    expect(input.length).toBe(1_000_000);
  });

  it('does not grow when as much is drained as arrives', () => {
    const input = new InputBuffer();
    input.append(Buffer.alloc(1000), 0, 1000);
    for (let i = 0; i < 10_000; i++) {
      input.append(Buffer.alloc(700), 0, 700);
      input.drain(700);
    }
    expect(input.length).toBe(1000);
    expect(input.bytes.length).toBeLessThanOrEqual(8192);
  });

  it('holds what a list of bytes would hold', () => {
    const step = fc.oneof(
      fc.uint8Array({ maxLength: 6000 }).map((bytes) => ({ bytes, drained: 0 })),
      fc.double({ min: 0, max: 1, noNaN: true }).map((drained) => ({ bytes: new Uint8Array(0), drained })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const input = new InputBuffer();
        let model = '';
        for (const { bytes, drained } of steps) {
          input.append(Buffer.from(bytes), 0, bytes.length);
          model += Buffer.from(bytes).toString('latin1');
          const length = Math.round(model.length * drained);
          input.drain(length);
          model = model.slice(length);
          expect(content(input)).toBe(model);
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
