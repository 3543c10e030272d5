// What a handler sees of the command that runs. The core is behind it; handlers import these types only.
import type { Bucket } from './bucket.ts';
import type { ServerClock } from './clock.ts';
import type {
  Cookie,
  DocKey,
  EngineErrorCode,
  EngineFailed,
  EngineInterface,
  Item,
  ItemInfo,
  MutationDescr,
  ReadonlyBytes,
} from './engine/contract.ts';
import type { Profile } from './profile.ts';
import type { RequestFrame } from './protocol/request-frame.ts';
import type { ServerStats } from './server-stats.ts';
import type { Session } from './session.ts';

/** A response with anything in it. Everything left out is empty or 0; the status is success. */
export interface Response {
  readonly status?: number;
  readonly extras?: ReadonlyBytes;
  readonly key?: ReadonlyBytes;
  readonly value?: ReadonlyBytes;
  readonly datatype?: number;
  readonly cas?: bigint;
}

/** What the connection of a command is, for statistics. */
export interface ConnectionFacts {
  readonly id: bigint;
  readonly peerName: string;
  readonly session: Session;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly queued: number;
}

/** The server, as far as handlers need it. */
export interface Host {
  readonly profile: Profile;
  readonly stats: ServerStats;
  readonly clock: ServerClock;
  /** What VERSION answers. */
  readonly version: string;
  /** Settings for the stat group `settings`, as texts. */
  readonly settings: ReadonlyMap<string, string>;
  /** Whether a login is needed before documents are. */
  readonly hasUsers: boolean;
  /** Whether this is the user's password. */
  authenticate(user: string, password: string): boolean;
  bucket(name: string): Bucket | undefined;
  bucketNames(): readonly string[];
  connections(): readonly ConnectionFacts[];
  log(
    level: 'debug' | 'info' | 'warn' | 'error',
    message: string,
    facts?: Readonly<Record<string, unknown>>,
  ): void;
}

/**
 * One command. It is the same object for all commands of a connection, one after the other.
 * A method that responds answers ENGINE_SUCCESS, for the handler to return.
 */
export interface Command {
  readonly request: RequestFrame;
  /** The request's key, valid until the handler returns. */
  readonly key: DocKey;
  readonly cookie: Cookie;
  /** Of the connection's bucket. */
  readonly engine: EngineInterface;
  readonly session: Session;
  readonly host: Host;
  /** What the handler got done before it had to wait; undefined at the first call. Gone when the command ends. */
  progress: unknown;

  /** What the engine tells about an item. @throws TypeError where it tells nothing, or nonsense. */
  infoOf(item: Item): ItemInfo;
  /** The memory of a fresh item, to be filled. @throws RangeError where it is not as long as was asked for. */
  memoryOf(item: Item, length: number): Uint8Array;
  /** The same answer, of a slot that answers no code: a promise, where none may be, does not end the process. */
  settle<T>(answer: T): T;
  /** The core gives this item back (`release`) when the command ends, however it ends. */
  keep(item: Item): void;
  /** Responds with success; a quiet command says nothing. With the extras of a mutation where the client wants them. */
  succeed(cas?: bigint, mutation?: MutationDescr): EngineErrorCode;
  /** Responds with a status: an error with its text where the profile has texts. Quiet commands hide their misses. */
  fail(status: number): EngineErrorCode;
  /** Responds with anything, whether the command is quiet or not. May be called more than once (stat). */
  respond(response: Response): EngineErrorCode;
  /** Responds with a document, with its key or without; gives the item back when its bytes are no longer needed. */
  sendDocument(item: Item, info: ItemInfo, withKey: boolean): EngineErrorCode;
  /** Closes the connection once everything queued is sent. */
  closeAfterFlush(): void;
  /** Puts the connection into another bucket; its engine is told that the connection left the old one. */
  selectBucket(bucket: Bucket): void;
}

/**
 * Runs a command, or goes on with one that had to wait.
 * ENGINE_SUCCESS: it has responded, or has nothing to say. ENGINE_EWOULDBLOCK: it waits, and is called again with the
 * same request after `notifyIoComplete`. ENGINE_DISCONNECT: the connection is closed. Any other code is responded to by
 * the core, with the status that it stands for. A handler may return the result of a slot as it is.
 */
export type Handler = (command: Command) => EngineErrorCode | EngineFailed;

/** What a quiet command does not say: nothing; a miss (GETQ and its like); success (SETQ and its like). */
export type Quietness = 'none' | 'miss' | 'success';

/** One command of the protocol. */
export interface CommandDefinition {
  readonly opcode: number;
  readonly run: Handler;
  /** `none` where it is left out. */
  readonly quiet?: Quietness;
  /** Works before a login; false where it is left out. */
  readonly beforeLogin?: boolean;
}
