// The tables of an inner engine, dcp and collections, as the outer one offers them: the same slots, none of them wrapped.
import type {
  CollectionsInterface,
  DcpInterface,
  EngineHandle,
  EngineInterface,
} from '../../engine/contract.ts';

/** A slot, by its parameters after the handle. */
type Slot<A extends unknown[], R> = (handle: EngineHandle, ...args: A) => R;

/** Makes slots that call slots of `table`, as its methods, with the inner engine for a handle. */
function forwarder(table: object, inner: EngineInterface) {
  return <A extends unknown[], R>(slot: Slot<A, R>): Slot<A, R> =>
    (_handle, ...args) =>
      slot.call(table, inner, ...args);
}

/** The inner engine's DCP slots, those that it has and no others; undefined where it has no DCP. */
export function forwardDcp(inner: EngineInterface): DcpInterface | undefined {
  const { dcp } = inner;
  if (dcp === undefined) return undefined;
  const to = forwarder(dcp, inner);
  return {
    ...(dcp.step && { step: to(dcp.step) }),
    ...(dcp.open && { open: to(dcp.open) }),
    ...(dcp.addStream && { addStream: to(dcp.addStream) }),
    ...(dcp.closeStream && { closeStream: to(dcp.closeStream) }),
    ...(dcp.streamReq && { streamReq: to(dcp.streamReq) }),
    ...(dcp.getFailoverLog && { getFailoverLog: to(dcp.getFailoverLog) }),
    ...(dcp.streamEnd && { streamEnd: to(dcp.streamEnd) }),
    ...(dcp.snapshotMarker && { snapshotMarker: to(dcp.snapshotMarker) }),
    ...(dcp.mutation && { mutation: to(dcp.mutation) }),
    ...(dcp.deletion && { deletion: to(dcp.deletion) }),
    ...(dcp.expiration && { expiration: to(dcp.expiration) }),
    ...(dcp.flush && { flush: to(dcp.flush) }),
    ...(dcp.setVbucketState && { setVbucketState: to(dcp.setVbucketState) }),
    ...(dcp.noop && { noop: to(dcp.noop) }),
    ...(dcp.bufferAcknowledgement && { bufferAcknowledgement: to(dcp.bufferAcknowledgement) }),
    ...(dcp.control && { control: to(dcp.control) }),
    ...(dcp.responseHandler && { responseHandler: to(dcp.responseHandler) }),
    ...(dcp.systemEvent && { systemEvent: to(dcp.systemEvent) }),
  };
}

/** The inner engine's collections; undefined where it has none. */
export function forwardCollections(inner: EngineInterface): CollectionsInterface | undefined {
  const { collections } = inner;
  return collections && { setManifest: forwarder(collections, inner)(collections.setManifest) };
}
