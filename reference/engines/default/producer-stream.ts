// One stream that the engine produces: snapshots of a vbucket's changes, and in the end why it ended.
import {
  type Cookie,
  type DcpMessageProducers,
  DocumentState,
  EngineErrorCode,
  VbucketState,
} from '../../engine/contract.ts';
import { MarkerFlag, MessageLength, StreamEndReason, StreamFlag } from './dcp-message.ts';
import type { DefaultItem } from './default-item.ts';
import type { DocumentTable } from './document-table.ts';
import { streamItem, type ValueFilter } from './stream-item.ts';
import type { Vbucket, VbucketFollower } from './vbucket.ts';

const { ENGINE_SUCCESS, ENGINE_WANT_MORE } = EngineErrorCode;

const NO_META = new Uint8Array(0);

/** How far a vbucket is handed over; `none` where the stream is no takeover. */
type Takeover = 'none' | 'backlog' | 'pendingSent' | 'lastChanges' | 'activeSent';

/** What a consumer asked for; seqnos are u64. */
export interface StreamRequest {
  readonly opaque: number;
  readonly flags: number;
  readonly startSeqno: bigint;
  readonly endSeqno: bigint;
  readonly snapStartSeqno: bigint;
}

/** What a stream needs of its connection. */
export interface StreamOwner {
  readonly cookie: Cookie;
  readonly table: DocumentTable;
  readonly values: ValueFilter;
  /** The stream has something to say. */
  onReady(stream: ProducerStream): void;
  /** A message of this many bytes went out. */
  onSent(bytes: number): void;
  /** The stream said its last. */
  onEnd(stream: ProducerStream): void;
}

/**
 * A snapshot holds on to the versions that it began with: a change that comes while it is on its way belongs to the
 * next one, so that a consumer always gets the change that its marker ends with.
 */
export class ProducerStream implements VbucketFollower {
  readonly vbucket: Vbucket;
  readonly opaque: number;
  readonly endSeqno: bigint;
  /** Of the last change that was sent. */
  lastSeqno: bigint;
  readonly #owner: StreamOwner;
  readonly #snapStartSeqno: bigint;
  /** Tombstones that were forgotten before the stream began. */
  readonly #knownPurge: bigint;
  #snapshot: DefaultItem[] = [];
  #next = 0;
  #isMarked = false;
  #isFirst = true;
  #isFlushed = false;
  #takeover: Takeover;
  #reason: StreamEndReason | undefined = undefined;

  constructor(owner: StreamOwner, vbucket: Vbucket, request: StreamRequest) {
    this.#owner = owner;
    this.vbucket = vbucket;
    this.opaque = request.opaque;
    this.endSeqno = request.endSeqno;
    this.lastSeqno = request.startSeqno;
    this.#snapStartSeqno = request.snapStartSeqno;
    this.#knownPurge = vbucket.purgeSeqno;
    this.#takeover = (request.flags & StreamFlag.Takeover) === 0 ? 'none' : 'backlog';
  }

  onChange(): void {
    this.#owner.onReady(this);
  }

  onStateChange(): void {
    const isOwnDoing = this.#takeover === 'lastChanges' || this.#takeover === 'activeSent';
    if (this.vbucket.state !== VbucketState.Active && !isOwnDoing) this.#finish(StreamEndReason.StateChanged);
  }

  onFlush(): void {
    this.#snapshot = [];
    this.#next = 0;
    this.lastSeqno = this.vbucket.highSeqno;
    this.#isFlushed = true;
    this.#owner.onReady(this);
  }

  onReset(): void {
    this.#finish(StreamEndReason.StateChanged);
  }

  /** The consumer took over the state that it was sent, or did not. */
  onStateResponse(isAccepted: boolean): void {
    if (!isAccepted) {
      this.#finish(StreamEndReason.Closed);
    } else if (this.#takeover === 'pendingSent') {
      // From here on nothing changes any more; what did until now goes out before the consumer becomes active.
      this.#takeover = 'lastChanges';
      this.vbucket.setState(VbucketState.Dead);
      this.#owner.onReady(this);
    } else if (this.#takeover === 'activeSent') {
      this.#finish(StreamEndReason.Ok);
    }
  }

  /** Sends one message: ENGINE_WANT_MORE where it did, ENGINE_SUCCESS where there is none. */
  step(producers: DcpMessageProducers): EngineErrorCode {
    if (this.#reason !== undefined) return this.#sendEnd(producers, this.#reason);
    if (this.#isFlushed) return this.#sendFlush(producers);
    if (this.#next === this.#snapshot.length) this.#capture();
    if (this.#reason !== undefined) return this.#sendEnd(producers, this.#reason);
    const item = this.#snapshot[this.#next];
    if (item === undefined) return this.#sendRest(producers);
    return this.#isMarked ? this.#sendChange(producers, item) : this.#sendMarker(producers, item);
  }

  /** Whether nothing of a snapshot is left to send. */
  get isBetweenSnapshots(): boolean {
    return this.#next === this.#snapshot.length;
  }

  #finish(reason: StreamEndReason): void {
    this.#reason = reason;
    this.#snapshot = [];
    this.#next = 0;
    this.#owner.onReady(this);
  }

  #capture(): void {
    const { vbucket } = this;
    this.#snapshot = [];
    this.#next = 0;
    this.#isMarked = false;
    if (vbucket.purgeSeqno > this.lastSeqno && vbucket.purgeSeqno !== this.#knownPurge) {
      // A deletion was forgotten before it was sent: the consumer has to ask again, and roll back.
      this.#reason = StreamEndReason.TooSlow;
    } else if (vbucket.highSeqno > this.lastSeqno) {
      this.#snapshot = vbucket.history.between(this.lastSeqno, this.endSeqno);
    }
  }

  #sendMarker(producers: DcpMessageProducers, first: DefaultItem): EngineErrorCode {
    const { cookie } = this.#owner;
    const last = this.#snapshot.at(-1) ?? first;
    const isEarlier = this.#isFirst && this.#snapStartSeqno < first.seqno;
    const start = isEarlier ? this.#snapStartSeqno : first.seqno;
    const flags = this.#isFirst ? MarkerFlag.Disk : MarkerFlag.Memory;
    const code = producers.marker(cookie, this.opaque, this.vbucket.id, start, last.seqno, flags);
    if (code !== ENGINE_SUCCESS) return code;
    this.#isMarked = true;
    this.#isFirst = false;
    return this.#sent(MessageLength.marker);
  }

  #sendChange(producers: DcpMessageProducers, item: DefaultItem): EngineErrorCode {
    const { cookie, table, values } = this.#owner;
    const { opaque } = this;
    const { id } = this.vbucket;
    const sent = streamItem(item, values);
    const isAlive = sent.documentState === DocumentState.Alive;
    const { seqno, revSeqno } = sent;
    let code: EngineErrorCode;
    // The reference is the core's, whatever it answers.
    table.retain(sent);
    if (isAlive) {
      code = producers.mutation(cookie, opaque, sent, id, seqno, revSeqno, 0, NO_META, 0, 0);
    } else if (sent.isExpiration && sent.nbytes === 0) {
      code = producers.expiration(cookie, opaque, sent, id, seqno, revSeqno, NO_META, 0);
    } else {
      code = producers.deletion(cookie, opaque, sent, id, seqno, revSeqno, NO_META, 0);
    }
    if (code !== ENGINE_SUCCESS) return code;
    this.#next += 1;
    this.lastSeqno = seqno;
    const length = isAlive ? MessageLength.mutation : MessageLength.deletion;
    return this.#sent(length + sent.key.text.length + sent.nbytes);
  }

  #sendFlush(producers: DcpMessageProducers): EngineErrorCode {
    const code = producers.flush(this.#owner.cookie, this.opaque, this.vbucket.id);
    if (code !== ENGINE_SUCCESS) return code;
    this.#isFlushed = false;
    return this.#sent(MessageLength.flush);
  }

  /** Everything there was is sent. */
  #sendRest(producers: DcpMessageProducers): EngineErrorCode {
    if (this.#takeover === 'backlog') return this.#sendState(producers, VbucketState.Pending, 'pendingSent');
    if (this.#takeover === 'lastChanges')
      return this.#sendState(producers, VbucketState.Active, 'activeSent');
    if (this.#takeover === 'none' && this.vbucket.highSeqno >= this.endSeqno) {
      return this.#sendEnd(producers, StreamEndReason.Ok);
    }
    return ENGINE_SUCCESS;
  }

  #sendState(producers: DcpMessageProducers, state: VbucketState, next: Takeover): EngineErrorCode {
    const code = producers.setVbucketState(this.#owner.cookie, this.opaque, this.vbucket.id, state);
    if (code !== ENGINE_SUCCESS) return code;
    this.#takeover = next;
    return this.#sent(MessageLength.setVbucketState);
  }

  #sendEnd(producers: DcpMessageProducers, reason: StreamEndReason): EngineErrorCode {
    const code = producers.streamEnd(this.#owner.cookie, this.opaque, this.vbucket.id, reason);
    if (code !== ENGINE_SUCCESS) return code;
    this.#owner.onSent(MessageLength.streamEnd);
    this.#owner.onEnd(this);
    return ENGINE_WANT_MORE;
  }

  #sent(bytes: number): EngineErrorCode {
    this.#owner.onSent(bytes);
    return ENGINE_WANT_MORE;
  }
}
