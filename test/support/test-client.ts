// A client for tests: packets out, packets in, in order. In memory where the server does not listen, else over TCP.
import { once } from 'node:events';
import { connect } from 'node:net';
import { transportPair } from '../../reference/bufferevent/pair.ts';
import {
  encodePacket,
  type Packet,
  type PacketFields,
  PacketParser,
} from '../../reference/protocol/packet.ts';
import type { Server } from '../../reference/server.ts';

/** One connection. */
export interface TestClient {
  /** Sends a packet and takes the next response, whatever it answers. */
  request(fields: PacketFields): Promise<Packet>;
  /** Sends packets, or bytes as they are, in one write. */
  send(...parts: readonly (PacketFields | Uint8Array)[]): void;
  /** The next response. Rejects where the connection ends before it. */
  next(): Promise<Packet>;
  /** The next so many responses. */
  take(count: number): Promise<readonly Packet[]>;
  /** Everything up to the response of a NOOP that it sends now, without that response. */
  sync(): Promise<readonly Packet[]>;
  /** Resolves when the server has closed, with the responses that nobody took. */
  readonly ended: Promise<readonly Packet[]>;
  /** Closes this side and waits for the other. */
  close(): Promise<void>;
}

/** Connects to a server: over TCP to its port, in memory where it has none. */
export async function connectClient(server: Pick<Server, 'port' | 'attach'>): Promise<TestClient> {
  const inbox = new Inbox();
  if (server.port === 0) {
    const { server: transport, client } = transportPair();
    client.onData = (bytes) => inbox.push(bytes);
    client.onEnded = () => {
      inbox.end();
      client.end();
    };
    client.onClosed = () => inbox.end();
    server.attach(transport);
    return clientOf(
      inbox,
      (bytes) => client.write(bytes),
      () => client.end(),
    );
  }
  const socket = connect(server.port, '127.0.0.1');
  socket.on('data', (bytes: Buffer) => inbox.push(bytes));
  socket.on('close', () => inbox.end());
  await once(socket, 'connect');
  socket.on('error', () => inbox.end());
  return clientOf(
    inbox,
    (bytes) => socket.write(bytes),
    () => socket.end(),
  );
}

const NOOP = 0x0a;
const SYNC_OPAQUE = 0x5ca1ab1e;

function clientOf(inbox: Inbox, write: (bytes: Uint8Array) => void, end: () => void): TestClient {
  const send: TestClient['send'] = (...parts) =>
    write(Buffer.concat(parts.map((part) => (part instanceof Uint8Array ? part : encodePacket(part)))));
  const take = async (count: number): Promise<readonly Packet[]> => {
    const packets: Packet[] = [];
    while (packets.length < count) packets.push(await inbox.next());
    return packets;
  };
  return {
    send,
    take,
    next: () => inbox.next(),
    request: (fields) => {
      send(fields);
      return inbox.next();
    },
    sync: async () => {
      send({ opcode: NOOP, opaque: SYNC_OPAQUE });
      const packets: Packet[] = [];
      for (;;) {
        const packet = await inbox.next();
        if (packet.opcode === NOOP && packet.opaque === SYNC_OPAQUE) return packets;
        packets.push(packet);
      }
    },
    ended: inbox.ended,
    close: async () => {
      end();
      await inbox.ended;
    },
  };
}

/** Responses that came, and whoever waits for one. */
class Inbox {
  readonly ended: Promise<readonly Packet[]>;
  readonly #parser = new PacketParser();
  readonly #packets: Packet[] = [];
  #waiting: { resolve: (packet: Packet) => void; reject: (error: Error) => void }[] = [];
  #isEnded = false;
  #resolveEnded: (packets: readonly Packet[]) => void = () => {};

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  push(bytes: Uint8Array): void {
    for (const packet of this.#parser.push(bytes)) {
      const first = this.#waiting.shift();
      if (first === undefined) this.#packets.push(packet);
      else first.resolve(packet);
    }
  }

  next(): Promise<Packet> {
    const packet = this.#packets.shift();
    if (packet !== undefined) return Promise.resolve(packet);
    if (this.#isEnded) return Promise.reject(new Error('The server closed the connection.'));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const each of this.#waiting) each.reject(new Error('The server closed the connection.'));
    this.#waiting = [];
    this.#resolveEnded([...this.#packets]);
  }
}
