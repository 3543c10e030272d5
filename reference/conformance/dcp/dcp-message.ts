// What an engine sends through its DCP producers, as data.
import { show } from '../failure.ts';

/** A document, its tombstone or its expiry. */
export interface DocumentMessage {
  readonly kind: 'mutation' | 'deletion' | 'expiration';
  readonly opaque: number;
  readonly vbucket: number;
  readonly bySeqno: bigint;
  readonly revSeqno: bigint;
  readonly key: string;
  /** A copy. */
  readonly value: Uint8Array;
  readonly flags: number;
  readonly datatype: number;
  readonly exptime: number;
  readonly cas: bigint;
}

/** The beginning of a snapshot. */
export interface MarkerMessage {
  readonly kind: 'marker';
  readonly opaque: number;
  readonly vbucket: number;
  readonly startSeqno: bigint;
  readonly endSeqno: bigint;
  readonly flags: number;
}

/** The end of a stream. */
export interface StreamEndMessage {
  readonly kind: 'streamEnd';
  readonly opaque: number;
  readonly vbucket: number;
  readonly flags: number;
}

/** Anything else, by the producer's name and its plain arguments. */
export interface OtherMessage {
  readonly kind: 'other';
  readonly name: string;
  readonly opaque: number;
  readonly parameters: readonly unknown[];
}

/** One message. */
export type DcpMessage = DocumentMessage | MarkerMessage | StreamEndMessage | OtherMessage;

/** A message in a few words. */
export function messageText(message: DcpMessage): string {
  switch (message.kind) {
    case 'marker':
      return `marker ${message.startSeqno}..${message.endSeqno}`;
    case 'streamEnd':
      return `streamEnd ${message.flags}`;
    case 'other':
      return `${message.name} ${message.parameters.map(show).join(' ')}`;
    default:
      return `${message.kind} of ${show(message.key)} at seqno ${message.bySeqno}`;
  }
}

/** Whether one message is the other one once more. */
export function isSameMessage(one: DcpMessage, other: DcpMessage): boolean {
  const text = (message: DcpMessage): string =>
    JSON.stringify(message, (_name, value: unknown) => {
      if (typeof value === 'bigint') return `${value}n`;
      return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
    });
  return text(one) === text(other);
}
