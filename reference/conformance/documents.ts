// Whole documents in and out of an engine: the calls that the core makes for one SET or one GET, in their order.
import {
  DocStateFilter,
  type DocumentState,
  type EngineErrorCasPair,
  EngineErrorCode,
  type EngineStoreOperation,
  type Item,
} from '../engine/contract.ts';
import { ConformanceFailure, codeName, demandCode, demandEqual, show } from './failure.ts';
import type { Harness, ItemSpec } from './harness.ts';
import { type Key, keyText } from './lent-key.ts';

const { ENGINE_KEY_ENOENT, ENGINE_SUCCESS } = EngineErrorCode;

/** How a document is stored; SET, alive, and without a cas to compare by default. */
export interface PutOptions extends ItemSpec {
  readonly operation?: EngineStoreOperation;
  readonly state?: DocumentState;
  readonly cas?: bigint;
}

/** A document as the core saw it; the value is a copy. */
export interface Seen {
  readonly value: Uint8Array;
  readonly flags: number;
  readonly datatype: number;
  readonly exptime: number;
  readonly cas: bigint;
  readonly seqno: bigint;
  readonly documentState: DocumentState;
}

/** Text as latin1 bytes. */
export function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'latin1')) : value;
}

/** Stores a document and releases its item. */
export async function put(
  harness: Harness,
  key: Key,
  value: string | Uint8Array,
  options: PutOptions = {},
): Promise<EngineErrorCasPair> {
  const bytes = bytesOf(value);
  const made = await harness.allocate(key, bytes.length, options);
  if (made.status !== ENGINE_SUCCESS) return made;
  fill(harness, made.item, bytes);
  if (options.cas !== undefined) harness.itemSetCas(made.item, options.cas);
  const stored = await harness.store(made.item, options.operation, options.state);
  harness.release(made.item);
  return stored;
}

/** Writes a value into a fresh item. */
export function fill(harness: Harness, item: Item, bytes: Uint8Array): void {
  const { value } = harness.getItemInfo(item);
  demandEqual('the length of the value of a fresh item', value.length, bytes.length);
  value.set(bytes);
}

/** Stores a document that has to be stored, and gives its cas. */
export async function mustPut(
  harness: Harness,
  key: Key,
  value: string | Uint8Array,
  options: PutOptions = {},
): Promise<bigint> {
  const stored = await put(harness, key, value, options);
  if (stored.status === ENGINE_SUCCESS) return stored.cas;
  const text = `storing ${show(keyText(key))} with ${bytesOf(value).length} bytes`;
  throw new ConformanceFailure(`${text}: expected ENGINE_SUCCESS, got ${codeName(stored.status)}.`);
}

/** Looks a document up and releases its item: what was seen, or the code that came instead. */
export async function see(
  harness: Harness,
  key: Key,
  filter: DocStateFilter = DocStateFilter.Alive,
): Promise<Seen | EngineErrorCode> {
  const found = await harness.get(key, filter);
  if (found.status !== ENGINE_SUCCESS) return found.status;
  const seen = look(harness, found.item);
  harness.release(found.item);
  return seen;
}

/** What there is to see of an item that the core holds. */
export function look(harness: Harness, item: Item): Seen {
  const info = harness.getItemInfo(item);
  const { flags, datatype, exptime, cas, seqno, documentState } = info;
  return { value: new Uint8Array(info.value), flags, datatype, exptime, cas, seqno, documentState };
}

/** Looks up a document that has to be there. */
export async function mustSee(
  harness: Harness,
  key: Key,
  filter: DocStateFilter = DocStateFilter.Alive,
): Promise<Seen> {
  const seen = await see(harness, key, filter);
  if (typeof seen === 'object') return seen;
  throw new ConformanceFailure(`get ${show(keyText(key))}: expected the document, got ${codeName(seen)}.`);
}

/** @throws ConformanceFailure where the document is missing or has another value. */
export async function expectValue(harness: Harness, key: Key, value: string | Uint8Array): Promise<Seen> {
  const seen = await mustSee(harness, key);
  demandEqual(`the value of ${show(keyText(key))}`, seen.value, bytesOf(value));
  return seen;
}

/** @throws ConformanceFailure where the document is there. */
export async function expectMissing(harness: Harness, key: Key, why: string): Promise<void> {
  const seen = await see(harness, key);
  const code = typeof seen === 'object' ? ENGINE_SUCCESS : seen;
  demandCode(`get ${show(keyText(key))} ${why}`, code, ENGINE_KEY_ENOENT);
}

/** Gives references back where a test holds many. */
export function releaseAll(harness: Harness, items: readonly Item[]): void {
  for (const item of items) harness.release(item);
}
