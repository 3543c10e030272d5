// What the core sends through: the refactored send path (send-buffer.ts) and the old one (legacy/) behind one face.
import type { Connection } from './engine/contract.ts';
import type { Connection as V1Connection } from './engine/v1.ts';

/** The send side of one connection. Bytes leave in the order of the calls. */
export interface OutputStream {
  /** Where `reserve` made room; look at it after the call. */
  readonly memory: Buffer;
  /** Adds room for `length` bytes that the caller fills at once: at the offset answered, in `memory`. */
  reserve(length: number): number;
  /** Copies `data`; its memory is the caller's again. */
  copy(data: Uint8Array): void;
  /** Whether `length` bytes are worth sending by reference. */
  sendsByReference(length: number): boolean;
  /** Sends `data` by reference; `release` is called exactly once, when the kernel took it or the connection died. */
  chain(data: Uint8Array, release: () => void): void;
  /** Where the queue ends now. */
  mark(): number;
  /** Takes back what was added since `mark`; nothing was flushed since. */
  rewind(mark: number): void;
  /** A response is complete. */
  endOfResponse(): void;
  /** `dcp.step` is about to be called. */
  beginStep(): void;
  /** `dcp.step` has returned; `hasSent` where it said so (ENGINE_WANT_MORE). */
  endStep(hasSent: boolean): void;
  /** A step that runs may send another message. */
  readonly hasRoom: boolean;
  /** Nothing more is to be queued until the connection says that it drained. */
  readonly isFull: boolean;
  /** Bytes that the kernel has not taken. */
  readonly length: number;
  /** Hands what is queued to the kernel, as far as it takes it. */
  flush(): void;
  /** What an engine sends through. */
  readonly forEngine: Connection | V1Connection;
}

/** How values go out: copied, by reference, or by their size. */
export type SendMode = 'copy' | 'ref' | 'auto';

/** From this many bytes `auto` sends by reference (kv_engine 33231e82a: SendBuffer::MinimumDataSize). */
export const REFERENCE_THRESHOLD: number = 4096;
