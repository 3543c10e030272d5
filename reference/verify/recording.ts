// What one side of a comparison was seen to do: everything that is compared, and what a report says about it.

/** One connection of a client, from its first byte to its last. */
export interface ConnectionRecord {
  readonly slot: number;
  /** The step that opened it. */
  readonly openedIn: number;
  /** Everything that the client got. */
  readonly received: Buffer;
  /** Length of `received` at the end of each step, from `openedIn` on. */
  readonly marks: readonly number[];
  /** The step in which the server closed it; undefined where it did not, or the client came first. */
  readonly closedIn: number | undefined;
  readonly sent: readonly SentPacket[];
}

/** A packet, or bytes that are none, that a client sent. */
export interface SentPacket {
  readonly step: number;
  readonly bytes: Buffer;
}

/** Something that was seen in a step. */
export interface Sighting {
  readonly step: number;
  readonly text: string;
}

/** A write of the engine to a response header, tried or done. */
export interface HeaderWrite {
  readonly step: number;
  /** `response.response.status`. */
  readonly field: string;
  /** The response whose header it was, whole. */
  readonly response: Buffer;
}

/** How much was played. */
export interface PlayCounts {
  /** Packets that clients sent. */
  requests: number;
  /** Packets that clients got. */
  replies: number;
  /** Bytes that clients got. */
  bytes: number;
  /** Calls of the engine's slots. */
  slotCalls: number;
  /** Messages of DCP that clients got. */
  dcpMessages: number;
  /** Calls of `dcp.responseHandler`. */
  headerHandlings: number;
  /** Items that were given back to the engine. */
  releases: number;
  /** Calls that were made to wait or to fail. */
  injected: number;
}

/** Everything that one side did in one conversation. */
export interface Recording {
  readonly connections: readonly ConnectionRecord[];
  /** Labels of the items that were given back. */
  readonly releases: readonly Sighting[];
  readonly headerWrites: readonly HeaderWrite[];
  /** What must not be, whatever the other side does: an item given back twice, or never. */
  readonly violations: readonly Sighting[];
  /** What ended the play before its end. */
  readonly failure: Sighting | undefined;
  readonly counts: PlayCounts;
}
