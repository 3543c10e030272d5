// A server whose engine says over DCP what a test wants it to say, and a client that hears it.
import { expect } from 'vitest';
import type { Cookie, DcpMessageProducers, ItemInfo } from '../../reference/engine/contract.ts';
import { createServer, type Server } from '../../reference/server.ts';
import type { LogRecord, ServerOptions } from '../../reference/server-options.ts';
import { engineWithDcp } from './dcp-engine.ts';
import { RawClient } from './raw-client.ts';

/** An item as plain data, and how often it was given back. */
export interface TestItem {
  readonly info: ItemInfo;
  released: number;
}

/** An item; the rest of what is told about it has its highest bits set. */
export function itemOf(key: string, value: string | Uint8Array, fields: Partial<ItemInfo> = {}): TestItem {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return {
    released: 0,
    info: {
      cas: 0x8877_6655_4433_2211n,
      vbucketUuid: 0n,
      seqno: 5n,
      exptime: 0xfffffffe,
      nbytes: bytes.length,
      flags: 0xdeadbeef,
      datatype: 0,
      documentState: 0xf0,
      key: { data: Buffer.from(key, 'latin1'), text: key, docNamespace: 0 },
      value: bytes,
      casIsHlc: false,
      ...fields,
    },
  };
}

/** One step: says something, and answers what the step answers. */
export type Step = (producers: DcpMessageProducers, cookie: Cookie) => unknown;

/** Both, and what the engine shall say. */
export interface Stage extends AsyncDisposable {
  readonly server: Server;
  readonly client: RawClient;
  readonly log: readonly LogRecord[];
  /** Takes these steps, one after the other, once the engine is asked. */
  play(...steps: readonly Step[]): void;
}

/** A server whose engine says what a test wants it to say. */
export async function dcpStage(
  options: ServerOptions = {},
  slots: { getItemInfo?: (item: TestItem) => unknown; release?: (item: TestItem) => void } = {},
): Promise<Stage> {
  const queue: Step[] = [];
  const log: LogRecord[] = [];
  let wake = (): void => {};
  const engine = engineWithDcp(
    (api) => ({
      open: (_handle, cookie) => {
        wake = () => api.cookie.notifyIoComplete(cookie, 0);
        return 0;
      },
      step: (_handle, cookie, producers) => (queue.shift()?.(producers, cookie) ?? 0) as 0,
    }),
    () => ({
      getItemInfo: (_handle, _cookie, item) =>
        (slots.getItemInfo === undefined
          ? (item as TestItem).info
          : slots.getItemInfo(item as TestItem)) as ItemInfo,
      release: (_handle, _cookie, item) => {
        (item as TestItem).released += 1;
        slots.release?.(item as TestItem);
      },
    }),
  );
  const server = await createServer({ ...options, engine, port: false, log: (record) => log.push(record) });
  const client = new RawClient(server);
  await client.open(1);
  return {
    server,
    client,
    log,
    play: (...steps) => {
      queue.push(...steps);
      wake();
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop({ graceMs: 0 });
    },
  };
}

/** One message: the answer of its producer. */
export type Say = (producers: DcpMessageProducers, cookie: Cookie) => number;

/** Says one thing that has to succeed. */
export const say =
  (what: Say): Step =>
  (producers, cookie) => {
    expect(what(producers, cookie)).toBe(0);
    return 9;
  };
