// What is still held when nobody holds it any more: for tests that look at memory.
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { turn } from './until.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of buffers that are alive after the garbage is collected. */
export async function aliveBuffers(): Promise<number> {
  // Finalizers run in a turn of their own.
  for (let round = 0; round < 3; round++) {
    collect();
    await turn(2);
  }
  return process.memoryUsage().arrayBuffers;
}
