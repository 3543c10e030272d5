// Where DCP messages go into a connection's send buffer, and items go back to their engine. Knows no message's layout.
import type { DcpConnection } from './dcp-shipper.ts';
import type { Cookie, EngineInterface, Item, ItemInfo, ReadonlyBytes } from './engine/contract.ts';
import { EngineErrorCode } from './engine/error-code.ts';
import { MAX_KEY_LENGTH } from './protocol/header.ts';
import { catchStray } from './stray-promise.ts';

const { ENGINE_E2BIG, ENGINE_FAILED, ENGINE_SUCCESS } = EngineErrorCode;

/** No bytes to send. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** A message about a document: everything up to the key's end, and the value that follows it. */
export interface DocumentMessage {
  readonly head: Uint8Array;
  readonly value: Uint8Array;
}

/** Makes the message about an item; `nmeta` bytes of meta will follow the value. */
export type EncodeDocument = (info: ItemInfo, key: Uint8Array, nmeta: number) => DocumentMessage;

/**
 * Queues messages as a whole or not at all. ENGINE_E2BIG where the send queue is full, ENGINE_FAILED outside a slot. What
 * an engine may not do within one throws: a message with another connection's cookie, or with what no header can describe.
 */
export class DcpOutbox {
  readonly #connection: DcpConnection;

  constructor(connection: DcpConnection) {
    this.#connection = connection;
  }

  /** Queues `head` and then `tail`, which are copied. */
  send(cookie: Cookie, head: Uint8Array, tail: Uint8Array = NO_BYTES): EngineErrorCode {
    const { output } = this.#connection;
    if (!this.#isCalledInTime(cookie)) return ENGINE_FAILED;
    if (!output.hasRoom) return ENGINE_E2BIG;
    const start = output.mark();
    try {
      output.copy(head);
      if (tail.length > 0) output.copy(tail);
    } catch (error) {
      output.rewind(start);
      throw error;
    }
    output.endOfResponse();
    return ENGINE_SUCCESS;
  }

  /**
   * Queues the message about an item. The item goes back to its engine exactly once: now, or when the kernel took the
   * value that was sent by reference, or the connection died. ENGINE_FAILED where the engine cannot tell about it.
   */
  sendItem(cookie: Cookie, item: Item, meta: ReadonlyBytes, encode: EncodeDocument): EngineErrorCode {
    const { output, session } = this.#connection;
    const { engine } = session.bucket;
    const start = output.mark();
    let isOwed = true;
    try {
      if (!this.#isCalledInTime(cookie)) return ENGINE_FAILED;
      if (!output.hasRoom) return ENGINE_E2BIG;
      const info = engine.getItemInfo(engine, cookie, item);
      if (info === undefined) return ENGINE_FAILED;
      catchStray(info, (error) => this.#blame('getItemInfo', error));
      if (!(info.value instanceof Uint8Array)) throw new TypeError('getItemInfo answered no value.');
      const key = checkedKey(info.key.data);
      const tail = bytesOf(meta);
      if (tail.length > MAX_U16)
        throw new RangeError(`A DCP message holds ${MAX_U16} bytes of meta, not ${tail.length}.`);
      const { head, value } = encode(info, key, tail.length);
      output.copy(head);
      if (value.length > 0 && output.sendsByReference(value.length)) {
        output.chain(value, () => this.#release(engine, cookie, item));
        isOwed = false;
      } else if (value.length > 0) {
        output.copy(value);
      }
      if (tail.length > 0) output.copy(tail);
      output.endOfResponse();
      return ENGINE_SUCCESS;
    } catch (error) {
      output.rewind(start);
      throw error;
    } finally {
      if (isOwed) this.#release(engine, cookie, item);
    }
  }

  /** Out of time nobody is there to catch what is thrown: it is refused, and told in the log. */
  #isCalledInTime(cookie: Cookie): boolean {
    const connection = this.#connection;
    if (!connection.isInEngine) {
      this.#blame('a DCP message', `It came outside dcp.step: it is only sent while that is called.`);
      return false;
    }
    if (cookie !== connection.cookie)
      throw new TypeError(
        `These producers are those of ${connection.cookie.name}, and another's cookie came.`,
      );
    return true;
  }

  #release(engine: EngineInterface, cookie: Cookie, item: Item): void {
    try {
      const nothing: unknown = engine.release(engine, cookie, item);
      catchStray(nothing, (error) => this.#blame('release', error));
    } catch (error) {
      this.#blame('release', error);
    }
  }

  #blame(slot: string, error: unknown): void {
    const { host, session } = this.#connection;
    host.stats.engineFaults += 1;
    host.log('error', `${slot} failed`, { bucket: session.bucket.name, error: String(error) });
  }
}

const MAX_U16 = 0xffff;

/**
 * A key as bytes to send.
 * @throws RangeError for one that is longer than keys are.
 */
export function checkedKey(key: ReadonlyBytes): Uint8Array {
  if (key.length > MAX_KEY_LENGTH)
    throw new RangeError(`A key has at most ${MAX_KEY_LENGTH} bytes, not ${key.length}.`);
  return bytesOf(key);
}

/** The same bytes for those who want a `Uint8Array`; a copy where they are none. */
export function bytesOf(data: ReadonlyBytes): Uint8Array {
  return data instanceof Uint8Array ? data : data.slice();
}
