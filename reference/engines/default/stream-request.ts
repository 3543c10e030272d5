// Whether a stream can start as its consumer asks for it.
import {
  type DcpAddFailoverLog,
  EngineErrorCode,
  type EngineFailure,
  type StreamReqResult,
} from '../../engine/contract.ts';
import { activeVbucket } from './access.ts';
import { KNOWN_FLAGS, StreamFlag } from './dcp-message.ts';
import type { ProducerSession } from './dcp-producer.ts';
import type { Documents } from './documents.ts';
import type { ConsumerPosition } from './failover-log.ts';

/** What a consumer asks for; seqnos and the uuid are u64. */
export interface WantedStream extends ConsumerPosition {
  readonly flags: number;
  readonly opaque: number;
  readonly vbucket: number;
  readonly endSeqno: bigint;
}

type Refusal = Exclude<EngineFailure, typeof EngineErrorCode.ENGINE_ROLLBACK>;

/** Starts a stream, tells the seqno to go back to, or refuses. The failover log goes out before the first message. */
export function requestStream(
  documents: Documents,
  session: ProducerSession,
  wanted: WantedStream,
  callback: DcpAddFailoverLog,
): StreamReqResult {
  const { ENGINE_EINVAL, ENGINE_ERANGE, ENGINE_KEY_EEXISTS } = EngineErrorCode;
  const { ENGINE_NOT_MY_VBUCKET, ENGINE_ROLLBACK, ENGINE_SUCCESS } = EngineErrorCode;
  const vbucket = activeVbucket(documents, wanted.vbucket);
  if (vbucket === undefined) return { status: ENGINE_NOT_MY_VBUCKET };
  if (session.hasStream(wanted.vbucket)) return { status: ENGINE_KEY_EEXISTS };
  if ((wanted.flags & ~KNOWN_FLAGS) !== 0) return { status: ENGINE_EINVAL };
  const { snapEndSeqno, snapStartSeqno, startSeqno } = wanted;
  const isInSnapshot = snapStartSeqno <= startSeqno && startSeqno <= snapEndSeqno;
  if (startSeqno > wanted.endSeqno || !isInSnapshot) return { status: ENGINE_ERANGE };
  documents.expireSome(vbucket);
  const { failoverLog, highSeqno, purgeSeqno } = vbucket;
  const rollbackSeqno = failoverLog.rollbackSeqno(wanted, highSeqno, purgeSeqno);
  if (rollbackSeqno !== undefined) return { status: ENGINE_ROLLBACK, rollbackSeqno };
  const code = callback(failoverLog.entries, session.cookie);
  if (code !== ENGINE_SUCCESS) return { status: code as Refusal };
  const isUpToNow = (wanted.flags & (StreamFlag.Latest | StreamFlag.DiskOnly)) !== 0;
  const endSeqno = isUpToNow ? highSeqno : wanted.endSeqno;
  session.addStream(vbucket, { ...wanted, endSeqno });
  return { status: ENGINE_SUCCESS };
}
