// Writes down what an engine and its core do to each other: references to items, header writes, waits. Decides nothing.
import type { Cookie, EngineInterface, Item } from '../engine/contract.ts';
import type { HeaderWrite, PlayCounts, Sighting } from './recording.ts';

/** The notes of one side in one conversation. */
export class Observer {
  /** The step that is being played. */
  step = 0;
  readonly counts: PlayCounts = {
    requests: 0,
    replies: 0,
    bytes: 0,
    slotCalls: 0,
    dcpMessages: 0,
    headerHandlings: 0,
    releases: 0,
    injected: 0,
  };
  readonly releases: Sighting[] = [];
  readonly headerWrites: HeaderWrite[] = [];
  readonly violations: Sighting[] = [];
  /** Cookies of calls that answered ENGINE_EWOULDBLOCK and that nobody notified. */
  readonly waiting: Set<Cookie> = new Set<Cookie>();
  /** The cookie of the last notification, since the last call of a slot began. */
  lastNotified: Cookie | undefined = undefined;
  /** References that the core holds. */
  readonly #held = new Map<Item, { count: number; label: string }>();
  /** Memory that an engine chained and that is not sent, with what is being released for it. */
  readonly #queued = new Set<Uint8Array>();
  #released: Uint8Array | undefined;

  violation(text: string): void {
    this.violations.push({ step: this.step, text });
  }

  headerWrite(field: string, response: Uint8Array): void {
    this.headerWrites.push({ step: this.step, field, response: Buffer.from(response) });
  }

  /** The core owns one more reference to an item. */
  hold(engine: EngineInterface, cookie: Cookie, item: Item): void {
    const held = this.#held.get(item);
    if (held === undefined)
      this.#held.set(item, { count: 1, label: labelOf(engine, cookie, item) ?? 'an item' });
    else held.count += 1;
  }

  /** The core gives a reference back. */
  giveBack(engine: EngineInterface, cookie: Cookie | undefined, item: Item): void {
    const held = this.#held.get(item);
    if (held === undefined) {
      const label = labelOf(engine, cookie, item) ?? 'an item';
      this.violation(`${label} was given back to the engine once more than the core had it`);
      return;
    }
    held.count -= 1;
    if (held.count === 0) this.#held.delete(item);
  }

  /** The slot `release` is about to run, whoever called it. */
  release(engine: EngineInterface, cookie: Cookie | undefined, item: Item): void {
    this.counts.releases += 1;
    const label = labelOf(engine, cookie, item) ?? this.#held.get(item)?.label ?? 'an item';
    this.releases.push({ step: this.step, text: label });
    const value = infoOf(engine, cookie, item)?.value;
    if (value === undefined) return;
    for (const memory of this.#queued) {
      if (memory === this.#released || !overlap(memory, value)) continue;
      this.violation(`${label} was released while its memory was queued to be sent`);
      return;
    }
  }

  /** An engine chained memory; answers what to call when the core releases it. */
  chained(buffer: Uint8Array, release: () => void): () => void {
    // A view of its own: the same memory may be chained twice.
    const memory = buffer.subarray();
    this.#queued.add(memory);
    return () => {
      if (!this.#queued.delete(memory))
        this.violation(`${buffer.length} bytes that were chained were released twice`);
      const before = this.#released;
      this.#released = memory;
      try {
        release();
      } finally {
        this.#released = before;
      }
    };
  }

  /** Nothing will happen any more: says what was never given back. */
  end(): void {
    for (const { count, label } of this.#held.values())
      this.violation(
        `${label} was never given back to the engine${count > 1 ? ` (${count} references)` : ''}`,
      );
    for (const memory of this.#queued)
      this.violation(`${memory.length} bytes that were chained were never released`);
  }
}

function overlap(one: Uint8Array, other: Uint8Array): boolean {
  if (one.buffer !== other.buffer || one.length === 0 || other.length === 0) return false;
  return one.byteOffset < other.byteOffset + other.length && other.byteOffset < one.byteOffset + one.length;
}

/** `"user::1" seqno 7`. */
function labelOf(engine: EngineInterface, cookie: Cookie | undefined, item: Item): string | undefined {
  const info = infoOf(engine, cookie, item);
  return info === undefined ? undefined : `"${info.key.text}" seqno ${info.seqno}`;
}

function infoOf(
  engine: EngineInterface,
  cookie: Cookie | undefined,
  item: Item,
): ReturnType<EngineInterface['getItemInfo']> {
  try {
    return engine.getItemInfo(engine, cookie ?? NOBODY, item);
  } catch {
    // An engine may know items no more that it gave away; then they have no name.
    return undefined;
  }
}

const NOBODY: Cookie = { name: 'verify' };
