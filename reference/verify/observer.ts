// Writes down what an engine and its core do to each other: references to items, header writes, waits. Decides nothing.
import type { Cookie, EngineInterface, Item, ItemInfo } from '../engine/contract.ts';
import type { HeaderWrite, PlayCounts, Sighting } from './recording.ts';

/** What became of the item in whose memory chained bytes lie. */
interface Fate {
  /** The engine released it while they were queued; its name. */
  releasedEarly: string | undefined;
  /** The engine released it when they were sent. */
  isReturned: boolean;
}

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
  /** Memory that an engine chained and that is not sent. */
  readonly #queued = new Map<Uint8Array, Fate>();
  /** Of that: what is being released right now. */
  #returning: Uint8Array | undefined;
  #isCore = false;

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
    const info = infoOf(engine, cookie, item);
    const label = info === undefined ? (this.#held.get(item)?.label ?? 'an item') : nameIn(info);
    this.releases.push({ step: this.step, text: label });
    // What the core gives back was never the engine's to keep memory with.
    if (info === undefined || this.#isCore) return;
    for (const [memory, fate] of this.#queued) {
      if (!overlap(memory, info.value)) continue;
      if (memory === this.#returning) fate.isReturned = true;
      else fate.releasedEarly = label;
    }
  }

  /** The core calls the slot `release`. */
  byCore(release: () => unknown): unknown {
    this.#isCore = true;
    try {
      return release();
    } finally {
      this.#isCore = false;
    }
  }

  /** An engine chained memory; answers what to call when the core releases it. */
  chained(buffer: Uint8Array, release: () => void): () => void {
    // A view of its own: the same memory may be chained twice.
    const memory = buffer.subarray();
    const fate: Fate = { releasedEarly: undefined, isReturned: false };
    this.#queued.set(memory, fate);
    return () => {
      if (!this.#queued.has(memory))
        this.violation(`${buffer.length} bytes that were chained were released twice`);
      const before = this.#returning;
      this.#returning = memory;
      try {
        release();
      } finally {
        this.#returning = before;
        this.#queued.delete(memory);
      }
      if (fate.releasedEarly === undefined || fate.isReturned) return;
      this.violation(`${fate.releasedEarly} was released while its memory was queued to be sent`);
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
const nameIn = ({ key, seqno }: ItemInfo): string => `"${key.text}" seqno ${seqno}`;

function labelOf(engine: EngineInterface, cookie: Cookie | undefined, item: Item): string | undefined {
  const info = infoOf(engine, cookie, item);
  return info === undefined ? undefined : nameIn(info);
}

function infoOf(engine: EngineInterface, cookie: Cookie | undefined, item: Item): ItemInfo | undefined {
  try {
    return engine.getItemInfo(engine, cookie ?? NOBODY, item);
  } catch {
    // An engine may know items no more that it gave away; then they have no name.
    return undefined;
  }
}

const NOBODY: Cookie = { name: 'verify' };
