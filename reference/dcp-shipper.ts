// Drives `dcp.step` of a DCP connection: when it is woken, when its input was handled, when its queue drained.
import type { Bucket } from './bucket.ts';
import type { Host } from './command.ts';
import type { CommandCookie } from './cookie.ts';
import { dcpMessageProducers } from './dcp-message-producers.ts';
import type { DcpInterface, DcpMessageProducers, EngineInterface } from './engine/contract.ts';
import { EngineErrorCode, engineErrorName } from './engine/error-code.ts';
import type { OutputStream } from './output-stream.ts';
import type { Session } from './session.ts';
import { catchStray } from './stray-promise.ts';

const { ENGINE_E2BIG, ENGINE_WANT_MORE } = EngineErrorCode;

/** What a shipper needs of its connection. */
export interface DcpConnection {
  readonly host: Host & { readonly maxRequestsPerEvent: number; schedule(task: () => void): void };
  readonly session: Session & { bucket: Bucket };
  readonly output: OutputStream;
  readonly cookie: CommandCookie;
  readonly isReadyToShip: boolean;
  /** A slot of the engine is being called: messages may come. */
  readonly isInEngine: boolean;
  disconnect(): void;
}

/** Bytes of messages that one connection queues before others go first (kv_engine dadfa38aa). */
const STEP_BYTES: number = 1024 * 1024;

/** Asks the engine for messages as long as it has some and the send queue has room. */
export class DcpShipper {
  readonly #connection: DcpConnection;
  #producers: DcpMessageProducers | undefined;
  #isScheduled = false;
  /** A step is being taken. */
  isShipping = false;

  constructor(connection: DcpConnection) {
    this.#connection = connection;
    this.#producers = undefined;
  }

  /** Ships soon; never within the call. */
  wake(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#connection.host.schedule(() => {
      this.#isScheduled = false;
      this.ship();
      if (this.#connection.isReadyToShip) this.#connection.output.flush();
    });
  }

  /** Queues what the engine has to say, and sends as much of it as it takes to go on. The caller flushes. */
  ship(): void {
    const connection = this.#connection;
    if (this.isShipping || !connection.isReadyToShip) return;
    const { engine } = connection.session.bucket;
    if (engine.dcp?.step === undefined) return;
    this.isShipping = true;
    try {
      this.#steps(engine, engine.dcp);
    } catch (error) {
      this.#blame(error);
    } finally {
      this.isShipping = false;
    }
  }

  #steps(engine: EngineInterface, dcp: DcpInterface): void {
    const connection = this.#connection;
    const { host, output } = connection;
    this.#producers ??= dcpMessageProducers(connection);
    const limit = output.mark() + STEP_BYTES;
    let left = host.maxRequestsPerEvent;
    while (connection.isReadyToShip) {
      if (output.isFull) {
        // A queue that the kernel takes at once does not drain later: nobody would call again.
        output.flush();
        if (output.isFull || !connection.isReadyToShip) return;
      }
      if (left === 0 || output.mark() > limit) {
        host.stats.connYields += 1;
        this.wake();
        return;
      }
      left -= 1;
      output.beginStep();
      const code: unknown = dcp.step?.(engine, connection.cookie, this.#producers);
      output.endStep(code === ENGINE_WANT_MORE || code === ENGINE_E2BIG);
      if (code === ENGINE_WANT_MORE || (code === ENGINE_E2BIG && output.isFull)) continue;
      if (!waits.has(code)) this.#close(code);
      return;
    }
  }

  /** The engine wants no more of this connection, or does not answer what steps answer. */
  #close(code: unknown): void {
    if (typeof code === 'number') {
      const { cookie, host, session } = this.#connection;
      const facts = { bucket: session.bucket.name, cookie: cookie.name, code: engineErrorName(code) };
      host.log('info', 'dcp.step closes the connection', facts);
      this.#connection.disconnect();
      return;
    }
    catchStray(code, (error) => this.#blame(error));
    this.#blame(new TypeError(`dcp.step answered ${String(code)}, which is no code.`));
  }

  #blame(error: unknown): void {
    const { cookie, host, session } = this.#connection;
    host.stats.engineFaults += 1;
    host.log('error', 'dcp.step failed', {
      bucket: session.bucket.name,
      cookie: cookie.name,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    this.#connection.disconnect();
  }
}

/** Nothing now: the engine wakes the connection later. */
const waits: ReadonlySet<unknown> = new Set([
  EngineErrorCode.ENGINE_SUCCESS,
  EngineErrorCode.ENGINE_EWOULDBLOCK,
  ENGINE_E2BIG,
]);
