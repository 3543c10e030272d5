// Read-only in depth, as a type: what `const T*` says in C and `Readonly<T>` does not say in TypeScript.

/**
 * Bytes to look at: a `Uint8Array` (or Buffer) without anything that stores, and without its buffer.
 * `slice` is the way out: it copies. Every `Uint8Array` is one; none of these is a `Uint8Array`.
 */
export interface ReadonlyBytes {
  readonly [index: number]: number;
  /** In bytes. */
  readonly length: number;
  /** In bytes; the same as `length`. */
  readonly byteLength: number;
  at(index: number): number | undefined;
  /** A view of the same bytes, as read-only as this one. */
  subarray(begin?: number, end?: number): ReadonlyBytes;
  /** A copy with memory of its own, which may be written to and stored. */
  slice(start?: number, end?: number): Uint8Array;
  includes(value: number, fromIndex?: number): boolean;
  indexOf(value: number, fromIndex?: number): number;
  lastIndexOf(value: number, fromIndex?: number): number;
  every(predicate: (value: number, index: number) => boolean): boolean;
  some(predicate: (value: number, index: number) => boolean): boolean;
  find(predicate: (value: number, index: number) => boolean): number | undefined;
  findIndex(predicate: (value: number, index: number) => boolean): number;
  forEach(visit: (value: number, index: number) => void): void;
  reduce<U>(fold: (previous: U, value: number, index: number) => U, initial: U): U;
  entries(): IterableIterator<[number, number]>;
  keys(): IterableIterator<number>;
  values(): IterableIterator<number>;
  [Symbol.iterator](): IterableIterator<number>;
}

/** A `DataView` that only reads, and has no buffer to reach. */
export type ReadonlyDataView = Pick<DataView, 'byteLength' | Extract<keyof DataView, `get${string}`>>;

type Atom = string | number | bigint | boolean | symbol | null | undefined | ((...args: never[]) => unknown);

/**
 * `T` with nothing to write to at any depth: members, arrays, tuples, maps, sets and byte views.
 * For plain data: a class instance keeps its methods, also those that change it. An `ArrayBuffer` becomes `never`,
 * since everything can be written through it.
 */
export type DeepReadonly<T> = T extends Atom
  ? T
  : T extends Uint8Array | Uint8ClampedArray | ReadonlyBytes
    ? ReadonlyBytes
    : T extends DataView
      ? ReadonlyDataView
      : T extends ArrayBuffer | SharedArrayBuffer
        ? never
        : T extends ReadonlyMap<infer K, infer V>
          ? ReadonlyMap<DeepReadonly<K>, DeepReadonly<V>>
          : T extends ReadonlySet<infer E>
            ? ReadonlySet<DeepReadonly<E>>
            : { readonly [K in keyof T]: DeepReadonly<T[K]> };
