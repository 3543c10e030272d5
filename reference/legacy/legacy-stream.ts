// The old send path: responses as pointers in a list, sent by sendmsg, and what they point to kept until all of it is sent.
// One transmit for each response, in lock step: it is full as long as anything is not with the kernel.
import type { Bufferevent, DirectSender } from '../bufferevent/bufferevent.ts';
import type { Item } from '../engine/contract.ts';
import { type Connection, type Msghdr, TransmitResult } from '../engine/v1.ts';
import type { OutputStream } from '../output-stream.ts';
import type { ServerStats } from '../server-stats.ts';
import { gather, MsghdrList } from './msghdr-list.ts';
import { transmit } from './transmit.ts';

/** What the old path needs to know of its server. */
export interface LegacyStreamOptions {
  readonly stats: ServerStats;
  /** Gives an item that an engine reserved back to it, whenever that comes to be; must not throw. */
  readonly releaserOf: (item: Item) => () => void;
  /** Bytes that one sendmsg takes at most; everything by default, as Node has no other way to say that a socket is full. */
  readonly sendBufferSize?: number;
}

/** Bytes of the write buffer at first (kv_engine daemon/memcached.h: DATA_BUFFER_SIZE). */
const WRITE_BUFFER_INITIAL = 2048;
/** A longer write buffer is given up once it is empty. */
const WRITE_BUFFER_HIGHWAT = 8192;

/** The send side of a connection as it was before the move to bufferevents (kv_engine McbpConnection at 0dbb0e534). */
export class LegacyStream implements OutputStream, DirectSender {
  readonly forEngine: Connection;
  /** The write buffer: what the core says, until it is sent. Pointed into, so never moved. */
  memory: Buffer = NOTHING;
  readonly list: MsghdrList = new MsghdrList();
  readonly #bufferevent: Bufferevent;
  readonly #stats: ServerStats;
  readonly #releaserOf: (item: Item) => () => void;
  readonly #limit: number;
  /** Of `memory`: in use. */
  #end = 0;
  /** Bytes that were ever handed to the kernel. */
  #taken = 0;
  /** The engine queued something that no transmit was tried for. */
  #isEngines = false;
  #isInStep = false;
  #reserved: (() => void)[] = [];
  #tempAlloc: Uint8Array[] = [];

  constructor(bufferevent: Bufferevent, options: LegacyStreamOptions) {
    this.#bufferevent = bufferevent;
    bufferevent.direct = this;
    this.#stats = options.stats;
    this.#releaserOf = options.releaserOf;
    this.#limit = options.sendBufferSize ?? Number.POSITIVE_INFINITY;
    this.forEngine = {
      addMsgHdr: (reset) => {
        if (reset) this.#isEngines = false;
        this.list.addMsgHdr(reset);
      },
      addIov: (data) => {
        this.#isEngines = true;
        this.list.addIov(data);
      },
      sendmsg: (message) => this.#sendmsg(message),
      transmit: () => this.#transmit(),
      reserveItem: (item) => this.#reserved.push(this.#releaserOf(item)) > 0,
      pushTempAlloc: (buffer) => this.#tempAlloc.push(buffer) > 0,
    };
  }

  reserve(length: number): number {
    this.#beginResponse();
    if (this.memory.length - this.#end < length) {
      // What points into the old one keeps it alive.
      const size = Math.max(length, Math.min(2 * this.memory.length, 16 * WRITE_BUFFER_HIGHWAT));
      this.memory = Buffer.allocUnsafeSlow(Math.max(size, WRITE_BUFFER_INITIAL));
      this.#end = 0;
    }
    const at = this.#end;
    this.#end = at + length;
    this.list.addIov(this.memory.subarray(at, this.#end));
    return at;
  }

  copy(data: Uint8Array): void {
    if (data.length === 0) return;
    const at = this.reserve(data.length);
    this.memory.set(data, at);
  }

  sendsByReference(length: number): boolean {
    return length > 0;
  }

  chain(data: Uint8Array, release: () => void): void {
    this.#beginResponse();
    this.list.addIov(data);
    this.#reserved.push(release);
  }

  mark(): number {
    return this.#taken + this.list.bytes;
  }

  /** What the engine sent by itself since then stays sent; items stay reserved until the next Complete. */
  rewind(mark: number): void {
    this.list.dropLast(Math.max(0, this.mark() - mark));
  }

  endOfResponse(): void {
    this.#stats.responses += 1;
  }

  /** What one step says is sent as one, as far as its headers go into the write buffer. */
  get hasRoom(): boolean {
    return this.#isInStep ? this.#end < WRITE_BUFFER_HIGHWAT : !this.isFull;
  }

  get isFull(): boolean {
    return this.list.bytes > 0 || this.#bufferevent.isWriting;
  }

  get length(): number {
    return this.list.bytes + this.#bufferevent.output.length;
  }

  /** Transmits until everything is sent or the socket is full (kv_engine statemachine_mcbp.cc: conn_send_data). */
  flush(): void {
    if (this.length > this.#stats.sendQueueHighWater) this.#stats.sendQueueHighWater = this.length;
    let result = this.#transmit();
    while (result === TransmitResult.Incomplete) result = this.#transmit();
    if (result === TransmitResult.Complete) this.#complete();
  }

  beginStep(): void {
    this.#isInStep = true;
  }

  /** A step that had "nothing more" to say was not followed by a transmit: what it queued was gone with the next message. */
  endStep(hasSent: boolean): void {
    this.#isInStep = false;
    if (!hasSent) this.list.clear();
  }

  proceed(): boolean {
    this.flush();
    return this.length === 0;
  }

  drop(): void {
    this.#complete();
  }

  /** A response of the core's began with `addMsgHdr(true)`: what the engine had queued for this command was forgotten. */
  #beginResponse(): void {
    if (!this.#isEngines || this.#isInStep) return;
    this.#isEngines = false;
    this.list.addMsgHdr(true);
  }

  #transmit(): TransmitResult {
    this.#isEngines = false;
    const before = this.list.bytes;
    const result = transmit(this.list, this.#bufferevent, this.#limit);
    this.#taken += before - this.list.bytes;
    return result;
  }

  /** An engine's own message goes out at once, before what is queued; the kernel has a copy then. */
  #sendmsg(message: Msghdr): number {
    const chunks: Uint8Array[] = [];
    const { msgIov } = message;
    const length = gather(msgIov, 0, msgIov.length, this.#limit, chunks);
    if (length === 0) return 0;
    const sent = this.#bufferevent.sendmsg([Buffer.concat(chunks, length)], length);
    if (sent > 0) this.#taken += sent;
    return sent;
  }

  /** Nothing points anywhere any more: gives everything back, each thing once. */
  #complete(): void {
    this.list.clear();
    this.#end = 0;
    if (this.memory.length > WRITE_BUFFER_HIGHWAT) this.memory = NOTHING;
    if (this.#tempAlloc.length > 0) this.#tempAlloc = [];
    if (this.#reserved.length === 0) return;
    const reserved = this.#reserved;
    this.#reserved = [];
    for (let i = 0; i < reserved.length; i++) (reserved[i] as () => void)();
  }
}

const NOTHING: Buffer = Buffer.alloc(0);
