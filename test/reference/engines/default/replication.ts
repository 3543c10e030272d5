// Two engines joined as the core joins them over DCP: what one produces the other consumes, a few messages at a time.
import {
  type Cookie,
  EngineErrorCode,
  type EngineInterface,
  type VbucketFailover,
  type VbucketState,
} from '../../../../reference/engine/contract.ts';
import { type Bucket, docKey } from './bucket.ts';
import { type Message, RecordingProducers, wireLength } from './recording-producers.ts';

const { ENGINE_ROLLBACK, ENGINE_SUCCESS } = EngineErrorCode;

type Dcp = Required<NonNullable<EngineInterface['dcp']>>;

/** One end: its engine, and its cookie of the connection. */
interface End {
  readonly bucket: Bucket;
  readonly dcp: Dcp;
  readonly cookie: Cookie;
  readonly producers: RecordingProducers;
}

/** A producer's engine, a consumer's engine, and one connection between them. */
export class Replication {
  readonly #source: Bucket;
  readonly #replica: Bucket;
  readonly #vbuckets: readonly number[];
  readonly #flags: number;
  #from: End;
  #to: End;
  /** Bytes that the consumer got and did not acknowledge. */
  #taken = 0;
  #isAcknowledging = false;
  /** Types of messages that went from one end to the other. */
  readonly seen: Map<string, number> = new Map();

  constructor(source: Bucket, replica: Bucket, vbuckets: readonly number[], streamFlags = 0) {
    this.#source = source;
    this.#replica = replica;
    this.#vbuckets = vbuckets;
    this.#flags = streamFlags;
    this.#from = end(source);
    this.#to = end(replica);
    this.#open();
  }

  /** Both sides lose the connection, and meet again on another. */
  reconnect(): void {
    this.#source.server.disconnect(this.#from.cookie);
    this.#replica.server.disconnect(this.#to.cookie);
    this.#from = end(this.#source);
    this.#to = end(this.#replica);
    this.#open();
  }

  /** Both send buffers are full as often as these say. */
  refuse(fromIsFull: () => boolean, toIsFull: () => boolean): void {
    this.#from.producers.isFull = fromIsFull;
    this.#to.producers.isFull = toIsFull;
  }

  /** From now on a window of this many bytes, which the test acknowledges instead of the consumer. */
  limit(bytes: number): void {
    this.#isAcknowledging = true;
    this.#call(
      this.#from.dcp.control(
        this.#source.engine,
        this.#from.cookie,
        9,
        'connection_buffer_size',
        String(bytes),
      ),
    );
  }

  acknowledge(bytes: number): void {
    const taken = Math.min(bytes, this.#taken);
    this.#taken -= taken;
    const { cookie, dcp } = this.#from;
    this.#call(dcp.bufferAcknowledgement(this.#source.engine, cookie, 9, 0, taken));
  }

  /** Lets both engines speak, and delivers up to `limit` messages of each; whether there were any. */
  pump(limit: number): boolean {
    this.#step(this.#from);
    this.#step(this.#to);
    let delivered = 0;
    for (const message of this.#to.producers.messages.splice(0, limit)) {
      this.#toSource(message);
      delivered += 1;
    }
    for (const message of this.#from.producers.messages.splice(0, limit)) {
      this.#toReplica(message);
      delivered += 1;
    }
    return delivered > 0;
  }

  /** Until both have nothing to say any more. */
  settle(): void {
    for (let quiet = 0, round = 0; quiet < 3; round += 1) {
      if (round > 100_000) throw new Error('The engines never settle.');
      quiet = this.pump(1000) ? 0 : quiet + 1;
      if (this.#taken > 0) this.acknowledge(this.#taken);
    }
  }

  #open(): void {
    this.#taken = 0;
    this.#isAcknowledging = false;
    const { cookie, dcp } = this.#to;
    const none = new Uint8Array(0);
    this.#call(this.#from.dcp.open(this.#source.engine, this.#from.cookie, 1, 0, 5, 'link', none));
    this.#call(dcp.open(this.#replica.engine, cookie, 1, 0, 0, 'link', none));
    for (const vbucket of this.#vbuckets) this.#add(vbucket);
  }

  #add(vbucket: number): void {
    const { cookie, dcp } = this.#to;
    this.#call(dcp.addStream(this.#replica.engine, cookie, 1000 + vbucket, vbucket, this.#flags));
  }

  #step({ cookie, producers }: End): void {
    const code = producers.drain(cookie);
    if (code !== ENGINE_SUCCESS && code !== EngineErrorCode.ENGINE_E2BIG) {
      throw new Error(`step answered ${code}`);
    }
  }

  #toReplica(message: Message): void {
    this.#count(message);
    const { cookie, dcp } = this.#to;
    const { engine } = this.#replica;
    if (this.#isAcknowledging) this.#taken += wireLength(message);
    const { opaque } = message;
    switch (message.type) {
      case 'marker': {
        const { end: last, flags, start, vbucket } = message;
        this.#call(dcp.snapshotMarker(engine, cookie, opaque, vbucket, start, last, flags));
        break;
      }
      case 'mutation':
      case 'deletion':
      case 'expiration':
        this.#change(message);
        break;
      case 'streamEnd':
        this.#call(dcp.streamEnd(engine, cookie, opaque, message.vbucket, message.flags));
        if (message.flags !== 0) this.#add(message.vbucket);
        break;
      case 'setVbucketState': {
        const state = message.state as VbucketState;
        this.#call(dcp.setVbucketState(engine, cookie, opaque, message.vbucket, state));
        break;
      }
      case 'flush':
        this.#call(dcp.flush(engine, cookie, opaque, message.vbucket));
        break;
      case 'noop':
        this.#call(dcp.noop(engine, cookie, opaque));
        this.#respond(this.#from, 0x5c, opaque, 0, []);
        break;
      default:
        throw new Error(`A producer does not say ${message.type}.`);
    }
  }

  #change(message: Extract<Message, { type: 'mutation' | 'deletion' | 'expiration' }>): void {
    const { cookie, dcp } = this.#to;
    const { engine } = this.#replica;
    const { bySeqno, info, opaque, revSeqno, type, vbucket } = message;
    const key = docKey(info.key.text, info.key.docNamespace);
    // The core's buffer is its own again after the call.
    const value = Buffer.from(info.value);
    const none = new Uint8Array(0);
    const { cas, datatype, exptime, flags } = info;
    if (type === 'mutation') {
      this.#call(
        dcp.mutation(
          engine,
          cookie,
          opaque,
          key,
          value,
          0,
          datatype,
          cas,
          vbucket,
          flags,
          bySeqno,
          revSeqno,
          exptime,
          0,
          none,
          0,
        ),
      );
    } else {
      const apply = type === 'deletion' ? dcp.deletion.bind(dcp) : dcp.expiration.bind(dcp);
      this.#call(
        apply(engine, cookie, opaque, key, value, 0, datatype, cas, vbucket, bySeqno, revSeqno, none),
      );
    }
    value.fill(0xee);
  }

  #toSource(message: Message): void {
    this.#count(message);
    const { cookie, dcp } = this.#from;
    const { engine } = this.#source;
    const { opaque } = message;
    switch (message.type) {
      case 'control': {
        const code = dcp.control(engine, cookie, opaque, message.key, message.value);
        this.#respond(this.#to, 0x5e, opaque, code === ENGINE_SUCCESS ? 0 : 4, []);
        break;
      }
      case 'streamReq':
        this.#streamReq(message);
        break;
      case 'bufferAck':
        if (!this.#isAcknowledging) {
          this.#call(dcp.bufferAcknowledgement(engine, cookie, opaque, 0, message.bytes));
        }
        break;
      case 'addStreamRsp':
        if (message.status !== 0) throw new Error(`addStream was answered with ${message.status}`);
        break;
      case 'setVbucketStateRsp':
        this.#respond(this.#from, 0x5b, opaque, message.status, []);
        break;
      case 'markerRsp':
        this.#respond(this.#from, 0x56, opaque, message.status, []);
        break;
      default:
        throw new Error(`A consumer does not say ${message.type}.`);
    }
  }

  #streamReq(message: Extract<Message, { type: 'streamReq' }>): void {
    const { cookie, dcp } = this.#from;
    const { flags, opaque, snapEnd, snapStart, start, uuid, vbucket } = message;
    let log: readonly VbucketFailover[] = [];
    const result = dcp.streamReq(
      this.#source.engine,
      cookie,
      flags,
      opaque,
      vbucket,
      start,
      message.end,
      uuid,
      snapStart,
      snapEnd,
      (entries) => {
        log = entries;
        return ENGINE_SUCCESS;
      },
    );
    if (result.status === ENGINE_ROLLBACK) {
      this.seen.set('rollback', (this.seen.get('rollback') ?? 0) + 1);
      this.#respond(this.#to, 0x53, opaque, 0x23, [result.rollbackSeqno]);
    } else if (result.status === ENGINE_SUCCESS) {
      const body = log.flatMap(({ seqno, uuid: entry }) => [entry, seqno]);
      this.#respond(this.#to, 0x53, opaque, 0, body);
    } else {
      throw new Error(`streamReq answered ${result.status}`);
    }
  }

  #respond(
    { bucket, cookie, dcp }: End,
    opcode: number,
    opaque: number,
    status: number,
    body: readonly bigint[],
  ): void {
    const bytes = Buffer.alloc(24 + body.length * 8);
    for (const [index, number] of body.entries()) bytes.writeBigUInt64BE(number, 24 + index * 8);
    const response = Object.freeze({
      magic: 0x81,
      opcode,
      keylen: 0,
      extlen: 0,
      datatype: 0,
      status,
      bodylen: body.length * 8,
      opaque,
      cas: 0n,
    });
    this.#call(dcp.responseHandler(bucket.engine, cookie, { response, bytes }));
  }

  #count(message: Message): void {
    this.seen.set(message.type, (this.seen.get(message.type) ?? 0) + 1);
  }

  #call(code: EngineErrorCode): void {
    if (code !== ENGINE_SUCCESS) throw new Error(`A DCP slot answered ${code}.`);
  }
}

function end(bucket: Bucket): End {
  return {
    bucket,
    dcp: bucket.engine.dcp as Dcp,
    cookie: { name: 'link' },
    producers: new RecordingProducers(bucket),
  };
}
