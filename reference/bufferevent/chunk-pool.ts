// Memory for send buffers, used again once the kernel took what was in it. One pool for each server.

/** Bytes in a chunk: big enough for a batch of small responses to be one write. */
export const CHUNK_SIZE: number = 64 * 1024;

/** Gives out chunks of {@link CHUNK_SIZE} bytes and takes them back. */
export class ChunkPool {
  readonly #free: Buffer[] = [];
  readonly #limit: number;

  /** At most `limit` free chunks are kept. */
  constructor(limit = 64) {
    this.#limit = limit;
  }

  take(): Buffer {
    // Not from Node's own pool: a chunk lives long, and must not keep a slab of strangers alive.
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_SIZE);
  }

  give(chunk: Buffer): void {
    if (chunk.length === CHUNK_SIZE && this.#free.length < this.#limit) this.#free.push(chunk);
  }
}
