// Numbers of DCP: opcodes, flags, and the lengths of whole messages, which flow control counts at both ends.

/** The messages that this engine sends or gets responses to (docs/BinaryProtocol.md). */
export const DcpOpcode = {
  StreamReq: 0x53,
  StreamEnd: 0x55,
  SnapshotMarker: 0x56,
  Mutation: 0x57,
  Deletion: 0x58,
  Expiration: 0x59,
  SetVbucketState: 0x5b,
  Noop: 0x5c,
  BufferAcknowledgement: 0x5d,
  Control: 0x5e,
} as const;

/** Flags of `open`. */
export const OpenFlag = { Producer: 1, Notifier: 2, IncludeXattrs: 4, NoValue: 8, Collections: 16 } as const;

/** Flags of `addStream` and `streamReq`. */
export const StreamFlag = { Takeover: 1, DiskOnly: 2, Latest: 4, NoValue: 8, ActiveOnly: 16 } as const;

/** Every flag that `open` knows, and every one that streams know. */
export const KNOWN_FLAGS = 0x1f;

/** Flags of a snapshot marker. */
export const MarkerFlag = { Memory: 1, Disk: 2, Checkpoint: 4, Ack: 8 } as const;

/** Why a stream ended, as the flags of `streamEnd`. */
export const StreamEndReason = { Ok: 0, Closed: 1, StateChanged: 2, Disconnected: 3, TooSlow: 4 } as const;
/** One of {@link StreamEndReason}. */
export type StreamEndReason = (typeof StreamEndReason)[keyof typeof StreamEndReason];

/** Lengths in bytes of the header, 24, and the extras; key, value and meta come on top. */
export const MessageLength = {
  flush: 24,
  setVbucketState: 25,
  streamEnd: 28,
  systemEvent: 36,
  deletion: 42,
  marker: 44,
  mutation: 55,
} as const;
