// One connection that speaks raw-dcp.ts, over the in-memory pair.
import { type PairEnd, type PairOptions, transportPair } from '../../reference/bufferevent/pair.ts';
import type { Server } from '../../reference/server.ts';
import { Op, open, type RawMessage, request, takeMessage } from './raw-dcp.ts';

/** A client of one server. */
export class RawClient {
  readonly wire: PairEnd;
  /** Messages that came and that nobody took. */
  readonly inbox: RawMessage[] = [];
  /** Bytes that came. */
  received = 0;
  #rest: Buffer = Buffer.alloc(0);
  #waiting: (() => void)[] = [];
  #hasEnded = false;
  #problem: unknown;

  constructor(server: Pick<Server, 'attach'>, options: PairOptions = {}) {
    const { server: transport, client } = transportPair(options);
    this.wire = client;
    client.onData = (bytes) => this.#arrived(bytes);
    client.onEnded = () => this.#over();
    client.onClosed = () => this.#over();
    server.attach(transport);
  }

  /** The server sends no more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Sends everything in one write. */
  send(...messages: readonly Uint8Array[]): void {
    this.wire.write(Buffer.concat(messages));
  }

  /** The next message. Rejects where the connection ends before it. */
  async next(): Promise<RawMessage> {
    for (;;) {
      if (this.#problem !== undefined) throw this.#problem;
      const message = this.inbox.shift();
      if (message !== undefined) return message;
      if (this.#hasEnded) throw new Error('The server closed the connection.');
      await this.#arrival();
    }
  }

  /** The next so many messages. */
  async take(count: number): Promise<readonly RawMessage[]> {
    const messages: RawMessage[] = [];
    while (messages.length < count) messages.push(await this.next());
    return messages;
  }

  /** Sends a message and takes the next one that comes. */
  ask(message: Uint8Array): Promise<RawMessage> {
    this.send(message);
    return this.next();
  }

  /** Everything that came before the answer to a NOOP that it sends now: what was said before, and nothing more. */
  async sync(): Promise<readonly RawMessage[]> {
    this.send(request(Op.noop, { opaque: 0x5ca1ab1e }));
    const messages: RawMessage[] = [];
    for (;;) {
      const message = await this.next();
      if (message.opcode === Op.noop && message.opaque === 0x5ca1ab1e) return messages;
      messages.push(message);
    }
  }

  /** Opens a DCP connection and makes sure that it is one. */
  async open(flags: number, name?: string): Promise<void> {
    const answer = await this.ask(open(flags, name));
    if (answer.opcode !== Op.open || answer.status !== 0)
      throw new Error(`Not opened: status ${answer.status}.`);
  }

  /** Resolves when the server has closed, with what nobody took. */
  async ended(): Promise<readonly RawMessage[]> {
    while (!this.#hasEnded) await this.#arrival();
    return this.inbox;
  }

  #arrived(bytes: Buffer): void {
    this.received += bytes.length;
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    try {
      for (let message = takeMessage(this.#rest); message !== undefined; message = takeMessage(this.#rest)) {
        this.inbox.push(message);
        this.#rest = this.#rest.subarray(message.bytes.length);
      }
    } catch (error) {
      this.#problem = error;
    }
    this.#wake();
  }

  #over(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
