// Bytes of a packet as engines get them. Says nothing about how long they are valid.

/**
 * The bytes from `start` to `end` of `memory`, not copied. No Buffer: its `slice` would share the memory, where
 * `ReadonlyBytes` and `Uint8Array` promise a copy that an engine may keep.
 */
export function lentBytes(memory: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(memory.buffer, memory.byteOffset + start, end - start);
}
