// An engine that writes down every call of its DCP slots but `step`, and answers as it is told or with success.
import type { Cookie, DcpInterface, EngineModule, ServerApi } from '../../reference/engine/contract.ts';
import { dcpSlots } from '../../reference/engine/slots.ts';
import { engineWithDcp } from './dcp-engine.ts';

/** One call. Bytes were copied, keys are their text: what the core lends is gone after the call. */
export interface DcpCall {
  readonly slot: string;
  readonly cookie: Cookie;
  readonly args: readonly unknown[];
}

/** The engine and what it was asked. */
export interface DcpRecorder {
  readonly module: EngineModule;
  readonly calls: DcpCall[];
  /** The arguments after the cookie of the last call of a slot. */
  last(slot: string): readonly unknown[];
  readonly server: ServerApi;
}

/** Makes one. `answers` are called instead of answering success; `lacking` are slots that it does not have. */
export function dcpRecorder(answers: DcpInterface = {}, lacking: readonly string[] = []): DcpRecorder {
  const calls: DcpCall[] = [];
  let server: ServerApi | undefined;
  const slots = Object.keys(dcpSlots).filter((slot) => !lacking.includes(slot));
  const dcp = Object.fromEntries(
    slots.map((slot) => [
      slot,
      (handle: unknown, cookie: Cookie, ...args: unknown[]): unknown => {
        if (slot !== 'step') calls.push({ slot, cookie, args: args.map(kept) });
        const answer = Reflect.get(answers, slot) as ((...all: unknown[]) => unknown) | undefined;
        return answer === undefined ? 0 : answer(handle, cookie, ...args);
      },
    ]),
  );
  return {
    module: engineWithDcp((api) => {
      server = api;
      return dcp;
    }),
    calls,
    last: (slot) => calls.findLast((call) => call.slot === slot)?.args ?? [],
    get server(): ServerApi {
      if (server === undefined) throw new Error('The engine was not started.');
      return server;
    },
  };
}

function kept(argument: unknown): unknown {
  if (argument instanceof Uint8Array) {
    // What is kept must be a copy, as engines make one.
    return Buffer.from(argument.slice()).toString('latin1');
  }
  if (typeof argument === 'object' && argument !== null && 'docNamespace' in argument && 'text' in argument)
    return { key: argument.text, docNamespace: argument.docNamespace };
  return argument;
}
