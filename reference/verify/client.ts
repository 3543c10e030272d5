// A client's end of one connection: keeps every byte that it gets, and remembers of it what later requests need.
import { type PairEnd, transportPair } from '../bufferevent/pair.ts';
import type { Transport } from '../bufferevent/transport.ts';
import { readFailoverLog } from '../protocol/failover-log.ts';
import { HEADER_LENGTH, readU64 } from '../protocol/header.ts';
import { isRequestMagic, Magic } from '../protocol/magic.ts';
import { Opcode } from '../protocol/opcode.ts';
import { type Packet, PacketParser } from '../protocol/packet.ts';
import { Status } from '../protocol/status.ts';
import type { RequestPlan, Slot } from './conversation.ts';
import type { Observer } from './observer.ts';
import type { ConnectionRecord, SentPacket } from './recording.ts';
import { sentBytes } from './request-bytes.ts';

/** What the clients of one side know together. */
export interface Memory {
  /** The cas of the last reply about a key, by latin1 text. */
  readonly cas: Map<string, bigint>;
  /** The uuid of the last failover log, by vbucket. */
  readonly uuids: Map<number, bigint>;
}

/** A stream on which this client is the producer. */
export interface UpStream {
  readonly opaque: number;
  readonly vbucket: number;
}

/** What a client is made with. */
export interface ClientOptions {
  readonly slot: Slot;
  readonly openedIn: number;
  readonly capacity: number;
  readonly schedule: (task: () => void) => void;
  readonly memory: Memory;
  readonly observer: Observer;
}

/** One connection, seen from its client. */
export class Client {
  readonly slot: Slot;
  /** The server's end. */
  readonly transport: Transport;
  readonly memory: Memory;
  /** It was opened for DCP. */
  isDcp = false;
  /** Neither side will say any more. */
  isOver = false;
  /** Requests of the server that are not answered, oldest first. */
  asked: Packet[] = [];
  readonly upStreams: UpStream[] = [];
  /** The last seqno that came on a stream, by vbucket. */
  readonly seqnos: Map<number, bigint> = new Map<number, bigint>();
  /** The next seqno that this client produces. */
  nextSeqno = 1n;
  readonly #end: PairEnd;
  readonly #openedIn: number;
  readonly #observer: Observer;
  readonly #parser = new PacketParser();
  readonly #chunks: Buffer[] = [];
  readonly #marks: number[] = [];
  readonly #sent: SentPacket[] = [];
  /** Key and vbucket of requests by their opaque. */
  readonly #requests = new Map<number, { readonly key: string; readonly vbucket: number }>();
  #length = 0;
  #isReadable = true;
  #closedIn: number | undefined;

  constructor({ slot, openedIn, capacity, schedule, memory, observer }: ClientOptions) {
    this.slot = slot;
    this.memory = memory;
    this.#openedIn = openedIn;
    this.#observer = observer;
    const pair = transportPair({ capacity, schedule });
    this.transport = pair.server;
    this.#end = pair.client;
    pair.client.onData = (bytes) => this.#arrived(bytes);
    pair.client.onEnded = () => this.#over();
    pair.client.onClosed = () => this.#over();
  }

  /** Makes bytes of a request; they are to be written next. */
  prepare(plan: RequestPlan): Buffer {
    const bytes = sentBytes(plan, this);
    this.#sent.push({ step: this.#observer.step, bytes });
    this.#observer.counts.requests += 1;
    if (bytes.length < HEADER_LENGTH) return bytes;
    const [magic, opcode, keylen] = [bytes[0], bytes[1], bytes.readUInt16BE(2)];
    if (magic === Magic.ClientRequest && opcode === Opcode.DcpOpen) this.isDcp = true;
    const keyAt = HEADER_LENGTH + (bytes[4] ?? 0);
    const key = bytes.toString('latin1', keyAt, keyAt + keylen);
    this.#requests.set(bytes.readUInt32BE(12), { key, vbucket: bytes.readUInt16BE(6) });
    return bytes;
  }

  write(bytes: Uint8Array): void {
    if (!this.isOver) this.#end.write(bytes);
  }

  pause(): void {
    this.#end.pause();
  }

  resume(): void {
    this.#end.resume();
  }

  end(): void {
    if (!this.isOver) this.#end.end();
    this.isOver = true;
  }

  reset(): void {
    this.isOver = true;
    this.#end.destroy();
  }

  /** A step is over. */
  mark(): void {
    this.#marks.push(this.#length);
  }

  /** What is known of the connection now. */
  record(): ConnectionRecord {
    return {
      slot: this.slot,
      openedIn: this.#openedIn,
      received: Buffer.concat(this.#chunks, this.#length),
      marks: this.#marks,
      closedIn: this.#closedIn,
      sent: this.#sent,
    };
  }

  #over(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#closedIn = this.#observer.step;
    // The server waits for the client to close, too.
    this.#end.end();
  }

  #arrived(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    this.#observer.counts.bytes += bytes.length;
    if (!this.#isReadable) return;
    try {
      for (const packet of this.#parser.push(bytes)) this.#understand(packet);
    } catch {
      // Nonsense is compared like anything else; there is nothing to learn from it.
      this.#isReadable = false;
    }
  }

  #understand(packet: Packet): void {
    const { counts } = this.#observer;
    counts.replies += 1;
    if (isRequestMagic(packet.magic)) {
      counts.dcpMessages += 1;
      this.asked.push(packet);
      if (seqnoMessages.has(packet.opcode) && packet.extras.length >= 8)
        this.seqnos.set(packet.vbucketOrStatus, readU64(packet.extras, 0));
      return;
    }
    if (packet.vbucketOrStatus !== Status.Success) return;
    const request = this.#requests.get(packet.opaque);
    if (request === undefined) return;
    if (packet.cas !== 0n && request.key !== '') this.memory.cas.set(request.key, packet.cas);
    if (packet.opcode !== Opcode.DcpStreamReq && packet.opcode !== Opcode.DcpGetFailoverLog) return;
    const newest = readFailoverLog(packet.value)?.[0];
    if (newest !== undefined) this.memory.uuids.set(request.vbucket, newest.uuid);
  }
}

const seqnoMessages: ReadonlySet<number> = new Set([
  Opcode.DcpMutation,
  Opcode.DcpDeletion,
  Opcode.DcpExpiration,
]);
