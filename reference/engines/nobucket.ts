// The engine of a connection that is in no bucket: everything it is asked for is ENGINE_NO_BUCKET. Keeps nothing.
import {
  type EngineErrorCode as Code,
  type CreateInstance,
  ENGINE_INTERFACE_VERSION,
  EngineErrorCode,
  type EngineInterface,
} from '../engine/contract.ts';

const { ENGINE_ENOTSUP, ENGINE_NO_BUCKET, ENGINE_SUCCESS } = EngineErrorCode;

const FAILED = { status: ENGINE_NO_BUCKET } as const;
const noBucket = (): Code => ENGINE_NO_BUCKET;
const failed = (): typeof FAILED => FAILED;

/** An item that this engine never gave: only a mistake of the core leads here (as in kv_engine's nobucket.cc). */
function noItem(): never {
  throw new Error('The engine "nobucket" has no items: this one belongs to another engine.');
}

/**
 * An engine that answers ENGINE_NO_BUCKET. It lacks what kv_engine's lacks: `getMeta`, `setLogLevel`, and of `dcp`
 * `noop`, `bufferAcknowledgement`, `control` and `responseHandler` (engines/nobucket/nobucket.cc at 0dbb0e534).
 */
export function nobucketEngine(): EngineInterface {
  return {
    interface: 1,
    getInfo: () => ({ description: 'No bucket', features: [] }),
    initialize: () => ENGINE_SUCCESS,
    destroy: () => {},
    allocate: failed,
    allocateEx: failed,
    remove: failed,
    release: noItem,
    get: failed,
    getIf: failed,
    getLocked: failed,
    getAndTouch: failed,
    unlock: noBucket,
    store: failed,
    storeIf: failed,
    flush: noBucket,
    getStats: noBucket,
    resetStats: () => {},
    unknownCommand: noBucket,
    itemSetCas: noItem,
    getItemInfo: noItem,
    setItemInfo: noItem,
    dcp: {
      step: noBucket,
      open: noBucket,
      addStream: noBucket,
      closeStream: noBucket,
      streamReq: failed,
      getFailoverLog: noBucket,
      streamEnd: noBucket,
      snapshotMarker: noBucket,
      mutation: noBucket,
      deletion: noBucket,
      expiration: noBucket,
      flush: noBucket,
      setVbucketState: noBucket,
      systemEvent: noBucket,
    },
    collections: {
      setManifest: () => ({ status: ENGINE_NO_BUCKET, message: 'There is no bucket to have collections.' }),
    },
    isXattrEnabled: () => false,
  };
}

/** Makes one engine; the server gives it to connections that have not selected a bucket. */
export const createInstance: CreateInstance = (interfaceVersion) =>
  interfaceVersion === ENGINE_INTERFACE_VERSION
    ? { status: ENGINE_SUCCESS, handle: nobucketEngine() }
    : { status: ENGINE_ENOTSUP };
