// Whole packets as plain objects: for clients, tests and verify. Allocates freely; the request path is request-frame.ts.
import { HEADER_LENGTH, writeRequestHeader } from './header.ts';
import { Magic } from './magic.ts';
import { ProtocolError } from './protocol-error.ts';
import { RequestFrame } from './request-frame.ts';
import type { FrameProblem } from './validators.ts';

/** One packet of any magic. */
export interface Packet {
  readonly magic: number;
  readonly opcode: number;
  /** Bits: JSON 1, SNAPPY 2, XATTR 4. */
  readonly datatype: number;
  /** A request's vbucket, a response's status. */
  readonly vbucketOrStatus: number;
  /** u32. */
  readonly opaque: number;
  /** u64. */
  readonly cas: bigint;
  readonly extras: Buffer;
  readonly key: Buffer;
  readonly value: Buffer;
}

/** The parts of a packet to encode. Texts are sent as UTF-8. */
export interface PacketFields extends Partial<Omit<Packet, 'extras' | 'key' | 'value'>> {
  readonly extras?: Uint8Array;
  readonly key?: string | Uint8Array;
  readonly value?: string | Uint8Array;
}

const NOTHING: Uint8Array = new Uint8Array(0);

/** A packet's bytes; what is left out is 0 or empty, the magic 0x80. A `Packet` encodes to the bytes it came from. */
export function encodePacket(fields: PacketFields): Buffer {
  const extras = fields.extras ?? NOTHING;
  const key = bytesOf(fields.key);
  const value = bytesOf(fields.value);
  const header = rawHeader({
    ...fields,
    extlen: extras.length,
    keylen: key.length,
    bodylen: extras.length + key.length + value.length,
  });
  return Buffer.concat([header, extras, key, value]);
}

/** The fields of a header, lengths included; what is left out is 0, the magic 0x80. */
export interface HeaderFields extends Partial<Omit<Packet, 'extras' | 'key' | 'value'>> {
  readonly keylen?: number;
  readonly extlen?: number;
  readonly bodylen?: number;
}

/** 24 bytes that say what they are told to, true or not: for packets that no client should send. */
export function rawHeader(fields: HeaderFields): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH);
  writeRequestHeader(
    header,
    0,
    fields.opcode ?? 0,
    fields.keylen ?? 0,
    fields.extlen ?? 0,
    fields.datatype ?? 0,
    fields.vbucketOrStatus ?? 0,
    fields.bodylen ?? 0,
    fields.opaque ?? 0,
    fields.cas ?? 0n,
    fields.magic ?? Magic.ClientRequest,
  );
  return header;
}

/** Cuts a stream into packets, whatever the chunks are. Packets have memory of their own: chunks may be reused. */
export class PacketParser {
  readonly #maxBodyLength: number;
  readonly #frame = new RequestFrame();
  #chunks: Uint8Array[] = [];
  #length = 0;
  // How many bytes have to be there before there is anything new to see.
  #needed = HEADER_LENGTH;
  #offset = 0;
  #error: ProtocolError | undefined;

  /** `maxBodyLength` in bytes; any length that the header can say by default. */
  constructor(maxBodyLength = 0xffff_ffff) {
    this.#maxBodyLength = maxBodyLength;
  }

  /** How many bytes wait for the rest of their packet; 0 at the end of a stream that was not cut off. */
  get pending(): number {
    return this.#length;
  }

  /**
   * The packets that this chunk completes, in order.
   * @throws ProtocolError at a header that cannot be true, as soon as its 24 bytes are there; it has the packets before
   * it. Every later call throws the same error.
   */
  push(chunk: Uint8Array): Packet[] {
    if (this.#error !== undefined) throw this.#error;
    const packets: Packet[] = [];
    this.#length += chunk.length;
    if (this.#length < this.#needed) {
      this.#chunks.push(Buffer.from(chunk));
      return packets;
    }
    const bytes = Buffer.concat([...this.#chunks, chunk], this.#length);
    let at = 0;
    this.#needed = HEADER_LENGTH;
    while (bytes.length - at >= HEADER_LENGTH) {
      const frame = this.#frame;
      frame.read(bytes, at);
      const problem = packetProblem(frame, this.#maxBodyLength);
      if (problem !== undefined) {
        const header = bytes.subarray(at, at + HEADER_LENGTH);
        this.#error = new ProtocolError(problem, this.#offset + at, header, packets);
        throw this.#error;
      }
      if (frame.end > bytes.length) {
        this.#needed = frame.end - at;
        break;
      }
      packets.push(packetOf(frame));
      at = frame.end;
    }
    this.#frame.forget();
    this.#offset += at;
    this.#length = bytes.length - at;
    this.#chunks = this.#length === 0 ? [] : [bytes.subarray(at)];
    return packets;
  }
}

/** What a frame holds, for as long as its memory stays as it is. The whole packet must be there. */
export function packetOf(frame: RequestFrame): Packet {
  return {
    magic: frame.magic,
    opcode: frame.opcode,
    datatype: frame.datatype,
    vbucketOrStatus: frame.vbucket,
    opaque: frame.opaque,
    cas: frame.cas,
    extras: frame.extras(),
    key: frame.key(),
    value: frame.value(),
  };
}

function packetProblem(frame: RequestFrame, maxBodyLength: number): FrameProblem | undefined {
  if (frame.magic < Magic.ClientRequest || frame.magic > Magic.ServerResponse) return 'bad-magic';
  if (frame.keylen + frame.extlen > frame.bodylen) return 'bad-lengths';
  if (frame.bodylen > maxBodyLength) return 'too-large';
  return undefined;
}

function bytesOf(content: string | Uint8Array | undefined): Uint8Array {
  if (content === undefined) return NOTHING;
  return typeof content === 'string' ? Buffer.from(content) : content;
}
