// What a consumer has to say, kept until the connection has room for it.
import type { Cookie, DcpMessageProducers, EngineErrorCode } from '../../engine/contract.ts';

/** One message that waits; seqnos are u64. */
export type ConsumerMessage =
  | { readonly type: 'control'; readonly opaque: number; readonly key: string; readonly value: string }
  | {
      readonly type: 'streamReq';
      readonly opaque: number;
      readonly vbucket: number;
      readonly flags: number;
      readonly startSeqno: bigint;
      readonly vbucketUuid: bigint;
      readonly snapStartSeqno: bigint;
      readonly snapEndSeqno: bigint;
    }
  | {
      readonly type: 'addStreamRsp';
      readonly opaque: number;
      readonly streamOpaque: number;
      readonly status: number;
    }
  | { readonly type: 'markerRsp' | 'setVbucketStateRsp'; readonly opaque: number; readonly status: number };

/** The end of every stream that this engine asks for: none. */
const NO_END = 0xffff_ffff_ffff_ffffn;

/** Queues a message; ENGINE_SUCCESS where it was taken. */
export function produce(
  message: ConsumerMessage,
  cookie: Cookie,
  producers: DcpMessageProducers,
): EngineErrorCode {
  const { opaque } = message;
  switch (message.type) {
    case 'control':
      return producers.control(cookie, opaque, message.key, message.value);
    case 'addStreamRsp':
      return producers.addStreamRsp(cookie, opaque, message.streamOpaque, message.status);
    case 'markerRsp':
      return producers.markerRsp(cookie, opaque, message.status);
    case 'setVbucketStateRsp':
      return producers.setVbucketStateRsp(cookie, opaque, message.status);
    default:
      return producers.streamReq(
        cookie,
        opaque,
        message.vbucket,
        message.flags,
        message.startSeqno,
        NO_END,
        message.vbucketUuid,
        message.snapStartSeqno,
        message.snapEndSeqno,
      );
  }
}
