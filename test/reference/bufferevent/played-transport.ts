// A bufferevent over a kernel that a test plays.
import {
  Bufferevent,
  type BuffereventEvents,
  type ByteCounts,
} from '../../../reference/bufferevent/bufferevent.ts';
import { ChunkPool } from '../../../reference/bufferevent/chunk-pool.ts';
import type { Transport, TransportEvents } from '../../../reference/bufferevent/transport.ts';

/** A kernel that a test plays: it takes writes at once, or when it is told to. */
export class PlayedTransport implements Transport {
  readonly peerName: string = 'played';
  /** Whether the kernel has room. */
  hasRoom = true;
  readonly writes: Buffer[] = [];
  readonly calls: string[] = [];
  events: TransportEvents | undefined;
  #inFlight: readonly Uint8Array[] = [];

  start(events: TransportEvents): void {
    this.events = events;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    this.calls.push('write');
    if (this.hasRoom) this.writes.push(Buffer.concat(chunks));
    else this.#inFlight = chunks;
    return this.hasRoom;
  }

  /** The kernel has room again: only now does it read the memory of the last write. */
  makeRoom(): void {
    this.hasRoom = true;
    this.writes.push(Buffer.concat(this.#inFlight));
    this.events?.onWritten();
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }

  end(): void {
    this.calls.push('end');
  }

  destroy(): void {
    this.calls.push('destroy');
  }
}

/** What a test has of it. */
export interface Setup {
  readonly transport: PlayedTransport;
  readonly bufferevent: Bufferevent;
  readonly counts: ByteCounts;
  readonly pool: ChunkPool;
  receive(text: string): void;
}

/** Makes it; what a test does not care about uses up and ignores everything. */
export function setUp(events: Partial<BuffereventEvents> = {}): Setup {
  const transport = new PlayedTransport();
  const counts = { bytesRead: 0, bytesWritten: 0, bytesQueued: 0, writes: 0, sendQueueHighWater: 0 };
  const pool = new ChunkPool();
  const defaults: BuffereventEvents = {
    onReadable: (_bytes, _start, end) => end,
    onDrained: () => {},
    onEnd: () => {},
    onClose: () => {},
  };
  const bufferevent = new Bufferevent(transport, pool, { ...defaults, ...events }, counts);
  bufferevent.start();
  const receive = (text: string): void => {
    const bytes = Buffer.from(text, 'latin1');
    transport.events?.onRead(bytes, bytes.length);
    // The transport's again.
    bytes.fill(0xdb);
  };
  return { transport, bufferevent, counts, pool, receive };
}
