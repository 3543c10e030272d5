// What a bufferevent needs of whatever carries its bytes: a socket, a TLS session, an in-memory pair. No buffering here.

/** What a transport tells its owner. Everything may be called from within `write`, `resume` or `destroy`, but `onRead`. */
export interface TransportEvents {
  /** `length` bytes arrived at the front of `bytes`, whose memory is the transport's again after the call. */
  onRead(bytes: Buffer, length: number): void;
  /** The kernel took all of the last `write` that answered false; the next one may be made. */
  onWritten(): void;
  /** The peer will send no more. It may still read. */
  onEnd(): void;
  /** Nothing goes either way any more; called exactly once. The error is why, where there is one. */
  onClose(error: Error | undefined): void;
}

/** One end of a byte stream. */
export interface Transport {
  /** Where the other end is, for the log: `127.0.0.1:4711`, `unix`, `pair`. */
  readonly peerName: string;
  /** Bytes of the last `write` that the kernel has not taken; undefined where the carrier cannot tell. */
  readonly unsent?: number;
  /** Called once, before anything else: bytes are read from here on. */
  start(events: TransportEvents): void;
  /**
   * Hands `chunks` over, in order, as one write where the carrier can. True: the kernel has taken all bytes, the memory
   * is the caller's again. False: it is not until `onWritten` or `onClose`, and no other write may be made before.
   */
  write(chunks: readonly Uint8Array[]): boolean;
  /** Stops reading: the peer is held up once the carrier's own buffer is full. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Sends end of file after what was written; reading goes on. */
  end(): void;
  /** Drops everything, in both directions, at once. `onClose` follows. */
  destroy(): void;
}
