// One DCP connection on which the engine consumes: the streams it asked for, and what it has to say about them.
import {
  type Cookie,
  type DcpMessageProducers,
  type DeepReadonly,
  EngineErrorCode,
  type ProtocolBinaryResponseHeader,
  type ServerApi,
  type VbucketState,
} from '../../engine/contract.ts';
import { type ConsumerMessage, produce } from './consumer-message.ts';
import { DcpOpcode, MarkerFlag, MessageLength } from './dcp-message.ts';
import { failoverLog, ResponseStatus, rollbackSeqno } from './dcp-response.ts';
import { type DcpSession, Wakeup } from './dcp-session.ts';
import type { DefaultItem } from './default-item.ts';
import type { Documents } from './documents.ts';
import { ReceiveWindow } from './flow-control.ts';
import type { Add } from './statistics.ts';
import type { Vbucket } from './vbucket.ts';

const { ENGINE_DISCONNECT, ENGINE_EINVAL, ENGINE_ERANGE, ENGINE_KEY_EEXISTS } = EngineErrorCode;
const { ENGINE_KEY_ENOENT, ENGINE_SUCCESS, ENGINE_WANT_MORE } = EngineErrorCode;

/** Bytes that the producer may send before it hears of them. */
const BUFFER_SIZE = 10 * 1024 * 1024;

/** Seconds between the producer's questions whether this side is alive; silence for twice as long ends it. */
const NOOP_INTERVAL = 180;

interface ConsumerStream {
  readonly vbucket: Vbucket;
  /** Of the producer's messages. */
  opaque: number;
  /** Of the addStream command. */
  readonly askedBy: number;
  readonly flags: number;
  startSeqno: bigint;
  isOpen: boolean;
  /** The opaque of a marker that wants to be answered when its snapshot is complete. */
  marker: number | undefined;
}

/** Applies what streams bring. */
export class ConsumerSession implements DcpSession {
  readonly name: string;
  readonly #documents: Documents;
  readonly #wakeup: Wakeup;
  /** By vbucket. */
  readonly #streams = new Map<number, ConsumerStream>();
  readonly #messages: ConsumerMessage[] = [];
  /** Opaques of requests whose stream was closed before the answer came. */
  readonly #abandoned = new Set<number>();
  #nextOpaque = 1;
  #isSuperseded = false;
  readonly #window: ReceiveWindow;
  #heardAt: number;
  /** Of the message that asks for questions; undefined where the producer does not ask any. */
  #noopOpaque: number | undefined;

  constructor(server: ServerApi, documents: Documents, cookie: Cookie, name: string) {
    this.#documents = documents;
    this.name = name;
    this.#wakeup = new Wakeup(server, cookie);
    this.#heardAt = documents.now();
    this.#window = new ReceiveWindow(BUFFER_SIZE, this.#heardAt);
    this.#control('connection_buffer_size', String(BUFFER_SIZE));
    this.#control('set_noop_interval', String(NOOP_INTERVAL));
    this.#noopOpaque = this.#control('enable_noop', 'true');
  }

  addStream(vbucket: Vbucket, askedBy: number, flags: number): EngineErrorCode {
    if (this.#streams.has(vbucket.id)) return ENGINE_KEY_EEXISTS;
    const stream = { vbucket, opaque: 0, askedBy, flags, startSeqno: 0n, isOpen: false, marker: undefined };
    this.#streams.set(vbucket.id, stream);
    this.#request(stream);
    return ENGINE_SUCCESS;
  }

  closeStream(vbucket: number): EngineErrorCode {
    const stream = this.#streams.get(vbucket);
    if (stream === undefined) return ENGINE_KEY_ENOENT;
    this.#streams.delete(vbucket);
    if (!stream.isOpen) this.#abandoned.add(stream.opaque);
    return ENGINE_SUCCESS;
  }

  streamEnd(opaque: number, vbucket: number): EngineErrorCode {
    const stream = this.#received(opaque, vbucket, MessageLength.streamEnd);
    return stream === undefined ? ENGINE_KEY_ENOENT : this.closeStream(vbucket);
  }

  snapshotMarker(
    opaque: number,
    vbucket: number,
    start: bigint,
    end: bigint,
    flags: number,
  ): EngineErrorCode {
    const stream = this.#received(opaque, vbucket, MessageLength.marker);
    if (stream === undefined) return ENGINE_KEY_ENOENT;
    if (start > end) return ENGINE_ERANGE;
    stream.vbucket.snapStartSeqno = start;
    stream.vbucket.snapEndSeqno = end;
    stream.marker = (flags & MarkerFlag.Ack) === 0 ? undefined : opaque;
    return ENGINE_SUCCESS;
  }

  /** A change of a document, as an item that is complete. `length` is the whole message's, in bytes. */
  change(opaque: number, item: DefaultItem, length: number): EngineErrorCode {
    const stream = this.#received(opaque, item.vbucket, length);
    if (stream === undefined) return ENGINE_KEY_ENOENT;
    if (item.seqno === 0n) return ENGINE_EINVAL;
    if (item.seqno <= stream.vbucket.highSeqno) return ENGINE_ERANGE;
    const code = this.#documents.apply(stream.vbucket, item);
    if (code === ENGINE_SUCCESS) this.#advanced(stream);
    return code;
  }

  systemEvent(opaque: number, vbucket: number, bySeqno: bigint, length: number): EngineErrorCode {
    const stream = this.#received(opaque, vbucket, length);
    if (stream === undefined) return ENGINE_KEY_ENOENT;
    if (bySeqno <= stream.vbucket.highSeqno) return ENGINE_ERANGE;
    stream.vbucket.highSeqno = bySeqno;
    this.#advanced(stream);
    return ENGINE_SUCCESS;
  }

  flush(opaque: number, vbucket: number): EngineErrorCode {
    const stream = this.#received(opaque, vbucket, MessageLength.flush);
    if (stream === undefined) return ENGINE_KEY_ENOENT;
    this.#documents.flush(stream.vbucket);
    return ENGINE_SUCCESS;
  }

  setVbucketState(opaque: number, vbucket: number, state: VbucketState): EngineErrorCode {
    const stream = this.#received(opaque, vbucket, MessageLength.setVbucketState);
    if (stream === undefined) return ENGINE_KEY_ENOENT;
    stream.vbucket.setState(state);
    this.#say({ type: 'setVbucketStateRsp', opaque, status: ResponseStatus.Success });
    return ENGINE_SUCCESS;
  }

  /** The producer gave a sign of life. */
  heard(): void {
    this.#heardAt = this.#documents.now();
  }

  step(producers: DcpMessageProducers): EngineErrorCode {
    if (this.#isSuperseded) return ENGINE_DISCONNECT;
    this.#wakeup.begin();
    const now = this.#documents.now();
    if (this.#noopOpaque !== undefined && now - this.#heardAt > 2 * NOOP_INTERVAL) return ENGINE_DISCONNECT;
    const { cookie } = this.#wakeup;
    const message = this.#messages[0];
    if (message !== undefined) {
      const code = produce(message, cookie, producers);
      if (code !== ENGINE_SUCCESS) return code;
      this.#messages.shift();
      return ENGINE_WANT_MORE;
    }
    if (!this.#window.isDue(now)) return this.#wakeup.idle();
    const code = producers.bufferAcknowledgement(cookie, this.#takeOpaque(), 0, this.#window.freed);
    if (code !== ENGINE_SUCCESS) return code;
    this.#window.acknowledged(now);
    return ENGINE_WANT_MORE;
  }

  handleResponse(response: DeepReadonly<ProtocolBinaryResponseHeader>): EngineErrorCode {
    this.heard();
    const { opaque, opcode, status } = response.response;
    switch (opcode) {
      case DcpOpcode.StreamReq:
        return this.#onStreamResponse(response);
      case DcpOpcode.BufferAcknowledgement:
        return ENGINE_SUCCESS;
      case DcpOpcode.Control:
        if (opaque === this.#noopOpaque && status !== ResponseStatus.Success) this.#noopOpaque = undefined;
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
    this.#streams.clear();
    this.#messages.length = 0;
  }

  addStats(add: Add): void {
    const prefix = `dcpq:${this.name}`;
    add(`${prefix}:type`, 'consumer');
    add(`${prefix}:num_streams`, this.#streams.size);
    add(`${prefix}:max_buffer_bytes`, BUFFER_SIZE);
    add(`${prefix}:unacked_bytes`, this.#window.freed);
    for (const [vbucket, stream] of this.#streams) {
      add(`${prefix}:stream_${vbucket}_opaque`, stream.opaque);
      add(`${prefix}:stream_${vbucket}_start_seqno`, stream.startSeqno);
    }
  }

  /** Counts a message's bytes; its stream, if this is a message of one that is open. */
  #received(opaque: number, vbucket: number, length: number): ConsumerStream | undefined {
    this.heard();
    this.#window.freed += length;
    if (this.#window.isDue(this.#heardAt)) this.#wakeup.wake();
    const stream = this.#streams.get(vbucket);
    return stream?.isOpen === true && stream.opaque === opaque ? stream : undefined;
  }

  /** The stream's vbucket has a new high seqno. */
  #advanced(stream: ConsumerStream): void {
    if (stream.marker === undefined || stream.vbucket.highSeqno < stream.vbucket.snapEndSeqno) return;
    this.#say({ type: 'markerRsp', opaque: stream.marker, status: ResponseStatus.Success });
    stream.marker = undefined;
  }

  /** Asks for what comes after the vbucket's last change. */
  #request(stream: ConsumerStream): void {
    const { flags, vbucket } = stream;
    const { highSeqno, snapEndSeqno, snapStartSeqno } = vbucket;
    // Changes of its own, or a complete snapshot: it is in the middle of nothing.
    const isComplete = highSeqno >= snapEndSeqno;
    stream.opaque = this.#takeOpaque();
    stream.startSeqno = highSeqno;
    this.#say({
      type: 'streamReq',
      opaque: stream.opaque,
      vbucket: vbucket.id,
      flags,
      startSeqno: highSeqno,
      vbucketUuid: vbucket.failoverLog.uuid,
      snapStartSeqno: isComplete || snapStartSeqno > highSeqno ? highSeqno : snapStartSeqno,
      snapEndSeqno: isComplete ? highSeqno : snapEndSeqno,
    });
  }

  #onStreamResponse(response: DeepReadonly<ProtocolBinaryResponseHeader>): EngineErrorCode {
    const { opaque, status } = response.response;
    const stream = this.#streamOf(opaque);
    if (stream === undefined) return this.#abandoned.delete(opaque) ? ENGINE_SUCCESS : ENGINE_DISCONNECT;
    if (status === ResponseStatus.Rollback) {
      if (rollbackSeqno(response) === undefined) return ENGINE_DISCONNECT;
      if (stream.startSeqno > 0n) {
        // Older versions are not kept: whatever the seqno, the way back to it begins at nothing.
        this.#documents.reset(stream.vbucket);
        this.#request(stream);
        return ENGINE_SUCCESS;
      }
    }
    if (status === ResponseStatus.Success) {
      const entries = failoverLog(response);
      if (entries === undefined) return ENGINE_DISCONNECT;
      stream.vbucket.failoverLog.replace(entries);
      stream.isOpen = true;
    } else {
      this.#streams.delete(stream.vbucket.id);
    }
    this.#say({ type: 'addStreamRsp', opaque: stream.askedBy, streamOpaque: opaque, status });
    return ENGINE_SUCCESS;
  }

  /** The stream that waits for the answer to this request. */
  #streamOf(opaque: number): ConsumerStream | undefined {
    for (const stream of this.#streams.values()) {
      if (stream.opaque === opaque && !stream.isOpen) return stream;
    }
    return undefined;
  }

  #control(key: string, value: string): number {
    const opaque = this.#takeOpaque();
    this.#messages.push({ type: 'control', opaque, key, value });
    return opaque;
  }

  #say(message: ConsumerMessage): void {
    this.#messages.push(message);
    this.#wakeup.wake();
  }

  #takeOpaque(): number {
    const opaque = this.#nextOpaque;
    this.#nextOpaque += 1;
    return opaque;
  }
}
