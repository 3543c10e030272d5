// The producers that a mock DCP connection hands to `dcp.step`: they write down, hold items, and refuse when told to.
import { type Cookie, type DcpMessageProducers, EngineErrorCode, type Item } from '../../engine/contract.ts';
import { show } from '../failure.ts';
import type { Harness } from '../harness.ts';
import { LentMemory } from '../mock-core/lent-memory.ts';
import type { MockCookie } from '../mock-core/mock-cookie.ts';
import { isU32, isU64 } from '../result-shapes.ts';
import { type DcpMessage, type DocumentMessage, isSameMessage, messageText } from './dcp-message.ts';

const { ENGINE_E2BIG, ENGINE_SUCCESS } = EngineErrorCode;

/** What a connection shows of the messages that were produced on it. */
export interface RecordingProducers extends DcpMessageProducers {
  /** Everything that was taken, in order. */
  readonly messages: DcpMessage[];
  /** Messages that were answered with ENGINE_E2BIG. */
  readonly refusals: number;
  /** Items that were taken and not released yet. */
  readonly held: number;
  /** Releases what is held: with the connection's cookie, or without one after its connection closed. */
  releaseHeld(isLate: boolean): void;
}

interface HeldItem {
  readonly item: Item;
  readonly memory: LentMemory;
  readonly text: string;
}

/** Makes producers for one connection; `refuses` is asked for every message whether the send buffer is full. */
export function recordingProducers(
  harness: Harness,
  owner: MockCookie,
  refuses: (message: DcpMessage) => boolean,
): RecordingProducers {
  const { violations } = harness.core;
  const messages: DcpMessage[] = [];
  const heldItems: HeldItem[] = [];
  let refusals = 0;
  let refused: DcpMessage | undefined;

  const check = (
    name: string,
    cookie: Cookie,
    numbers: readonly unknown[],
    seqnos: readonly unknown[],
  ): void => {
    if (cookie !== owner) violations.add(`the producer ${name} got ${show(cookie)} in place of the cookie`);
    if (!owner.connection.isOpen) violations.add(`the producer ${name} was called while no dcp.step ran`);
    for (const number of numbers) {
      if (!isU32(number)) violations.add(`the producer ${name} got ${show(number)} in place of a u32`);
    }
    for (const seqno of seqnos) {
      if (!isU64(seqno)) violations.add(`the producer ${name} got ${show(seqno)} in place of a u64`);
    }
  };

  /** True where the message is taken. */
  const offer = (message: DcpMessage): boolean => {
    if (refused !== undefined && message.kind !== 'other') {
      if (!isSameMessage(refused, message)) {
        const texts = `${messageText(refused)}, and then ${messageText(message)}`;
        violations.add(`the engine was answered ENGINE_E2BIG for ${texts} was offered: a message got lost`);
      }
      refused = undefined;
    }
    if (refuses(message)) {
      refusals += 1;
      if (message.kind !== 'other') refused = message;
      return false;
    }
    messages.push(message);
    return true;
  };

  const plain = (message: DcpMessage): EngineErrorCode => (offer(message) ? ENGINE_SUCCESS : ENGINE_E2BIG);

  const document = (
    kind: DocumentMessage['kind'],
    opaque: number,
    item: Item,
    vbucket: number,
    bySeqno: bigint,
    revSeqno: bigint,
  ): EngineErrorCode => {
    // The item is the core's from here on, also where the message is refused.
    harness.take(item);
    const info = harness.getItemInfo(item, owner);
    const { flags, datatype, exptime, cas } = info;
    const value = new Uint8Array(info.value);
    const key = info.key.text;
    const message: DocumentMessage = {
      kind,
      opaque,
      vbucket,
      bySeqno,
      revSeqno,
      key,
      value,
      flags,
      datatype,
      exptime,
      cas,
    };
    if (!offer(message)) {
      harness.release(item, owner);
      return ENGINE_E2BIG;
    }
    heldItems.push({ item, memory: new LentMemory(info.value), text: messageText(message) });
    return ENGINE_SUCCESS;
  };

  const other = (name: string, cookie: Cookie, opaque: number, ...parameters: unknown[]): EngineErrorCode => {
    check(name, cookie, [opaque], []);
    return plain({ kind: 'other', name, opaque, parameters });
  };

  return {
    messages,
    get refusals() {
      return refusals;
    },
    get held() {
      return heldItems.length;
    },
    releaseHeld: (isLate) => {
      for (const { item, memory, text } of heldItems.splice(0)) {
        const at = memory.firstChange();
        if (at >= 0)
          violations.add(`the value of an item changed while the core sent it (${text}, byte ${at})`);
        if (isLate) harness.releaseLate(item);
        else harness.release(item, owner);
      }
    },
    getFailoverLog: (cookie, opaque, vbucket) => other('getFailoverLog', cookie, opaque, vbucket),
    streamReq: (cookie, opaque, ...rest) => other('streamReq', cookie, opaque, ...rest),
    addStreamRsp: (cookie, opaque, streamOpaque, status) =>
      other('addStreamRsp', cookie, opaque, streamOpaque, status),
    markerRsp: (cookie, opaque, status) => other('markerRsp', cookie, opaque, status),
    setVbucketStateRsp: (cookie, opaque, status) => other('setVbucketStateRsp', cookie, opaque, status),
    streamEnd: (cookie, opaque, vbucket, flags) => {
      check('streamEnd', cookie, [opaque, vbucket, flags], []);
      return plain({ kind: 'streamEnd', opaque, vbucket, flags });
    },
    marker: (cookie, opaque, vbucket, startSeqno, endSeqno, flags) => {
      check('marker', cookie, [opaque, vbucket, flags], [startSeqno, endSeqno]);
      return plain({ kind: 'marker', opaque, vbucket, startSeqno, endSeqno, flags });
    },
    mutation: (cookie, opaque, item, vbucket, bySeqno, revSeqno, lockTime, _meta, nru, collectionLen) => {
      check('mutation', cookie, [opaque, vbucket, lockTime, nru, collectionLen], [bySeqno, revSeqno]);
      return document('mutation', opaque, item, vbucket, bySeqno, revSeqno);
    },
    deletion: (cookie, opaque, item, vbucket, bySeqno, revSeqno, _meta, collectionLen) => {
      check('deletion', cookie, [opaque, vbucket, collectionLen], [bySeqno, revSeqno]);
      return document('deletion', opaque, item, vbucket, bySeqno, revSeqno);
    },
    expiration: (cookie, opaque, item, vbucket, bySeqno, revSeqno, _meta, collectionLen) => {
      check('expiration', cookie, [opaque, vbucket, collectionLen], [bySeqno, revSeqno]);
      return document('expiration', opaque, item, vbucket, bySeqno, revSeqno);
    },
    flush: (cookie, opaque, vbucket) => other('flush', cookie, opaque, vbucket),
    setVbucketState: (cookie, opaque, vbucket, state) =>
      other('setVbucketState', cookie, opaque, vbucket, state),
    noop: (cookie, opaque) => other('noop', cookie, opaque),
    bufferAcknowledgement: (cookie, opaque, vbucket, bufferBytes) =>
      other('bufferAcknowledgement', cookie, opaque, vbucket, bufferBytes),
    control: (cookie, opaque, key, value) => other('control', cookie, opaque, key, value),
    systemEvent: (cookie, opaque, vbucket, event, bySeqno) =>
      other('systemEvent', cookie, opaque, vbucket, event, bySeqno),
  };
}
