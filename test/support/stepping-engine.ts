// Engines whose `dcp.step` is a test's own.
import {
  type Cookie,
  type DcpInterface,
  type DcpMessageProducers,
  EngineErrorCode,
} from '../../reference/engine/contract.ts';
import { type DcpRecorder, dcpRecorder } from './dcp-recorder.ts';
import type { RawMessage } from './raw-dcp.ts';

/** One step: says something, and answers what steps answer, or anything else. */
export type Step = (producers: DcpMessageProducers, cookie: Cookie) => unknown;

/** An engine with these steps; the cookie of its connection is where it can be woken. */
export function stepping(
  step: Step,
  slots: DcpInterface = {},
): DcpRecorder & { cookie: Cookie | undefined; wake(): void } {
  const recorder = dcpRecorder({
    ...slots,
    open: (_handle, cookie) => {
      engine.cookie = cookie;
      return 0;
    },
    step: (_handle, cookie, producers) => step(producers, cookie) as 0,
  });
  const engine = Object.assign(Object.create(recorder) as DcpRecorder, {
    cookie: undefined as Cookie | undefined,
    wake: () => {
      if (engine.cookie !== undefined) recorder.server.cookie.notifyIoComplete(engine.cookie, 0);
    },
  });
  return engine;
}

/** The key of a message by its number. */
export const numberedKey = (number: number): string => String(number).padStart(8, '0');

const { ENGINE_SUCCESS, ENGINE_WANT_MORE } = EngineErrorCode;

/** Says `count` messages of about `size` bytes, numbered by their opaque. */
export function counting(count: number, size: number): { readonly step: Step; sent: number; calls: number } {
  const data = new Uint8Array(size);
  const state = {
    sent: 0,
    calls: 0,
    step: (producers: DcpMessageProducers, cookie: Cookie): number => {
      state.calls += 1;
      if (state.sent === count) return ENGINE_SUCCESS;
      const code = producers.systemEvent(
        cookie,
        state.sent,
        0,
        0,
        1n,
        Buffer.from(numberedKey(state.sent)),
        data,
      );
      if (code !== ENGINE_SUCCESS) return code;
      state.sent += 1;
      return ENGINE_WANT_MORE;
    },
  };
  return state;
}

/** Whether these are the first of a counting engine's messages, all of them. */
export const inOrder = (messages: readonly RawMessage[]): boolean =>
  messages.every(({ opaque, key: name }, at) => opaque === at && name === numberedKey(at));
