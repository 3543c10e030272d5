import { expect, it } from 'vitest';
import { CHUNK_SIZE, ChunkPool } from '../../../reference/bufferevent/chunk-pool.ts';

it('gives a chunk out again', () => {
  const pool = new ChunkPool();
  const chunk = pool.take();
  expect(chunk).toHaveLength(CHUNK_SIZE);
  expect(pool.take()).not.toBe(chunk);
  pool.give(chunk);
  expect(pool.take()).toBe(chunk);
});

it('gives out whole pieces of memory, not parts of one that others use', () => {
  expect(new ChunkPool().take().buffer.byteLength).toBe(CHUNK_SIZE);
});

it('keeps no more free chunks than it may', () => {
  const pool = new ChunkPool(2);
  const chunks = [pool.take(), pool.take(), pool.take()];
  for (const chunk of chunks) pool.give(chunk);
  const again = [pool.take(), pool.take(), pool.take()];
  expect(again.filter((each) => chunks.includes(each))).toHaveLength(2);
});

it('takes no memory that is not a chunk', () => {
  const pool = new ChunkPool();
  const stranger = Buffer.alloc(10);
  pool.give(stranger);
  expect(pool.take()).not.toBe(stranger);
});
