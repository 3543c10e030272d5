// The server: buckets, the listening socket and connections, from start to stop. What a connection does is connection.ts.
import type { Bucket } from './bucket.ts';
import { endBuckets, makeBuckets } from './buckets.ts';
import { Bufferevent } from './bufferevent/bufferevent.ts';
import { ChunkPool } from './bufferevent/chunk-pool.ts';
import type { Transport } from './bufferevent/transport.ts';
import { BusyPoll } from './busy-poll.ts';
import { ServerClock, systemTime } from './clock.ts';
import type { ConnectionFacts } from './command.ts';
import { Connection, type ConnectionHost } from './connection.ts';
import type { Item } from './engine/contract.ts';
import { LegacyStream } from './legacy/legacy-stream.ts';
import { type Listener, listen } from './listener.ts';
import type { OutputStream } from './output-stream.ts';
import { type Profile, profiles } from './profile.ts';
import { SendBuffer } from './send-buffer.ts';
import { defaults, type LogRecord, type ServerOptions } from './server-options.ts';
import { ServerStats } from './server-stats.ts';
import { catchStray } from './stray-promise.ts';
import { Turns } from './turns.ts';

/** How a server stopped. */
export interface StopReport {
  /** Connections that did not take what was queued for them in the time of grace. */
  readonly dropped: number;
}

/** A running server. */
export interface Server {
  /** The TCP port; 0 where it listens on a Unix socket or not at all. */
  readonly port: number;
  readonly stats: ServerStats;
  /** Serves one more connection, over anything. */
  attach(transport: Transport): void;
  /** Open connections. */
  connections(): readonly ConnectionFacts[];
  /**
   * Takes no more requests, sends what is queued for at most `graceMs` (1000), closes everything and ends the engines.
   * Resolves when the port is free and every socket is closed. Again: the same promise.
   */
  stop(options?: { readonly graceMs?: number }): Promise<StopReport>;
  /** Stops and starts again on the same port, with fresh engines. */
  restart(options?: { readonly graceMs?: number }): Promise<void>;
  /** Fresh engines and counters; connections stay, but those that replicate or wait. */
  reset(): Promise<void>;
  /** Resolves when the server has stopped, whoever asked for it. */
  readonly stopped: Promise<StopReport>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a server; resolves when it listens. Rejects with what failed: an engine (`EngineLoadError`) or the port. */
export async function createServer(options: ServerOptions = {}): Promise<Server> {
  const server = new ReferenceServer(options);
  await server.start();
  return server;
}

/** How long clients have to close their side when the server stops and everything is sent. */
const CLOSE_MS = 50;

const VERSION = '1.6.0-kv-engine-migrate';

class ReferenceServer implements Server, ConnectionHost {
  readonly stats: ServerStats = new ServerStats();
  readonly profile: Profile;
  readonly version: string = VERSION;
  readonly settings: ReadonlyMap<string, string>;
  readonly hasUsers: boolean;
  readonly maxPacketSize: number;
  readonly maxRequestsPerEvent: number;
  readonly maxReadAhead: number = defaults.maxReadAhead;
  readonly idleTimeout: number;
  readonly busyPoll: BusyPoll | undefined;
  readonly stopped: Promise<StopReport>;
  clock: ServerClock;
  port = 0;
  readonly #options: ServerOptions;
  readonly #pool: ChunkPool = new ChunkPool();
  readonly #connections = new Set<Connection>();
  /** Who is to be told when one of the connections is gone. */
  readonly #leaving = new Map<Connection, () => void>();
  #buckets = new Map<string, Bucket>();
  #listener: Listener | undefined;
  #nextConnectionId = 1n;
  #stopTicks: (() => void) | undefined;
  /** It takes connections. */
  #isUp = false;
  readonly #turns = new Turns();
  #stopping: Promise<StopReport> | undefined;
  #hasStopped: (report: StopReport) => void = () => {};
  #onEmpty: (() => void) | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.profile = profiles[options.profile ?? 'memcached'];
    this.hasUsers = Object.keys(options.users ?? {}).length > 0;
    this.maxPacketSize = options.maxPacketSize ?? defaults.maxPacketSize;
    this.maxRequestsPerEvent = options.maxRequestsPerEvent ?? defaults.maxRequestsPerEvent;
    this.idleTimeout = options.idleTimeout ?? 0;
    this.busyPoll = options.busyPoll === false ? undefined : new BusyPoll();
    this.clock = new ServerClock(options.time);
    this.settings = new Map(
      Object.entries({
        profile: this.profile.name,
        contract: options.contract ?? 'current',
        send: options.send ?? 'auto',
        max_send_queue_size: String(options.maxSendQueueSize ?? defaults.maxSendQueueSize),
        max_packet_size: String(this.maxPacketSize),
        reqs_per_event: String(this.maxRequestsPerEvent),
        maxconns: String(options.maxConnections ?? 0),
        busy_poll: options.busyPoll === false ? 'off' : 'auto',
        idle_timeout: String(this.idleTimeout),
      }),
    );
    this.stopped = new Promise((resolve) => {
      this.#hasStopped = resolve;
    });
  }

  start(): Promise<void> {
    return this.#turns.take(() => this.#start());
  }

  attach(transport: Transport): void {
    const { maxConnections = 0 } = this.#options;
    const { stats } = this;
    const isTooMany = maxConnections > 0 && this.#connections.size >= maxConnections;
    if (!this.#isUp || this.#stopping !== undefined || isTooMany) {
      stats.rejectedConnections += 1;
      transport.start({ onRead: () => {}, onWritten: () => {}, onEnd: () => {}, onClose: () => {} });
      transport.destroy();
      return;
    }
    stats.totalConnections += 1;
    stats.currConnections += 1;
    const carrier = this.#options.wrapTransport?.(transport) ?? transport;
    const connection = new Connection(
      this.#nextConnectionId,
      this,
      (events) => new Bufferevent(carrier, this.#pool, events, stats),
      (bufferevent, owner) => this.#makeOutput(bufferevent, owner),
    );
    this.#nextConnectionId += 1n;
    this.#connections.add(connection);
    connection.start();
  }

  connections(): readonly Connection[] {
    return [...this.#connections];
  }

  stop(options: { readonly graceMs?: number } = {}): Promise<StopReport> {
    this.#stopping ??= this.#turns.take(async () => {
      const report = await this.#stop(options.graceMs ?? 1000);
      this.#hasStopped(report);
      return report;
    });
    return this.#stopping;
  }

  restart(options: { readonly graceMs?: number } = {}): Promise<void> {
    // Who stops it from now on stops it after it was started.
    this.#stopping = undefined;
    return this.#turns.take(async () => {
      const report = await this.#stop(options.graceMs ?? 1000);
      this.stats.reset();
      try {
        await this.#start();
      } catch (error) {
        this.#hasStopped(report);
        throw error;
      }
    });
  }

  reset(): Promise<void> {
    return this.#turns.take(() => this.#reset());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  // The host of connections and handlers.

  get initialBucket(): Bucket {
    return this.#buckets.get('default') as Bucket;
  }

  authenticate(user: string, password: string): boolean {
    const { users = {} } = this.#options;
    return Object.hasOwn(users, user) && users[user] === password;
  }

  bucket(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  bucketNames(): readonly string[] {
    return [...this.#buckets.keys()];
  }

  log(level: LogRecord['level'], message: string, facts?: Readonly<Record<string, unknown>>): void {
    this.#options.log?.({ level, message, ...facts });
  }

  schedule(task: () => void): void {
    const { schedule = setImmediate } = this.#options;
    schedule(task);
  }

  shutdown(): void {
    void this.stop();
  }

  onConnectionClosed(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    this.stats.currConnections -= 1;
    this.#leaving.get(connection)?.();
    this.#leaving.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  #makeOutput(bufferevent: Bufferevent, connection: Connection): OutputStream {
    const { stats } = this;
    const onFault = (error: unknown, what: string): void => {
      stats.engineFaults += 1;
      this.log('error', `${what} failed`, { connection: connection.id, error: String(error) });
    };
    if (this.#options.contract === 'v1') {
      const releaserOf = (item: Item): (() => void) => {
        const { engine } = connection.session.bucket;
        return () => {
          try {
            const nothing: unknown = engine.release(engine, undefined, item);
            catchStray(nothing, (error) => onFault(error, 'release'));
          } catch (error) {
            onFault(error, 'release');
          }
        };
      };
      return new LegacyStream(bufferevent, { stats, releaserOf });
    }
    return new SendBuffer(bufferevent, {
      sendMode: this.#options.send ?? 'auto',
      maxSendQueueSize: this.#options.maxSendQueueSize ?? defaults.maxSendQueueSize,
      stats,
      isInEngine: () => connection.isInEngine,
      onFault,
    });
  }

  async #start(): Promise<void> {
    const { port = 0, time = systemTime } = this.#options;
    this.#buckets = await makeBuckets(this, this.#options);
    try {
      this.#isUp = true;
      if (port !== false) await this.#listen(this.port > 0 ? this.port : port);
    } catch (error) {
      this.#isUp = false;
      await endBuckets(this, this.#buckets, true);
      this.#buckets = new Map();
      throw error;
    }
    this.#stopTicks = time.everySecond(() => this.#second());
  }

  async #reset(): Promise<void> {
    // What is stopped has no engines to replace.
    if (!this.#isUp) return;
    const old = this.#buckets;
    this.#buckets = await makeBuckets(this, this.#options);
    const leaving: Connection[] = [];
    for (const connection of this.#connections) {
      const bucket = this.#buckets.get(connection.session.bucket.name);
      if (connection.isTiedToEngine || bucket === undefined) leaving.push(connection);
      else connection.onEngineReplaced(bucket);
    }
    // An engine ends after everything that waits for it and everything that it lent.
    await this.#destroyAll(leaving);
    await endBuckets(this, old, true);
    this.stats.reset();
  }

  async #destroyAll(connections: readonly Connection[]): Promise<void> {
    const gone = connections.map(
      (connection) => new Promise<void>((resolve) => this.#leaving.set(connection, resolve)),
    );
    for (const connection of connections) connection.destroy();
    await Promise.all(gone);
  }

  async #listen(port: number): Promise<void> {
    const { host = defaults.host, path, tls, keepAlive = false } = this.#options;
    this.#listener = await listen({ host, port, path, tls, keepAlive }, (transport) =>
      this.attach(transport),
    );
    this.port = this.#listener.port;
  }

  async #stop(graceMs: number): Promise<StopReport> {
    let dropped = 0;
    this.#isUp = false;
    this.#stopTicks?.();
    this.#stopTicks = undefined;
    await this.#listener?.close();
    if (this.#connections.size > 0) {
      const empty = new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
      });
      const end = performance.now() + graceMs;
      const timer = setInterval(
        () => {
          const isOver = performance.now() >= end;
          for (const connection of this.#connections) {
            // Everything is sent, and the client had time to close its side.
            if (!connection.isBusy) connection.destroy();
            else if (isOver) {
              dropped += 1;
              connection.destroy();
            }
          }
        },
        Math.min(graceMs, CLOSE_MS),
      );
      for (const connection of this.#connections) connection.shutDown();
      await empty;
      clearInterval(timer);
      this.#onEmpty = undefined;
    }
    this.#listener?.abort();
    this.#listener = undefined;
    await endBuckets(this, this.#buckets, false);
    this.#buckets = new Map();
    return { dropped };
  }

  #second(): void {
    this.clock.refresh();
    for (const connection of this.#connections) connection.onSecond();
  }
}
