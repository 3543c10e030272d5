// What a server can be told, and what holds where it is not.
import type { TlsOptions } from 'node:tls';
import type { Transport } from './bufferevent/transport.ts';
import type { TimeSource } from './clock.ts';
import type { EngineModule } from './engine/contract.ts';
import type { EngineModule as V1EngineModule } from './engine/v1.ts';
import type { SendMode } from './output-stream.ts';
import type { Profile } from './profile.ts';

/** An engine: one that ships by its name, a module's path, or the module itself. */
export type EngineChoice = string | EngineModule | V1EngineModule;

/** A bucket to make at the start. */
export interface BucketOptions {
  readonly engine?: EngineChoice;
  /** The text that the engine's `initialize` gets. */
  readonly config?: string;
}

/** One line of the log, as data. */
export interface LogRecord {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly [fact: string]: unknown;
}

/** Everything about a server; all of it may be left out. */
export interface ServerOptions {
  /** Of the bucket "default"; `default` where it is left out. */
  readonly engine?: EngineChoice;
  /** The text that the engine's `initialize` gets. */
  readonly config?: string;
  /** More buckets by name, for SELECT_BUCKET. */
  readonly buckets?: Readonly<Record<string, BucketOptions>>;
  /** Names and passwords for SASL PLAIN; with any, documents need a login. */
  readonly users?: Readonly<Record<string, string>>;
  /** `v1`: the engine is on the old contract, and the old send path (msghdr, iovec, sendmsg) carries its responses. */
  readonly contract?: 'current' | 'v1';
  /** 127.0.0.1 where it is left out; `::1` for IPv6. */
  readonly host?: string;
  /** 0, the default, takes a free one; `false` does not listen at all: see {@link Server.attach}. */
  readonly port?: number | false;
  /** A Unix socket instead of a port. */
  readonly path?: string;
  /** TLS, with at least a key and a certificate. */
  readonly tls?: TlsOptions;
  /** What clients see where servers differ; `memcached` where it is left out. */
  readonly profile?: Profile['name'];
  /** How values are sent; `auto` where it is left out. */
  readonly send?: SendMode;
  /** In bytes; 1 MiB. Above it a connection takes no request and no DCP step until the queue is empty. */
  readonly maxSendQueueSize?: number;
  /** In bytes; 30 MiB. A request that announces a longer body is not read, and its connection closed. */
  readonly maxPacketSize?: number;
  /** 1000. After so many requests in a row other connections go first. */
  readonly maxRequestsPerEvent?: number;
  /** 0, the default, is no limit. A connection too many is closed at once. */
  readonly maxConnections?: number;
  /** Seconds; 0, the default, is never. */
  readonly idleTimeout?: number;
  /**
   * Whether the event loop stays awake for up to 50 us after a batch of pipelined requests, as long as that turns out to
   * be worth it; true. Half as much again at depth 64, for more processor time.
   */
  readonly busyPoll?: boolean;
  /** The machine's time where it is left out. */
  readonly time?: TimeSource;
  /** Runs a task once, after the current one and never within it; `setImmediate` where it is left out. */
  readonly schedule?: (task: () => void) => void;
  /** Gets every line of the log; nothing is printed where it is left out. */
  readonly log?: (record: LogRecord) => void;
  /** Where relative engine paths start; the process's working directory. */
  readonly cwd?: string;
  /** Comes between each connection and its transport: to record, or to disturb. */
  readonly wrapTransport?: (transport: Transport) => Transport;
  /** Whether the process stays alive for this server; false. */
  readonly keepAlive?: boolean;
}

/** The numbers that hold where an option is left out. */
export const defaults = {
  host: '127.0.0.1',
  maxSendQueueSize: 1_048_576,
  maxPacketSize: 31_457_280,
  maxRequestsPerEvent: 1000,
  maxReadAhead: 65_536,
} as const;
