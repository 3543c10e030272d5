// The DCP connections of an engine: who is there, and which side of it the engine is.
import {
  type Cookie,
  EngineErrorCode,
  EngineEventType,
  type EngineHandle,
  type ServerApi,
} from '../../engine/contract.ts';
import { ConsumerSession } from './dcp-consumer.ts';
import { KNOWN_FLAGS, OpenFlag } from './dcp-message.ts';
import { ProducerSession } from './dcp-producer.ts';
import type { DcpSession } from './dcp-session.ts';
import type { Documents } from './documents.ts';
import type { Add } from './statistics.ts';

const { ENGINE_DISCONNECT, ENGINE_EINVAL, ENGINE_ENOTSUP, ENGINE_SUCCESS } = EngineErrorCode;

/** The sessions, each kept with its connection by the core. */
export class DcpSessions {
  readonly #server: ServerApi;
  readonly #documents: Documents;
  readonly #sessions = new Map<DcpSession, Cookie>();

  constructor(server: ServerApi, documents: Documents) {
    this.#server = server;
    this.#documents = documents;
  }

  /** Listens for connections that go away. */
  start(handle: EngineHandle): void {
    this.#server.callback.registerCallback(handle, EngineEventType.ON_DISCONNECT, (cookie) => {
      const session = cookie === undefined ? undefined : this.find(cookie);
      if (session !== undefined) this.#drop(session);
    });
  }

  /** Leaves every connection. */
  stop(): void {
    for (const session of [...this.#sessions.keys()]) this.#drop(session);
  }

  /** Opens one side of a connection. A connection that has the name already is closed, as in ep-engine. */
  open(cookie: Cookie, flags: number, name: string): EngineErrorCode {
    if (this.find(cookie) !== undefined) return ENGINE_DISCONNECT;
    if ((flags & ~KNOWN_FLAGS) !== 0 || name === '') return ENGINE_EINVAL;
    if ((flags & (OpenFlag.Notifier | OpenFlag.Collections)) !== 0) return ENGINE_ENOTSUP;
    for (const other of this.#sessions.keys()) if (other.name === name) other.supersede();
    const values = {
      includeXattrs: (flags & OpenFlag.IncludeXattrs) !== 0,
      noValue: (flags & OpenFlag.NoValue) !== 0,
    };
    const session =
      (flags & OpenFlag.Producer) === 0
        ? new ConsumerSession(this.#server, this.#documents, cookie, name)
        : new ProducerSession(this.#server, this.#documents, cookie, name, values);
    this.#sessions.set(session, cookie);
    this.#server.cookie.storeEngineSpecific(cookie, session);
    return ENGINE_SUCCESS;
  }

  find(cookie: Cookie): DcpSession | undefined {
    return this.producer(cookie) ?? this.consumer(cookie);
  }

  producer(cookie: Cookie): ProducerSession | undefined {
    const session = this.#server.cookie.getEngineSpecific(cookie);
    return session instanceof ProducerSession && this.#sessions.has(session) ? session : undefined;
  }

  consumer(cookie: Cookie): ConsumerSession | undefined {
    const session = this.#server.cookie.getEngineSpecific(cookie);
    return session instanceof ConsumerSession && this.#sessions.has(session) ? session : undefined;
  }

  /** Reports the group `dcp`; false for any other. */
  addStats(group: string, add: Add): boolean {
    if (group !== 'dcp') return false;
    add('dcp_count', this.#sessions.size);
    for (const session of this.#sessions.keys()) session.addStats(add);
    return true;
  }

  #drop(session: DcpSession): void {
    const cookie = this.#sessions.get(session);
    session.close();
    this.#sessions.delete(session);
    if (cookie !== undefined) this.#server.cookie.storeEngineSpecific(cookie, undefined);
  }
}
