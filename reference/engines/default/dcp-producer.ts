// One DCP connection on which the engine produces: its streams, its window, and whether the other side is alive.
import {
  ConnPriority,
  type Cookie,
  type DcpMessageProducers,
  type DeepReadonly,
  EngineErrorCode,
  type ProtocolBinaryResponseHeader,
  type ServerApi,
} from '../../engine/contract.ts';
import { DcpOpcode } from './dcp-message.ts';
import { type DcpSession, Wakeup } from './dcp-session.ts';
import type { DocumentTable } from './document-table.ts';
import type { Documents } from './documents.ts';
import { FlowControl } from './flow-control.ts';
import { NoopTimer } from './noop-timer.ts';
import { ProducerStream, type StreamOwner, type StreamRequest } from './producer-stream.ts';
import type { Add } from './statistics.ts';
import type { ValueFilter } from './stream-item.ts';
import type { Vbucket } from './vbucket.ts';

const { ENGINE_DISCONNECT, ENGINE_EINVAL, ENGINE_KEY_ENOENT, ENGINE_SUCCESS } = EngineErrorCode;

const PRIORITIES: Readonly<Record<string, ConnPriority>> = {
  high: ConnPriority.High,
  medium: ConnPriority.Med,
  low: ConnPriority.Low,
};

/** Settings that are taken and change nothing here: there is no cursor to drop, nothing to compress, no meta to add. */
const SWITCHES: ReadonlySet<string> = new Set([
  'enable_ext_metadata',
  'enable_value_compression',
  'supports_cursor_dropping',
]);

/** Sends what streams have to say, a snapshot of one after a snapshot of another. */
export class ProducerSession implements DcpSession, StreamOwner {
  readonly name: string;
  readonly cookie: Cookie;
  readonly table: DocumentTable;
  readonly values: ValueFilter;
  readonly flow: FlowControl = new FlowControl();
  readonly #server: ServerApi;
  readonly #documents: Documents;
  readonly #wakeup: Wakeup;
  readonly #noop: NoopTimer;
  /** By vbucket. */
  readonly #streams = new Map<number, ProducerStream>();
  /** Those that may have something to say, in the order of their turns. */
  readonly #ready = new Set<ProducerStream>();
  #isSuperseded = false;
  /** The second of the last search for expired documents. */
  #searchedAt = -1;

  constructor(server: ServerApi, documents: Documents, cookie: Cookie, name: string, values: ValueFilter) {
    this.#server = server;
    this.#documents = documents;
    this.table = documents.table;
    this.cookie = cookie;
    this.name = name;
    this.values = values;
    this.#wakeup = new Wakeup(server, cookie);
    this.#noop = new NoopTimer(documents.now());
  }

  hasStream(vbucket: number): boolean {
    return this.#streams.has(vbucket);
  }

  addStream(vbucket: Vbucket, request: StreamRequest): void {
    const stream = new ProducerStream(this, vbucket, request);
    this.#streams.set(vbucket.id, stream);
    vbucket.follow(stream);
    this.onReady(stream);
  }

  closeStream(vbucket: number): EngineErrorCode {
    const stream = this.#streams.get(vbucket);
    if (stream === undefined) return ENGINE_KEY_ENOENT;
    this.onEnd(stream);
    return ENGINE_SUCCESS;
  }

  control(key: string, value: string): EngineErrorCode {
    if (SWITCHES.has(key)) return isSwitch(value) ? ENGINE_SUCCESS : ENGINE_EINVAL;
    if (key === 'enable_noop') {
      if (!isSwitch(value)) return ENGINE_EINVAL;
      this.#noop.enable(value === 'true', this.#documents.now());
      return ENGINE_SUCCESS;
    }
    if (key === 'set_priority') {
      const priority = PRIORITIES[value];
      if (priority === undefined) return ENGINE_EINVAL;
      this.#server.cookie.setPriority(this.cookie, priority);
      return ENGINE_SUCCESS;
    }
    const number = /^\d{1,10}$/.test(value) ? Number(value) : undefined;
    if (number === undefined) return ENGINE_EINVAL;
    if (key === 'connection_buffer_size') {
      this.flow.setLimit(number);
      this.#wakeup.wake();
      return ENGINE_SUCCESS;
    }
    if (key !== 'set_noop_interval' || number === 0) return ENGINE_EINVAL;
    this.#noop.interval = number;
    return ENGINE_SUCCESS;
  }

  acknowledge(bytes: number): void {
    this.flow.acknowledged(bytes);
    if (!this.flow.isFull && this.#ready.size > 0) this.#wakeup.wake();
  }

  step(producers: DcpMessageProducers): EngineErrorCode {
    if (this.#isSuperseded) return ENGINE_DISCONNECT;
    this.#wakeup.begin();
    const now = this.#documents.now();
    const alive = this.#noop.step(this.cookie, producers, now);
    if (alive !== ENGINE_SUCCESS) return alive;
    this.#searchExpired(now);
    if (this.flow.isFull) return this.#wakeup.idle();
    for (const stream of this.#ready) {
      const code = stream.step(producers);
      if (code === ENGINE_SUCCESS) {
        this.#ready.delete(stream);
        continue;
      }
      if (code === EngineErrorCode.ENGINE_WANT_MORE && stream.isBetweenSnapshots) this.#endTurn(stream);
      return code;
    }
    return this.#wakeup.idle();
  }

  handleResponse({ response }: DeepReadonly<ProtocolBinaryResponseHeader>): EngineErrorCode {
    switch (response.opcode) {
      case DcpOpcode.Noop:
        return this.#noop.onResponse(response.opaque) ? ENGINE_SUCCESS : ENGINE_DISCONNECT;
      case DcpOpcode.SetVbucketState:
        for (const stream of this.#streams.values()) {
          if (stream.opaque === response.opaque) stream.onStateResponse(response.status === 0);
        }
        return ENGINE_SUCCESS;
      case DcpOpcode.SnapshotMarker:
      case DcpOpcode.Mutation:
      case DcpOpcode.Deletion:
      case DcpOpcode.Expiration:
      case DcpOpcode.StreamEnd:
        return ENGINE_SUCCESS;
      default:
        return ENGINE_DISCONNECT;
    }
  }

  supersede(): void {
    this.#isSuperseded = true;
    this.#wakeup.wake();
  }

  close(): void {
    for (const stream of this.#streams.values()) this.onEnd(stream);
  }

  addStats(add: Add): void {
    const prefix = `dcpq:${this.name}`;
    add(`${prefix}:type`, 'producer');
    add(`${prefix}:num_streams`, this.#streams.size);
    add(`${prefix}:max_buffer_bytes`, this.flow.limit);
    add(`${prefix}:unacked_bytes`, this.flow.outstanding);
    add(`${prefix}:noop_enabled`, `${this.#noop.isEnabled}`);
    for (const [vbucket, stream] of this.#streams) {
      add(`${prefix}:stream_${vbucket}_opaque`, stream.opaque);
      add(`${prefix}:stream_${vbucket}_end_seqno`, stream.endSeqno);
      add(`${prefix}:stream_${vbucket}_last_sent_seqno`, stream.lastSeqno);
    }
  }

  onReady(stream: ProducerStream): void {
    this.#ready.add(stream);
    // Without room in the window there is nothing that could be sent.
    if (!this.flow.isFull) this.#wakeup.wake();
  }

  onSent(bytes: number): void {
    this.flow.sent(bytes);
  }

  onEnd(stream: ProducerStream): void {
    stream.vbucket.unfollow(stream);
    this.#ready.delete(stream);
    this.#streams.delete(stream.vbucket.id);
  }

  #searchExpired(now: number): void {
    if (now === this.#searchedAt) return;
    this.#searchedAt = now;
    for (const stream of this.#streams.values()) this.#documents.expireSome(stream.vbucket);
  }

  /** The others come first now. */
  #endTurn(stream: ProducerStream): void {
    if (this.#ready.delete(stream)) this.#ready.add(stream);
  }
}

function isSwitch(value: string): boolean {
  return value === 'true' || value === 'false';
}
