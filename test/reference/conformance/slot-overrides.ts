// What a defect is made of: slots that stand between an engine and its core.
import { type ResponseSpec, responsePacket } from '../../../reference/conformance/dcp/response-packet.ts';
import {
  type Cookie,
  type DcpMessageProducers,
  type DocKey,
  DocStateFilter,
  type EngineErrorCode,
  type EngineInterface,
  EngineStoreOperation,
  type ProtocolBinaryRequestHeader,
} from '../../../reference/engine/contract.ts';
import type { Connection as V1Connection } from '../../../reference/engine/v1.ts';
import type { Override } from './wrapped-engine.ts';

const [SUCCESS, EWOULDBLOCK] = [0, 7] as const;
const { OPERATION_SET } = EngineStoreOperation;

/** Takes one operation of `store` for another. */
export const storesAs: (wrong: EngineStoreOperation) => Override = (wrong) => (inner) => ({
  store: (_handle, cookie, item, operation, state) =>
    inner.store(inner, cookie, item, operation === wrong ? OPERATION_SET : operation, state),
});

/** What `allocate` gets behind the key. */
export type AllocateRest = [
  nbytes: number,
  flags: number,
  exptime: number,
  datatype: number,
  vbucket: number,
];

/** Changes what `allocate` is asked for. */
export const allocates: (change: (rest: AllocateRest) => AllocateRest) => Override = (change) => (inner) => ({
  allocate: (_handle, cookie, key, ...rest) => inner.allocate(inner, cookie, key, ...change(rest)),
});

/** Blocks the first call of every `get`, and tells `onBlock`. */
export const blockingGet: (onBlock: (notify: () => void) => void) => Override =
  (onBlock) => (inner, server) => {
    const blocked = new Set<Cookie>();
    return {
      get: (_handle, cookie, key, vbucket, filter) => {
        if (blocked.delete(cookie)) return inner.get(inner, cookie, key, vbucket, filter);
        blocked.add(cookie);
        onBlock(() => server.cookie.notifyIoComplete(cookie, SUCCESS));
        return { status: EWOULDBLOCK };
      },
    };
  };

/** Answers opcode 0xe5 with the key's value, chained behind a copied header. */
export const chainingCommand: (valueFor: (value: Uint8Array) => Uint8Array) => Override =
  (valueFor) => (inner, server) => ({
    unknownCommand: (_handle, cookie, request, response, docNamespace) => {
      if (request.request.opcode !== 0xe5 || request.request.keylen === 0) {
        return inner.unknownCommand(inner, cookie, request, response, docNamespace);
      }
      const found = inner.get(inner, cookie, keyOf(request), 0, DocStateFilter.Alive);
      if (found.status !== SUCCESS) return found.status;
      const value = valueFor(inner.getItemInfo(inner, cookie, found.item)?.value ?? new Uint8Array(1));
      const { opcode, opaque } = request.request;
      const connection = server.cookie.getConnection(cookie);
      connection.copyToOutputStream(responsePacket({ opcode, opaque, bodylen: value.length }));
      connection.chainDataToOutputStream(value, () => inner.release(inner, undefined, found.item));
      return SUCCESS;
    },
  });

/** The same through the old connection; with `scratch` every response is made in that memory. */
export const queueingCommand: (scratch: Uint8Array | undefined) => Override =
  (scratch) => (inner, server) => {
    let count = 0;
    return {
      unknownCommand: (_handle, cookie, request, response, docNamespace) => {
        if (request.request.opcode !== 0xe5 || request.request.keylen === 0) {
          return inner.unknownCommand(inner, cookie, request, response, docNamespace);
        }
        const found = inner.get(inner, cookie, keyOf(request), 0, DocStateFilter.Alive);
        if (found.status !== SUCCESS) return found.status;
        const value = inner.getItemInfo(inner, cookie, found.item)?.value ?? new Uint8Array(1);
        scratch?.set(value.subarray(0, scratch.length));
        if (scratch !== undefined) scratch[0] = ++count;
        const { opcode, opaque } = request.request;
        const sent = scratch ?? value;
        const connection = server.cookie.getConnection(cookie) as unknown as V1Connection;
        connection.addMsgHdr(true);
        connection.addIov(responsePacket({ opcode, opaque, bodylen: sent.length }));
        connection.addIov(sent);
        connection.reserveItem(found.item);
        return SUCCESS;
      },
    };
  };

function keyOf({ request, bytes }: ProtocolBinaryRequestHeader): DocKey {
  const at = 24 + request.extlen;
  const data = bytes.slice(at, at + request.keylen);
  return { data, text: Buffer.from(data).toString('latin1'), docNamespace: 0 };
}

/** Answers opcode 0xe5 with one packet, made wrong. */
export const sends: (change: ResponseSpec, code: EngineErrorCode) => Override =
  (change, code) => (inner, server) => ({
    unknownCommand: (_handle, cookie, request, response, docNamespace) => {
      const { opcode, opaque } = request.request;
      if (opcode !== 0xe5) return inner.unknownCommand(inner, cookie, request, response, docNamespace);
      const packet = responsePacket({ opaque, ...change });
      server.cookie.getConnection(cookie).copyToOutputStream(packet);
      return code;
    },
  });

/** Puts producers of its own between engine and core. */
export const produces: (
  change: (producers: DcpMessageProducers) => Partial<DcpMessageProducers>,
) => Override = (change) => (inner) => ({
  dcp: {
    step: (_handle, cookie, producers) =>
      inner.dcp?.step?.(inner, cookie, { ...producers, ...change(producers) }) ?? SUCCESS,
  },
});

/** The members of an info, also those that an engine has as accessors. */
export function plainInfo(info: NonNullable<ReturnType<EngineInterface['getItemInfo']>>): typeof info {
  const { cas, vbucketUuid, seqno, exptime, nbytes, flags, datatype, documentState, key, value, casIsHlc } =
    info;
  return { cas, vbucketUuid, seqno, exptime, nbytes, flags, datatype, documentState, key, value, casIsHlc };
}
