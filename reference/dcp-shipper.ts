// Drives `dcp.step` of a DCP connection: when it is woken, when its input was handled, when its queue drained.
import type { Bucket } from './bucket.ts';
import type { Host } from './command.ts';
import type { CommandCookie } from './cookie.ts';
import { dcpMessageProducers } from './dcp-message-producers.ts';
import type { DcpMessageProducers } from './engine/contract.ts';
import { EngineErrorCode } from './engine/error-code.ts';
import type { OutputStream } from './output-stream.ts';
import type { Session } from './session.ts';

/** What a shipper needs of its connection. */
export interface DcpConnection {
  readonly host: Host & { schedule(task: () => void): void };
  readonly session: Session & { bucket: Bucket };
  readonly output: OutputStream;
  readonly cookie: CommandCookie;
  readonly isReadyToShip: boolean;
  disconnect(): void;
}

/** Bytes of messages that one connection queues before others go first (kv_engine dadfa38aa). */
const STEP_BYTES: number = 1024 * 1024;

/** Asks the engine for messages as long as it has some and the send queue has room. */
export class DcpShipper {
  readonly #connection: DcpConnection;
  readonly #producers: DcpMessageProducers;
  #isScheduled = false;
  /** A step is being taken. */
  isShipping = false;

  constructor(connection: DcpConnection) {
    this.#connection = connection;
    this.#producers = dcpMessageProducers(connection);
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

  /** Queues what the engine has to say. The caller flushes. */
  ship(): void {
    const connection = this.#connection;
    const { host, output, session } = connection;
    if (this.isShipping || !connection.isReadyToShip) return;
    const { engine } = session.bucket;
    const { dcp } = engine;
    if (dcp?.step === undefined) return;
    const limit = output.mark() + STEP_BYTES;
    this.isShipping = true;
    try {
      while (connection.isReadyToShip) {
        if (output.isFull) {
          // A queue that the kernel takes at once does not drain later: nobody would call again.
          output.flush();
          if (output.isFull || !connection.isReadyToShip) return;
        }
        if (output.mark() > limit) {
          host.stats.connYields += 1;
          this.wake();
          return;
        }
        output.beginStep();
        const code = dcp.step(engine, connection.cookie, this.#producers);
        output.endStep(code === EngineErrorCode.ENGINE_WANT_MORE);
        if (code === EngineErrorCode.ENGINE_WANT_MORE) continue;
        if (code !== EngineErrorCode.ENGINE_SUCCESS && !waits.has(code)) connection.disconnect();
        return;
      }
    } catch (error) {
      host.stats.engineFaults += 1;
      host.log('error', 'dcp.step failed', { error: error instanceof Error ? error.stack : String(error) });
      connection.disconnect();
    } finally {
      this.isShipping = false;
    }
  }
}

/** Nothing now: it wakes the connection later, or the queue drains. */
const waits: ReadonlySet<number> = new Set([
  EngineErrorCode.ENGINE_EWOULDBLOCK,
  EngineErrorCode.ENGINE_E2BIG,
]);
