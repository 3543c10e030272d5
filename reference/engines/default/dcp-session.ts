// What the two ends of a DCP connection have in common.
import {
  type Cookie,
  type DcpMessageProducers,
  type DeepReadonly,
  EngineErrorCode,
  type ProtocolBinaryResponseHeader,
  type ServerApi,
} from '../../engine/contract.ts';
import type { Add } from './statistics.ts';

/** One DCP connection, from `open` to its end. */
export interface DcpSession {
  readonly name: string;
  /** Says one thing: ENGINE_WANT_MORE where it did, ENGINE_SUCCESS where there was nothing to say. */
  step(producers: DcpMessageProducers): EngineErrorCode;
  handleResponse(response: DeepReadonly<ProtocolBinaryResponseHeader>): EngineErrorCode;
  closeStream(vbucket: number): EngineErrorCode;
  /** Another connection took the name: the next step disconnects. */
  supersede(): void;
  /** The connection is gone. Nothing is said any more. */
  close(): void;
  addStats(add: Add): void;
}

/** Wakes a connection that had nothing to say, once. */
export class Wakeup {
  readonly cookie: Cookie;
  readonly #server: ServerApi;
  #isIdle = false;

  constructor(server: ServerApi, cookie: Cookie) {
    this.#server = server;
    this.cookie = cookie;
  }

  /** `step` looks for something to say; whatever comes up meanwhile it finds by itself. */
  begin(): void {
    this.#isIdle = false;
  }

  /** `step` found nothing. */
  idle(): EngineErrorCode {
    this.#isIdle = true;
    return EngineErrorCode.ENGINE_SUCCESS;
  }

  wake(): void {
    if (!this.#isIdle) return;
    this.#isIdle = false;
    this.#server.cookie.notifyIoComplete(this.cookie, EngineErrorCode.ENGINE_SUCCESS);
  }
}
