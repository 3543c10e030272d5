// A client of raw-dcp.ts over a real socket: for what only a real network shows, such as captures.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type RawMessage, takeMessage } from './raw-dcp.ts';

/** Messages there and back, one connection. */
export class SocketConversation {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      socket.emit('arrived');
    });
  }

  /** Connects to a port of this machine. */
  static async to(port: number): Promise<SocketConversation> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new SocketConversation(socket);
  }

  send(...messages: readonly Uint8Array[]): void {
    this.#socket.write(Buffer.concat(messages));
  }

  /** Sends a message and takes the next one that comes. */
  ask(message: Uint8Array): Promise<RawMessage> {
    this.send(message);
    return this.next();
  }

  async next(): Promise<RawMessage> {
    for (;;) {
      const message = takeMessage(this.#bytes);
      if (message !== undefined) {
        this.#bytes = this.#bytes.subarray(message.bytes.length);
        return message;
      }
      await once(this.#socket, 'arrived');
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
