// Connections of the old contract for tests: what an engine calls is counted, a socket takes little at a time, or there
// is no old path any more and every call is answered by what takes its place.
import type {
  EngineInterface,
  EngineModule,
  Item,
  Connection as Today,
} from '../../reference/engine/contract.ts';
import { type Connection, type Iovec, TransmitResult } from '../../reference/engine/v1.ts';
import { disturbed } from './disturbed-engine.ts';

/** How often each method of an old connection was called. */
export type SendCalls = Record<keyof Connection, number>;

/** No call at all. */
export function noCalls(): SendCalls {
  return { addMsgHdr: 0, addIov: 0, sendmsg: 0, transmit: 0, reserveItem: 0, pushTempAlloc: 0 };
}

/** The module, with its calls counted. A `sendmsg` takes at most `limit` bytes. */
export function countedSends(
  module: EngineModule,
  calls: SendCalls,
  limit: number = Number.POSITIVE_INFINITY,
): EngineModule {
  return disturbed(module, {
    connection: (connection) => {
      const old = connection as unknown as Connection;
      const counted: Connection = {
        addMsgHdr: (reset) => {
          calls.addMsgHdr += 1;
          old.addMsgHdr(reset);
        },
        addIov: (data) => {
          calls.addIov += 1;
          old.addIov(data);
        },
        sendmsg: ({ msgIov }) => {
          calls.sendmsg += 1;
          return old.sendmsg({ msgIov: firstBytes(msgIov, limit) });
        },
        transmit: () => {
          calls.transmit += 1;
          return old.transmit();
        },
        reserveItem: (item) => {
          calls.reserveItem += 1;
          return old.reserveItem(item);
        },
        pushTempAlloc: (buffer) => {
          calls.pushTempAlloc += 1;
          return old.pushTempAlloc(buffer);
        },
      };
      return counted as unknown as typeof connection;
    },
  });
}

/**
 * The module on today's path, although it makes the old calls: what it adds is copied, an item is released when the next
 * thing was copied, and everything is sent at once. What a migration has to come to, for an engine without a hazard.
 */
export function onTodaysPath(module: EngineModule): EngineModule {
  let engine: EngineInterface | undefined;
  const kept: Item[] = [];
  const inner = disturbed(module, {
    connection: (connection) => {
      const today = connection as unknown as Today;
      const old: Connection = {
        addMsgHdr: () => {},
        addIov: (data) => {
          today.copyToOutputStream(data);
          for (const item of kept.splice(0)) engine?.release(engine, undefined, item);
        },
        sendmsg: ({ msgIov }) => {
          for (const { iovBase, iovLen } of msgIov) today.copyToOutputStream(iovBase.subarray(0, iovLen));
          return msgIov.reduce((sum, { iovLen }) => sum + iovLen, 0);
        },
        transmit: () => TransmitResult.Complete,
        reserveItem: (item) => kept.push(item) > 0,
        pushTempAlloc: () => true,
      };
      return old as unknown as typeof connection;
    },
  });
  return {
    createInstance: (version, getServerApi) => {
      const made = inner.createInstance(version, getServerApi);
      if ('handle' in made) engine = made.handle;
      return made;
    },
  };
}

function firstBytes(msgIov: readonly Iovec[], limit: number): readonly Iovec[] {
  const first: Iovec[] = [];
  let left = limit;
  for (const { iovBase, iovLen } of msgIov) {
    if (left === 0) break;
    first.push({ iovBase, iovLen: Math.min(iovLen, left) });
    left -= Math.min(iovLen, left);
  }
  return first;
}
