// The bits and codes inside the extras of DCP messages (docs/dcp/documentation/commands).

/** How a DCP connection is opened. Notifier stands alone. */
export const DcpOpenFlag = {
  Producer: 1,
  Notifier: 2,
  IncludeXattrs: 4,
  NoValue: 8,
  Collections: 16,
} as const;

/** What DCP_ADD_STREAM asks for. NoValue belongs to DCP_OPEN and is refused here. */
export const DcpAddStreamFlag = {
  Takeover: 1,
  DiskOnly: 2,
  Latest: 4,
  NoValue: 8,
  ActiveVbOnly: 16,
} as const;

/** Where the items of a snapshot come from, and whether the marker wants a response. */
export const DcpMarkerFlag = { Memory: 1, Disk: 2, Checkpoint: 4, Ack: 8 } as const;

/** Events that DCP_SYSTEM_EVENT carries. */
export const DcpSystemEvent = {
  CreateCollection: 0,
  DeleteCollection: 1,
  CollectionsSeparatorChanged: 2,
} as const;

/** The bits of a group as one mask. */
export function allFlags(flags: Readonly<Record<string, number>>): number {
  let mask = 0;
  for (const bit of Object.values(flags)) mask |= bit;
  return mask;
}
