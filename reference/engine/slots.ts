// The names of the slots, and which of them an engine has to fill. The contract as data; the types hold the two together.
import type { CollectionsInterface, DcpInterface, EngineInterface } from './contract.ts';

type SlotsOf<T> = {
  [K in keyof T]-?: NonNullable<T[K]> extends (...args: never[]) => unknown ? K : never;
}[keyof T];

/** Whether an engine has to fill a slot. */
export type SlotNeed = 'required' | 'optional';

type NeedOf<T, K extends keyof T> = undefined extends T[K] ? 'optional' : 'required';

/** Every slot of an engine but those of its tables `dcp` and `collections`, in the contract's order. */
export const engineSlots: { readonly [K in SlotsOf<EngineInterface>]: NeedOf<EngineInterface, K> } = {
  getInfo: 'required',
  initialize: 'required',
  destroy: 'required',
  allocate: 'required',
  allocateEx: 'required',
  remove: 'required',
  release: 'required',
  get: 'required',
  getMeta: 'optional',
  getIf: 'required',
  getLocked: 'required',
  getAndTouch: 'required',
  unlock: 'required',
  store: 'required',
  storeIf: 'required',
  flush: 'required',
  getStats: 'required',
  resetStats: 'required',
  unknownCommand: 'required',
  itemSetCas: 'required',
  getItemInfo: 'required',
  setItemInfo: 'required',
  setLogLevel: 'optional',
  isXattrEnabled: 'required',
};

/** Every slot of `dcp`, in the contract's order. */
export const dcpSlots: { readonly [K in SlotsOf<DcpInterface>]: NeedOf<DcpInterface, K> } = {
  step: 'optional',
  open: 'optional',
  addStream: 'optional',
  closeStream: 'optional',
  streamReq: 'optional',
  getFailoverLog: 'optional',
  streamEnd: 'optional',
  snapshotMarker: 'optional',
  mutation: 'optional',
  deletion: 'optional',
  expiration: 'optional',
  flush: 'optional',
  setVbucketState: 'optional',
  noop: 'optional',
  bufferAcknowledgement: 'optional',
  control: 'optional',
  responseHandler: 'optional',
  systemEvent: 'optional',
};

/** Every slot of `collections`. */
export const collectionsSlots: {
  readonly [K in SlotsOf<CollectionsInterface>]: NeedOf<CollectionsInterface, K>;
} = {
  setManifest: 'required',
};

/**
 * The slots that a handle lacks, by name (`get`, `dcp.step`): required ones that are missing, and any that is something
 * else than a function. `interface` where it is not 1. Empty for an engine.
 */
export function missingSlots(handle: unknown): string[] {
  const missing = member(handle, 'interface') === 1 ? [] : ['interface'];
  addMissing(missing, '', handle, engineSlots);
  const dcp = member(handle, 'dcp');
  if (dcp !== undefined) addMissing(missing, 'dcp.', dcp, dcpSlots);
  const collections = member(handle, 'collections');
  if (collections !== undefined) addMissing(missing, 'collections.', collections, collectionsSlots);
  return missing;
}

function addMissing(
  missing: string[],
  prefix: string,
  table: unknown,
  slots: Readonly<Record<string, SlotNeed>>,
): void {
  for (const [name, need] of Object.entries(slots)) {
    const slot = member(table, name);
    if (slot === undefined && need === 'optional') continue;
    if (typeof slot !== 'function') missing.push(`${prefix}${name}`);
  }
}

function member(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;
}
