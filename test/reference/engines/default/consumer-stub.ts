// A consumer's end of a DCP connection to an engine: opens it, asks for streams, and reads what comes.
import type {
  Cookie,
  EngineErrorCode,
  EngineInterface,
  StreamReqResult,
  VbucketFailover,
} from '../../../../reference/engine/contract.ts';
import type { Bucket } from './bucket.ts';
import { inWords, RecordingProducers } from './recording-producers.ts';

/** The end of a stream that has none. */
export const NO_END = 0xffff_ffff_ffff_ffffn;

/** How a stream is asked for, where not from the beginning and without an end. */
export interface StreamOptions {
  readonly flags?: number;
  readonly opaque?: number;
  readonly vbucket?: number;
  readonly start?: bigint;
  readonly end?: bigint;
  readonly uuid?: bigint;
  readonly snapStart?: bigint;
  readonly snapEnd?: bigint;
}

/** One connection on which the engine produces. */
export class ConsumerStub {
  readonly cookie: Cookie;
  readonly producers: RecordingProducers;
  readonly engine: EngineInterface;
  /** The failover log that the last stream began with. */
  failoverLog: readonly VbucketFailover[] = [];

  constructor(bucket: Bucket, name = 'replicator', flags = 1) {
    this.cookie = { name };
    this.engine = bucket.engine;
    this.producers = new RecordingProducers(bucket);
    const status = this.open(flags, name);
    if (status !== 0) throw new Error(`open answered ${status}`);
  }

  get dcp(): Required<NonNullable<EngineInterface['dcp']>> {
    return this.engine.dcp as Required<NonNullable<EngineInterface['dcp']>>;
  }

  open(flags: number, name: string): EngineErrorCode {
    return this.dcp.open(this.engine, this.cookie, 1, 0, flags, name, new Uint8Array(0));
  }

  stream(options: StreamOptions = {}): StreamReqResult {
    const { end = NO_END, flags = 0, opaque = 77, start = 0n, uuid = 0n, vbucket = 0 } = options;
    const { snapEnd = start, snapStart = start } = options;
    return this.dcp.streamReq(
      this.engine,
      this.cookie,
      flags,
      opaque,
      vbucket,
      start,
      end,
      uuid,
      snapStart,
      snapEnd,
      (entries) => {
        this.failoverLog = entries;
        return 0;
      },
    );
  }

  control(key: string, value: string): EngineErrorCode {
    return this.dcp.control(this.engine, this.cookie, 2, key, value);
  }

  acknowledge(bytes: number): EngineErrorCode {
    return this.dcp.bufferAcknowledgement(this.engine, this.cookie, 3, 0, bytes);
  }

  close(vbucket = 0): EngineErrorCode {
    return this.dcp.closeStream(this.engine, this.cookie, 4, vbucket);
  }

  /** Steps until there is nothing more; the last answer. */
  step(): EngineErrorCode {
    return this.producers.drain(this.cookie);
  }

  /** Everything that there is to say, in words. */
  read(): string[] {
    this.step();
    return this.producers.take().map(inWords);
  }

  respond(opcode: number, opaque: number, status = 0, body: Uint8Array = new Uint8Array(0)): EngineErrorCode {
    const response = {
      magic: 0x81,
      opcode,
      keylen: 0,
      extlen: 0,
      datatype: 0,
      status,
      bodylen: body.length,
      opaque,
      cas: 0n,
    };
    const bytes = new Uint8Array([...new Uint8Array(24), ...body]);
    return this.dcp.responseHandler(this.engine, this.cookie, { response, bytes });
  }
}
