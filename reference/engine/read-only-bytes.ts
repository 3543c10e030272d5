// Bytes that can be read and copied and nothing else, at run time. Says nothing about whose bytes they are.
import type { ReadonlyBytes } from './read-only.ts';

/**
 * What was tried, as a verb of the message ("wrote to"), and on what ("response.bytes[24]").
 * It has to throw: what it refuses must not happen.
 */
export type Refuse = (verb: string, field: string) => never;

/** Methods of `Uint8Array`, `Buffer` and `DataView` that store; each is refused by name. */
const WRITERS: ReadonlySet<string> = new Set([
  'set',
  'fill',
  'copyWithin',
  'reverse',
  'sort',
  ...Object.getOwnPropertyNames(Buffer.prototype).filter((name) => /^(?:write|swap)|Write$/.test(name)),
  ...Object.getOwnPropertyNames(DataView.prototype).filter((name) => name.startsWith('set')),
]);

/** Ways to the memory itself. */
const MEMORY: ReadonlySet<string> = new Set(['buffer', 'parent']);

/** Under this key, which nobody else has, the proxy gives its guard to the methods below. */
const GUARD = Symbol('guard');

interface Guarded {
  readonly [GUARD]: BytesGuard;
}

/** What is there to read with: every method of `ReadonlyBytes`. Callbacks never get the view. */
const READERS = {
  at(this: Guarded, index: number): number | undefined {
    return this[GUARD].view.at(index);
  },
  subarray(this: Guarded, begin?: number, end?: number): ReadonlyBytes {
    const { view, refuse, path, base } = this[GUARD];
    const part = view.subarray(begin, end);
    return readOnlyBytes(part, refuse, path, base + part.byteOffset - view.byteOffset);
  },
  slice(this: Guarded, start?: number, end?: number): Uint8Array {
    return new Uint8Array(this[GUARD].view.subarray(start, end));
  },
  includes(this: Guarded, value: number, fromIndex?: number): boolean {
    return this[GUARD].view.includes(value, fromIndex);
  },
  indexOf(this: Guarded, value: number, fromIndex?: number): number {
    return this[GUARD].view.indexOf(value, fromIndex);
  },
  lastIndexOf(this: Guarded, value: number, fromIndex = Number.POSITIVE_INFINITY): number {
    return this[GUARD].view.lastIndexOf(value, fromIndex);
  },
  every(this: Guarded, predicate: (value: number, index: number) => boolean): boolean {
    return this[GUARD].view.every((value, index) => predicate(value, index));
  },
  some(this: Guarded, predicate: (value: number, index: number) => boolean): boolean {
    return this[GUARD].view.some((value, index) => predicate(value, index));
  },
  find(this: Guarded, predicate: (value: number, index: number) => boolean): number | undefined {
    return this[GUARD].view.find((value, index) => predicate(value, index));
  },
  findIndex(this: Guarded, predicate: (value: number, index: number) => boolean): number {
    return this[GUARD].view.findIndex((value, index) => predicate(value, index));
  },
  forEach(this: Guarded, visit: (value: number, index: number) => void): void {
    this[GUARD].view.forEach((value, index) => {
      visit(value, index);
    });
  },
  reduce<U>(this: Guarded, fold: (previous: U, value: number, index: number) => U, initial: U): U {
    return this[GUARD].view.reduce<U>((previous, value, index) => fold(previous, value, index), initial);
  },
  entries(this: Guarded): IterableIterator<[number, number]> {
    return this[GUARD].view.entries();
  },
  keys(this: Guarded): IterableIterator<number> {
    return this[GUARD].view.keys();
  },
  values(this: Guarded): IterableIterator<number> {
    return this[GUARD].view.values();
  },
  [Symbol.iterator](this: Guarded): IterableIterator<number> {
    return this[GUARD].view.values();
  },
};

class BytesGuard implements ProxyHandler<Uint8Array> {
  readonly view: Uint8Array;
  readonly refuse: Refuse;
  readonly path: string;
  readonly base: number;

  constructor(view: Uint8Array, refuse: Refuse, path: string, base: number) {
    this.view = view;
    this.refuse = refuse;
    this.path = path;
    this.base = base;
  }

  get(view: Uint8Array, key: string | symbol): unknown {
    if (typeof key === 'symbol') return key === GUARD ? this : Reflect.get(READERS, key);
    if (startsWithDigit(key)) return view[Number(key)];
    if (key === 'length' || key === 'byteLength') return view.length;
    if (MEMORY.has(key)) return this.refuse('asked for', `${this.path}.${key}`);
    if (WRITERS.has(key)) return () => this.refuse('called', `${this.path}.${key}`);
    return Reflect.get(READERS, key);
  }

  set(_view: Uint8Array, key: string | symbol): never {
    return this.refuse('wrote to', this.#member(key));
  }

  defineProperty(_view: Uint8Array, key: string | symbol): never {
    return this.refuse('redefined', this.#member(key));
  }

  deleteProperty(_view: Uint8Array, key: string | symbol): never {
    return this.refuse('deleted', this.#member(key));
  }

  /** Not a `Uint8Array`: what asks for one by `instanceof` would write to it or fail on it. */
  getPrototypeOf(): object {
    return Object.prototype;
  }

  setPrototypeOf(): never {
    return this.refuse('changed the prototype of', this.path);
  }

  preventExtensions(): never {
    return this.refuse('froze', this.path);
  }

  #member(key: string | symbol): string {
    if (typeof key === 'string' && startsWithDigit(key)) return `${this.path}[${this.base + Number(key)}]`;
    return `${this.path}.${String(key)}`;
  }
}

function startsWithDigit(key: string): boolean {
  const code = key.charCodeAt(0);
  return code >= 0x30 && code <= 0x39;
}

/**
 * Bytes that read through to `view`, for as long as that is valid. `path` is what a refusal calls them
 * ("response.bytes"), `base` what it calls the first of them. `slice`, a spread, `Buffer.from` and `Uint8Array.from` copy.
 * What takes real bytes only (`Buffer.concat`, `structuredClone`, `DataView`) does not take these: give it a copy.
 */
export function readOnlyBytes(view: Uint8Array, refuse: Refuse, path: string, base = 0): ReadonlyBytes {
  // A Buffer's own way of being printed would call methods that are not there.
  const plain = Buffer.isBuffer(view) ? new Uint8Array(view.buffer, view.byteOffset, view.length) : view;
  return new Proxy(plain, new BytesGuard(plain, refuse, path, base));
}
