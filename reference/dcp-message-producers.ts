// What `dcp.step` produces messages with: each is encoded here, and queued by dcp-outbox.ts.
import { bytesOf, checkedKey, DcpOutbox, NO_BYTES } from './dcp-outbox.ts';
import type { DcpConnection } from './dcp-shipper.ts';
import type { Cookie, DcpMessageProducers, ItemInfo } from './engine/contract.ts';
import { EngineErrorCode } from './engine/error-code.ts';
import { Datatype } from './protocol/datatype.ts';
import {
  type DeletionFields,
  encodeDcpAddStreamRsp,
  encodeDcpBufferAcknowledgement,
  encodeDcpControl,
  encodeDcpDeletion,
  encodeDcpExpiration,
  encodeDcpFlush,
  encodeDcpGetFailoverLog,
  encodeDcpMarker,
  encodeDcpMarkerRsp,
  encodeDcpMutation,
  encodeDcpNoop,
  encodeDcpSetVbucketState,
  encodeDcpSetVbucketStateRsp,
  encodeDcpStreamEnd,
  encodeDcpStreamReq,
  encodeDcpSystemEvent,
} from './protocol/dcp-messages.ts';

/** The producers of one connection; what they answer and throw is {@link DcpOutbox}'s. */
export function dcpMessageProducers(connection: DcpConnection): DcpMessageProducers {
  const { session } = connection;
  const outbox = new DcpOutbox(connection);
  const send = (cookie: Cookie, message: Uint8Array): EngineErrorCode => outbox.send(cookie, message);
  return {
    getFailoverLog: (cookie, opaque, vbucket) => send(cookie, encodeDcpGetFailoverLog(opaque, vbucket)),
    streamReq: (cookie, opaque, vbucket, flags, startSeqno, endSeqno, vbucketUuid, snapStart, snapEnd) =>
      send(
        cookie,
        encodeDcpStreamReq(opaque, vbucket, {
          flags,
          startSeqno,
          endSeqno,
          vbucketUuid,
          snapStartSeqno: snapStart,
          snapEndSeqno: snapEnd,
        }),
      ),
    addStreamRsp: (cookie, opaque, streamOpaque, status) =>
      send(cookie, encodeDcpAddStreamRsp(opaque, streamOpaque, status)),
    markerRsp: (cookie, opaque, status) => send(cookie, encodeDcpMarkerRsp(opaque, status)),
    setVbucketStateRsp: (cookie, opaque, status) => send(cookie, encodeDcpSetVbucketStateRsp(opaque, status)),
    streamEnd: (cookie, opaque, vbucket, flags) => send(cookie, encodeDcpStreamEnd(opaque, vbucket, flags)),
    marker: (cookie, opaque, vbucket, startSeqno, endSeqno, flags) =>
      send(cookie, encodeDcpMarker(opaque, vbucket, startSeqno, endSeqno, flags)),
    mutation: (cookie, opaque, item, vbucket, bySeqno, revSeqno, lockTime, meta, nru, collectionLen) =>
      outbox.sendItem(cookie, item, meta, (info, key, nmeta) => {
        const head = encodeDcpMutation(opaque, key, info.value.length, {
          vbucket,
          cas: info.cas,
          datatype: info.datatype,
          bySeqno,
          revSeqno,
          nmeta,
          collectionLen: session.collections ? collectionLen : undefined,
          flags: info.flags,
          expiration: info.exptime,
          lockTime,
          nru,
        });
        return { head, value: info.value };
      }),
    deletion: (cookie, opaque, item, vbucket, bySeqno, revSeqno, meta, collectionLen) =>
      outbox.sendItem(cookie, item, meta, (info, key, nmeta) => {
        // A tombstone keeps nothing but xattrs.
        const isKept = (info.datatype & Datatype.Xattr) !== 0;
        const value = isKept ? info.value : NO_BYTES;
        const fields = removal(info, vbucket, bySeqno, revSeqno, nmeta, isKept, collectionLen);
        return { head: encodeDcpDeletion(opaque, key, value.length, fields), value };
      }),
    expiration: (cookie, opaque, item, vbucket, bySeqno, revSeqno, meta, collectionLen) =>
      outbox.sendItem(cookie, item, meta, (info, key, nmeta) => {
        const fields = removal(info, vbucket, bySeqno, revSeqno, nmeta, false, collectionLen);
        return { head: encodeDcpExpiration(opaque, key, 0, fields), value: NO_BYTES };
      }),
    flush: (cookie, opaque, vbucket) => send(cookie, encodeDcpFlush(opaque, vbucket)),
    setVbucketState: (cookie, opaque, vbucket, state) =>
      state >= 1 && state <= 4
        ? send(cookie, encodeDcpSetVbucketState(opaque, vbucket, state))
        : EngineErrorCode.ENGINE_EINVAL,
    noop: (cookie, opaque) => send(cookie, encodeDcpNoop(opaque)),
    bufferAcknowledgement: (cookie, opaque, vbucket, bufferBytes) =>
      send(cookie, encodeDcpBufferAcknowledgement(opaque, vbucket, bufferBytes)),
    control: (cookie, opaque, key, value) => {
      checkedKey(Buffer.from(key));
      return send(cookie, encodeDcpControl(opaque, key, value));
    },
    systemEvent: (cookie, opaque, vbucket, event, bySeqno, key, eventData) => {
      const data = bytesOf(eventData);
      const head = encodeDcpSystemEvent(opaque, vbucket, event, bySeqno, checkedKey(key), data.length);
      return outbox.send(cookie, head, data);
    },
  };

  function removal(
    info: ItemInfo,
    vbucket: number,
    bySeqno: bigint,
    revSeqno: bigint,
    nmeta: number,
    keepsValue: boolean,
    collectionLen: number,
  ): DeletionFields {
    return {
      vbucket,
      cas: info.cas,
      datatype: keepsValue ? info.datatype : Datatype.Raw,
      bySeqno,
      revSeqno,
      nmeta,
      collectionLen: session.collections ? collectionLen : undefined,
    };
  }
}
