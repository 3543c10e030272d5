// What a decoder throws at bytes that are no packets.
import type { Packet } from './packet.ts';
import type { FrameProblem } from './validators.ts';

const sentences: Readonly<Record<FrameProblem, string>> = {
  'bad-magic': 'starts with no magic of the protocol',
  'bad-lengths': 'has extras and a key that are longer than its body',
  'too-large': 'has a body that is longer than allowed',
};

/** A stream that cannot be read any further. */
export class ProtocolError extends Error {
  readonly code: FrameProblem;
  /** Where in the stream the packet starts, in bytes. */
  readonly offset: number;
  /** The packet's first 24 bytes. */
  readonly header: Buffer;
  /** The packets that were whole when it turned up, and were not returned. */
  readonly packets: readonly Packet[];

  constructor(code: FrameProblem, offset: number, header: Buffer, packets: readonly Packet[]) {
    super(`The packet at byte ${offset} ${sentences[code]}: ${header.toString('hex')}`);
    this.name = 'ProtocolError';
    this.code = code;
    this.offset = offset;
    this.header = header;
    this.packets = packets;
  }
}
