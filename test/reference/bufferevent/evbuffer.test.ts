import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { CHUNK_SIZE, ChunkPool } from '../../../reference/bufferevent/chunk-pool.ts';
import { Evbuffer } from '../../../reference/bufferevent/evbuffer.ts';
import { textured } from '../../support/textured.ts';

const POISON = 0xdb;

/** A pool that spoils what it gets back, and knows which chunks are out. */
class PoisoningPool extends ChunkPool {
  readonly out: Set<Buffer> = new Set();

  override take(): Buffer {
    const chunk = super.take();
    this.out.add(chunk);
    return chunk;
  }

  override give(chunk: Buffer): void {
    if (!this.out.delete(chunk)) throw new Error('A chunk came back twice.');
    chunk.fill(POISON);
    super.give(chunk);
  }
}

const joined = (chunks: readonly Uint8Array[]): Buffer => Buffer.concat(chunks);

describe('an evbuffer', () => {
  it('keeps copies, reservations and references in one order', () => {
    const output = new Evbuffer(new ChunkPool());
    output.copy(Buffer.from('header '));
    output.addReference(Buffer.from('value '), () => {});
    const at = output.reserve(4);
    output.memory.write('next', at);
    expect(joined(output.take()).toString()).toBe('header value next');
  });

  it('makes one piece of what lies together', () => {
    const output = new Evbuffer(new ChunkPool());
    for (let i = 0; i < 100; i++) output.copy(Buffer.from('response'));
    expect(output.take()).toHaveLength(1);
  });

  it('does not read a copy again', () => {
    const output = new Evbuffer(new ChunkPool());
    const key = Buffer.from('walrus');
    output.copy(key);
    key.fill(0);
    expect(joined(output.take()).toString()).toBe('walrus');
  });

  it('hands a reference over as it is', () => {
    const output = new Evbuffer(new ChunkPool());
    const value = textured(100_000);
    output.addReference(value, () => {});
    const [piece] = output.take();
    expect(piece).toBe(value);
  });

  it('releases a reference when the kernel has it, not when it is handed out', () => {
    const output = new Evbuffer(new ChunkPool());
    const release = vi.fn();
    output.addReference(Buffer.from('value'), release);
    output.take();
    expect(release).not.toHaveBeenCalled();
    output.sent();
    output.sent();
    expect(release).toHaveBeenCalledTimes(1);
  });

  it('counts what waits and what went', () => {
    const output = new Evbuffer(new ChunkPool());
    output.copy(Buffer.alloc(10));
    output.take();
    output.copy(Buffer.alloc(5));
    expect([output.total, output.length, output.unsent, output.drained]).toEqual([15, 15, 5, 0]);
    output.sent();
    expect([output.total, output.length, output.unsent, output.drained]).toEqual([15, 5, 5, 10]);
  });

  it('keeps no memory when everything is sent', () => {
    const pool = new PoisoningPool();
    const output = new Evbuffer(pool);
    for (const length of [100, CHUNK_SIZE, 3 * CHUNK_SIZE + 1]) output.copy(textured(length));
    output.addReference(textured(10), () => {});
    output.take();
    output.sent();
    expect(pool.out.size).toBe(0);
    expect(output.memory).toHaveLength(0);
  });

  it('releases what is taken back, in the order in which it was added', () => {
    const output = new Evbuffer(new ChunkPool());
    const released: string[] = [];
    output.addReference(Buffer.from('first'), () => released.push('first'));
    const mark = output.mark();
    output.addReference(Buffer.from('second'), () => released.push('second'));
    output.copy(Buffer.from('between'));
    output.addReference(Buffer.from('third'), () => released.push('third'));
    output.rewind(mark);
    expect(released).toEqual(['second', 'third']);
    expect(joined(output.take()).toString()).toBe('first');
    output.sent();
    expect(released).toEqual(['second', 'third', 'first']);
  });

  it('refuses to take back what was handed out', () => {
    const output = new Evbuffer(new ChunkPool());
    const mark = output.mark();
    output.copy(Buffer.from('gone'));
    output.take();
    expect(() => output.rewind(mark)).toThrow(RangeError);
  });

  it('releases everything when it is dropped, and uses none of its memory again', () => {
    const pool = new PoisoningPool();
    const output = new Evbuffer(pool);
    const release = vi.fn();
    output.addReference(Buffer.from('in flight'), release);
    output.copy(Buffer.from('in flight too'));
    const inFlight = output.take();
    output.addReference(Buffer.from('queued'), release);
    output.copy(textured(2 * CHUNK_SIZE));
    output.clear();
    output.clear();
    expect(release).toHaveBeenCalledTimes(2);
    expect(output.length).toBe(0);
    expect(joined(inFlight).toString()).toBe('in flightin flight too');
    expect(pool.out.size).toBeGreaterThan(0);
  });

  it('releases at once what is added after it was dropped', () => {
    const output = new Evbuffer(new ChunkPool());
    output.clear();
    const release = vi.fn();
    output.addReference(Buffer.from('late'), release);
    expect(release).toHaveBeenCalledTimes(1);
    expect(output.length).toBe(0);
  });
});

/** What was added: its bytes, and how often it was released where it is memory by reference. */
interface Added {
  readonly bytes: Buffer;
  readonly isReference: boolean;
  released: number;
}

/** The simplest thing that an evbuffer could be. */
class Model {
  readonly output: Evbuffer;
  readonly references: Added[] = [];
  #queued: Added[] = [];
  #inFlight: readonly Uint8Array[] | undefined = undefined;
  #expected: Added[] = [];
  #seed = 0;
  readonly sent: Buffer[] = [];

  constructor(pool: ChunkPool) {
    this.output = new Evbuffer(pool);
  }

  copy(length: number): void {
    const bytes = this.#bytes(length);
    this.output.copy(bytes);
    this.#queued.push({ bytes: Buffer.from(bytes), isReference: false, released: 0 });
    bytes.fill(POISON);
  }

  reserve(length: number): void {
    const bytes = this.#bytes(Math.min(length, CHUNK_SIZE));
    const at = this.output.reserve(bytes.length);
    bytes.copy(this.output.memory, at);
    this.#queued.push({ bytes, isReference: false, released: 0 });
  }

  reference(length: number): void {
    const added: Added = { bytes: this.#bytes(length), isReference: true, released: 0 };
    const memory = Buffer.from(added.bytes);
    this.output.addReference(memory, () => {
      added.released += 1;
      memory.fill(POISON);
    });
    this.#queued.push(added);
    this.references.push(added);
  }

  /** Runs some of the above and takes it back. */
  tryInVain(lengths: readonly number[]): void {
    const before = this.#queued.length;
    const mark = this.output.mark();
    for (const [i, length] of lengths.entries())
      [this.copy, this.reserve, this.reference][(i + length) % 3]?.call(this, length);
    const dropped = this.#queued.splice(before);
    this.output.rewind(mark);
    for (const each of dropped) expect(each.released).toBe(each.isReference ? 1 : 0);
  }

  take(): void {
    if (this.#inFlight !== undefined) return;
    this.#inFlight = this.output.take();
    this.#expected = this.#queued;
    this.#queued = [];
  }

  send(): void {
    if (this.#inFlight === undefined) return;
    // The kernel reads the memory only now: it must not have been used for anything else.
    const bytes = Buffer.concat(this.#inFlight);
    expect(bytes.equals(Buffer.concat(this.#expected.map((each) => each.bytes)))).toBe(true);
    for (const each of this.#expected) expect(each.released).toBe(0);
    this.output.sent();
    for (const each of this.#expected) expect(each.released).toBe(each.isReference ? 1 : 0);
    this.#inFlight = undefined;
    this.#expected = [];
  }

  check(): void {
    const length = (list: readonly Added[]): number => list.reduce((sum, each) => sum + each.bytes.length, 0);
    expect(this.output.unsent).toBe(length(this.#queued));
    expect(this.output.length).toBe(length(this.#queued) + length(this.#expected));
  }

  #bytes(length: number): Buffer {
    this.#seed += 1;
    return textured(length, this.#seed);
  }
}

const lengths: fc.Arbitrary<number> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 200 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: CHUNK_SIZE }) },
  { weight: 1, arbitrary: fc.integer({ min: CHUNK_SIZE - 2, max: 3 * CHUNK_SIZE }) },
);

const steps: fc.Arbitrary<(model: Model) => void> = fc.oneof(
  { weight: 3, arbitrary: lengths.map((length) => (model: Model) => model.copy(length)) },
  { weight: 3, arbitrary: lengths.map((length) => (model: Model) => model.reserve(length)) },
  { weight: 3, arbitrary: lengths.map((length) => (model: Model) => model.reference(length)) },
  {
    weight: 2,
    arbitrary: fc.array(lengths, { maxLength: 6 }).map((list) => (model: Model) => model.tryInVain(list)),
  },
  { weight: 3, arbitrary: fc.constant((model: Model) => model.take()) },
  { weight: 3, arbitrary: fc.constant((model: Model) => model.send()) },
);

describe('any sequence of calls', () => {
  it('sends exactly the bytes that were added and not taken back', () => {
    const pool = new PoisoningPool();
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 40 }), (sequence) => {
        const model = new Model(pool);
        for (const step of sequence) {
          step(model);
          model.check();
        }
        for (let i = 0; i < 2; i++) {
          model.send();
          model.take();
        }
        model.send();
        expect(model.output.length).toBe(0);
        for (const each of model.references) expect(each.released).toBe(1);
      }),
      { seed: 1917, numRuns: 300 },
    );
  });

  it('may end with the connection: every release is called exactly once', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 20 }), (sequence) => {
        const model = new Model(new PoisoningPool());
        for (const step of sequence) step(model);
        model.output.clear();
        for (const each of model.references) expect(each.released).toBe(1);
      }),
      { seed: 1918, numRuns: 100 },
    );
  });
});
