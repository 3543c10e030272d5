// Whether the messages of one stream are in order and add up to the documents that the engine holds.

import type { Seen } from '../documents.ts';
import { demand, demandEqual, show } from '../failure.ts';
import type { DcpMessage, DocumentMessage, MarkerMessage } from './dcp-message.ts';

/** What a stream should have brought. */
export interface Expected {
  readonly opaque: number;
  /** The seqno that the stream started after. */
  readonly startSeqno?: bigint;
  /** What the engine shows of every document that is alive. */
  readonly documents: ReadonlyMap<string, Seen>;
  /** Keys of documents that are gone. */
  readonly removed?: readonly string[];
}

/** @throws ConformanceFailure where order, snapshots or documents are wrong. */
export function checkStream(messages: readonly DcpMessage[], expected: Expected): void {
  const latest = checkOrder(messages, expected);
  for (const [key, document] of expected.documents) {
    const message = latest.get(key);
    demand(message !== undefined, `the stream never brought ${show(key)}.`);
    demandEqual(`what the stream says last of ${show(key)}`, message.kind, 'mutation');
    demandEqual(`the value of ${show(key)} in the stream`, message.value, document.value);
    for (const field of ['flags', 'datatype', 'exptime', 'cas'] as const) {
      demandEqual(`the ${field} of ${show(key)} in the stream`, message[field], document[field]);
    }
    if (document.seqno !== 0n) {
      demandEqual(`the seqno of ${show(key)} in the stream`, message.bySeqno, document.seqno);
    }
  }
  for (const key of expected.removed ?? []) {
    demand(latest.get(key)?.kind !== 'mutation', `the stream left ${show(key)} alive, which was removed.`);
  }
}

/** The last message of each document, after a look at seqnos and snapshots. */
function checkOrder(messages: readonly DcpMessage[], expected: Expected): Map<string, DocumentMessage> {
  const latest = new Map<string, DocumentMessage>();
  let seqno = expected.startSeqno ?? 0n;
  let snapshot: MarkerMessage | undefined;
  let isEnded = false;
  for (const message of messages) {
    if (message.kind === 'other') continue;
    demand(!isEnded, `the stream went on after its end, with a ${message.kind}.`);
    demandEqual(`the opaque of a ${message.kind}`, message.opaque, expected.opaque);
    demandEqual(`the vbucket of a ${message.kind}`, message.vbucket, 0);
    if (message.kind === 'marker') {
      checkMarker(message, snapshot);
      snapshot = message;
    } else if (message.kind === 'streamEnd') {
      isEnded = true;
    } else {
      const { bySeqno, kind, key } = message;
      const text = `the ${kind} of ${show(key)} at seqno ${bySeqno}`;
      demand(bySeqno > seqno, `${text} came after seqno ${seqno}: seqnos have to rise.`);
      demand(snapshot !== undefined, `${text} came before any snapshot marker.`);
      const isCovered = bySeqno >= snapshot.startSeqno && bySeqno <= snapshot.endSeqno;
      demand(isCovered, `${text} is outside of its snapshot ${snapshot.startSeqno}..${snapshot.endSeqno}.`);
      seqno = bySeqno;
      latest.set(key, message);
    }
  }
  return latest;
}

function checkMarker(marker: MarkerMessage, before: MarkerMessage | undefined): void {
  const text = `the snapshot ${marker.startSeqno}..${marker.endSeqno}`;
  demand(marker.startSeqno <= marker.endSeqno, `${text} ends before it begins.`);
  if (before === undefined) return;
  demand(marker.endSeqno > before.endSeqno, `${text} comes after one that ends at ${before.endSeqno}.`);
}
