// A client that speaks in packets, over any transport, and waits for nothing but what arrives.
import {
  encodePacket,
  type Packet,
  type PacketFields,
  PacketParser,
} from '../../reference/protocol/packet.ts';
import type { Wire } from './wire.ts';

const NOOP = 0x0a;
const SYNC_OPAQUE = 0x5ca1ab1e;

/** One connection. */
export class WireClient {
  readonly wire: Wire;
  /** Bytes that arrived. */
  received = 0;
  /** The server will send no more. */
  hasEnded = false;
  isClosed = false;
  /** Resolves when nothing goes either way any more, with the error where there is one. */
  readonly closed: Promise<Error | undefined>;
  /** Resolves when the server has closed, with the responses that nobody took. */
  readonly ended: Promise<readonly Packet[]>;
  readonly #packets: Packet[] = [];
  readonly #parser = new PacketParser();
  readonly #waiting: (() => void)[] = [];
  #problem: unknown;
  #resolveEnded: (packets: readonly Packet[]) => void = () => {};

  constructor(wire: Wire) {
    this.wire = wire;
    this.closed = wire.closed;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    wire.onData = (bytes) => this.#arrived(bytes);
    wire.onEnded = () => this.#over();
    wire.onClosed = () => {
      this.isClosed = true;
      this.#over();
    };
  }

  /** Responses that arrived and that nobody took. */
  get pending(): number {
    return this.#packets.length;
  }

  /** Sends packets, or bytes as they are, in one write. */
  send(...parts: readonly (PacketFields | Uint8Array)[]): void {
    this.wire.write(
      Buffer.concat(parts.map((part) => (part instanceof Uint8Array ? part : encodePacket(part)))),
    );
  }

  /** Sends a packet and takes the next response, whatever it answers. */
  request(fields: PacketFields): Promise<Packet> {
    this.send(fields);
    return this.next();
  }

  /** The next response. Rejects where the connection ends before it. */
  async next(): Promise<Packet> {
    const [packet] = await this.take(1);
    return packet as Packet;
  }

  /** The next so many responses. Rejects where the connection ends before them. */
  async take(count: number): Promise<readonly Packet[]> {
    // Whoever asked first is served first: nothing is taken between the look and the cut.
    while (this.#packets.length < count) {
      if (this.#problem !== undefined) throw this.#problem;
      if (this.hasEnded) {
        const arrived = `after ${this.#packets.length} of ${count} responses`;
        throw new Error(`The server closed the connection ${arrived}.`);
      }
      await this.#arrival();
    }
    return this.#packets.splice(0, count);
  }

  /** Everything up to the response of a NOOP that it sends now, without that response. */
  async sync(): Promise<readonly Packet[]> {
    this.send({ opcode: NOOP, opaque: SYNC_OPAQUE });
    const packets: Packet[] = [];
    for (;;) {
      const packet = await this.next();
      if (packet.opcode === NOOP && packet.opaque === SYNC_OPAQUE) return packets;
      packets.push(packet);
    }
  }

  /** Everything that is left to arrive, up to the end. Rejects where the end is in the middle of a packet. */
  async rest(): Promise<readonly Packet[]> {
    while (!this.hasEnded && this.#problem === undefined) await this.#arrival();
    if (this.#problem !== undefined) throw this.#problem;
    if (this.#parser.pending > 0)
      throw new Error(`The last response is cut off after ${this.#parser.pending} bytes.`);
    return this.#packets.splice(0);
  }

  /** Closes this side and waits for the other. */
  async close(): Promise<void> {
    this.wire.end();
    await this.ended;
  }

  #arrived(bytes: Buffer): void {
    this.received += bytes.length;
    try {
      this.#packets.push(...this.#parser.push(bytes));
    } catch (error) {
      this.#problem = error;
    }
    this.#wake();
  }

  #over(): void {
    if (!this.hasEnded) this.#resolveEnded([...this.#packets]);
    this.hasEnded = true;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
