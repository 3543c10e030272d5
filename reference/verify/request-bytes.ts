// A planned request as bytes: what was left open is filled in from what the clients learned.
import { encodeDcpStreamReq } from '../protocol/dcp-messages.ts';
import { encodePacket } from '../protocol/packet.ts';
import type { RequestPlan } from './conversation.ts';

/** What the plan may ask for. */
export interface Knowledge {
  readonly memory: { readonly cas: ReadonlyMap<string, bigint>; readonly uuids: ReadonlyMap<number, bigint> };
  readonly seqnos: ReadonlyMap<number, bigint>;
}

const MAX_U64 = 0xffff_ffff_ffff_ffffn;
const WRONG_UUID = 0x0bad_cafen;

/** The bytes of a request. */
export function sentBytes(plan: RequestPlan, { memory, seqnos }: Knowledge): Buffer {
  if (plan.kind === 'bytes') return plan.bytes;
  if (plan.kind === 'packet') {
    if (plan.cas === 'given') return encodePacket(plan.fields);
    const key = Buffer.from(plan.fields.key ?? '').toString('latin1');
    // UNLOCK_KEY without a cas would be refused before it gets anywhere.
    return encodePacket({ ...plan.fields, cas: memory.cas.get(key) ?? 1n });
  }
  const { opaque, vbucket } = plan;
  const last = seqnos.get(vbucket) ?? 0n;
  const startSeqno = { start: 0n, last, beyond: last + 1_000_000n }[plan.from];
  return encodeDcpStreamReq(opaque, vbucket, {
    flags: 0,
    startSeqno,
    endSeqno: plan.isEndless ? MAX_U64 : startSeqno + 5n,
    vbucketUuid: plan.uuid === 'known' ? (memory.uuids.get(vbucket) ?? 0n) : WRONG_UUID,
    snapStartSeqno: startSeqno,
    snapEndSeqno: startSeqno,
  });
}
