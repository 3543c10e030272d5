// What holds of the contract's types; contract.test.ts runs the compiler over this file, and so does `npm run check`.
import type * as today from '../../../reference/engine/contract.ts';
import type { DeepReadonly, ReadonlyBytes } from '../../../reference/engine/contract.ts';
import type * as v1 from '../../../reference/engine/v1.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Parameter<F, N extends number> = Parameters<Extract<F, (...args: never[]) => unknown>>[N];

/** Compiles only for `true`. */
function holds<T extends true>(): T | undefined {
  return undefined;
}

type Handler<I extends { responseHandler?: unknown }> = NonNullable<I['responseHandler']>;

// The header of the old contract is mutable, today's is not, and that is all that differs between the two interfaces.
holds<Equal<Parameter<Handler<v1.DcpInterface>, 2>, today.ProtocolBinaryResponseHeader>>();
holds<Equal<Parameter<Handler<today.DcpInterface>, 2>, DeepReadonly<today.ProtocolBinaryResponseHeader>>>();
holds<Equal<Omit<v1.DcpInterface, 'responseHandler'>, Omit<today.DcpInterface, 'responseHandler'>>>();
holds<Equal<keyof v1.DcpInterface, keyof today.DcpInterface>>();
holds<Equal<Omit<v1.EngineInterface, 'dcp'>, Omit<today.EngineInterface, 'dcp'>>>();
holds<Equal<keyof v1.EngineInterface, keyof today.EngineInterface>>();
holds<Equal<v1.DcpMessageProducers, today.DcpMessageProducers>>();
holds<Equal<v1.CollectionsInterface, today.CollectionsInterface>>();

// The connection is the other difference.
holds<Equal<keyof today.Connection, 'copyToOutputStream' | 'chainDataToOutputStream'>>();
holds<
  Equal<
    keyof v1.Connection,
    'addMsgHdr' | 'addIov' | 'sendmsg' | 'transmit' | 'reserveItem' | 'pushTempAlloc'
  >
>();
holds<Equal<ReturnType<v1.ServerCookieApi['getConnection']>, v1.Connection>>();
holds<Equal<Omit<v1.ServerCookieApi, 'getConnection'>, Omit<today.ServerCookieApi, 'getConnection'>>>();
holds<Equal<Omit<v1.ServerApi, 'cookie'>, Omit<today.ServerApi, 'cookie'>>>();

/** Every way to write that the type can refuse. */
export function writes(header: DeepReadonly<today.ProtocolBinaryResponseHeader>, bytes: Uint8Array): void {
  // @ts-expect-error a member of the header
  header.bytes = bytes;
  // @ts-expect-error a field of the nested response
  header.response.status = 0;
  // @ts-expect-error a compound assignment
  header.response.opaque += 1;
  // @ts-expect-error a 64 bit field
  header.response.cas = 0n;
  // @ts-expect-error one byte
  header.bytes[0] = 0;
  // @ts-expect-error a view's own methods
  header.bytes.set(bytes);
  // @ts-expect-error another
  header.bytes.fill(0);
  // @ts-expect-error no way to the memory
  header.bytes.buffer;
  // @ts-expect-error nor through a narrower view
  header.bytes.subarray(24)[0] = 0;
  // @ts-expect-error nor through an iterator's neighbour
  header.bytes.subarray(24).reverse();
  // @ts-expect-error a helper that takes a mutable header might write
  const mutable: today.ProtocolBinaryResponseHeader = header;
  // @ts-expect-error a helper that takes bytes might write
  const view: Uint8Array = header.bytes;
  // @ts-expect-error a view over the same memory cannot be made
  new DataView(header.bytes);
  void [mutable, view];
}

/** What an engine needs to read and to copy. */
export function reads(header: DeepReadonly<today.ProtocolBinaryResponseHeader>): Uint8Array {
  const { opcode, cas } = header.response;
  const copy = { response: { ...header.response }, bytes: header.bytes.slice() };
  const changed: today.ProtocolBinaryResponseHeader = copy;
  changed.bytes[0] = opcode;
  let sum = cas;
  for (const byte of header.bytes.subarray(24)) sum += BigInt(byte);
  changed.response.cas = sum;
  return changed.bytes;
}

// A mutable header, a Uint8Array and a Buffer may all be passed on as read-only ones.
export const accepted: (header: today.ProtocolBinaryResponseHeader, buffer: Buffer) => unknown[] = (
  header,
  buffer,
) => [
  header satisfies DeepReadonly<today.ProtocolBinaryResponseHeader>,
  header.bytes satisfies ReadonlyBytes,
  buffer satisfies ReadonlyBytes,
];

// Depth: arrays, tuples, maps, sets, views, functions.
holds<
  Equal<DeepReadonly<{ a: { b: number[] }[] }>, { readonly a: readonly { readonly b: readonly number[] }[] }>
>();
holds<Equal<DeepReadonly<[number, { a: string }]>, readonly [number, { readonly a: string }]>>();
holds<Equal<DeepReadonly<Map<string, { a: 1 }>>, ReadonlyMap<string, { readonly a: 1 }>>>();
holds<Equal<DeepReadonly<Set<number[]>>, ReadonlySet<readonly number[]>>>();
holds<Equal<DeepReadonly<Uint8Array | undefined>, ReadonlyBytes | undefined>>();
holds<Equal<DeepReadonly<() => number>, () => number>>();
holds<Equal<'setUint8' extends keyof DeepReadonly<DataView> ? false : true, true>>();
holds<Equal<DeepReadonly<DeepReadonly<{ a: Uint8Array }>>, DeepReadonly<{ a: Uint8Array }>>>();

/** An engine of the old contract is assignable where today's is asked for only if its header helpers are, too. */
export class Narrow implements today.DcpInterface {
  // @ts-expect-error this much TypeScript sees: bytes that could be written
  responseHandler(_handle: today.EngineHandle, _cookie: today.Cookie, response: { bytes: number }): 0 {
    return response.bytes as 0;
  }
}
