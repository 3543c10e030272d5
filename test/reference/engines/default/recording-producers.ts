// Message producers that keep what an engine says over DCP, or refuse it as a full send buffer does.
import {
  type Cookie,
  type DcpMessageProducers,
  EngineErrorCode,
  type Item,
  type ItemInfo,
} from '../../../../reference/engine/contract.ts';
import type { Bucket } from './bucket.ts';

const { ENGINE_E2BIG, ENGINE_SUCCESS, ENGINE_WANT_MORE } = EngineErrorCode;

/** A change of a document as it went out. */
export interface Change {
  readonly type: 'mutation' | 'deletion' | 'expiration';
  readonly opaque: number;
  readonly vbucket: number;
  readonly bySeqno: bigint;
  readonly revSeqno: bigint;
  readonly info: ItemInfo;
}

/** Anything else, with its numbers in the order of the contract. */
export type Message =
  | Change
  | {
      readonly type: 'marker';
      readonly opaque: number;
      readonly vbucket: number;
      readonly start: bigint;
      readonly end: bigint;
      readonly flags: number;
    }
  | {
      readonly type: 'streamReq';
      readonly opaque: number;
      readonly vbucket: number;
      readonly flags: number;
      readonly start: bigint;
      readonly end: bigint;
      readonly uuid: bigint;
      readonly snapStart: bigint;
      readonly snapEnd: bigint;
    }
  | { readonly type: 'streamEnd'; readonly opaque: number; readonly vbucket: number; readonly flags: number }
  | {
      readonly type: 'setVbucketState';
      readonly opaque: number;
      readonly vbucket: number;
      readonly state: number;
    }
  | { readonly type: 'flush'; readonly opaque: number; readonly vbucket: number }
  | { readonly type: 'noop'; readonly opaque: number }
  | { readonly type: 'bufferAck'; readonly opaque: number; readonly bytes: number }
  | { readonly type: 'control'; readonly opaque: number; readonly key: string; readonly value: string }
  | {
      readonly type: 'addStreamRsp';
      readonly opaque: number;
      readonly streamOpaque: number;
      readonly status: number;
    }
  | {
      readonly type: 'markerRsp' | 'setVbucketStateRsp';
      readonly opaque: number;
      readonly status: number;
    };

/** The producers of one connection. Items are given back at once, whether they are taken or refused. */
export class RecordingProducers implements DcpMessageProducers {
  readonly messages: Message[] = [];
  /** Whether the send buffer is full right now. */
  isFull: () => boolean = () => false;
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /** Steps until there is nothing more to say; the last answer. */
  drain(cookie: Cookie): EngineErrorCode {
    const { engine } = this.#bucket;
    for (let step = 0; step < 100_000; step += 1) {
      const code = engine.dcp?.step?.(engine, cookie, this) ?? EngineErrorCode.ENGINE_ENOTSUP;
      if (code !== ENGINE_WANT_MORE) return code;
    }
    throw new Error('The engine never stops.');
  }

  /** What was said since the last call. */
  take(): Message[] {
    return this.messages.splice(0);
  }

  getFailoverLog(): EngineErrorCode {
    return EngineErrorCode.ENGINE_ENOTSUP;
  }

  streamReq(
    _cookie: Cookie,
    opaque: number,
    vbucket: number,
    flags: number,
    start: bigint,
    end: bigint,
    uuid: bigint,
    snapStart: bigint,
    snapEnd: bigint,
  ): EngineErrorCode {
    return this.#say({ type: 'streamReq', opaque, vbucket, flags, start, end, uuid, snapStart, snapEnd });
  }

  addStreamRsp(_cookie: Cookie, opaque: number, streamOpaque: number, status: number): EngineErrorCode {
    return this.#say({ type: 'addStreamRsp', opaque, streamOpaque, status });
  }

  markerRsp(_cookie: Cookie, opaque: number, status: number): EngineErrorCode {
    return this.#say({ type: 'markerRsp', opaque, status });
  }

  setVbucketStateRsp(_cookie: Cookie, opaque: number, status: number): EngineErrorCode {
    return this.#say({ type: 'setVbucketStateRsp', opaque, status });
  }

  streamEnd(_cookie: Cookie, opaque: number, vbucket: number, flags: number): EngineErrorCode {
    return this.#say({ type: 'streamEnd', opaque, vbucket, flags });
  }

  marker(
    _cookie: Cookie,
    opaque: number,
    vbucket: number,
    start: bigint,
    end: bigint,
    flags: number,
  ): EngineErrorCode {
    return this.#say({ type: 'marker', opaque, vbucket, start, end, flags });
  }

  mutation(
    _cookie: Cookie,
    opaque: number,
    item: Item,
    vbucket: number,
    bySeqno: bigint,
    revSeqno: bigint,
  ): EngineErrorCode {
    return this.#change('mutation', opaque, item, vbucket, bySeqno, revSeqno);
  }

  deletion(
    _cookie: Cookie,
    opaque: number,
    item: Item,
    vbucket: number,
    bySeqno: bigint,
    revSeqno: bigint,
  ): EngineErrorCode {
    return this.#change('deletion', opaque, item, vbucket, bySeqno, revSeqno);
  }

  expiration(
    _cookie: Cookie,
    opaque: number,
    item: Item,
    vbucket: number,
    bySeqno: bigint,
    revSeqno: bigint,
  ): EngineErrorCode {
    return this.#change('expiration', opaque, item, vbucket, bySeqno, revSeqno);
  }

  flush(_cookie: Cookie, opaque: number, vbucket: number): EngineErrorCode {
    return this.#say({ type: 'flush', opaque, vbucket });
  }

  setVbucketState(_cookie: Cookie, opaque: number, vbucket: number, state: number): EngineErrorCode {
    return this.#say({ type: 'setVbucketState', opaque, vbucket, state });
  }

  noop(_cookie: Cookie, opaque: number): EngineErrorCode {
    return this.#say({ type: 'noop', opaque });
  }

  bufferAcknowledgement(_cookie: Cookie, opaque: number, _vbucket: number, bytes: number): EngineErrorCode {
    return this.#say({ type: 'bufferAck', opaque, bytes });
  }

  control(_cookie: Cookie, opaque: number, key: string, value: string): EngineErrorCode {
    return this.#say({ type: 'control', opaque, key, value });
  }

  systemEvent(): EngineErrorCode {
    return EngineErrorCode.ENGINE_ENOTSUP;
  }

  #change(
    type: Change['type'],
    opaque: number,
    item: Item,
    vbucket: number,
    bySeqno: bigint,
    revSeqno: bigint,
  ): EngineErrorCode {
    const info = { ...this.#bucket.info(item) };
    this.#bucket.release(item);
    return this.#say({ type, opaque, vbucket, bySeqno, revSeqno, info });
  }

  #say(message: Message): EngineErrorCode {
    if (this.isFull()) return ENGINE_E2BIG;
    this.messages.push(message);
    return ENGINE_SUCCESS;
  }
}

/** A message in few words: `mutation k=v @3`, `marker 1..3 disk`. */
export function inWords(message: Message): string {
  switch (message.type) {
    case 'marker':
      return `marker ${message.start}..${message.end} ${message.flags === 2 ? 'disk' : 'memory'}`;
    case 'mutation':
      return `mutation ${message.info.key.text}=${Buffer.from(message.info.value)} @${message.bySeqno}`;
    case 'deletion':
    case 'expiration':
      return `${message.type} ${message.info.key.text} @${message.bySeqno}`;
    case 'streamEnd':
      return `streamEnd ${message.flags}`;
    case 'setVbucketState':
      return `setVbucketState ${message.state}`;
    default:
      return message.type;
  }
}

/** Bytes of the whole message on the wire, as far as flow control counts it (docs/BinaryProtocol.md). */
export function wireLength(message: Message): number {
  switch (message.type) {
    case 'marker':
      return 24 + 20;
    case 'mutation':
      return 24 + 31 + message.info.key.text.length + message.info.nbytes;
    case 'deletion':
    case 'expiration':
      return 24 + 18 + message.info.key.text.length + message.info.nbytes;
    case 'streamEnd':
      return 24 + 4;
    case 'setVbucketState':
      return 24 + 1;
    case 'flush':
      return 24;
    default:
      return 0;
  }
}
